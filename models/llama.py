"""llama.cpp in process, through xllamacpp: one loaded GGUF file that answers OpenAI-style chat requests."""

import ctypes
import importlib
import secrets
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from vademecum.core.errors import ModelError
from vademecum.core.settings import prefer_environment
from vademecum.core.settings_sources import expanded
from vademecum.models.cores import thread_count
from vademecum.models.process_cache import once

Chunk = dict[str, Any]
"""One `chat.completion.chunk` of the OpenAI API."""


def loaded(path: Path, context_tokens: int, threads: int) -> "Llama":
    """The process's one instance of the file at `path` with these settings.

    Raises:
        ModelError: there is no such file, or llama.cpp cannot load it.
    """
    path = expanded(path).resolve()
    return once(("llama", path, context_tokens, threads), lambda: Llama(path, context_tokens, threads))


class Llama:
    """A loaded model. Requests from several threads are answered one after the other."""

    def __init__(self, path: Path, context_tokens: int, threads: int) -> None:
        """Load `path` (0.4 s for SmolLM2). `threads`: 0 means one a core."""
        check_format(path)
        # Read when the library is loaded. By default its threads spin while they wait for each other: ten times slower
        # where another process wants a core. Where they sleep at once, 44 tokens/s; after 1000 turns, 109.
        prefer_environment(OMP_WAIT_POLICY="passive", GOMP_SPINCOUNT="1000")
        # A compiled module without type stubs.
        native: Any = importlib.import_module("xllamacpp")
        params = native.CommonParams()
        params.model.path = str(path)
        params.n_ctx = context_tokens
        params.cpuparams.n_threads = params.cpuparams_batch.n_threads = thread_count(threads)
        params.n_parallel = 1
        params.verbosity = -1
        # Prompts of the past are not kept beside the context: llama.cpp would use up to 8 GB.
        params.cache_ram_mib = 0
        params.fit_params = params.warmup = params.ui = params.endpoint_slots = False
        # The server always listens on a loopback port too: nobody else knows this key.
        params.api_keys = [secrets.token_urlsafe(32)]
        try:
            self._server = native.Server(params)
        except (RuntimeError, ValueError) as error:
            raise ModelError(f"llama.cpp cannot load {path}; is it a whole GGUF file of a chat model?") from error
        # Never destroyed: its destructor joins a native thread, and now and then waits for ever (2 exits in 25).
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(self._server))

    def answer(self, request: Chunk, on_chunk: Callable[[Chunk], bool]) -> None:
        """Answer `request`, handing each chunk to `on_chunk` as it comes; True from it stops the generation.

        An exception of `on_chunk`, Ctrl-C included, stops the generation and is raised here.

        Raises:
            ModelError: llama.cpp refused the request, for example because it is longer than the context.
        """
        raised: list[BaseException] = []

        def receive(chunk: Chunk) -> bool:
            try:
                _raise_refusal(chunk)
                return on_chunk(chunk)
            except BaseException as error:  # noqa: BLE001 (C++ would swallow it; raised again below)
                raised.append(error)
                return True

        streamed = {**request, "stream": True, "stream_options": {"include_usage": True}}
        try:
            refused = self._server.handle_chat_completions(streamed, receive)
        except ValueError as error:
            raise ModelError(f"the model refused the request: {error}") from error
        if raised:
            raise raised[0]
        if refused:
            _raise_refusal(refused)

    def stream(self, request: Chunk) -> Iterator[Chunk]:
        """The chunks of the answer as they come. Closing the iterator stops the generation.

        Raises:
            ModelError: as `answer` does.
        """
        chunks: SimpleQueue[Chunk | BaseException | None] = SimpleQueue()
        closed = threading.Event()

        def receive(chunk: Chunk) -> bool:
            chunks.put(chunk)
            # Also at the end of the program, which waits for this thread.
            return closed.is_set() or not threading.main_thread().is_alive()

        def work() -> None:
            try:
                self.answer(request, receive)
                chunks.put(None)
            except BaseException as error:  # noqa: BLE001 (raised again in the thread that waits)
                chunks.put(error)

        thread = threading.Thread(target=work, name="llama")
        thread.start()
        try:
            while (chunk := chunks.get()) is not None:
                if isinstance(chunk, BaseException):
                    raise chunk
                yield chunk
        finally:
            closed.set()
            thread.join()


def check_format(path: Path) -> None:
    """Raise ModelError where `path` cannot be read or is not a GGUF file."""
    try:
        with path.open("rb") as file:
            magic = file.read(4)
    except OSError as error:
        raise ModelError(f"the model file {path} cannot be read: {error.strerror}") from error
    if magic != b"GGUF":
        raise ModelError(f"{path} is not a GGUF file, the format of llama.cpp's models")


def _raise_refusal(chunk: Chunk) -> None:
    """Raise what llama.cpp says in a chunk or reply that is an error."""
    error = chunk.get("error")
    if not error:
        return
    if error.get("type") == "exceed_context_size_error":
        raise ModelError(
            f"the prompt has {error['n_prompt_tokens']} tokens, more than the {error['n_ctx']} of the model's context; "
            "shorten it, or raise the setting context_tokens"
        )
    raise ModelError(f"the model refused the request: {error.get('message', error)}")
