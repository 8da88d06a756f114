"""Traces on a terminal, and as JSON."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from vademecum.cli._terminal import plain, say
from vademecum.tracing.traces import question

if TYPE_CHECKING:
    from vademecum.tracing.traces import Difference

_COLOURS = {"error": "red", "pending": "yellow"}
_MARKS = {"success": "✓", "error": "✗", "pending": "…"}
_SHOWN = 300
"""Characters of inputs and outputs that are shown unless all is asked for."""


def summary(run: Mapping[str, Any]) -> dict[str, Any]:
    """A run without its inputs and outputs."""
    names = ("id", "name", "run_type", "status", "start_time", "end_time", "latency", "total_tokens", "total_cost")
    more = ("error", "thread_id", "model", "session_id", "trace_id", "parent_run_id", "tags", "feedback_stats")
    return {name: run[name] for name in (*names, *more)}


def show_list(runs: Sequence[Mapping[str, Any]]) -> None:
    """One line a run."""
    if not runs:
        say("No runs fit; ask something, and see them here: vade ask QUESTION", style="dim")
    for run in runs:
        began = datetime.fromisoformat(run["start_time"]).astimezone()
        _line(run, f"{run['id'][:8]}  {began:%Y-%m-%d %H:%M:%S}  {_figures(run)}", question(run["inputs"])[:60])


def show_tree(tree: Sequence[Mapping[str, Any]], *, full: bool) -> None:
    """A run, and all below it; what went in and out of each."""
    top = tree[0]
    depth = top["dotted_order"].count(".")
    say(f"{top['id']}  {top['start_time']}", style="dim")
    for run in tree:
        indent = "  " * (run["dotted_order"].count(".") - depth)
        _line(run, indent, _figures(run))
        for name in ("inputs", "outputs", "error"):
            if value := run[name]:
                _part(f"{indent}    {name}: ", value, full=full)
    for key, feedback in top["feedback_stats"].items():
        score = "" if feedback["avg"] is None else f" {feedback['avg']:.2f}"
        say(f"feedback {key}:{score} ({feedback['n']})  {'; '.join(feedback['comments'])}")


def show_stats(stats: Mapping[str, Any]) -> None:
    """A table for each grouping."""
    _row("", {"runs": "runs", "p50": "p50 s", "p95": "p95 s", "rate": "errors", "tokens": "tokens", "cost": "US$"})
    _row("all runs", _columns(stats["all"]))
    for by, groups in stats.items():
        if by != "all" and groups:
            click.secho(f"by {by}", bold=True)
            for group in groups:
                _row(f"  {group['name']}", _columns(group))


def difference(step: "Difference") -> dict[str, Any]:
    """A step of two runs, as JSON."""
    return {
        "path": list(step.path),
        "changed": list(step.changed),
        **{
            side: None if run is None else {**summary(run), "inputs": run["inputs"], "outputs": run["outputs"]}
            for side, run in (("left", step.left), ("right", step.right))
        },
    }


def show_diff(steps: Sequence["Difference"]) -> None:
    """Two runs side by side: a line a step, and below it what is not the same."""
    for step in steps:
        indent = "  " * (len(step.path) - 1)
        sides = "  |  ".join("-" if run is None else _figures(run) for run in (step.left, step.right))
        missing = step.left is None or step.right is None
        mark = "±" if missing else "≠" if step.changed else "="
        colour = "yellow" if missing or step.changed else None
        click.secho(plain(f"{mark} {indent}{step.path[-1]}", lines=False) + f"  {sides}", fg=colour)
        for name in step.changed:
            for sign, run in (("-", step.left), ("+", step.right)):
                if run is not None:
                    _part(f"{indent}    {sign} {name}: ", run[name], full=False)


def _line(run: Mapping[str, Any], begin: str, end: str) -> None:
    name = plain(run["name"], lines=False)
    head = click.style(f"{_MARKS[run['status']]} {name}", fg=_COLOURS.get(run["status"]), bold=True)
    click.echo(f"{begin}{'' if begin.endswith(' ') or not begin else '  '}{head}  {plain(end, lines=False)}".rstrip())


def _part(begin: str, value: Any, *, full: bool) -> None:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    excerpt = text if full or len(text) <= _SHOWN else f"{text[:_SHOWN]}… ({len(text)} characters; --full shows all)"
    click.secho(begin + plain(excerpt, lines=False), dim=True)


def _figures(run: Mapping[str, Any]) -> str:
    tokens = f"  {run['total_tokens']} tokens" if run["total_tokens"] else ""
    seconds = "running" if run["latency"] is None else f"{run['latency']:.3f} s"
    return f"{seconds:>9}{tokens}"


def _columns(stats: Mapping[str, Any]) -> dict[str, str]:
    rate, cost = stats["error_rate"], stats["total_cost"]
    return {
        "runs": str(stats["runs"]),
        **{share: "-" if stats[share] is None else f"{stats[share]:.3f}" for share in ("p50", "p95")},
        "rate": "-" if rate is None else f"{rate:.1%}",
        "tokens": str(stats["total_tokens"] or "-"),
        "cost": "-" if cost is None else f"{cost:.4f}",
    }


def _row(name: str, columns: Mapping[str, str]) -> None:
    click.echo(f"{plain(name, lines=False)[:32]:32}" + "".join(f"{value:>10}" for value in columns.values()))
