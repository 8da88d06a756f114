"""What a sentence says of two entities, by rules: the words between two names that follow each other in it.

"Pearl Jam is an American rock band formed in 1990 in Seattle" gives Pearl Jam - is - American rock band, and
"Eva Hoffmann, the director of the Botanical Garden" gives Eva Hoffmann - director of - Botanical Garden. Each
relation is a stretch of the text, from its first entity to its last.
Source: ReVerb (Fader, Soderland and Etzioni 2011, EMNLP), whose relation phrases are words between two arguments;
Hearst 1992 (COLING) for "X is a Y".
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from vademecum.language.sentences import sentence_spans
from vademecum.retrieval.knowledge.entities import LONGEST_NAME, Mention, normal

MOST_WORDS_BETWEEN = 7
"""Longer stretches between two names are rarely one relation."""

_WORD = re.compile(r"[^\W\d_][\w’'\-]*")
_SAYS_NOTHING = frozenset("and or nor but than".split())
_BREAKS = re.compile(r"[;:!?\n|]|\.\s")
_IS_A = re.compile(
    r"\s*(?:\([^()]*\)|,[^,.;]{1,80},)?\s*(is|are|was|were|means|denotes)\s+(?:(?:also|often|usually|still|now)\s+)?"
    r"(?:an?|the|one of the)\s+"
    r"((?:(?!that\b|which\b|who\b|whose\b|where\b|when\b|in\b|of\b|by\b|for\b|from\b|on\b|at\b|and\b|to\b|with\b|with\b)"
    r"[\w’'\-]+[ ]?){1,6})"
)
_LONG_FORM = re.compile(r"([^\W\d_][\w’'\- ]{3,80}?)\s\(([A-Z][A-Za-z]{1,7})s?\)")
_SUBJECT = re.compile(r"(?:(?:An?|The)\s+)?((?:[\w’'\-]+[ ]){0,3}[\w’'\-]+)(?=\s(?:is|are)\s(?:an?|the)\s)")


class Relation(NamedTuple):
    """`subject` and `object` are names as `normal` makes them; `label` are words of `text[start:end]`."""

    subject: str
    label: str
    object: str
    start: int
    end: int


def relations(text: str, mentions: Sequence[Mention]) -> tuple[list[Relation], list[Mention]]:
    """The relations of `text`, in order, and the mentions that they add to `mentions`."""
    facts: list[Relation] = []
    added: list[Mention] = []
    for start, end in sentence_spans(text):
        inside = _outermost([mention for mention in mentions if start <= mention.start and mention.end <= end])
        for defined in (_definition(text, start, end, inside), *_long_forms(text, start, end)):
            if defined is not None:
                relation, *ends = defined
                facts.append(relation)
                added += ends
        facts += _between(text, inside)
    spans = {(mention.start, mention.end) for mention in mentions}
    return sorted(set(facts), key=lambda fact: (fact.start, fact.end, fact.label)), [
        mention for mention in dict.fromkeys(added) if (mention.start, mention.end) not in spans
    ]


def _outermost(mentions: Sequence[Mention]) -> list[Mention]:
    """Without those that lie inside another: of "University of Vienna" and "Vienna" the first."""
    outermost: list[Mention] = []
    for mention in mentions:
        if not outermost or mention.start >= outermost[-1].end:
            outermost.append(mention)
    return outermost


def _between(text: str, inside: Sequence[Mention]) -> Iterator[Relation]:
    for first, second in pairwise(inside):
        between = text[first.end : second.start]
        words = _WORD.findall(between)
        if not 0 < len(words) <= MOST_WORDS_BETWEEN or _BREAKS.search(between) or first.name == second.name:
            continue
        if any(word.lower() not in _SAYS_NOTHING for word in words):
            label = " ".join(word for word in words if word.lower() not in ("a", "an", "the")) or " ".join(words)
            yield Relation(first.name, label, second.name, first.start, second.end)


def _definition(text: str, start: int, end: int, inside: Sequence[Mention]) -> tuple[Relation, Mention, Mention] | None:
    """What "X is a Y" says, where X begins the sentence: of both X and Y something is known that no name says."""
    first = inside[0] if inside and inside[0].start - start <= len("The ") else None
    if first is None:
        plain = _SUBJECT.match(text, start, end)
        if plain is None or len(plain.group(1)) > LONGEST_NAME or plain.group(1).lower() in _PRONOUNS:
            return None
        first = Mention(normal(plain.group(1)), plain.group(1), "term", *plain.span(1))
    match = _IS_A.match(text, first.end, end)
    if match is None or not first.name:
        return None
    what = text[match.start(2) : match.end(2)].rstrip()
    mention = Mention(normal(what), what, "term", match.start(2), match.start(2) + len(what))
    if not mention.name or mention.name == first.name or len(what) > LONGEST_NAME:
        return None
    return Relation(first.name, match.group(1), mention.name, first.start, mention.end), first, mention


_PRONOUNS = frozenset("it he she this that there they here what which who one".split())


def _long_forms(text: str, start: int, end: int) -> Iterator[tuple[Relation, Mention, Mention]]:
    """What "American Psychological Association (APA)" says: the last words whose initials are the short form.

    Source: Schwartz and Hearst 2003, "A simple algorithm for identifying abbreviation definitions", simplified.
    """
    if text.find("(", start, end) < 0:
        return  # the pattern looks far ahead of every word
    for match in _LONG_FORM.finditer(text, start, end):
        short = match.group(2)
        words = list(_WORD.finditer(text, match.start(1), match.end(1)))
        for count in range(2, min(len(words), len(short) + 3) + 1):
            last = words[-count:]
            initials = "".join(
                word.group()[0] for word in last if word.group().lower() not in ("of", "the", "and", "for")
            )
            if initials.lower() == short.lower():
                long = text[last[0].start() : last[-1].end()]
                yield (
                    Relation(normal(short), "short for", normal(long), last[0].start(), match.end()),
                    Mention(normal(long), long, "term", last[0].start(), last[-1].end()),
                    Mention(normal(short), short, "name", match.start(2), match.end(2)),
                )
                break
