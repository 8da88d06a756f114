"""Sentence-transformers models from a folder on this machine that are not exported to ONNX: by langchain-huggingface.

That needs torch, some gigabytes, so it is an extra. Nothing is downloaded: the folder must hold the model.
"""

import hashlib
import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vademecum.core.errors import ModelError
from vademecum.core.settings import prefer_environment

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings


def embeddings_in(folder: Path) -> "Embeddings":
    """The embeddings of the model in `folder`, of unit length.

    Raises:
        ModelError: the extra is not installed, or the folder holds no such model.
    """
    prefer_environment(HF_HUB_OFFLINE="1")  # read when the package is imported
    try:
        package: Any = importlib.import_module("langchain_huggingface")
    except ImportError as error:
        raise ModelError(
            f"{folder} holds no model.onnx with a tokenizer.json; export it to ONNX, or add the extra that reads it as "
            "it is: ./run setup huggingface"
        ) from error

    class Folder(package.HuggingFaceEmbeddings):
        """HuggingFaceEmbeddings that name their weights."""

        @property
        def fingerprint(self) -> str:
            """Changes whenever the vectors of the same texts may change."""
            files = sorted(file for suffix in ("safetensors", "bin", "json") for file in folder.rglob(f"*.{suffix}"))
            digest = hashlib.sha256()
            for file in files:
                with file.open("rb") as opened:
                    digest.update(hashlib.file_digest(opened, "sha256").digest())
            return f"torch-{digest.hexdigest()[:16]}"

    options: dict[str, Any] = {"encode_kwargs": {"normalize_embeddings": True}}
    try:
        return Folder(model_name=str(folder), **options)
    except (OSError, ValueError, ImportError) as error:
        raise ModelError(f"the embedding model {folder} cannot be loaded: {str(error).splitlines()[0]}") from error
