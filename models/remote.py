"""Models that answer over the network: a provider's, by name, or any OpenAI-compatible server's, by URL.

What they are sent, a prompt and a key, is for the host that was named: no redirect is followed.
"""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from langchain_core.embeddings import Embeddings
from langchain_core.language_models import BaseChatModel
from pydantic import SecretStr

from vademecum.core import keys
from vademecum.core.errors import ModelError, UsageError

Model = TypeVar("Model")

_NO_KEY = SecretStr("none")
"""Local servers ask for no key, the OpenAI client insists on one."""

_SETUPS = {"anthropic", "ollama"}
"""Providers whose package `./run setup` adds."""


def chat_model_of(name: str) -> BaseChatModel:
    """The chat model `provider:model`; with the key of the provider's variable (OPENAI_API_KEY, ...), or the one kept.

    Raises:
        UsageError: LangChain knows no such provider.
        ModelError: its package or its key is missing.
    """
    from langchain.chat_models import init_chat_model

    return _set_up(name, init_chat_model)


def embeddings_of(name: str) -> Embeddings:
    """The embeddings `provider:model`.

    Raises:
        UsageError: LangChain knows no such provider.
        ModelError: its package or its key is missing.
    """
    from langchain.embeddings import init_embeddings

    return RemoteEmbeddings(_set_up(name, init_embeddings), name)


def _set_up(name: str, make: Callable[..., Any]) -> Any:
    """What `make` makes of `name`, its errors told as ours."""
    from openai import OpenAIError

    provider = name.partition(":")[0]
    key = keys.key_of(provider)
    try:
        return _staying(make(name, api_key=key) if key else make(name))
    except (ImportError, AttributeError) as error:  # the latter from LangChain's way round to its community package
        remedy = f"add it with: ./run setup {provider}" if provider in _SETUPS else _line(error)
        raise ModelError(f"the package for {provider!r} is not installed; {remedy}") from error
    except (ValueError, OpenAIError) as error:
        # LangChain tells an unknown provider and a missing key by the same type.
        kind = UsageError if "provider" in str(error) else ModelError
        raise kind(f"the model {name!r} cannot be set up: {_line(error)}") from error


def chat_model_at(url: str, key: SecretStr | None) -> BaseChatModel:
    """The chat model of an OpenAI-compatible server (llama.cpp, vLLM, LM Studio): the first that it lists.

    Raises:
        ModelError: the server does not answer, or refuses the key.
    """
    from langchain_openai import ChatOpenAI

    from vademecum.models.reply_limits import bounded_client

    model = ChatOpenAI(
        model=_first_model(url, key),
        base_url=url,
        api_key=key or _NO_KEY,
        # A base URL of one's own switches off the usage of streamed answers, unless it is asked for.
        stream_usage=True,
        http_client=bounded_client(),
        max_retries=0,  # who calls it tries again, and not where the reply is too long
    )
    return _staying(model)


def embeddings_at(url: str, key: SecretStr | None) -> Embeddings:
    """The embeddings of an OpenAI-compatible server: those of the first model that it lists.

    Raises:
        ModelError: the server does not answer, or refuses the key.
    """
    from langchain_openai import OpenAIEmbeddings

    model = _first_model(url, key)
    embeddings = OpenAIEmbeddings(
        model=model,
        base_url=url,
        api_key=key or _NO_KEY,
        # Otherwise texts are sent as token numbers of OpenAI's own vocabulary.
        check_embedding_ctx_length=False,
    )
    return RemoteEmbeddings(_staying(embeddings), f"{url}#{model}")


class RemoteEmbeddings(Embeddings):
    """Embeddings that answer over the network, their errors told in a line.

    `fingerprint` is the name of the model, with its server's address: a server that serves another model now is told
    by the name it gives it.
    """

    def __init__(self, model: Embeddings, fingerprint: str) -> None:
        self.model = model
        self.fingerprint = fingerprint

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Vectors, in the order given.

        Raises:
            ModelError: the server did not answer, or refused.
        """
        return self._checked_vectors(lambda: self.model.embed_documents(texts), len(texts))

    def embed_query(self, text: str) -> list[float]:
        """The vector of a question.

        Raises:
            ModelError: the server did not answer, or refused.
        """
        return self._checked_vectors(lambda: [self.model.embed_query(text)], 1)[0]

    def _checked_vectors(self, ask: Callable[[], list[list[float]]], count: int) -> list[list[float]]:
        try:
            vectors = ask()
        except Exception as error:
            raise ModelError(f"the embedding model {self.fingerprint!r} did not answer: {_line(error)}") from error
        lengths = {len(vector) for vector in vectors}
        if len(vectors) != count or (count and (len(lengths) != 1 or 0 in lengths)):
            raise ModelError(f"the embedding model {self.fingerprint!r} gave no vector for each of {count} texts")
        return vectors


def _first_model(url: str, key: SecretStr | None) -> str:
    """The id of the first model that `url`/models lists; "default" where it lists none."""
    import httpx

    headers = {"Authorization": f"Bearer {key.get_secret_value()}"} if key else {}
    try:
        reply = httpx.get(f"{url.rstrip('/')}/models", headers=headers, timeout=10)
        if reply.status_code in {401, 403}:
            raise ModelError(f"the server at {url} refuses the key; set VADE_MODEL_KEY, or keep one in Settings")
        if reply.next_request:
            place = reply.next_request.url.copy_with(userinfo=b"", query=None)
            raise ModelError(f"the server at {url} sends on to {place}; name that address if you trust it")
        if reply.status_code >= 400:
            return "default"
        listed = reply.json()
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise ModelError(f"no OpenAI-compatible server answers at {url} ({_line(error)}); is it running?") from error
    try:
        return listed["data"][0]["id"]
    except (KeyError, IndexError, TypeError):
        return "default"


_CLIENTS = ("client", "async_client", "root_client", "root_async_client", "_client", "_async_client")
"""Where LangChain's models have their provider's SDK, and that its HTTP client."""


def _staying(model: Model) -> Model:
    """The model, whose HTTP clients follow no redirects; most SDKs do so by default, key and all."""
    for client in _http_clients(model, depth=4):
        client.follow_redirects = False
    return model


def _http_clients(owner: Any, depth: int) -> Iterator[Any]:
    if hasattr(owner, "follow_redirects"):
        yield owner
    elif depth:
        for name in _CLIENTS:
            yield from _http_clients(getattr(owner, name, None), depth - 1)


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:300]
