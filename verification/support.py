"""Whether quotes carry a sentence, by rules: its numbers, names and denials are theirs, and so are its other words.

No language model is asked.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from vademecum.language import numbers
from vademecum.verification.alignment import Match, align
from vademecum.verification.context import Piece
from vademecum.verification.contradictions import contradictions
from vademecum.verification.meaning import Meaning
from vademecum.verification.negation import denials, disagreements
from vademecum.verification.substitution import substitutions
from vademecum.verification.words import Parsed, Word, parse

_LIGHT = frozenset(
    re.findall(
        r"\w+",
        "make take get becom go come keep put set give use also includ call name know consid see find say mean order "
        "fact case term form part role act work larg number various certain abl possibl due",
    )
)
"""Stems that a rewording adds or changes freely: they count when the quote has them, and not when it has not."""

ENOUGH = 0.7
"""Share of a claim's weighty words that its quote must have."""

_HOPELESS = 0.4
"""Below this share, nearness in meaning is not worth asking for."""

_NEAR = 0.5
"""Cosine from which a word may answer for another, where no word list says so."""

_ALONE = 0.9
"""A sentence of the quote that has this share of the claim's words decides alone; others may not excuse it."""

_FIRST = frozenset(re.findall(r"\w+", "initial initially original originally earliest begin began start started"))


class Support(NamedTuple):
    """What was found: whether the quotes carry the claim, why not, and the share of its words in them, [0, 1]."""

    is_supported: bool
    reasons: tuple[str, ...]
    coverage: float


def supports(claim: str, pieces: Sequence[Piece], meaning: Meaning) -> Support:
    """Whether `pieces` of quotes, one or together, carry `claim`, one sentence."""
    if not pieces:
        return Support(False, ("there is no quote",), 0.0)
    ranked = sorted((weigh(claim, piece.whole, meaning) for piece in pieces), key=_rank, reverse=True)
    best = ranked[0]
    if best.is_supported or best.coverage >= _ALONE or len(pieces) == 1:
        return best
    together = (weigh(claim, text, meaning) for text in _joined(claim, pieces))
    return next((support for support in together if support.is_supported), best)


def _joined(claim: str, pieces: Sequence[Piece]) -> list[str]:
    """What is weighed together: running text with the fields of one record, and the records that the claim names."""
    prose = [piece.whole for piece in pieces if piece.record is None]
    records: dict[tuple[str, int], list[str]] = {}
    for piece in pieces:
        if piece.record is not None:
            records.setdefault(piece.record, [piece.context]).append(piece.text)
    if not records:
        return [" ".join(prose)]
    groups = [". ".join(filter(None, lines)) for lines in records.values()]
    names = {word.stem for word in parse(claim).words if word.kind == "name"}
    naming = [group for group in groups if names & {word.stem for word in parse(group).words}]
    return [
        *(" ".join([*prose, group]) for group in groups),
        *([". ".join(naming)] if len(naming) > 1 and _lists(claim) else []),
    ]


def _lists(claim: str) -> bool:
    """Whether the claim may speak of more than one record."""
    return any(word.lower in {"and", "both", "while", "whereas", "or", "than"} for word in parse(claim).words)


def _rank(support: Support) -> tuple[bool, float, int]:
    return support.is_supported, support.coverage, -len(support.reasons)


def weigh(claim: str, quote: str, meaning: Meaning) -> Support:
    """Whether `quote`, taken as a whole, carries `claim`."""
    mine, theirs = parse(claim), parse(quote)
    matches = align(mine, theirs)
    reasons = [
        *(f"the number {number.text} is not in the quote" for number in _missing_numbers(mine, theirs)),
        *(f"the name {word.text} is not in the quote" for word in _missing_names(mine, matches)),
        *disagreements(mine, theirs, matches),
        *contradictions(mine, theirs, matches),
    ]
    coverage, uncovered = _coverage(mine, matches)
    if not reasons and coverage > _HOPELESS:
        reasons.extend(substitutions(mine, theirs, matches, meaning))
    if not reasons and _HOPELESS < coverage < ENOUGH:
        coverage, uncovered = _coverage(mine, _with_near(mine, theirs, matches, meaning))
    if not reasons and coverage < ENOUGH:
        reasons.append(f"the quote does not speak of {', '.join(word.text for word in uncovered[:3])}")
    return Support(not reasons, tuple(reasons), coverage)


