"""Runs an experiment through `langsmith.evaluate`: into the trace store that `client` leads to, or to nowhere at all.

LangSmith's own `upload_results=False` is not enough for "nowhere": what LangChain runs inside would still be sent
(langsmith 0.15). So each case runs as the settings' tracing says, and the SDK gets a client that can reach nothing.
"""

import contextlib
import io
import logging
import uuid
import warnings
from collections.abc import Callable, Generator, Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import requests

from vademecum import tracing
from vademecum.core.errors import ModelError, VademecumError, WorkspaceError
from vademecum.evaluation import metrics, trace_examples
from vademecum.evaluation.cases import Case, DataSet
from vademecum.evaluation.expected import Truths
from vademecum.evaluation.experiments import Experiment
from vademecum.evaluation.judge import Judge
from vademecum.evaluation.outcomes import Judged, Outcome, Scores, Truth
from vademecum.evaluation.target import Subject
from vademecum.evaluation.variants import Variant

if TYPE_CHECKING:
    from langsmith import Client
    from langsmith.schemas import Example

Progress = Callable[[int, int], None]
"""Called with the number of cases done, and of all."""

FLUSH_SECONDS = 60.0
"""How long the store may take to accept the last runs."""

_NOWHERE = "http://127.0.0.1:9"


class Bench:
    """One experiment while it is made: answers cases, scores them, and keeps both."""

    def __init__(
        self, data: DataSet, subject: Subject, judge: Judge | None = None, progress: Progress | None = None
    ) -> None:
        self.data = data
        self.subject = subject
        self.judge = judge
        self.cases = {case.id: case for case in data.cases}
        self.outcomes: dict[str, Outcome] = {}
        self.scores: dict[str, Scores] = {}
        self._progress = progress
        self._truths = Truths(subject.library, subject.collection)

    def one(self, case: Case) -> Scores:
        """One case, answered and scored by itself.

        Raises:
            VademecumError: whatever the search or the graph raises.
        """
        with tracing.runs(self.subject.settings):
            return self._scored(case, self.subject.run(case))

    def answer(self, inputs: dict[str, Any], metadata: dict[str, Any]) -> dict[str, Any]:
        """The target: answers one case. What it raises is the run's error, in the store too."""
        from langsmith import get_current_run_tree

        case = self.cases[metadata["id"]]
        if (traced := get_current_run_tree()) is not None:
            traced.add_metadata({"case": case.id})
        question = inputs["question"]
        try:
            with tracing.runs(self.subject.settings):
                outcome = self.subject.run(case.model_copy(update={"question": question}))
        except VademecumError as error:
            self.outcomes[case.id] = Outcome(case_id=case.id, error=str(error))
            raise
        self.outcomes[case.id] = outcome
        assert outcome.answer is not None
        return {"answer": outcome.answer.text, "abstained": outcome.answer.abstained, "run_id": outcome.run_id}

    def score(self, run: Any, example: "Example") -> dict[str, Any]:
        """The evaluator: all metrics of one case. A run that failed has none."""
        case = self.cases[(example.metadata or {})["id"]]
        outcome = self.outcomes.get(case.id) or Outcome(case_id=case.id, error=_first_line(run.error))
        with tracing.runs(self.subject.settings):
            row = self._scored(case, outcome)
        self.scores[case.id] = row
        if self._progress:
            self._progress(len(self.scores), len(self.cases))
        return {"results": list(_feedback(row))}

    def summarise(self, runs: list[Any], examples: list[Any]) -> dict[str, Any]:  # noqa: ARG002 (LangSmith's signature)
        """The summary evaluator: every metric over all cases."""
        made = self.experiment("", "", Variant(""), 0, ())
        results = [
            {"key": name, "score": metric.of(made.numbers(name))}
            for name, metric in made.metrics().items()
            if not metric.time
        ]
        return {"results": [it for it in results if it["score"] == it["score"]]}

    def experiment(self, name: str, created: str, variant: Variant, seed: int, notes: tuple[str, ...]) -> Experiment:
        """What was made."""
        settings = self.subject.settings
        shown = {it: str(getattr(settings, it)) for it in ("model", "mode", "technique", "embeddings", "refuse_below")}
        return Experiment(
            name=name,
            created=created,
            data_set=self.data.name,
            fingerprint=self.data.fingerprint,
            variant=variant.name,
            graph=variant.graph,
            settings={**shown, **variant.settings},
            seed=seed,
            rows=tuple(self.scores[case.id] for case in self.data.cases if case.id in self.scores),
            notes=notes,
            judge=f"{self.judge.name}, rubric {self.judge.rubric}" if self.judge else "",
        )

    def notes(self) -> tuple[str, ...]:
        """What a reader of the figures should know."""
        lost = [case.id for case in self.data.cases if self._truths.missing(case)]
        written = any(row.outcome.usage.calls for row in self.scores.values())
        scored = any(row.outcome.usage.scored_tokens for row in self.scores.values())
        failed = [row for row in self.scores.values() if row.outcome.error]
        told = {
            f"{len(failed)} of {len(self.cases)} cases failed and are not scored": bool(failed),
            f"the documents do not hold the evidence of {len(lost)} cases ({', '.join(lost[:5])}), "
            "so retrieval and citations are not scored for them": bool(lost),
            "no perplexity: no language model wrote": not written and not failed,
            "no perplexity: the model gave no log-probabilities with its tokens": written and not scored,
            "no cost: the price of the model is not known": written
            and all(row.outcome.usage.cost is None for row in self.scores.values()),
        }
        left_out = (left.reason for left in metrics.members.broken())
        return (*(text for text, holds in told.items() if holds), *left_out)

    def _scored(self, case: Case, outcome: Outcome) -> Scores:
        notes: dict[str, str] = {}
        grade = None
        try:
            grade = self.judge.grade(case, outcome) if self.judge and not outcome.error else None
        except ModelError as error:
            notes["correctness"] = f"not graded: {error}"
        answer = outcome.answer
        row = Judged(
            case=case,
            truth=Truth() if outcome.error else self._truths.of(case),
            outcome=outcome,
            supported=tuple(map(self.subject.carries, answer.sentences if answer else ())),
            true_quotes=tuple(map(self.subject.is_true, answer.citations if answer else ())),
            grade=grade,
        )
        if grade:
            notes["correctness"] = grade.reason
        return Scores(case=case, outcome=outcome, values=metrics.score(row), notes=notes)


