"""An answer with its citations: each sentence followed by its numbers and its verdict; a number opens the source."""

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from typing import Any

import streamlit as st

from vademecum import exporting
from vademecum.core.types import Answer, Citation, Origin, Sentence, Verdict
from vademecum.ui import component
from vademecum.verification.citation_status import CitationStatuses

MARKS: dict[Verdict, str] = {"supported": "✓", "misattributed": "↷", "not found": "?", "unsupported": "✗"}
MEANINGS: dict[Verdict, str] = {
    "supported": "Supported: the quoted passage carries this sentence",
    "misattributed": "Misattributed: another passage than the one cited carries this sentence",
    "not found": "Not found: the quote is not in the source",
    "unsupported": "Unsupported: the quote is in the source, but does not carry this sentence",
}
WHOSE = {
    "quoted": "Quoted from the document, word for word",
    "written": "Written by the model",
    "computed": "Calculated from the cells that are cited, and calculated again as a check",
}

MAX_QUOTE = 240
"""Characters of a quote in the list under an answer; the panel shows all of it."""

Opener = Callable[[Citation], None]


def show_answer(
    answer: Answer, *, key: str, ambiguous: Collection[str], open_citation: Citation | None, on_open: Opener
) -> None:
    """Draw the answer; `on_open` gets the citation whose number is clicked; `open_citation` is marked as open."""
    citations = answer.nearest if answer.abstained else answer.citations

    def open_clicked() -> None:
        number = st.session_state[key].cited
        if isinstance(number, int) and 1 <= number <= len(citations):
            on_open(citations[number - 1])

    component.show(
        "answer",
        '<div class="answer"></div>',
        key=key,
        data=shape(answer, ambiguous, open_citation),
        on_cited_change=open_clicked,
    )


def shape(answer: Answer, ambiguous: Collection[str], open_citation: Citation | None) -> dict[str, Any]:
    """The data of the component, which sets text and never HTML."""
    citations = answer.nearest if answer.abstained else answer.citations
    numbers = {citation: number for number, citation in enumerate(answer.citations, 1)}
    sentence_texts = {sentence.text for sentence in answer.sentences}
    return {
        "abstained": answer.abstained,
        "sentences": [_sentence(sentence, numbers) for sentence in answer.sentences],
        "copy": exporting.answer(answer, ambiguous),
        "citations": [
            _citation_row(n, citation, ambiguous, open_citation, quoted=citation.quote in sentence_texts)
            for n, citation in enumerate(citations, 1)
        ],
    }


def location(citation: Citation, ambiguous: Collection[str] = ()) -> str:
    """The path and the place in it: "notes.md, line 12"."""
    path = f"{citation.root}/{citation.path}" if citation.path in ambiguous else citation.path
    return f"{path}, {citation.where}"


def byline(answer: Answer) -> str:
    """Who answered, and how sure it is, in one line."""
    author = "Not answered" if answer.abstained else f"Answered by {answer.model}"
    details = [part for part in (f"searched by {answer.mode}" if answer.mode else "", _drafted(answer)) if part]
    certainty = [] if answer.abstained else [answer.certainty]
    return " · ".join([author, *details, *_counts(answer.sentences), *certainty])


def _drafted(answer: Answer) -> str:
    return "" if answer.abstained or answer.technique in ("", "extractive") else f"drafted {answer.technique}"


def source_status_lines(answer: Answer, standings: CitationStatuses) -> list[str]:
    """A line for each citation of a stored answer whose source has changed since."""
    messages = [(number, standings.of(citation).message) for number, citation in enumerate(answer.cited, 1)]
    return [f"[{number}] {message}" for number, message in messages if message]


def _counts(sentences: Sequence[Sentence]) -> list[str]:
    origins = Counter(sentence.origin for sentence in sentences)
    words: dict[Origin, str] = {"quoted": "quoted", "written": "written by the model", "computed": "calculated"}
    return [f"{origins[origin]} {word}" for origin, word in words.items() if origins[origin]]


def _sentence(sentence: Sentence, numbers: dict[Citation, int]) -> dict[str, Any]:
    return {
        "text": sentence.text,
        "verdict": sentence.verdict,
        "mark": MARKS[sentence.verdict],
        "origin": sentence.origin,
        "tip": f"{MEANINGS[sentence.verdict]}. {WHOSE[sentence.origin]}.",
        "cites": [numbers[citation] for citation in sentence.citations],
    }


def _citation_row(
    number: int, citation: Citation, ambiguous: Collection[str], open_citation: Citation | None, *, quoted: bool
) -> dict[str, Any]:
    """One row of the list; without the quote if it is a sentence of the answer itself (`quoted`)."""
    quote = citation.quote if len(citation.quote) <= MAX_QUOTE else citation.quote[: MAX_QUOTE - 1] + "…"
    return {
        "number": number,
        "title": citation.title,
        "place": location(citation, ambiguous),
        "quote": "" if quoted else " ".join(quote.split()),
        "open": citation == open_citation,
    }
