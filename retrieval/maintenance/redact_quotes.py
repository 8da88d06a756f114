"""What a person asked to forget, and how it is found in what was kept of it: citations, answers, prompts, traces.

    redactor = QuoteRedactor({source.id: text})
    conversation = redactor.redact(conversation)

Data that says where it comes from (`source_id`) loses its words, however few; so do the sentences of an answer that
rest on it, and every repetition of those. Other texts lose each stretch that they share with the forgotten one.
"""

import functools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from vademecum.core.types import FORGOTTEN, Source

if TYPE_CHECKING:
    from vademecum.retrieval.catalogue.catalogue import Catalogue

SHARED = 24
"""Characters (without white space) in a row that make a stretch the forgotten text's. Measured with a chapter on LSTMs
forgotten: 3.2 million characters of a textbook on the same subject share 16 such stretches with it (with 28 one, with
20 ninety-one, such as "matrix multiplication"); of its own pieces of 40 characters 0.4% go unnoticed (with 28 2%)."""

_WINDOW = SHARED // 2
_STEP = SHARED - _WINDOW + 1
_OWN = ("text", "page_content", "quote", "path", "title", "place")
"""Fields whose words are the document's, in data that names it."""

_PRIME = np.uint64(1_099_511_628_211)
_REPEATED = 12
"""Characters below which a sentence of the document is not looked for elsewhere: "Yes." is anybody's."""


class QuoteRedactor:
    """What was forgotten: texts by the id of their source; None for one whose text another document still holds."""

    def __init__(self, texts: Mapping[str, str | None]) -> None:
        self.ids = frozenset(texts)
        self._streams = [_stream(text)[0] for text in texts.values() if text is not None]
        hashes = [_hashes(stream)[::_STEP] for stream in self._streams]
        places = [
            np.stack([np.full(len(windows), number), np.arange(len(windows)) * _STEP], 1)
            for number, windows in enumerate(hashes)
        ]
        joined = np.concatenate([np.zeros(0, np.uint64), *hashes])
        order = np.argsort(joined, kind="stable")
        self._sorted_hashes = joined[order]
        self._places = np.concatenate([np.zeros((0, 2), int), *places])[order]
        # A trace repeats the same passages at each of its steps: of 100,000 texts 6,700 differ.
        self._stretches = functools.lru_cache(maxsize=4096)(self._locate)

    def redact(self, value: Any) -> Any:
        """The same data (of dicts, lists and texts) without what was forgotten; itself where there is nothing of it."""
        quotes = sorted(set(self._quotes(value)), key=len, reverse=True)
        pattern = re.compile("|".join(map(re.escape, quotes))) if quotes else None
        return self._cleaned(value, pattern)

    def redact_text(self, text: str) -> str:
        """The text without each stretch of it that is a forgotten one's."""
        if len(text) < SHARED:  # most of what traces hold is names and ids
            return text
        stretches = self._stretches(text)
        if not stretches:
            return text
        parts, at = [], 0
        for start, end in stretches:
            parts += [text[at:start], FORGOTTEN]
            at = end
        return "".join([*parts, text[at:]])

    def _locate(self, text: str) -> list[tuple[int, int]]:
        """Where the text has what a forgotten one has: start and end of each stretch, in characters."""
        stream, places = _stream(text)
        return [(int(places[start]), int(places[end - 1]) + 1) for start, end in self._shared(stream)]

    def _cleaned(self, value: Any, pattern: "re.Pattern[str] | None") -> Any:
        if isinstance(value, str):
            return self.redact_text(pattern.sub(FORGOTTEN, value) if pattern else value)
        if isinstance(value, list | tuple):
            cleaned = [self._cleaned(part, pattern) for part in value]
            return value if all(a is b for a, b in zip(cleaned, value, strict=True)) else type(value)(cleaned)
        if not isinstance(value, dict):
            return value
        blank = self._names(value)
        cleaned_fields = {name: self._field(name, part, pattern, blank) for name, part in value.items()}
        return value if all(cleaned_fields[name] is part for name, part in value.items()) else cleaned_fields

    def _field(self, name: Any, value: Any, pattern: "re.Pattern[str] | None", blank: bool) -> Any:
        if not blank or not value:
            return self._cleaned(value, pattern)
        if name in _OWN and isinstance(value, str):
            return FORGOTTEN
        return [] if name == "headings" else self._cleaned(value, pattern)

    def _names(self, value: Mapping[Any, Any]) -> bool:
        """Whether data says that it comes from a forgotten source: itself, or by what it holds."""
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
            if self._names(value):
                own = (value.get(name) for name in ("text", "page_content", "quote"))
                texts = (text for text in own if isinstance(text, str) and text != FORGOTTEN)
                yield from (text for text in texts if len(text) >= _REPEATED)
            for part in value.values():
                yield from self._quotes(part)

    def _shared(self, stream: "np.ndarray") -> list[tuple[int, int]]:
        """Stretches that a forgotten text has too, of SHARED characters or more, joined where they meet."""
        stretches: list[tuple[int, int]] = []
        hashes = _hashes(stream)
        at = np.minimum(np.searchsorted(self._sorted_hashes, hashes), max(0, len(self._sorted_hashes) - 1))
        for place in np.flatnonzero(self._sorted_hashes[at] == hashes) if len(self._sorted_hashes) else ():
            if stretches and place < stretches[-1][1]:
                continue
            longest = max(self._around(stream, int(place), window) for window in self._candidates(hashes[place]))
            if longest[0] >= SHARED:
                stretches.append((longest[1], longest[1] + longest[0]))
        return _joined(stretches)

    def _candidates(self, hashed: Any) -> list[Any]:
        low, high = np.searchsorted(self._sorted_hashes, hashed), np.searchsorted(self._sorted_hashes, hashed, "right")
        return list(self._places[low : min(high, low + 64)])

    def _around(self, stream: "np.ndarray", place: int, window: Sequence[int]) -> tuple[int, int]:
        """Length and start of the stretch around a window that both have."""
        original, start = self._streams[window[0]], int(window[1])
        back = min(place, start)
        before = _agreeing(stream[place - back : place][::-1], original[start - back : start][::-1])
        return before + _agreeing(stream[place:], original[start:]), place - before


def texts_only_of(catalogue: "Catalogue", sources: Sequence[Source]) -> dict[str, str | None]:
    """The texts of sources by their id; None where a source that is not among them holds the same text."""
    ids = {source.id for source in sources}
    remaining = {source.same_as or source.id for source in catalogue.sources() if source.id not in ids}
    remaining_hashes = {catalogue.text_hash(source_id) for source_id in remaining}
    return {
        source.id: None if catalogue.text_hash(source.id) in remaining_hashes else catalogue.text(source.id)
        for source in sources
    }


def _agreeing(first: "np.ndarray", second: "np.ndarray") -> int:
    """How many characters two streams have in common from the start."""
    length = min(len(first), len(second))
    for size in (64, length):  # most stretches are short, most streams are not
        part = min(size, length)
        differ = np.flatnonzero(first[:part] != second[:part])
        if len(differ):
            return int(differ[0])
    return length


def _stream(text: str) -> "tuple[np.ndarray, np.ndarray]":
    """Code points of the text without white space, and the place of each: text is wrapped and joined on its way."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    places = np.flatnonzero((codes > 32) & (codes != 0xA0))
    return codes[places], places


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
