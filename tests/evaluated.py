"""Rows, experiments and subjects for the tests of evaluations; answers are written by hand, so scores are known."""

from collections.abc import Sequence
from typing import Any

from vademecum.core.types import Answer, Citation, Sentence
from vademecum.evaluation import metrics
from vademecum.evaluation.cases import Case, Span
from vademecum.evaluation.experiments import Experiment
from vademecum.evaluation.outcomes import Grade, Judged, Outcome, Ranked, Scores, Truth, Usage


def case(**more: Any) -> Case:
    return Case.of({"id": "c1", "question": "Why?", **more}, "row")


def citation(start: int, end: int, path: str = "a.md", quote: str | None = None) -> Citation:
    quote = "x" * (end - start) if quote is None else quote
    return Citation(path=path, title=path, start=start, end=end, quote=quote, source_id="s")


def answer(text: str = "", *citations: Citation, confidence: float = 0.9) -> Answer:
    sentences = (Sentence(text=text, citations=citations, verdict="supported"),) if text else ()
    shown = text or "The documents do not answer this."
    return Answer(question="Why?", text=shown, sentences=sentences, abstained=not text, confidence=confidence)


def judged(
    of: Case,
    said: Answer | None,
    *,
    spans: Sequence[tuple[int, int]] = (),
    alternatives: bool = False,
    relevant: Sequence[str] = (),
    found: Sequence[str] = (),
    usage: Usage | None = None,
    seconds: float = 1.0,
    error: str = "",
    **more: Any,
) -> Judged:
    truth = Truth(
        spans=tuple(Span(path="a.md", start=start, end=end) for start, end in spans),
        alternatives=alternatives,
        relevant=frozenset(relevant),
    )
    hits = tuple(Ranked(id=it, path=f"{it}.md", start=0, end=9, score=9.0 - at) for at, it in enumerate(found))
    outcome = Outcome(case_id=of.id, answer=said, hits=hits, usage=usage or Usage(), seconds=seconds, error=error)
    return Judged(case=of, truth=truth, outcome=outcome, **more)


def scores(row: Judged) -> dict[str, float]:
    """Every metric of a case by itself."""
    return {name: metrics.all_metrics()[name].alone(numbers) for name, numbers in metrics.score(row).items()}


def experiment(rows: Sequence[Judged], name: str = "set-one-00000001", **more: Any) -> Experiment:
    made = [Scores(case=row.case, outcome=row.outcome, values=metrics.score(row)) for row in rows]
    kept = {
        "created": "2026-01-01T00:00:00+00:00", "data_set": "set", "fingerprint": "0" * 12,
        "variant": name.split("-")[1], "graph": "answer", "settings": {"model": "extractive"}, **more,
    }  # fmt: skip
    return Experiment(name=name, rows=tuple(made), **kept)


GRADE = Grade(score=0.75, reason="a detail is missing")
