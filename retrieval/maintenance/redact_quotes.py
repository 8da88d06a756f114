"""What a person asked to forget, and how it is found in what was kept of it: citations, answers, prompts, traces.

    redactor = QuoteRedactor({source.id: text})
    conversation = redactor.redact(conversation)

In records with a forgotten `source_id`, the text fields are blanked, even short ones; so are answer sentences that cite
it, and repeats of either (of 12 or more characters) in the same data. In all other text, any run of 24 or more
characters shared with a forgotten text is replaced; white space does not count.
"""

import functools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from vademecum.core.types import FORGOTTEN, Source

if TYPE_CHECKING:
    from vademecum.retrieval.catalogue.catalogue import Catalogue

MIN_SHARED_CHARS = 24
"""Shortest run of characters (without white space) that is taken for the forgotten text's.

Measured with a chapter on LSTMs forgotten: 3.2 million characters of a textbook on the same subject share 16 such
stretches with it (with 28 one, with 20 ninety-one, such as "matrix multiplication"); of its own pieces of 40 characters
0.4% go unnoticed (with 28 2%).
"""

_WINDOW = MIN_SHARED_CHARS // 2
"""Length of the windows whose hashes are compared, in characters without white space."""

_STEP = MIN_SHARED_CHARS - _WINDOW + 1
"""Of a forgotten text every 13th window is kept: any run of MIN_SHARED_CHARS holds one of those."""

_DOCUMENT_FIELDS = ("text", "page_content", "quote", "path", "title", "place")
"""Fields whose words are the document's, in a record that comes from it."""

_PRIME = np.uint64(1_099_511_628_211)
_MIN_REPEATED_CHARS = 12
"""Characters below which a sentence of the document is not looked for elsewhere: "Yes." is anybody's."""


