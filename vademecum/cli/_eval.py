"""What the commands of `vade eval` do, between the command line and the room `evaluation`."""

import getpass
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vademecum.cli._eval_shown import Progress, show_case, show_comparison, show_experiment
from vademecum.cli._group import global_options
from vademecum.cli._open import ingest_progress, read_settings
from vademecum.cli._terminal import say, say_json
from vademecum.core.errors import UsageError, WorkspaceError

if TYPE_CHECKING:
    from vademecum.evaluation.comparison import Comparison
    from vademecum.evaluation.experiments import Experiment

__all__ = ["show_comparison", "show_experiment"]

KEYS = "y: right   n: wrong   s: skip   b: back   q: stop"


@dataclass(frozen=True)
class Options:
    """The options of `vade eval run`."""

    variant: str = ""
    documents: Sequence[str] = ()
    collection: str | None = None
    limit: int | None = None
    judge: str | None = None
    perplexity: bool = False
    offline: bool = False
    seed: int = 0


def run(name: str, options: Options) -> "Experiment":
    """Run an experiment on the data set called `name`, and store it in the workspace."""
    from vademecum import evaluating, trace_store
    from vademecum.evaluation import data_sets, experiments, running
    from vademecum.evaluation.judge import Judge
    from vademecum.evaluation.variants import Variant
    from vademecum.models import chat_model
    from vademecum.models.local_models import resolved

    settings = read_settings()
    variant = Variant.parse(options.variant)  # may name what a person's own folders hold
    client = None if options.offline else trace_store.client_of(settings)
    data_set = data_sets.read(name, client)
    data_set = data_set.first(options.limit) if options.limit else data_set
    judge_name = resolved(options.judge) if options.judge else ""
    judge = Judge(chat_model(judge_name, settings), judge_name) if judge_name else None
    with evaluating.open_variant(
        variant,
        *options.documents,
        home=global_options().home,
        offline=client is None,
        log_probabilities=options.perplexity,
        progress=ingest_progress(),
    ) as notebook:
        target = evaluating.target(notebook, variant.graph, options.collection)
        with Progress() as progress:
            experiment = running.run(
                data_set, variant, target, client=client, judge=judge, seed=options.seed, progress=progress
            )
    experiments.save(experiment, settings.home)
    return experiment


def load_labelled(name: str) -> "Experiment":
    """The experiment called `name`, with what people said of it."""
    from vademecum.evaluation import experiments, labels

    home = read_settings().home
    return labels.applied(experiments.load(name, home), home)


def compare(first: str, second: str, seed: int) -> "Comparison":
    """The second experiment against the first."""
    from vademecum.evaluation import comparison

    return comparison.compare(load_labelled(first), load_labelled(second), seed)


def write_experiment(experiment: "Experiment", report: str | None) -> Path:
    """Write the report of an experiment; its file."""
    from vademecum.evaluation import report as pages

    return _write(pages.of_experiment(experiment), report, experiment.name)


def write_comparison(comparison: "Comparison", report: str | None) -> Path:
    """Write the report of a comparison; its file."""
    from vademecum.evaluation import report as pages

    return _write(pages.of_comparison(comparison), report, f"{comparison.first.name}--{comparison.second.name}")


def label(name: str, person: str | None) -> None:
    """Ask a person about each case that they have not labelled yet."""
    from vademecum.evaluation import labels

    who, home, experiment = person or _login(), read_settings().home, load_labelled(name)
    given_before = labels.of(home, experiment.name, who)
    waiting = labels.waiting(experiment, given_before)
    at = 0
    while at < len(waiting):
        show_case(waiting[at], len(given_before) + at + 1, len(given_before) + len(waiting))
        say(KEYS, style="dim")
        key = click.getchar().lower()
        if key == "q":
            break
        if key in ("y", "n"):
            labels.add(home, experiment.name, who, waiting[at].case.id, key == "y")
        at = max(0, at - 1) if key == "b" else at + 1 if key in ("y", "n", "s") else at
    label_count = len(labels.of(home, experiment.name, who))
    if global_options().json:
        say_json({"experiment": experiment.name, "person": who, "labelled": label_count})
    else:
        say(f"{label_count} of {len(experiment.rows)} cases of {experiment.name} are labelled by {who}")


def agreement(name: str) -> None:
    """Show Cohen's kappa of each two who labelled the experiment."""
    from vademecum.evaluation import labels

    home, experiment = read_settings().home, load_labelled(name)
    given_labels = {who: labels.of(home, experiment.name, who) for who in labels.people(home, experiment.name)}
    if len(given_labels) < 2:
        raise UsageError(f"agreement needs two people; {len(given_labels)} labelled {experiment.name} so far")
    pairs = [
        (first, second, *labels.kappa(given_labels[first], given_labels[second]))
        for first, second in combinations(sorted(given_labels), 2)
    ]
    if global_options().json:
        shapes = [{"people": [a, b], "kappa": None if k != k else round(k, 6), "cases": n} for a, b, k, n in pairs]
        say_json({"experiment": experiment.name, "agreement": shapes})
        return
    for first, second, kappa, cases in pairs:
        kappa_text = "no case in common" if not cases else f"kappa {kappa:.2f} over {cases} cases"
        say(f"{first} and {second}: {kappa_text}")


def keep(run_id: str, to: Path, *, refuse: bool, evidence: Sequence[str], answers: Sequence[str]) -> None:
    """Add a run's question to a data set, with what is right."""
    from vademecum import trace_store
    from vademecum.evaluation import cases_from_traces

    run = trace_store.run(run_id, read_settings())
    _add([cases_from_traces.case_of(run, refuse=refuse, evidence=evidence, answers=answers)], to)


def from_traces(to: Path, *, failed: bool, project: str | None, limit: int) -> None:
    """Add the questions of runs to a data set."""
    from vademecum import trace_store
    from vademecum.evaluation import cases_from_traces

    traced_runs = trace_store.runs(read_settings(), project=project, limit=limit)
    _add(cases_from_traces.unjudged_cases(traced_runs, failed=failed), to)


def _add(cases: Sequence, to: Path) -> None:
    """Add the cases that the data set does not ask yet, and say how many."""
    from vademecum.evaluation import cases_from_traces, data_sets

    if to.suffix.lower() != ".jsonl":
        raise UsageError(f"{to} is not a .jsonl file; cases are added to such a file")
    held = data_sets.read(str(to)).cases if to.is_file() and to.stat().st_size else ()
    news = cases_from_traces.new_cases(cases, held)
    data_sets.write(to, news)
    if global_options().json:
        say_json({"file": str(to), "added": [case.row() for case in news], "known": len(cases) - len(news)})
        return
    for case in news:
        say(f"added to {to}: {case.question}")
    if len(cases) > len(news):
        say(f"{len(cases) - len(news)} were in it already", style="dim")
    if not cases:
        say("nothing to add", style="dim")


def _write(page: str, report: str | None, name: str) -> Path:
    file = Path(report).expanduser() if report else read_settings().home / "evaluation" / "reports" / f"{name}.html"
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(page, "utf-8")
    except OSError as error:
        raise WorkspaceError(
            f"the report cannot be written to {file} ({error.strerror}); choose another --report"
        ) from error
    return file


def _login() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError) as error:
        raise UsageError("your login has no name; say who labels with --person") from error
