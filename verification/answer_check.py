"""An answer checked sentence by sentence against texts, with what is no claim left alone.

for sentence in check_answer(answer, texts, grounding):
    print(sentence.text, sentence.verification.verdict)
"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from vademecum.language.sentences import sentence_spans
from vademecum.verification.grounding import Grounding, Verification, claims_something
from vademecum.verification.wording import bare

_FENCE = re.compile(r"^[ \t]*(`{3,}|~{3,})[^\n]*\n.*?(?:^[ \t]*\1[ \t]*$|\Z)", re.MULTILINE | re.DOTALL)
_NO_CLAIM = re.compile(
    r"\W*(?:(?:hello|hi|hey|thanks|thank you|sure|okay|ok|certainly|of course|great|sorry)\b[^.\n]{0,40}[!.,]?$"
    r"|(?:i|we)(?:'|’|\b)(?!.*\bthat\b)|let me\b|please\b|feel free\b|if you (?:want|need|have|would)\b"
    r"|(?:here|below) (?:is|are)\b[^.]*:?$|#{1,6}\s)",
    re.IGNORECASE,
)
"""Greetings, offers, what the writer says of itself, lead-ins and headings. "I found that ..." is a claim."""


class CheckedSentence(NamedTuple):
    """A sentence of an answer, the characters [start, end) of it, and what checking it found."""

    text: str
    start: int
    end: int
    verification: Verification


def check_answer(answer: str, texts: Sequence[str], grounding: Grounding) -> list[CheckedSentence]:
    """The sentences of `answer` that claim something, each checked against `texts`, in order."""
    return list(_checked(answer, lambda claim: grounding.verify(claim, texts)))


def _checked(answer: str, verify: Callable[[str], Verification]) -> Iterator[CheckedSentence]:
    prose = _FENCE.sub(lambda fence: re.sub(r"[^\n]", " ", fence.group()), answer)
    for start, end in sentence_spans(prose):
        text = answer[start:end]
        if not _NO_CLAIM.match(text) and claims_something(bare(text).text):
            yield CheckedSentence(text, start, end, verify(text))
