"""Cases from traces: an answer becomes a test case; questions of runs that went wrong become a data set."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from vademecum.core.errors import UsageError
from vademecum.evaluation.cases import Case

FAILED = ("error", "refused", "disliked")
"""Why a run counts as failed: it raised an error, it refused, or a person's feedback on it was 0 or below."""


class TracedRun(NamedTuple):
    """A run as the trace store has it. `liked` is the lowest feedback score; None where there is none."""

    id: str
    inputs: Mapping[str, Any]
    outputs: Mapping[str, Any]
    error: str = ""
    liked: float | None = None


def question_of(run: TracedRun) -> str:
    """The question of a run; empty where its inputs have none."""
    question = run.inputs.get("question")
    return question.strip() if isinstance(question, str) else ""


def case_of(run: TracedRun, *, refuse: bool = False, evidence: Sequence[str] = (), answers: Sequence[str] = ()) -> Case:
    """A run's question as a case in which the run's answer is right: its quotes are the evidence.

    `refuse`: a refusal is right, whatever the run answered. `evidence` and `answers` replace the run's answer.

    Raises:
        UsageError: the run has no question, or no answer and nothing that replaces it.
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


def unjudged_cases(runs: Iterable[TracedRun], *, failed: bool) -> list[Case]:
    """Cases of the runs' questions, each once, without what is right: that is for a person to add.

    With `failed` only runs that failed count.
    """
    cases: dict[str, Case] = {}
    for run in runs:
        question, failure = question_of(run), _failure(run)
        if question and question not in cases and (failure or not failed):
            kind = f"from traces: {failure or 'answered'}"
            cases[question] = Case(id=f"run-{run.id[:8]}", question=question, kind=kind)
    return list(cases.values())


def new_cases(cases: Iterable[Case], existing: Iterable[Case]) -> list[Case]:
    """The cases whose question none of the existing ones asks."""
    questions = {case.question.casefold() for case in existing}
    return [case for case in cases if case.question.casefold() not in questions]


def _failure(run: TracedRun) -> str:
    """Why the run counts as failed, a word of FAILED; empty where it does not."""
    refused = bool(_answer(run).get("abstained"))
    reasons = (bool(run.error), refused, run.liked is not None and run.liked <= 0)
    return next((word for word, applies in zip(FAILED, reasons, strict=True) if applies), "")


def _answer(run: TracedRun) -> Mapping[str, Any]:
    """The `Answer` of a graph, as its trace has it."""
    answer = run.outputs.get("answer")
    return answer if isinstance(answer, Mapping) else {}


def _quotes(answer: Mapping[str, Any]) -> list[str]:
    sentences = answer.get("sentences") or ()
    citations = [citation for sentence in sentences for citation in sentence.get("citations") or ()]
    return list(dict.fromkeys(citation["quote"] for citation in citations if citation.get("quote")))
