"""What tools found in documents, from their messages: passages, and the sentences of them that answer best."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from langchain_core.messages import ToolMessage

from vademecum.core.types import Citation, Hit, Passage
from vademecum.language.sentences import sentence_spans

CITATIONS = "citations"
"""Where a reply carries the places that its sentences rest on, in `additional_kwargs`, as plain data."""

SHOWN_CHARS = 1200
"""Of a document that was read, the beginning that a small model is shown, in characters."""

NOT_THERE = "Your documents do not answer this"


class Found(NamedTuple):
    """`answering`: the sentences of the passages that make a short answer; none where the documents do not answer."""

    passages: Sequence[Citation] = ()
    answering: Sequence[Citation] = ()


def found(message: ToolMessage) -> Found:
    """What a tool of documents found; nothing where it is another tool's message, or failed.

    Its artifact has the passages, and then the sentences, each of which lies in one of them.
    """
    if message.status == "error" or not isinstance(message.artifact, list):
        return Found()
    passages: list[Citation] = []
    sentences: list[Citation] = []
    for citation in (part for part in message.artifact if isinstance(part, Citation)):
        inside = any(_holds(passage, citation) for passage in passages)
        (sentences if inside else passages).append(citation)
    return Found(passages, sentences)


def document_words(message: ToolMessage) -> str:
    """What was found in a person's words: the sentences that answer best, each with its place."""
    passages, answering = found(message)
    if answering:
        told = [f"“{_flat(sentence.quote)}” ({place_of(sentence)})" for sentence in answering]
        return f"Your documents say: {' '.join(told)}"
    if message.name == "search_documents":
        return f"{NOT_THERE}; the nearest passage is in {place_of(passages[0])}."
    return "\n\n".join(f"From {place_of(passage)}:\n{_quoted(passage.quote)}" for passage in passages)


def in_short(message: ToolMessage) -> str:
    """What was found, as a small model is shown it."""
    passages, answering = found(message)
    if answering:
        return "\n".join(f"- {_flat(sentence.quote)}" for sentence in answering)
    if message.name == "search_documents":
        return f"{NOT_THERE}."
    return "\n\n".join(passage.quote[:SHOWN_CHARS] for passage in passages)


def as_hit(citation: Citation) -> Hit:
    """What was quoted, as a passage that was found."""
    passage = Passage(
        id=f"{citation.source_id}:{citation.start}",
        source_id=citation.source_id,
        start=citation.start,
        end=citation.end,
        text=citation.quote,
        page=citation.page,
        line=citation.line or 1,
        place=citation.place,
    )
    return Hit(
        passage=passage,
        path=citation.path,
        root=citation.root,
        title=citation.title,
        score=0.0,
        sha256=citation.sha256,
    )


def place_of(citation: Citation) -> str:
    """File and place, in one line."""
    return _flat(f"{citation.path}, {citation.where}")


def _holds(passage: Citation, citation: Citation) -> bool:
    return passage.source_id == citation.source_id and passage.start <= citation.start and citation.end <= passage.end


def _quoted(text: str) -> str:
    """The beginning of a text, in whole sentences, as a quote."""
    ends = [end for _, end in sentence_spans(text) if end <= SHOWN_CHARS]
    part = text[: ends[-1]] if ends else text[:SHOWN_CHARS]
    more = "\n> ..." if len(part) < len(text.strip()) else ""
    return "\n".join(f"> {line}" for line in part.strip().splitlines()) + more


def _flat(text: str) -> str:
    """The text in one line, without marks of emphasis."""
    return " ".join(re.sub(r"\*\*|__", "", text).split())
