"""Arguments after a tool's worked calls: the words that stand in the request where they stand in an example.

"Search the web for reviews of the Fairphone 6"    {"query": "reviews of the Fairphone 6"}
"Search the web for beekeeping in cities"          so here: "beekeeping in cities"
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from vademecum.models.tool_calling.text_encoder import Encoder

MAX_STRETCHES = 600
"""Most stretches of a request that are looked at."""

NEAR = 3.0
"""What the nearness of the example request as a whole (a cosine) is worth against a neighbouring word that agrees."""


class _Stretch(NamedTuple):
    """Words of a text, with the words before and the word after ("" at either end)."""

    text: str
    before: tuple[str, str]
    after: str
    words: int


def is_wording(values: Sequence[Any]) -> bool:
    """Whether an argument's worked values are wording, taken from requests as it stands, and not names or codes."""
    return any(isinstance(value, str) and (" " in value or "(" in value) and value[:1].islower() for value in values)


def wording(key: str, examples: Sequence[Mapping[str, Any]], request: str, encoder: Encoder) -> str | None:
    """The stretch of the request that is for it what the value of `key` is for the examples; None where none is.

    Scored by the words beside it, by its length and its first character, and by how near the example is.
    """
    stretch_by_example = [
        (example["request"], _find(example["request"], str(example["args"][key]))) for example in examples
    ]
    stretch_by_example = [(text, stretch) for text, stretch in stretch_by_example if stretch]
    if not stretch_by_example:
        return None
    vectors = encoder.vectors([request, *(text for text, _ in stretch_by_example)])
    near = (vectors[1:] @ vectors[0]).tolist()
    best, value = -1.0, None
    for stretch in _stretches(request):
        for (_, like), cosine in zip(stretch_by_example, near, strict=True):
            agreement = _agreement(stretch, like)
            if agreement and agreement + NEAR * cosine > best:
                best, value = agreement + NEAR * cosine, stretch.text
    return value


def _agreement(stretch: _Stretch, example: _Stretch) -> float:
    """How much two stretches stand alike; 0 where neither side agrees."""
    before = stretch.before[0] == example.before[0]
    after = stretch.after == example.after
    if not before and not after:
        return 0.0
    further = before and stretch.before[1] == example.before[1]
    alike = _class(stretch.text) == _class(example.text)
    return 2.0 * before + further + 1.5 * after + alike - 0.1 * abs(stretch.words - example.words)


def _class(text: str) -> str:
    return "9" if text[0].isdigit() else "X" if text[0].isupper() else "x" if text[0].isalpha() else "."


def _words(text: str) -> list[tuple[int, int]]:
    """The places of the words, marks at the end of the text left out."""
    end = len(re.sub(r"[?.!\s]+$", "", text))
    return [(match.start(), min(match.end(), end)) for match in re.finditer(r"\S+", text) if match.start() < end]


def _stretches(text: str) -> Iterator[_Stretch]:
    words = _words(text)
    pairs = ((i, j) for i in range(len(words)) for j in range(len(words) - 1, i - 1, -1))
    for _, (i, j) in zip(range(MAX_STRETCHES), pairs, strict=False):
        yield _stretch(text, words, i, j)


def _stretch(text: str, words: list[tuple[int, int]], i: int, j: int) -> _Stretch:
    def word(k: int) -> str:
        return text[slice(*words[k])].lower().strip(",:'\"`") if 0 <= k < len(words) else ""

    inside = text[words[i][0] : words[j][1]].strip("`'\"“”")
    return _Stretch(inside, (word(i - 1), word(i - 2)), word(j + 1), j - i + 1)


def _find(text: str, value: str) -> _Stretch | None:
    """The stretch of a text that is the value; None where it is not there in whole words."""
    words = _words(text)
    for i in range(len(words)):
        for j in range(i, len(words)):
            stretch = _stretch(text, words, i, j)
            if stretch.text.rstrip("?.!,") == value.rstrip("?.!,") and value:
                return stretch
    return None
