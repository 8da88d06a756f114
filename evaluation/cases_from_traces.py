"""Cases from traces: an answer kept as a test case, and questions whose runs went wrong gathered into a data set."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from vademecum.core.errors import UsageError
from vademecum.evaluation.cases import Case

FAILED = ("error", "refused", "disliked")
"""What makes a run one that failed: it raised, it answered nothing, or a person's feedback on it was 0 or below."""


class TracedRun(NamedTuple):
    """A run as the trace store has it. `liked` is the least feedback on it; None where there is none."""

    id: str
    inputs: Mapping[str, Any]
    outputs: Mapping[str, Any]
    error: str = ""
    liked: float | None = None


def question_of(run: TracedRun) -> str:
    """The question that a run was asked; empty where it was none of a question."""
    asked = run.inputs.get("question")
    return asked.strip() if isinstance(asked, str) else ""


def kept(run: TracedRun, *, refuse: bool = False, evidence: Sequence[str] = (), answers: Sequence[str] = ()) -> Case:
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
        return Case(id=f"kept-{run.id[:8]}", question=question, answerable=False, kind="kept, no answer")
    quotes = list(evidence) or _quotes(answer)
    if not quotes and not answers:
        raise UsageError(f"the run {run.id} came to no answer; say what is right with --evidence, --answer or --refuse")
    return Case(
        id=f"kept-{run.id[:8]}",
        question=question,
        evidence=tuple(quotes),
        answer=tuple(answers),
        answerable=True,
        kind="kept",
    )


def unjudged(runs: Iterable[TracedRun], *, failed: bool) -> list[Case]:
    """Cases of the runs' questions, each once, with nothing said of what is right: that is for a person to add.

    With `failed` only runs that failed count.
    """
    found: dict[str, Case] = {}
    for run in runs:
        question = question_of(run)
        why = _why(run)
        if question and question not in found and (why or not failed):
            found[question] = Case(id=f"run-{run.id[:8]}", question=question, kind=f"from traces: {why or 'answered'}")
    return list(found.values())


def without(cases: Iterable[Case], known: Iterable[Case]) -> list[Case]:
    """The cases whose question the known ones do not ask."""
    asked = {case.question.casefold() for case in known}
    return [case for case in cases if case.question.casefold() not in asked]


def _why(run: TracedRun) -> str:
    """How the run failed, a word of FAILED; empty where it did not."""
    answer = _answer(run)
    holds = (bool(run.error), bool(answer.get("abstained")), run.liked is not None and run.liked <= 0)
    return next((word for word, true in zip(FAILED, holds, strict=True) if true), "")


def _answer(run: TracedRun) -> Mapping[str, Any]:
    """The `Answer` that a graph came to, as its trace has it."""
    found = run.outputs.get("answer")
    return found if isinstance(found, Mapping) else {}


def _quotes(answer: Mapping[str, Any]) -> list[str]:
    cited = [one for sentence in answer.get("sentences") or () for one in sentence.get("citations") or ()]
    return list(dict.fromkeys(one["quote"] for one in cited if one.get("quote")))
