"""`vade eval`: variants measured on data sets, compared, and labelled by people."""

from pathlib import Path
from typing import Any

import click

from vademecum.cli import _eval
from vademecum.cli._group import global_options
from vademecum.cli._open import read_settings
from vademecum.cli._terminal import say, say_json

_variant = click.option(
    "--variant",
    "-v",
    default="",
    metavar="KEY=VALUE,...",
    help="What to measure: settings (mode=dense,model=extractive,technique=few-shot), graph=NAME, name=ANY; "
    "or a mode, technique, graph or model by its name alone. Default: the settings as they are.",
)
_report = click.option("--report", metavar="FILE.html", help="Write the report here; default: in the workspace.")
_seed = click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Seed of the intervals.")
_to = click.option("--to", metavar="FILE.jsonl", required=True, help="Add to this data set; made where there is none.")


@click.group(no_args_is_help=True)
def command() -> None:
    """Measure variants on questions whose answers are known, and keep the better one.

    A data set is a .jsonl or .csv file of {"id", "question"} with "evidence", "answer", "relevant" or "spans", or
    langsmith:NAME, which the trace store holds.
    """


@command.command()
@click.argument("data_set", metavar="DATA")
@_variant
@click.option("--documents", multiple=True, metavar="PATH", help="Answer from these, in a workspace of their own.")
@click.option("--collection", help="Answer only from this collection.")
@click.option("--limit", type=click.IntRange(1), help="Take only the first cases.")
@click.option("--judge", metavar="MODEL", help="Have a capable model grade the answers.")
@click.option("--perplexity", is_flag=True, help="Ask the model for log-probabilities, where it can give them.")
@click.option("--offline", is_flag=True, help="Keep the experiment in the workspace only, not in the trace store.")
@_seed
@_report
def run(data_set: str, report: str | None, **options: Any) -> int:
    """Answer every question of DATA under a variant, score the answers, and write a report."""
    experiment = _eval.run(data_set, _eval.Options(**options))
    file = _eval.write_experiment(experiment, report)
    _eval.show_experiment(experiment, file)
    return int(len(experiment.errors) == len(experiment.rows))


@command.command()
@click.argument("first")
@click.argument("second")
@_seed
@_report
def compare(first: str, second: str, seed: int, report: str | None) -> None:
    """Compare two experiments case by case: SECOND against FIRST, with paired intervals, and the cases that changed.

    An experiment is named in full, as DATA-VARIANT, or as VARIANT: then the newest is meant.
    """
    comparison = _eval.compare(first, second, seed)
    _eval.show_comparison(comparison, _eval.write_comparison(comparison, report))


@command.command(name="list")
def list_() -> None:
    """List the experiments of the workspace, oldest first."""
    from vademecum.evaluation import experiments

    home = read_settings().home
    readable = experiments.readable(home)
    if global_options().json:
        keys = ("name", "created", "data_set", "variant", "settings", "seed")
        say_json({"experiments": [{key: getattr(experiment, key) for key in keys} for experiment in readable]})
        return
    for experiment in readable:
        failed = f", {len(experiment.errors)} failed" if experiment.errors else ""
        say(experiment.name, style="bold")
        say(f"{experiment.created}: {len(experiment.rows)} cases of {experiment.data_set}{failed}", indent="  ")
    if not readable:
        say("No experiments yet; make one: vade eval run FILE.jsonl", style="dim")


@command.command()
@click.argument("experiment")
@click.option("--report", metavar="FILE.html", help="Write the report here; default: in the workspace.")
def show(experiment: str, report: str | None) -> None:
    """Show the figures of an experiment again, with the labels given since, and write its report."""
    labelled = _eval.load_labelled(experiment)
    _eval.show_experiment(labelled, _eval.write_experiment(labelled, report))


@command.command()
def metrics() -> None:
    """List the metrics with their formulas and sources."""
    from vademecum.evaluation.metrics import all_metrics

    read_settings()
    metrics = all_metrics().values()
    if global_options().json:
        keys = ("name", "about", "formula", "source", "better")
        say_json({"metrics": [{key: getattr(metric, key) for key in keys} for metric in metrics]})
        return
    for metric in metrics:
        say(metric.name, style="bold")
        say(f"{metric.about}: {metric.formula}", indent="  ")
        say(metric.source, style="dim", indent="  ")


@command.command()
@click.argument("experiment")
@click.option("--person", metavar="NAME", help="Who labels; default: your login's name.")
def label(experiment: str, person: str | None) -> None:
    """Say of each answer whether it is right, one key a case; goes on where you stopped."""
    _eval.label(experiment, person)


@command.command()
@click.argument("experiment")
def agreement(experiment: str) -> None:
    """Show how far the people who labelled an experiment agree: Cohen's kappa of each two."""
    _eval.agreement(experiment)


@command.command()
@click.argument("run_id")
@_to
@click.option("--refuse", is_flag=True, help="Right is that the documents do not answer.")
@click.option("--evidence", multiple=True, metavar="TEXT", help="Right is what this passage of a document says.")
@click.option("--answer", "answers", multiple=True, metavar="TEXT", help="Right is this short answer.")
def keep(run_id: str, to: str, refuse: bool, evidence: tuple[str, ...], answers: tuple[str, ...]) -> None:
    """Keep an answer as a test case: what it quoted is what is right, unless you say otherwise."""
    _eval.keep(run_id, Path(to), refuse=refuse, evidence=evidence, answers=answers)


@command.command(name="from-traces")
@_to
@click.option("--failed", is_flag=True, help="Only runs that raised, refused, or were disliked.")
@click.option("--project", help="Of this project of the trace store.")
@click.option("--limit", type=click.IntRange(1), default=100, show_default=True, help="Look at this many runs.")
def from_traces(to: str, failed: bool, project: str | None, limit: int) -> None:
    """Gather questions that were asked into a data set, for a person to say what is right."""
    _eval.from_traces(Path(to), failed=failed, project=project, limit=limit)
