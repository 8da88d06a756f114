"""The JSON of the commands: keys that users, tests and benchmarks rely on."""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from vademecum.core.types import Answer, Citation, Hit, Report, Source

if TYPE_CHECKING:
    from vademecum.agents import AgentAnswer
    from vademecum.verification.citation_status import CitationStatus


def answer_shape(
    answer: Answer, ambiguous: Collection[str], standings: Mapping[Citation, "CitationStatus"] | None = None
) -> dict[str, Any]:
    """An answer; a sentence's citations are places in the list of citations, its `answer_span` one in its text.

    `ambiguous` are paths that several folders hold: those, and only those, come with their `root`. Where `standings`
    say what has become of citations, each comes with its `standing`.
    """
    numbers = {citation: number for number, citation in enumerate(answer.citations)}
    return {
        "id": None,
        "answer": answer.text,
        "abstained": answer.abstained,
        "confidence": round(answer.confidence, 4),
        "sentences": [
            {
                "text": sentence.text,
                "markdown": sentence.markdown,
                "verdict": sentence.verdict,
                "origin": sentence.origin,
                "citations": [numbers[citation] for citation in sentence.citations],
                "answer_span": sentence.answer_span,
                "dated": sentence.dated.isoformat() if sentence.dated else None,
            }
            for sentence in answer.sentences
        ],
        "citations": [citation_shape(citation, ambiguous, standings) for citation in answer.citations],
        "nearest": [citation_shape(citation, ambiguous, standings) for citation in answer.nearest],
        "model": answer.model,
        "run_id": answer.run_id,
        "thread_id": answer.thread_id or None,
        "seconds": round(answer.seconds, 4),
    }


def report_shape(report: Report, answer: Answer, ambiguous: Collection[str]) -> dict[str, Any]:
    """A report: its answer, and sections whose sentences are places in the answer's list of sentences."""
    places = {sentence: number for number, sentence in enumerate(answer.sentences)}
    sections = [
        {"title": section.title, "sentences": [places[sentence] for sentence in section.sentences]}
        for section in report.sections
    ]
    return {**answer_shape(answer, ambiguous), "sections": sections, "unanswered": list(report.unanswered)}


def citation_shape(
    citation: Citation, ambiguous: Collection[str], standings: Mapping[Citation, "CitationStatus"] | None = None
) -> dict[str, Any]:
    """A citation: `quote` is the source's text at [start:end], in characters."""
    return {
        "path": citation.path,
        "start": citation.start,
        "end": citation.end,
        "quote": citation.quote,
        "page": citation.page,
        "line": citation.line,
        "place": citation.place,
        **_root(citation.path, citation.root, ambiguous),
        **({"standing": _standing(standings[citation], ambiguous)} if standings and citation in standings else {}),
    }


def _standing(standing: "CitationStatus", ambiguous: Collection[str]) -> dict[str, Any]:
    now = None if standing.now is None else citation_shape(standing.now, ambiguous)
    return {"state": standing.state, "file": standing.file, "told": standing.message, "now": now}


def hits_shape(hits: Collection[Hit], ambiguous: Collection[str]) -> dict[str, Any]:
    """What a search found, best first."""
    return {"id": None, "hits": [_hit(hit, ambiguous) for hit in hits]}


def _hit(hit: Hit, ambiguous: Collection[str]) -> dict[str, Any]:
    passage = hit.passage
    return {
        "path": hit.path,
        "start": passage.start,
        "end": passage.end,
        "text": passage.text,
        "score": round(hit.score, 6),
        "page": passage.page,
        "line": passage.line,
        "place": passage.place,
        **_root(hit.path, hit.root, ambiguous),
    }


def agent_shape(answer: "AgentAnswer") -> dict[str, Any]:
    """An agent's answer, with every tool call, and the calls that wait for a person."""
    return {
        "task": answer.task,
        "answer": answer.text,
        "calls": [call._asdict() for call in answer.calls],
        "waiting": [call._asdict() for call in answer.waiting],
        "citations": [citation_shape(citation, ()) for citation in answer.citations],
        "agent": answer.agent,
        "model": answer.model,
        "run_id": answer.run_id,
        "thread_id": answer.thread_id or None,
        "seconds": round(answer.seconds, 4),
    }


def source_shape(source: Source) -> dict[str, Any]:
    """One document of the workspace."""
    return source.model_dump(mode="json")


def _root(path: str, root: str, ambiguous: Collection[str]) -> dict[str, str]:
    return {"root": root} if path in ambiguous else {}
