"""Runs an experiment through `langsmith.evaluate`: into the trace store that `client` leads to, or to nowhere at all.

LangSmith's own `upload_results=False` is not enough for "nowhere": the runs of LangChain inside would still be sent
(langsmith 0.15). So each case is traced as the settings say, and the SDK gets a client that can send nothing.
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
from vademecum.evaluation.expected import ExpectedEvidence
from vademecum.evaluation.experiments import Experiment
from vademecum.evaluation.judge import Judge
from vademecum.evaluation.outcomes import Judged, Outcome, Scores, Truth
from vademecum.evaluation.target import Target
from vademecum.evaluation.variants import Variant

if TYPE_CHECKING:
    from langsmith import Client
    from langsmith.schemas import Example

Progress = Callable[[int, int], None]
"""Called with the number of cases done, and of all."""

FLUSH_SECONDS = 60.0
"""How long to wait until the store has accepted the last runs."""

_NOWHERE = "http://127.0.0.1:9"


SETTINGS_STORED = ("model", "mode", "technique", "embeddings", "refuse_below")
"""Settings that every experiment names, also where its variant does not."""


class Bench:
    """One experiment while it runs: answers cases, scores them, and keeps the outcomes and scores."""

    def __init__(
        self, data_set: DataSet, target: Target, judge: Judge | None = None, progress: Progress | None = None
    ) -> None:
        self.data_set = data_set
        self.target = target
        self.judge = judge
        self.cases = {case.id: case for case in data_set.cases}
        self.outcomes: dict[str, Outcome] = {}
        self.scores: dict[str, Scores] = {}
        self._progress = progress
        self._expected = ExpectedEvidence(target.library, target.collection)

    def run_case(self, case: Case) -> Scores:
        """Answer and score one case by itself.

        Raises:
            VademecumError: whatever the search or the graph raises.
        """
        with tracing.runs(self.target.settings):
            return self._scored(case, self.target.run(case))

    def answer(self, inputs: dict[str, Any], metadata: dict[str, Any]) -> dict[str, Any]:
        """The target function: answers one case. An exception becomes the run's error, in the store too."""
        from langsmith import get_current_run_tree

        case = self.cases[metadata["id"]]
        if (run := get_current_run_tree()) is not None:
            run.add_metadata({"case": case.id})
        question = inputs["question"]
        try:
            with tracing.runs(self.target.settings):
                outcome = self.target.run(case.model_copy(update={"question": question}))
        except VademecumError as error:
            self.outcomes[case.id] = Outcome(case_id=case.id, error=str(error))
            raise
        self.outcomes[case.id] = outcome
        assert outcome.answer is not None
        return {"answer": outcome.answer.text, "abstained": outcome.answer.abstained, "run_id": outcome.run_id}

    def score(self, run: Any, example: "Example") -> dict[str, Any]:
        """The evaluator function: all metrics of one case. A run that failed has none."""
        case = self.cases[(example.metadata or {})["id"]]
        outcome = self.outcomes.get(case.id) or Outcome(case_id=case.id, error=_first_line(run.error))
        with tracing.runs(self.target.settings):
            row = self._scored(case, outcome)
        self.scores[case.id] = row
        if self._progress:
            self._progress(len(self.scores), len(self.cases))
        return {"results": list(_feedback(row))}

    def summarise(self, runs: list[Any], examples: list[Any]) -> dict[str, Any]:  # noqa: ARG002 (LangSmith's signature)
        """The summary evaluator function: every metric over all cases."""
        experiment = self.experiment("", "", Variant(""), 0, ())
        scores = {
            name: metric.of(experiment.numbers(name))
            for name, metric in experiment.metrics().items()
            if not metric.time
        }
        return {"results": [{"key": name, "score": score} for name, score in scores.items() if score == score]}

    def experiment(self, name: str, created: str, variant: Variant, seed: int, notes: tuple[str, ...]) -> Experiment:
        """The experiment, of the cases scored so far."""
        settings = self.target.settings
        main = {name: str(getattr(settings, name)) for name in SETTINGS_STORED}
        return Experiment(
            name=name,
            created=created,
            data_set=self.data_set.name,
            fingerprint=self.data_set.fingerprint,
            variant=variant.name,
            graph=variant.graph,
            settings={**main, **variant.settings, "model": main["model"]},  # which one `auto` was
            seed=seed,
            rows=tuple(self.scores[case.id] for case in self.data_set.cases if case.id in self.scores),
            notes=notes,
            judge=f"{self.judge.name}, rubric {self.judge.rubric}" if self.judge else "",
        )

    def notes(self) -> tuple[str, ...]:
        """Warnings for readers of the figures."""
        lost = [case.id for case in self.data_set.cases if self._expected.missing(case)]
        written = any(row.outcome.usage.calls for row in self.scores.values())
        scored = any(row.outcome.usage.scored_tokens for row in self.scores.values())
        failed = [row for row in self.scores.values() if row.outcome.error]
        conditions = {
            f"{len(failed)} of {len(self.cases)} cases failed and are not scored": bool(failed),
            f"the documents do not hold the evidence of {len(lost)} cases ({', '.join(lost[:5])}), "
            "so retrieval and citations are not scored for them": bool(lost),
            "no perplexity: no language model wrote": not written and not failed,
            "no perplexity: the model gave no log-probabilities with its tokens": written and not scored,
            "no cost: the price of the model is not known": written
            and all(row.outcome.usage.cost is None for row in self.scores.values()),
        }
        broken = (plugin.reason for plugin in metrics.members.broken())
        return (*(text for text, applies in conditions.items() if applies), *broken)

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
            truth=Truth() if outcome.error else self._expected.of(case),
            outcome=outcome,
            supported=tuple(map(self.target.supports, answer.sentences if answer else ())),
            true_quotes=tuple(map(self.target.is_true, answer.citations if answer else ())),
            grade=grade,
        )
        if grade:
            notes["correctness"] = grade.reason
        return Scores(case=case, outcome=outcome, values=metrics.score(row), notes=notes)


