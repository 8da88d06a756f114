"""Chat models and embeddings, embedded and remote, by name.

    chat_model("embedded", settings)            SmolLM2-135M in process (models/smollm.py)
    chat_model("auto", settings)                the best one that is installed (models/local_models.py)
    chat_model("qwen-1.5b", settings)           a larger one, once pulled (models/local_models.py, downloads.py)
    chat_model("/path/to/model.gguf", settings) any GGUF file in process (models/llama_chat.py)
    embedding_model("embedded", settings)       all-MiniLM-L6-v2 in process (models/minilm.py)
    embedding_model("multilingual", settings)   multilingual-e5-small, once pulled (models/multilingual.py)
    reader.reader()                             the same with a low-rank adapter, as a reader (models/reader.py)

What is loaded into this process is loaded once. Nothing is loaded, and no heavy package imported, before it is asked
for.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from vademecum.core import keys
from vademecum.core.errors import ModelError, UsageError
from vademecum.core.nearest_name import nearest
from vademecum.core.settings import Settings, from_here
from vademecum.models.process_cache import once

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings
    from langchain_core.language_models import BaseChatModel
    from pydantic import SecretStr

_CHAT_FORMS = (
    "auto, embedded, extractive, a name of `vade models list` (qwen-1.5b), provider:model (openai:gpt-5, "
    "ollama:qwen3), http://host:port/v1, /path/to/model.gguf (and +ADAPTER.gguf behind it)"
)
_EMBEDDING_FORMS = (
    "embedded, multilingual, provider:model (openai:text-embedding-3-small, ollama:nomic-embed-text), "
    "http://host:port/v1, /path/to/folder (of a sentence-transformers model)"
)


def chat_model(name: str, settings: Settings) -> "BaseChatModel | None":
    """The chat model called `name`, or None for `extractive`, which is to do without.

    The forms: `auto`, `embedded`, `extractive`, a name of the catalogue (`qwen-1.5b`), `provider:model` as LangChain's
    `init_chat_model` takes it, `http://host:port/v1` (any OpenAI-compatible server), `/path/to/model.gguf`. Behind
    a "+" the file of a LoRA adapter: `qwen-1.5b+style.gguf`.

    Raises:
        UsageError: no such form of name; the message lists them.
        ModelError: the model, its package or its key is missing, or its server does not answer.
    """
    from vademecum.models.local_models import is_in_process, local_models, resolved

    name = resolved(name)
    if name == "extractive":
        return None
    if name == "embedded":
        from vademecum.models.smollm import SmolLM

        return SmolLM(context_tokens=settings.context_tokens, threads=settings.threads)
    if name.startswith(("http://", "https://")):
        from vademecum.models import remote

        return remote.chat_model_at(name, _server_key(settings))
    if is_in_process(name):
        from vademecum.models.in_process import chat_model_in_process

        return chat_model_in_process(name, settings)
    if _names_a_provider(name):
        from vademecum.models import remote

        return remote.chat_model_of(name)
    offer = nearest(name, local_models())
    give = f"did you mean {offer!r}? Give" if offer else "give"
    raise UsageError(f"no model named {name!r}; {give} one of: {_CHAT_FORMS}")


def embedding_model(name: str, settings: Settings) -> "Embeddings":
    """The embeddings called `name`.

    The forms: `embedded`, `multilingual` (once pulled), `provider:model` as LangChain's `init_embeddings` takes it,
    `http://host:port/v1` (any OpenAI-compatible server), `/path/to/folder` or `huggingface:/path/to/folder` (a
    sentence-transformers model: on onnxruntime where it is exported to ONNX, else by langchain-huggingface).

    Raises:
        UsageError: no such form of name; the message lists them.
        ModelError: the model, its package or its key is missing, or its server does not answer.
    """
    if name == "embedded":
        from vademecum.models.minilm import MiniLM

        return once(("minilm", settings.threads), lambda: MiniLM(settings.threads))
    if name == "multilingual":
        return _multilingual(settings.threads)
    if name.startswith(("http://", "https://")):
        from vademecum.models import remote

        return remote.embeddings_at(name, _server_key(settings))
    if folder := _folder_of(name):
        return once(("folder", folder.resolve(), settings.threads), lambda: _in_folder(folder, settings.threads))
    if _names_a_provider(name):
        from vademecum.models import remote

        return remote.embeddings_of(name)
    raise UsageError(f"no embeddings named {name!r}; give one of: {_EMBEDDING_FORMS}")


def _multilingual(threads: int) -> "Embeddings":
    from vademecum.models.local_models import local_model

    model = local_model("multilingual")
    path = model.verified_path()

    def load() -> "Embeddings":
        from vademecum.models.multilingual import MultilingualE5

        return MultilingualE5(path, model.sha256, threads)

    return once(("multilingual", threads), load)


def fingerprint(embeddings: "Embeddings", name: str) -> str:
    """Names the model behind `embeddings`, which were made from `name`: vectors of two models never meet."""
    return getattr(embeddings, "fingerprint", name)


def _server_key(settings: Settings) -> "SecretStr | None":
    """The key for a server named by its URL. An empty setting is no key: the keyring is not asked either."""
    return keys.key_of(keys.SERVER) if settings.model_key is None else settings.model_key


def _folder_of(name: str) -> Path | None:
    """The folder that a name means: `huggingface:FOLDER`, or a path; None where it means none."""
    path = name.removeprefix("huggingface:")
    if path != name or path.startswith(("/", "~", "./", "../")):
        return from_here(path)
    return None


def _in_folder(folder: Path, threads: int) -> "Embeddings":
    from vademecum.models.onnx_folder import OnnxFolder, is_onnx_folder

    if not folder.is_dir():
        raise ModelError(f"there is no folder {folder} to take an embedding model from; models are not downloaded")
    if is_onnx_folder(folder):
        return OnnxFolder(folder, threads)
    from vademecum.models import torch_folder

    return torch_folder.embeddings_in(folder)


def dimensions(embeddings: "Embeddings") -> int:
    """Numbers in a vector of the embeddings; those that do not say are asked for one."""
    return getattr(embeddings, "dimensions", None) or len(embeddings.embed_query("dimensions"))


def _names_a_provider(name: str) -> bool:
    provider, colon, model = name.partition(":")
    return bool(colon and model) and provider.replace("_", "").replace("-", "").isalnum()
