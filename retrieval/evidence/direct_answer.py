"""The one sentence that answers, the words in it that do, and which others an answer needs besides it.

More than one sentence is said only where each adds something that was asked for: a list is whole, a comparison has
both sides, and where it is open which of two sentences answers, both are shown.
"""

import re
from collections.abc import Iterator, Sequence

import numpy as np

from vademecum.core.types import Evidence, EvidenceSentence
from vademecum.language.answer_words import Found, answer_words, is_checkable
from vademecum.language.expected_answer import SEVERAL, Expected
from vademecum.language.stop_words import FUNCTION_WORDS, WORDS_OF_ASKING
from vademecum.retrieval.terms import terms

MAX_ANSWER_SENTENCES = 4
"""Sentences of an answer without a language model, where no whole list is asked for."""

MAX_ANSWER_CHARS = 680
"""Characters of an answer without a language model, at most, unless its first sentence or list alone is longer."""

MIN_CHANCE_SHARE = 0.25
"""A second sentence is cited only if its chance to hold the evidence is at least this share of the best one's.

Measured on spans: citations at an intersection over union of .37 with it, .36 at .1, .35 at .4.
"""

MIN_SHARE_OF_SEVERAL = 0.15
"""The same, where several sentences are asked for: a comparison, steps, a summary."""

LONGEST_VALUE = 60
"""Characters of a field's value that is marked whole."""

_FIELDS = re.compile(r"(?:^|;[ \t]+|\n)(?:[-*+•][ \t]+)?(?P<label>[^\W\d_][^:;|\n]{0,40}):[ \t]+(?P<value>[^;\n]+)")
_CELL = re.compile(r"(?<=\|)([^|\n]*)(?=\||$)")
STOP_TERMS = frozenset(terms(" ".join(FUNCTION_WORDS | WORDS_OF_ASKING)))
"""Stems of words that say nothing of what is asked about."""


def answer_span(text: str, expected: Expected, question: str, header: str = "") -> tuple[int, int] | None:
    """Where in `text` the words are that answer `question`; None where that is not known.

    `header` is the row of the table's column names, where `text` is another of its rows.
    """
    request = frozenset(terms(question)) - STOP_TERMS
    matches = answer_words(text, expected, question)
    values = list(_labelled(text, header))
    if values and (value := _asked_value(text, values, request, matches, is_checkable(expected))):
        return value
    if not matches:
        return None
    places = [match.start() for match in re.finditer(r"\w+", text) if request.intersection(terms(match.group()))]
    best = max(matches, key=lambda one: one.strength - 0.001 * min((abs(one.start - at) for at in places), default=0))
    return (best.start, best.end) if best.strength >= 0.5 else None


def _labelled(text: str, header: str) -> Iterator[tuple[str, int, int]]:
    """The values of a row or of fields, each with what it is called, and where it stands."""
    if header and text.lstrip().startswith("|"):
        names = [match.group().strip() for match in _CELL.finditer(header)]
        cells = list(_CELL.finditer(text))
        for name, cell in zip(names, cells, strict=False):
            body = cell.group().strip()
            if body:
                start = cell.start() + cell.group().index(body)
                yield name, start, start + len(body)
        return
    for match in _FIELDS.finditer(text):
        yield match["label"], match.start("value"), match.end("value")


def _asked_value(
    text: str, values: Sequence[tuple[str, int, int]], request: frozenset[str], matches: Sequence[Found], typed: bool
) -> tuple[int, int] | None:
    """The value that the question asks for: its label is in the question, its own words are not."""
    scored = []
    for label, start, end in values:
        fits = max((one.strength for one in matches if one.start < end and one.end > start), default=0.0)
        naming = len(request.intersection(terms(label)))
        input_values = len(request.intersection(terms(text[start:end])))
        if not input_values and (fits if typed else naming):
            scored.append((2 * naming + fits, -start, start, end))
    if not scored:
        return None
    _, _, start, end = max(scored)
    inside = [one for one in matches if start <= one.start and one.end <= end and one.strength >= 0.5]
    if end - start <= LONGEST_VALUE and not (len(inside) == 1 and len(values) == 1):
        return start, end
    return (inside[0].start, inside[0].end) if inside else None


def sentences_for_answer(evidence: Evidence) -> tuple[EvidenceSentence, ...]:
    """The sentences that make a short answer, best first; a list in its own order."""
    if not evidence.sentences:
        return ()
    if evidence.whole > 1:
        return evidence.sentences[: evidence.whole]
    scores = np.array([sentence.score for sentence in evidence.sentences])
    chances = np.exp(scores - scores.max())
    least = MIN_SHARE_OF_SEVERAL if evidence.expected in SEVERAL else MIN_CHANCE_SHARE
    answer: list[EvidenceSentence] = []
    length = 0
    for sentence, chance in zip(evidence.sentences, chances, strict=True):
        length += len(sentence.text) + 1
        if answer and (length > MAX_ANSWER_CHARS or chance < least):
            break
        if answer and answer[0].answer_span and not sentence.answer_span:
            continue  # it holds nothing of what is asked for
        answer.append(sentence)
        if len(answer) == MAX_ANSWER_SENTENCES:
            break
    return tuple(answer)
