"""Which sentences answer only together: the items of a list, the two sides of a comparison, the gist of a document."""

import re
from collections import Counter
from collections.abc import Sequence

from vademecum.core.types import Hit
from vademecum.language.expected_answer import Expected
from vademecum.retrieval.evidence.direct_answer import STOP_TERMS
from vademecum.retrieval.evidence.sentence_context import PlacedSentence
from vademecum.retrieval.terms import terms

MOST = 24
"""Items of a list that are shown; more are cut."""

GIST, GIST_CHARS, GIST_OF_PASSAGE = 6, 700, 2
"""Sentences of a summary, their characters together, and how many of them are of one passage, at most."""

_NEED = re.compile(r"\b(?:need|required?|ingredients?|bring|pack|buy|use)\b", re.IGNORECASE)
_NEEDED = re.compile(
    r"\b(?:ingredients?|you(?:'ll| will)? need|needed|required?|requirements|materials?|equipment|tools|supplies|"
    r"shopping|bring|take with|packing|pack)\b",
    re.IGNORECASE,
)
_STEPS = re.compile(
    r"\b(?:method|steps?|instructions?|directions?|preparation|procedure|how to|to do)\b", re.IGNORECASE
)

LEADERS = 3
"""Best sentences of which two must be of one list for it to answer whole, where no list is asked for by name."""

_SIDES = re.compile(r"\b(?:and|or|vs\.?|versus|than|with|to|from)\b", re.IGNORECASE)
Sentences = Sequence[tuple[Hit, PlacedSentence]]


def together(question: str, expected: Expected, sentences: Sentences, order: Sequence[int]) -> list[int]:
    """Those of `sentences` that answer together, in their order; `order` is best first. One, where one answers."""
    if expected.kind in ("list", "steps", "thing"):
        return _list(question, expected, sentences, order) or [order[0]]
    if expected.kind == "comparison":
        return _sides(question, sentences, order)
    if expected.kind == "summary":
        return _gist(sentences, order)
    return [order[0]]


def _gist(sentences: Sentences, order: Sequence[int]) -> list[int]:
    """What is said in the document that most of the sentences are of, in its order: the best with figures first.

    A document's figures (days, amounts, numbers) are what a person wants to find in its summary.
    """
    sources = Counter(sentences[i][0].passage.source_id for i in order)
    source = sources.most_common(1)[0][0]
    same = [i for i in order if sentences[i][0].passage.source_id == source and sentences[i][1].role == "prose"]
    selection: list[int] = []
    usage: Counter[str] = Counter()
    for i in sorted(same, key=lambda i: not _has_figure(*sentences[i])):
        passage = sentences[i][0].passage.id
        length = sum(sentences[j][1].end - sentences[j][1].start for j in (*selection, i))
        if usage[passage] < GIST_OF_PASSAGE and length <= GIST_CHARS and len(selection) < GIST:
            usage[passage] += 1
            selection.append(i)
    return sorted(selection, key=lambda i: sentences[i][1].start) or [order[0]]


def _has_figure(hit: Hit, placed: PlacedSentence) -> bool:
    return bool(re.search(r"\d", hit.passage.text[placed.start - hit.passage.start : placed.end - hit.passage.start]))


def _list(question: str, expected: Expected, sentences: Sentences, order: Sequence[int]) -> list[int]:
    """The list that the best sentence is of; or the lines of a section that is called what is asked for."""
    hit, best = sentences[_led(question, expected, sentences, order)]
    same = [i for i in sorted(order) if sentences[i][0] is hit]
    if best.role in ("item", "field") or (best.role == "row" and expected.kind == "list"):
        items = [i for i in same if _of_one_list(hit, best, sentences[i][1])]
        leaders = sum(i in items for i in order[:LEADERS])
        return items[:MOST] if expected.kind != "thing" or (best.role == "item" and leaders > 1) else []
    request = frozenset(terms(question)) - STOP_TERMS
    heading = hit.passage.headings[-1] if hit.passage.headings else ""
    if request.intersection(terms(heading)) and expected.kind == "list":
        lines = [i for i in same if _begins_line(hit, sentences[i][1])]
        if len(lines) == len(same):
            return lines[:MOST]
    return []


def _of_one_list(hit: Hit, one: PlacedSentence, other: PlacedSentence) -> bool:
    """Whether two sentences of a passage are of one list: a numbered one goes on no list of points."""
    return one.role == other.role and one.needs == other.needs and _is_numbered(hit, one) == _is_numbered(hit, other)


def _is_numbered(hit: Hit, sentence: PlacedSentence) -> bool:
    before = hit.passage.text[: sentence.start - hit.passage.start]
    line = before[before.rfind("\n") + 1 :].lstrip()
    return line[:1].isdigit()


def _led(question: str, expected: Expected, sentences: Sentences, order: Sequence[int]) -> int:
    """The best sentence of a list that is announced as what is asked for ("Ingredients:"); else the best of all."""
    target = _STEPS if expected.kind == "steps" else _NEEDED if _NEED.search(question) else None
    for i in order if target else ():
        hit, placed = sentences[i]
        begin = hit.passage.start
        leads = [hit.passage.text[a - begin : b - begin] for a, b in placed.needs if a >= begin]
        if (
            placed.role in ("item", "field")
            and target
            and target.search(" ".join([*leads, *hit.passage.headings[-1:]]))
        ):
            return i
    hit, best = sentences[order[0]]
    if expected.kind == "list" and _is_numbered(hit, best):  # steps are no list of things
        points = [i for i in order if sentences[i][0] is hit and sentences[i][1].role == "item"]
        return next((i for i in points if not _is_numbered(*sentences[i])), order[0])
    return order[0]


def _begins_line(hit: Hit, sentence: PlacedSentence) -> bool:
    before = hit.passage.text[: sentence.start - hit.passage.start].rstrip(" \t")
    return not before or before.endswith("\n")


def _sides(question: str, sentences: Sentences, order: Sequence[int]) -> list[int]:
    """The best sentence of each side that is compared; of what is compared, it must name something too."""
    request = set(terms(question)) - STOP_TERMS - set(terms("compare difference between"))
    parts = [set(terms(part)) - STOP_TERMS for part in _SIDES.split(question)]
    sides = [part for part in parts if part][-2:]
    if len(sides) < 2:
        return [order[0]]
    selection: list[int] = []
    for side, other in (sides, sides[::-1]):
        own, common = side - other, request - side - other
        for i in order:
            hit, placed = sentences[i]
            words = set(terms(hit.passage.text[placed.start - hit.passage.start : placed.end - hit.passage.start]))
            if own & words and (common & words or not common):
                selection.append(i)
                break
    unique = list(dict.fromkeys(selection))
    return unique if len(unique) > 1 else [order[0]]