def run(
    data: DataSet,
    variant: Variant,
    subject: Subject,
    *,
    client: "Client | None",
    judge: Judge | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> Experiment:
    """The experiment: every case answered under the variant, one after the other, and scored.

    Raises:
        EmptyWorkspaceError: there are no documents.
        WorkspaceError: the trace store does not take the experiment.
    """
    subject.library.require_documents(subject.collection)
    bench = Bench(data, subject, judge, progress)
    created = datetime.now(UTC).isoformat(timespec="seconds")
    name = _evaluate(bench, variant, client)
    return bench.experiment(name, created, variant, seed, bench.notes())


def _evaluate(bench: Bench, variant: Variant, client: "Client | None") -> str:
    """Have LangSmith run the bench; the experiment's name, which is one of a kind."""
    from langsmith import evaluate, traceable
    from langsmith.utils import LangSmithError

    # All cases under one name, so that they are counted together; which case it was is in the metadata.
    target: Any = traceable(name=f"eval {variant.graph}", process_inputs=lambda given: given["inputs"])(bench.answer)
    score: Any = bench.score
    summarise: Any = bench.summarise
    try:
        examples = trace_examples.examples(bench.data, client)
        with _quiet():
            results = evaluate(
                target,
                data=examples,
                evaluators=[score],
                summary_evaluators=[summarise],
                experiment_prefix=f"{bench.data.name}-{variant.name}",
                metadata={"variant": variant.name, "graph": variant.graph, **variant.settings},
                max_concurrency=0,
                client=client or _dead_end(),
                upload_results=client is not None,
                disable_evaluator_tracing=True,  # their runs would repeat each run and example whole
                blocking=True,
            )
    except (LangSmithError, requests.RequestException) as error:
        told = _first_line(str(error))
        raise WorkspaceError(
            f"the trace store does not take the experiment ({told}); VADE_TRACING=off does without"
        ) from error
    if client is not None:
        client.flush(timeout=FLUSH_SECONDS)
        return results.experiment_name
    return f"{bench.data.name}-{variant.name}-{uuid.uuid4().hex[:8]}"  # offline LangSmith makes up a name without these


def _feedback(row: Scores) -> Iterator[dict[str, Any]]:
    known: Mapping[str, metrics.Metric] = metrics.all_metrics()
    for name, numbers in row.values.items():
        if name not in known:  # a person's own, left out since
            continue
        value = known[name].alone(numbers)
        if value == value:
            yield {"key": name, "score": value, "comment": row.notes.get(name)}


def _dead_end() -> "Client":
    """A client that refuses to send anything, for experiments that nobody but us is to see."""
    from langsmith import Client

    class Refusing(requests.Session):
        def send(self, request: Any, **kwargs: Any) -> Any:  # noqa: ARG002 (requests' signature)
            raise requests.ConnectionError("this experiment is not sent anywhere")

    return Client(api_url=_NOWHERE, api_key="none", session=Refusing(), auto_batch_tracing=False, info={})


@contextlib.contextmanager
def _quiet() -> Generator[None]:
    """LangSmith prints where results may be seen, a bar of its own, and a traceback for each failing case; not here."""
    log = logging.getLogger("langsmith")
    level = log.level
    log.setLevel(logging.CRITICAL)
    told = io.StringIO()
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(told), contextlib.redirect_stderr(told):
            warnings.filterwarnings("ignore", "'upload_results' parameter is in beta")
            yield
    finally:
        log.setLevel(level)


def _first_line(text: str | None) -> str:
    return next(iter((text or "").strip().splitlines()), "the run failed")[:300]
