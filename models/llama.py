"""llama.cpp in process, through xllamacpp: one loaded GGUF file that answers OpenAI-style chat requests."""

import ctypes
import http.client
import importlib
import json
import os
import secrets
import threading
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from typing import Any
from urllib.parse import urlsplit

from vademecum.core.errors import ModelError
from vademecum.core.settings import prefer_environment
from vademecum.core.settings_sources import expanded
from vademecum.models.cores import thread_count
from vademecum.models.gguf import read_adapter, read_header
from vademecum.models.process_cache import once

Chunk = dict[str, Any]
"""One `chat.completion.chunk` of the OpenAI API."""

BREATH = 0.15
"""Seconds that other threads are left before a model is loaded, which takes a second and more: a page draws in less."""

SECONDS = 60
"""Longest to wait for a count of tokens: a millisecond, where the model is not reading a prompt."""


def loaded(
    path: Path, context_tokens: int, threads: int, adapter: Path | None = None, adapter_scale: float = 1.0
) -> "Llama":
    """The process's one instance of the file at `path` with these settings, and with a LoRA adapter if one is named.

    Raises:
        ModelError: there is no such file, or llama.cpp cannot load it.
    """
    settings = (expanded(path).resolve(), context_tokens, threads, adapter, adapter_scale)
    return once(("llama", *settings), lambda: Llama(*settings))


def read_ahead(path: Path) -> None:
    """Have the file brought into memory while something else is done: from a disk that takes longer than loading it."""

    def read() -> None:
        with suppress(OSError), path.open("rb") as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_WILLNEED)

    if hasattr(os, "posix_fadvise") and path not in _read_ahead:
        _read_ahead.add(path)
        threading.Thread(target=read, name="read-ahead", daemon=True).start()


_read_ahead: set[Path] = set()


class Llama:
    """A loaded model. Requests from several threads are answered one after the other."""

    def __init__(
        self, path: Path, context_tokens: int, threads: int, adapter: Path | None = None, adapter_scale: float = 1.0
    ) -> None:
        """Load `path` (0.4 s for SmolLM2). `threads`: 0 means one a core."""
        read_header(path)
        self.context_tokens = context_tokens
        # Read when the library is loaded. By default its threads spin while they wait for each other: ten times slower
        # where another process wants a core. Where they sleep at once, 44 tokens/s; after 1000 turns, 109.
        prefer_environment(OMP_WAIT_POLICY="passive", GOMP_SPINCOUNT="1000")
        # A compiled module without type stubs.
        native: Any = importlib.import_module("xllamacpp")
        params = native.CommonParams()
        params.model.path = str(path)
        if adapter:
            params.lora_adapters = [_lora(native, adapter, adapter_scale)]
        params.n_ctx = context_tokens
        params.cpuparams.n_threads = params.cpuparams_batch.n_threads = thread_count(threads)
        params.n_parallel = 1
        # Tokens read at once; in between it hears that nobody waits any more.
        params.n_batch = 512
        params.verbosity = -1
        # Prompts of the past are not kept beside the context: llama.cpp would use up to 8 GB.
        params.cache_ram_mib = 0
        params.fit_params = params.warmup = params.ui = params.endpoint_slots = False
        # The server always listens on a loopback port too: nobody else knows this key.
        self._key = secrets.token_urlsafe(32)
        params.api_keys = [self._key]
        # It holds Python's lock until all is loaded: what other threads are about to show comes first.
        time.sleep(BREATH)
        try:
            self._server = native.Server(params)
        except (RuntimeError, ValueError) as error:
            beside = f" with the adapter {adapter}" if adapter else ""
            raise ModelError(
                f"llama.cpp cannot load {path}{beside}; is it a whole GGUF file of a chat model?"
            ) from error
        # Never destroyed: its destructor joins a native thread, and now and then waits for ever (2 exits in 25).
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(self._server))

    def count(self, text: str) -> int:
        """Tokens of `text`."""
        return len(self._post("/tokenize", {"content": text})["tokens"])

    def count_prompt(self, turns: Sequence[Chunk], template_arguments: Chunk) -> int:
        """Tokens of a prompt as the chat template writes it."""
        body = {"messages": list(turns), "chat_template_kwargs": template_arguments}
        text = self._post("/apply-template", body)["prompt"]
        return len(self._post("/tokenize", {"content": text, "parse_special": True})["tokens"])

    def _post(self, path: str, body: Chunk) -> Chunk:
        """What the server says on its loopback port: there is no other way to its tokenizer.

        Raises:
            ModelError: it refused.
        """
        address = urlsplit(self._server.listening_address)
        connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=SECONDS)
        try:
            headers = {"Authorization": f"Bearer {self._key}", "Content-Type": "application/json"}
            connection.request("POST", path, json.dumps(body), headers)
            reply: Chunk = json.loads(connection.getresponse().read())
        except (OSError, ValueError) as error:
            raise ModelError(f"llama.cpp does not count tokens: {error}; try again") from error
        finally:
            connection.close()
        _raise_refusal(reply)
        return reply

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

        streamed = {**request, "stream": True, "stream_options": {"include_usage": True}, "return_progress": True}
        try:
            refused = self._server.handle_chat_completions(streamed, receive)
        except ValueError as error:
            raise ModelError(f"the model refused the request: {error}") from error
        if raised:
            raise raised[0]
        if refused:
            _raise_refusal(refused)

    def stream(self, request: Chunk) -> Generator[Chunk, None, None]:
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


def _lora(native: Any, adapter: Path, scale: float) -> Any:
    """The adapter as llama.cpp takes it."""
    lora = native.CommonAdapterLoraInfo()
    lora.path, lora.scale = str(read_adapter(adapter).path), scale
    return lora


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