class QuoteRedactor:
    """Takes out what was forgotten: texts by their source's id; None for one whose text another document still holds.

    A stream below is a text without its white space, as code points.
    """

    def __init__(self, texts: Mapping[str, str | None]) -> None:
        self.ids = frozenset(texts)
        self._streams = [_stream(text)[0] for text in texts.values() if text is not None]
        hashes = [_hashes(stream)[::_STEP] for stream in self._streams]
        windows = [  # of each: the number of its stream, and its start there
            np.stack([np.full(len(stream_hashes), number), np.arange(len(stream_hashes)) * _STEP], 1)
            for number, stream_hashes in enumerate(hashes)
        ]
        joined = np.concatenate([np.zeros(0, np.uint64), *hashes])
        order = np.argsort(joined, kind="stable")
        self._sorted_hashes = joined[order]
        self._sorted_windows = np.concatenate([np.zeros((0, 2), int), *windows])[order]
        # A trace repeats the same passages at each of its steps: of 100,000 texts 6,700 differ.
        self._stretches = functools.lru_cache(maxsize=4096)(self._locate)

    def redact(self, value: Any) -> Any:
        """The same data (of dicts, lists and texts) without what was forgotten; itself where there is nothing of it."""
        quotes = sorted(set(self._quotes(value)), key=len, reverse=True)
        pattern = re.compile("|".join(map(re.escape, quotes))) if quotes else None
        return self._cleaned(value, pattern)

    def redact_text(self, text: str) -> str:
        """The text without each stretch of it that is a forgotten one's."""
        if len(text) < MIN_SHARED_CHARS:  # most of what traces hold is names and ids
            return text
        stretches = self._stretches(text)
        if not stretches:
            return text
        parts, previous_end = [], 0
        for start, end in stretches:
            parts += [text[previous_end:start], FORGOTTEN]
            previous_end = end
        return "".join([*parts, text[previous_end:]])

    def _locate(self, text: str) -> list[tuple[int, int]]:
        """Where the text has what a forgotten one has: start and end of each stretch, in characters of the text."""
        stream, offsets = _stream(text)
        return [(int(offsets[start]), int(offsets[end - 1]) + 1) for start, end in self._shared(stream)]

    def _cleaned(self, value: Any, pattern: "re.Pattern[str] | None") -> Any:
        if isinstance(value, str):
            return self.redact_text(pattern.sub(FORGOTTEN, value) if pattern else value)
        if isinstance(value, list | tuple):
            cleaned = [self._cleaned(part, pattern) for part in value]
            return value if all(a is b for a, b in zip(cleaned, value, strict=True)) else type(value)(cleaned)
        if not isinstance(value, dict):
            return value
        from_forgotten = self._comes_from_forgotten(value)
        cleaned_fields = {name: self._field(name, part, pattern, from_forgotten) for name, part in value.items()}
        return value if all(cleaned_fields[name] is part for name, part in value.items()) else cleaned_fields

    def _field(self, name: Any, value: Any, pattern: "re.Pattern[str] | None", from_forgotten: bool) -> Any:
        if not from_forgotten or not value:
            return self._cleaned(value, pattern)
        if name in _DOCUMENT_FIELDS and isinstance(value, str):
            return FORGOTTEN
        if name == "answer_span":  # a place in words that are gone
            return None
        return [] if name == "headings" else self._cleaned(value, pattern)

    def _comes_from_forgotten(self, value: Mapping[Any, Any]) -> bool:
        """Whether a record names a forgotten source: by its own `source_id`, that of a field, or that of a citation."""
        records: list[Any] = [value, *value.values()]
        if isinstance(citations := value.get("citations"), list | tuple):
            records += citations
        ids = (record.get("source_id") for record in records if isinstance(record, dict))
        return any(isinstance(source_id, str) and source_id in self.ids for source_id in ids)

    def _quotes(self, value: Any) -> Iterator[str]:
        """Sentences and quotes that come from a forgotten source, to be found wherever they are repeated."""
        if isinstance(value, list | tuple):
            for part in value:
                yield from self._quotes(part)
        elif isinstance(value, dict):
            if self._comes_from_forgotten(value):
                fields = (value.get(name) for name in ("text", "page_content", "quote"))
                texts = (text for text in fields if isinstance(text, str) and text != FORGOTTEN)
                yield from (text for text in texts if len(text) >= _MIN_REPEATED_CHARS)
            for part in value.values():
                yield from self._quotes(part)

    def _shared(self, stream: "np.ndarray") -> list[tuple[int, int]]:
        """Stretches of MIN_SHARED_CHARS or more that a forgotten text has too, joined where they meet."""
        if not len(self._sorted_hashes):
            return []
        stretches: list[tuple[int, int]] = []
        hashes = _hashes(stream)
        ranks = np.minimum(np.searchsorted(self._sorted_hashes, hashes), len(self._sorted_hashes) - 1)
        for start in np.flatnonzero(self._sorted_hashes[ranks] == hashes):
            if stretches and start < stretches[-1][1]:
                continue
            windows = self._windows_with(hashes[start])
            length, first = max(self._around(stream, int(start), window) for window in windows)
            if length >= MIN_SHARED_CHARS:
                stretches.append((first, first + length))
        return _joined(stretches)

    def _windows_with(self, window_hash: Any) -> list[Any]:
        """Windows of forgotten texts that have this hash, 64 at most."""
        low = np.searchsorted(self._sorted_hashes, window_hash)
        high = np.searchsorted(self._sorted_hashes, window_hash, "right")
        return list(self._sorted_windows[low : min(high, low + 64)])

    def _around(self, stream: "np.ndarray", start: int, window: Sequence[int]) -> tuple[int, int]:
        """Length and start of the stretch that the stream, around `start`, has in common with a window's stream."""
        forgotten, forgotten_start = self._streams[window[0]], int(window[1])
        reach = min(start, forgotten_start)
        before = _common_length(
            stream[start - reach : start][::-1], forgotten[forgotten_start - reach : forgotten_start][::-1]
        )
        return before + _common_length(stream[start:], forgotten[forgotten_start:]), start - before


def texts_only_of(catalogue: "Catalogue", sources: Sequence[Source]) -> dict[str, str | None]:
    """The texts of sources by their id; None where a source that is not among them holds the same text."""
    ids = {source.id for source in sources}
    remaining = {source.same_as or source.id for source in catalogue.sources() if source.id not in ids}
    remaining_hashes = {catalogue.text_hash(source_id) for source_id in remaining}
    return {
        source.id: None if catalogue.text_hash(source.id) in remaining_hashes else catalogue.text(source.id)
        for source in sources
    }


def _common_length(first: "np.ndarray", second: "np.ndarray") -> int:
    """How many characters two streams have in common from the start."""
    length = min(len(first), len(second))
    for size in (64, length):  # most stretches are short, most streams are not
        part = min(size, length)
        differ = np.flatnonzero(first[:part] != second[:part])
        if len(differ):
            return int(differ[0])
    return length


def _stream(text: str) -> "tuple[np.ndarray, np.ndarray]":
    """The text's code points without white space, which is ignored because copies may be re-wrapped; offset of each."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    offsets = np.flatnonzero((codes > 32) & (codes != 0xA0))
    return codes[offsets], offsets


def _hashes(stream: "np.ndarray") -> "np.ndarray":
    """A hash of each window of the stream, uint64 (n - _WINDOW + 1,)."""
    count = max(0, len(stream) - _WINDOW + 1)
    hashes = np.zeros(count, np.uint64)
    for offset in range(_WINDOW if count else 0):
        hashes = hashes * _PRIME + stream[offset : offset + count]
    return hashes


def _joined(stretches: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, end in stretches:
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((start, end))
    return joined
