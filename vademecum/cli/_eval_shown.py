"""Experiments, comparisons and cases as a person reads them on a terminal, or as JSON."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Self

import click

from vademecum.cli._group import global_options
from vademecum.cli._terminal import plain, say, say_json

if TYPE_CHECKING:
    from vademecum.evaluation.comparison import Comparison
    from vademecum.evaluation.experiments import Experiment
    from vademecum.evaluation.outcomes import Scores


class Progress:
    """One line on stderr that says how many cases are done; nothing where stderr is no terminal."""

    def __enter__(self) -> Self:
        # LangSmith's own words are kept from stderr while cases run: this holds on to the terminal itself.
        self._stream = sys.stderr if sys.stderr.isatty() else None
        return self

    def __call__(self, completed: int, total: int) -> None:
        """Show it."""
        if self._stream:
            click.echo(f"\r\x1b[K{completed}/{total} cases", nl=False, file=self._stream)

    def __exit__(self, *_: object) -> None:
        if self._stream:
            click.echo("\r\x1b[K", nl=False, file=self._stream)


def show_experiment(experiment: "Experiment", file: Path) -> None:
    """Print the figures of an experiment."""
    from vademecum.evaluation.experiments import summary

    if global_options().json:
        say_json({**summary(experiment), "report": str(file)})
        return
    say(f"{experiment.variant} on {experiment.data_set}: {len(experiment.rows)} cases", style="bold")
    for name, estimate in experiment.estimates().items():
        say(f"{name:22}{estimate.value:9.3f}   {_interval(estimate.low, estimate.high):20} n={estimate.n}")
    for row in experiment.errors:
        say(f"failed: {row.case.id}: {row.outcome.error}", style="red", hang="  ")
    for text in experiment.notes:
        say(text, style="dim")
    say()
    say(f"experiment {experiment.name}")
    _place(file)


def show_comparison(comparison: "Comparison", file: Path) -> None:
    """Print the differences between two experiments."""
    from vademecum.evaluation.comparison import summary

    if global_options().json:
        say_json({**summary(comparison), "report": str(file)})
        return
    say(f"{comparison.second.name} against {comparison.first.name}: {comparison.cases} cases of both", style="bold")
    colours = {"better": "green", "worse": "red"}
    for difference in comparison.differences:
        interval = _interval(difference.estimate.low, difference.estimate.high, signed=True)
        values = f"{difference.first:9.3f} → {difference.second:.3f}"
        conclusion = difference.conclusion if difference.conclusion in colours else ""
        text = f"{difference.metric.name:20}{values:18} {difference.estimate.value:+7.3f}  {interval:19} {conclusion}"
        say(text, style=colours.get(difference.conclusion, ""))
    if comparison.unshared:
        say(f"{comparison.unshared} cases are only in one of the two, and are left out", style="yellow")
    say()
    say(f"{len(comparison.changes)} cases changed, and {len(comparison.reworded)} more only in their words")
    for change in comparison.changes[:10]:
        moves = [f"{name} {before:.2f} → {after:.2f}" for name, (before, after) in change.metric_changes.items()]
        say(f"{change.first.case.id}  {change.first.case.question}", indent="  ")
        say("; ".join(filter(None, (change.state_change, ", ".join(moves)))), indent="    ", style="dim")
    if len(comparison.changes) > 10:
        say(f"and {len(comparison.changes) - 10} more, in the report", indent="  ", style="dim")
    _place(file)


def _place(file: Path) -> None:
    click.echo(f"report {plain(str(file), lines=False)}")  # not wrapped: it is there to be copied


def show_case(row: "Scores", number: int, total: int) -> None:
    """Print a case for a person to judge."""
    case, answer = row.case, row.outcome.answer
    say()
    say(f"{number}/{total}  {case.question}", style="bold")
    if case.right:
        say(f"right: {case.right}", style="dim")
    if answer:
        say("It refused: the documents do not answer this." if answer.abstained else answer.text)


def _interval(low: float, high: float, *, signed: bool = False) -> str:
    if low != low:
        return ""
    return f"[{low:+.3f}, {high:+.3f}]" if signed else f"[{low:.3f}, {high:.3f}]"