def missing_words(claim: str, text: str) -> Support:
    """Which numbers, names and other words of `claim` the text lacks, wherever they stand in it; no more is asked."""
    mine, theirs = parse(claim), parse(text)
    matches = align(mine, theirs)
    coverage, uncovered = _coverage(mine, matches)
    reasons = [
        *(f"the number {number.text} is not in the texts" for number in _missing_numbers(mine, theirs)),
        *(f"the name {word.text} is not in the texts" for word in _missing_names(mine, matches)),
    ]
    if coverage < ENOUGH:
        reasons.append(f"the texts do not speak of {', '.join(word.text for word in uncovered[:3])}")
    return Support(not reasons, tuple(reasons), coverage)


def is_verbatim(claim: str, quote: str) -> bool:
    """Whether the claim stands word for word in the quote, and nothing before it in its sentence denies it."""
    body, source = " ".join(claim.split()).rstrip(".!;:,"), " ".join(quote.split())
    at = source.find(body)
    if not body or at < 0:
        return False
    before, after = source[:at], source[at + len(body) :]
    if (before and before[-1].isalnum()) or (after and after[0].isalnum()):
        return False
    clause = before[max(before.rfind(stop) for stop in ".!?") + 1 :].strip()
    return not clause or not denials(parse(clause + " it"))


def _with_near(claim: Parsed, quote: Parsed, matches: Sequence[Match | None], meaning: Meaning) -> list[Match | None]:
    """The matches with those added that are near in meaning to a word which the claim would leave out."""
    answered = {place for match in matches if match for place in match.places}
    left_out = [p for p, word in enumerate(quote.words) if p not in answered and word.kind == "content"]
    widened = list(matches)
    for index, word in enumerate(claim.words):
        if matches[index] is None and word.kind == "content":
            near = [p for p in left_out if meaning.nearness(word.lower, [quote.words[p].lower]) >= _NEAR]
            widened[index] = Match("near", tuple(near)) if near else None
    return widened


def _missing_numbers(claim: Parsed, quote: Parsed) -> list[numbers.Number]:
    quote_words = frozenset(word.lower for word in quote.words)
    absent = numbers.missing(claim.numbers, quote.numbers)
    absent = [number for number in absent if not _is_pronoun(number, claim)]
    left_out = numbers.missing(quote.numbers, claim.numbers)
    return [number for number in absent if not _said_otherwise(number, quote_words, bool(left_out))]


def _is_pronoun(number: numbers.Number, claim: Parsed) -> bool:
    """Whether "one" stands for a noun ("a general one", "one of them")."""
    if number.text.lower() != "one":
        return False
    after = next((word for word in claim.words if word.start >= number.end), None)
    return after is None or after.kind == "function" or claim.text[number.end :].lstrip()[:1] in {",", ".", ";", ":"}


def _said_otherwise(number: numbers.Number, quote_words: frozenset[str], has_numbers: bool) -> bool:
    """Whether the quote says a small number without a number word ("both", "a", "no")."""
    text = number.text.lower()
    if text == "one":
        return not has_numbers
    if text == "first":
        return bool(quote_words & _FIRST)
    if text in {"two", "2"}:
        return bool(quote_words & {"both", "pair", "couple", "either"})
    return number.readings == {0.0} and bool(quote_words & {"no", "none", "nothing"})


def _missing_names(claim: Parsed, matches: Sequence[Match | None]) -> list[Word]:
    return [word for word, match in zip(claim.words, matches, strict=True) if word.kind == "name" and not match]


def _coverage(claim: Parsed, matches: Sequence[Match | None]) -> tuple[float, list[Word]]:
    """The share of the claim's weighty words that the quote has, and those it has not."""
    pairs = list(zip(claim.words, matches, strict=True))
    weighty = [
        (word, match)
        for word, match in pairs
        if word.kind in {"content", "name"} and (match or word.stem not in _LIGHT)
    ]
    uncovered = [word for word, match in weighty if not match]
    if not weighty:
        return float(bool(claim.numbers)), []
    return 1 - len(uncovered) / len(weighty), uncovered
