"""A claim is a sentence of an answer on its way: written, checked against its quotes, mended, kept or dropped.

All functions return new claims; none changes what it is given, since what a node was given may be in a checkpoint.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import TypedDict

from vademecum.core.types import Citation, EvidenceSentence, Hit, Origin, Sentence, Verdict
from vademecum.verification.table_headers import with_headers
from vademecum.verification.verdict import Read, Verifier


class Claim(TypedDict):
    """One sentence, the quotes it is said to rest on, and what checking it found (None: not yet checked).

    `better`: where it is true, when another passage than the one cited carries it. `reasons`: why it did not pass.
    `places`: where the quotes were taken from, if that is known. `answer_span`: where in the text the words are that
    answer the question. `dated`: the day of its document, where documents of several days answer.
    """

    text: str
    quotes: list[str]
    origin: Origin
    verdict: Verdict | None
    citations: list[Citation]
    better: list[Citation]
    reasons: list[str]
    places: list[Citation]
    answer_span: tuple[int, int] | None
    dated: date | None


def claim(text: str, quotes: Iterable[str], origin: Origin) -> Claim:
    """A claim not yet checked; white space in its text is made plain, in its quotes kept."""
    plain = " ".join(text.split())
    return Claim(
        text=plain,
        quotes=list(quotes),
        origin=origin,
        verdict=None,
        citations=[],
        better=[],
        reasons=[],
        places=[],
        answer_span=None,
        dated=None,
    )


def quoted(evidence: Iterable[EvidenceSentence]) -> list[Claim]:
    """The evidence sentences themselves as claims."""
    claims = []
    for sentence in evidence:
        places = [sentence.citation, *sentence.context]
        drafted = claim(sentence.text, [place.quote for place in places], "quoted")
        drafted["places"], drafted["dated"] = places, sentence.dated
        drafted["answer_span"] = sentence.answer_span and _in_plain(sentence.text, *sentence.answer_span)
        claims.append(drafted)
    return claims


def _in_plain(text: str, start: int, end: int) -> tuple[int, int]:
    """Where the characters `start` to `end` of a text are when its white space is made plain."""
    before = len(" ".join(text[:start].split()))
    words = " ".join(text[start:end].split())
    begin = before + (before > 0 and text[start - 1].isspace())
    return begin, begin + len(words)


def check(claim: Claim, verifier: Verifier, hits: Sequence[Hit], text_of: Read) -> Claim:
    """The claim with its verdict; one that has a verdict already stays as it is. `text_of` gives a source's text."""
    if claim["verdict"] is not None:
        return claim
    judgement = verifier.judge(claim["text"], claim["quotes"], hits, text_of=text_of)
    citations = list(claim["places"] if judgement.verdict == "supported" else ()) or list(judgement.citations)
    copied = any(plain(claim["text"]) in plain(citation.quote) for citation in citations)
    citations = with_headers(citations, text_of)
    return {
        **claim,
        "origin": "quoted" if copied else "written",
        "verdict": judgement.verdict,
        "citations": citations,
        "better": list(judgement.better),
        "reasons": list(judgement.reasons),
    }


def passed(claim: Claim) -> bool:
    """True where checking found the claim supported, with at least one citation to show for it."""
    return claim["verdict"] == "supported" and bool(claim["citations"])


def as_sentence(claim: Claim) -> Sentence:
    """The claim as a sentence of the answer."""
    verdict = claim["verdict"] or "unsupported"
    return Sentence(
        text=claim["text"],
        citations=tuple(dict.fromkeys(claim["citations"])),
        verdict=verdict,
        origin=claim["origin"],
        answer_span=claim["answer_span"],
        dated=claim["dated"],
    )


def plain(text: str) -> str:
    """The text for comparing: white space, case and a full stop at its end do not count."""
    return " ".join(text.split()).rstrip(".").casefold()