def run(
    data_set: DataSet,
    variant: Variant,
    target: Target,
    *,
    client: "Client | None",
    judge: Judge | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> Experiment:
    """Run the experiment: answer every case under the variant, one after the other, and score the answers.

    Raises:
        EmptyWorkspaceError: there are no documents.
        WorkspaceError: the trace store does not take the experiment.
    """
    target.library.require_documents(target.collection)
    bench = Bench(data_set, target, judge, progress)
    created = datetime.now(UTC).isoformat(timespec="seconds")
    name = _evaluate(bench, variant, client)
    return bench.experiment(name, created, variant, seed, bench.notes())


def _evaluate(bench: Bench, variant: Variant, client: "Client | None") -> str:
    """Have LangSmith run the bench; returns the experiment's name, which is unique."""
    from langsmith import evaluate, traceable
    from langsmith.utils import LangSmithError

    from vademecum.tracing.langsmith_sdk import keep_git_out

    keep_git_out()
    # All cases under one name, so that the store counts them together; the metadata says which case it is.
    under_one_name = traceable(name=f"eval {variant.graph}", process_inputs=lambda arguments: arguments["inputs"])
    target: Any = under_one_name(bench.answer)
    score: Any = bench.score
    summarise: Any = bench.summarise
    try:
        examples = trace_examples.examples(bench.data_set, client)
        with _quiet():
            evaluation = evaluate(
                target,
                data=examples,
                evaluators=[score],
                summary_evaluators=[summarise],
                experiment_prefix=f"{bench.data_set.name}-{variant.name}",
                metadata={"variant": variant.name, "graph": variant.graph, **variant.settings},
                max_concurrency=0,
                client=client or _dead_end(),
                upload_results=client is not None,
                disable_evaluator_tracing=True,  # their runs would repeat each run and example whole
                blocking=True,
            )
    except (LangSmithError, requests.RequestException) as error:
        reason = _first_line(str(error))
        raise WorkspaceError(
            f"the trace store does not take the experiment ({reason}); VADE_TRACING=off does without"
        ) from error
    if client is not None:
        client.flush(timeout=FLUSH_SECONDS)
        return evaluation.experiment_name
    return f"{bench.data_set.name}-{variant.name}-{uuid.uuid4().hex[:8]}"  # offline, LangSmith's name lacks both


def _feedback(row: Scores) -> Iterator[dict[str, Any]]:
    by_name: Mapping[str, metrics.Metric] = metrics.all_metrics()
    for name, numbers in row.values.items():
        if name not in by_name:  # a metric of a person's own, broken since
            continue
        score = by_name[name].alone(numbers)
        if score == score:
            yield {"key": name, "score": score, "comment": row.notes.get(name)}


def _dead_end() -> "Client":
    """A client that refuses to send anything, for experiments that stay in the workspace."""
    from langsmith import Client

    class Refusing(requests.Session):
        def send(self, request: Any, **kwargs: Any) -> Any:  # noqa: ARG002 (requests' signature)
            raise requests.ConnectionError("this experiment is not sent anywhere")

    return Client(api_url=_NOWHERE, api_key="none", session=Refusing(), auto_batch_tracing=False, info={})


@contextlib.contextmanager
def _quiet() -> Generator[None]:
    """Silence LangSmith, which prints an address, a progress bar, and a traceback for each case that fails."""
    log = logging.getLogger("langsmith")
    level = log.level
    log.setLevel(logging.CRITICAL)
    output = io.StringIO()
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
            warnings.filterwarnings("ignore", "'upload_results' parameter is in beta")
            yield
    finally:
        log.setLevel(level)


def _first_line(text: str | None) -> str:
    return next(iter((text or "").strip().splitlines()), "the run failed")[:300]
