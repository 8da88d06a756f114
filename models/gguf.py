"""What a GGUF file says of itself, without loading it: is it whole, is it a chat model, how much memory does it take?

The format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
"""

import functools
import mmap
import struct
from pathlib import Path
from typing import Any, NamedTuple

from vademecum.core.errors import ModelError
from vademecum.models.cores import total_memory

_NUMBERS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
"""Types of values by their numbers in the file, as `struct` names them; 8 is a text, 9 a list."""

_TEXT, _LIST = 8, 9

_KV_BYTES = 2
"""Bytes of a number of the context's keys and values: 16 bits."""

_WORKING_BYTES = 200_000_000
"""Memory beside weights and context: llama.cpp's own buffers."""


class Header(NamedTuple):
    """`metadata` without its lists; `size`: bytes the whole file has at least; `path`: where it is."""

    path: Path
    metadata: dict[str, Any]
    size: int

    @property
    def is_adapter(self) -> bool:
        """Whether it is a LoRA adapter, which changes a model and is none."""
        return self.metadata.get("general.type") == "adapter"

    @property
    def architecture(self) -> str:
        """The kind of network: "llama", "qwen2"."""
        return str(self.metadata.get("general.architecture", ""))

    @property
    def chat_template(self) -> str:
        """How messages are written for the model; "" where it was not made to chat."""
        return str(self.metadata.get("tokenizer.chat_template", ""))

    @property
    def context(self) -> int:
        """Most tokens that it was trained to read; 0 where the file does not say."""
        return self._number("context_length")

    def memory(self, context_tokens: int) -> int:
        """Bytes that it takes when loaded with a context of so many tokens: about."""
        heads = self._number("attention.head_count") or 1
        width = self._number("embedding_length") // heads
        key, value = (self._number(f"attention.{name}_length") or width for name in ("key", "value"))
        kept_heads = self._number("attention.head_count_kv") or heads
        of_a_token = self._number("block_count") * kept_heads * (key + value) * _KV_BYTES
        return self.path.stat().st_size + of_a_token * context_tokens + _WORKING_BYTES

    def _number(self, key: str) -> int:
        number = self.metadata.get(f"{self.architecture}.{key}", 0)
        return number if isinstance(number, int) else 0


def chat_header(path: Path, context_tokens: int) -> Header:
    """The header of a chat model that can be loaded here with a context of so many tokens.

    Raises:
        ModelError: it is none: the file is missing, damaged or cut short, no chat model, or too large for the memory.
    """
    header = read_header(path)
    if header.is_adapter:
        raise ModelError(f"{path} is a LoRA adapter, no model; name it behind the model: MODEL.gguf+{path.name}")
    if not header.chat_template:
        raise ModelError(
            f"{path} is no chat model: it has no chat template (an embedding model, or one without tuning)"
        )
    context_tokens = min(context_tokens, header.context or context_tokens)
    needed, memory = header.memory(context_tokens), total_memory()
    if needed > memory:
        raise ModelError(
            f"{path} takes {needed / 1e9:.1f} GB with a context of {context_tokens} tokens, and this machine has "
            f"{memory / 1e9:.1f} GB of memory; take a smaller model, or lower the setting context_tokens"
        )
    return header


def read_adapter(path: Path) -> Header:
    """The header of a LoRA adapter.

    Raises:
        ModelError: the file is none.
    """
    header = read_header(path)
    if not header.is_adapter:
        raise ModelError(f"{path} is no LoRA adapter; name one behind the model: MODEL.gguf+ADAPTER.gguf")
    return header


def read_header(path: Path) -> Header:
    """The header of a GGUF file, model or adapter, that is whole.

    Raises:
        ModelError: it cannot be read, is not GGUF, or is damaged or cut short.
    """
    try:
        stat = path.stat()
        return _read(path, stat.st_size, stat.st_mtime_ns)
    except OSError as error:
        raise ModelError(f"the model file {path} cannot be read: {error.strerror}") from error


@functools.lru_cache(maxsize=64)
def _read(path: Path, size: int, changed: int) -> Header:  # noqa: ARG001 (a file that changed is read anew)
    with path.open("rb") as file:
        if file.read(4) != b"GGUF":
            raise ModelError(f"{path} is not a GGUF file, the format of llama.cpp's models")
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            try:
                metadata, needed = _Reader(content).header()
            except (struct.error, ValueError, KeyError, IndexError, OverflowError) as error:
                raise ModelError(f"{path} is damaged, or cut short; get it anew") from error
    if size < needed:
        raise ModelError(f"{path} is cut short: it has {size:,} of {needed:,} bytes or more; get it anew")
    return Header(path, metadata, needed)


class _Reader:
    """Reads the header from its beginning."""

    def __init__(self, content: mmap.mmap) -> None:
        self._content = content
        self._at = 4

    def header(self) -> tuple[dict[str, Any], int]:
        """Metadata, and how many bytes the file has at least: to where the last tensor begins."""
        version, tensors, entries = self._number("I"), self._number("Q"), self._number("Q")
        if version not in {2, 3}:
            raise ValueError(version)
        metadata = {}
        for _ in range(entries):
            key = self._text()
            metadata[key] = self._value(self._number("I"))
        last = max((self._tensor_offset() for _ in range(tensors)), default=0)
        alignment = metadata.get("general.alignment", 32)
        return metadata, self._at + -self._at % alignment + last + 1

    def _number(self, code: str) -> Any:
        number = struct.unpack_from(f"<{code}", self._content, self._at)[0]
        self._at += struct.calcsize(f"<{code}")
        return number

    def _text(self) -> str:
        length = self._number("Q")
        if self._at + length > len(self._content):
            raise ValueError(length)
        text = self._content[self._at : self._at + length].decode("utf-8", "replace")
        self._at += length
        return text

    def _value(self, kind: int) -> Any:
        if kind == _TEXT:
            return self._text()
        if kind != _LIST:
            return self._number(_NUMBERS[kind])
        inner, count = self._number("I"), self._number("Q")
        if inner in _NUMBERS:
            self._at += count * struct.calcsize(_NUMBERS[inner])
            return None
        for _ in range(count):
            self._skip_text() if inner == _TEXT else self._value(inner)
        return None

    def _skip_text(self) -> None:
        self._at += 8 + struct.unpack_from("<Q", self._content, self._at)[0]

    def _tensor_offset(self) -> int:
        self._skip_text()
        dimensions = self._number("I")
        self._at += 8 * dimensions + 4
        return self._number("Q")
