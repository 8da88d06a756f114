"""Cases from traces: an answer kept as a test case, and questions whose runs went wrong gathered into a data set."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from core.errors import UsageError
from evaluation.cases import Case

FAILED = ("error", "refused", "disliked")
"""What makes a run one that failed: it raised, it answered nothing, or a person's feedback on it was 0 or below."""


def question_of(run: Any) -> str:
    """The question that a run was asked; empty where it was none of a question."""
    asked = (run.inputs or {}).get("question")
    return asked.strip() if isinstance(asked, str) else ""


def kept(run: Any, *, refuse: bool = False, evidence: Sequence[str] = (), answers: Sequence[str] = ()) -> Case:
    """A run's question as a case in which what it answered is right: its quotes are the evidence.

    `refuse`: right is that the documents do not answer, whatever was said. `evidence` and `answers` take the place of
    what was answered.

    Raises:
        UsageError: the run asked nothing, or came to no answer and nothing is given in its place.
    """
    question = question_of(run)
    if not question:
        raise UsageError(f"the run {run.id} asked no question; keep the run of a graph such as `answer`")
    answer = _answer(run)
    if refuse or (answer.get("abstained") and not (evidence or answers)):
        return Case(id=f"kept-{str(run.id)[:8]}", question=question, answerable=False, kind="kept, no answer")
    quotes = list(evidence) or _quotes(answer)
    if not quotes and not answers:
        raise UsageError(f"the run {run.id} came to no answer; say what is right with --evidence, --answer or --refuse")
    return Case(
        id=f"kept-{str(run.id)[:8]}",
        question=question,
        evidence=tuple(quotes),
        answer=tuple(answers),
        answerable=True,
        kind="kept",
    )


def unjudged(runs: Iterable[Any], liked: Mapping[str, float], *, failed: bool) -> list[Case]:
    """Cases of the runs' questions, each once, with nothing said of what is right: that is for a person to add.

    `liked` is the least feedback on a run, by its id. With `failed` only runs that failed count.
    """
    found: dict[str, Case] = {}
    for run in runs:
        question = question_of(run)
        why = _why(run, liked.get(str(run.id)))
        if question and question not in found and (why or not failed):
            found[question] = Case(
                id=f"run-{str(run.id)[:8]}", question=question, kind=f"from traces: {why or 'answered'}"
            )
    return list(found.values())


def without(cases: Iterable[Case], known: Iterable[Case]) -> list[Case]:
    """The cases whose question the known ones do not ask."""
    asked = {case.question.casefold() for case in known}
    return [case for case in cases if case.question.casefold() not in asked]


def _why(run: Any, liked: float | None) -> str:
    """How the run failed, a word of FAILED; empty where it did not."""
    answer = _answer(run)
    holds = (bool(run.error), bool(answer.get("abstained")), liked is not None and liked <= 0)
    return next((word for word, true in zip(FAILED, holds, strict=True) if true), "")


def _answer(run: Any) -> Mapping[str, Any]:
    outputs = run.outputs or {}
    found = outputs.get("answer")
    if isinstance(found, Mapping):
        return found
    return outputs if "abstained" in outputs else {}


def _quotes(answer: Mapping[str, Any]) -> list[str]:
    cited = [one for sentence in answer.get("sentences") or () for one in sentence.get("citations") or ()]
    return list(dict.fromkeys(one["quote"] for one in cited if one.get("quote")))
