"""Experiments, comparisons and cases as a person reads them on a terminal, or as JSON."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Self

import click

from vademecum.cli._group import given
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

    def __call__(self, done: int, total: int) -> None:
        """Show it."""
        if self._stream:
            click.echo(f"\r\x1b[K{done}/{total} cases", nl=False, file=self._stream)

    def __exit__(self, *_: object) -> None:
        if self._stream:
            click.echo("\r\x1b[K", nl=False, file=self._stream)


def show_experiment(made: "Experiment", file: Path) -> None:
    """Print the figures of an experiment."""
    from vademecum.evaluation.experiments import summary

    if given().json:
        say_json({**summary(made), "report": str(file)})
        return
    say(f"{made.variant} on {made.data_set}: {len(made.rows)} cases", style="bold")
    for name, it in made.estimates().items():
        say(f"{name:22}{it.value:9.3f}   {_interval(it.low, it.high):20} n={it.n}")
    for row in made.errors:
        say(f"failed: {row.case.id}: {row.outcome.error}", style="red", hang="  ")
    for text in made.notes:
        say(text, style="dim")
    say()
    say(f"experiment {made.name}")
    _place(file)


def show_comparison(made: "Comparison", file: Path) -> None:
    """Print the differences between two experiments."""
    from vademecum.evaluation.comparison import summary

    if given().json:
        say_json({**summary(made), "report": str(file)})
        return
    say(f"{made.second.name} against {made.first.name}: {made.cases} cases of both", style="bold")
    colours = {"better": "green", "worse": "red"}
    for it in made.differences:
        interval = _interval(it.estimate.low, it.estimate.high, signed=True)
        values = f"{it.first:9.3f} → {it.second:.3f}"
        conclusion = it.conclusion if it.conclusion in colours else ""
        text = f"{it.metric.name:20}{values:18} {it.estimate.value:+7.3f}  {interval:19} {conclusion}"
        say(text, style=colours.get(it.conclusion, ""))
    if made.unshared:
        say(f"{made.unshared} cases are only in one of the two, and are left out", style="yellow")
    say()
    say(f"{len(made.changes)} cases changed, and {len(made.reworded)} more only in their words")
    for change in made.changes[:10]:
        moves = [f"{name} {before:.2f} → {after:.2f}" for name, (before, after) in change.metric_changes.items()]
        say(f"{change.first.case.id}  {change.first.case.question}", indent="  ")
        say("; ".join(filter(None, (change.state_change, ", ".join(moves)))), indent="    ", style="dim")
    if len(made.changes) > 10:
        say(f"and {len(made.changes) - 10} more, in the report", indent="  ", style="dim")
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
