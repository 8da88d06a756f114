"""Chat models of GGUF files, by name: of the catalogue or a path, and with a LoRA adapter behind a "+".

qwen-1.5b                      /path/to/model.gguf
qwen-1.5b+style.gguf           /path/to/model.gguf+style.gguf        style.gguf beside the model
"""

from pathlib import Path
from typing import TYPE_CHECKING

from vademecum.core.errors import ModelError
from vademecum.core.settings import Settings, from_here, models_folder
from vademecum.core.settings_sources import expanded
from vademecum.models.local_models import GGUF, local_models, split_adapter

if TYPE_CHECKING:
    from vademecum.models.llama_chat import LlamaChat


def chat_model_in_process(name: str, settings: Settings) -> "LlamaChat":
    """The chat model called `name`, for which `local_models.is_in_process` is true.

    Raises:
        ModelError: it is not installed, no chat model, does not fit the memory, or there is no such adapter.
        WeightsError: the file of the catalogue's model is damaged.
    """
    from vademecum.models.fitness import is_trusted_with
    from vademecum.models.gguf import read_adapter
    from vademecum.models.llama import read_ahead
    from vademecum.models.llama_chat import LlamaChat
    from vademecum.models.smollm import SmolLM

    base, adapter_name = split_adapter(name)
    if entry := local_models().get(base):
        path, label, folders = entry.verified_path(), base, (models_folder(), entry.path.parent)
    else:
        path = from_here(base)
        label, folders = path.stem, (path.parent,)
    adapter = read_adapter(_adapter_file(adapter_name, folders)).path if adapter_name else None
    by_likeness = not is_trusted_with("choosing", name)
    model = (SmolLM if by_likeness else LlamaChat)(
        path=path,
        model=f"{label}+{adapter.stem}" if adapter else label,
        adapter=adapter,
        context_tokens=settings.context_tokens,
        threads=settings.threads,
        reuse_prompt=True,
    )
    read_ahead(model.header().path)
    return model


def _adapter_file(name: str, folders: tuple[Path, ...]) -> Path:
    """The adapter's file: an absolute path, or one in the first of the folders that has it."""
    path = expanded(name)
    if not path.name.lower().endswith(GGUF):
        path = path.with_name(f"{path.name}{GGUF}")
    paths = [folder / path for folder in folders]
    file = next((path for path in paths if path.is_file()), None)
    if file is None:
        raise ModelError(f"there is no adapter {paths[0]}; put the file there, or give its whole path")
    return file
