"""The table of runs: a page of it, sorted by a column; a row opens its run, and two can be marked for comparison."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from vademecum.tracing.traces import question
from vademecum.ui import table
from vademecum.ui.steps import duration

MAX_QUESTION = 140
"""Characters of the question that a row shows."""

RUNS = table.Table(
    "runs",
    "Runs",
    "Compare",
    (
        {"id": "", "label": ""},
        {"id": "run", "label": "Run", "opens": True},
        {"id": "start_time", "label": "When", "sorts": True},
        {"id": "status", "label": "Status", "sorts": True},
        {"id": "latency", "label": "Time", "sorts": True, "end": True},
        {"id": "total_tokens", "label": "Tokens", "sorts": True, "end": True},
        {"id": "total_cost", "label": "Cost", "sorts": True, "end": True},
    ),
)
STATUS_WORDS = {"success": "done", "error": "error", "pending": "running"}


def show(
    runs: Sequence[Mapping[str, Any]],
    actions: table.Actions,
    *,
    order: str,
    ascending: bool,
    marked_ids: Collection[str],
) -> None:
    """Draw one page of runs."""
    rows = [table.TableRow(run["id"], run["name"], cells(run)) for run in runs]
    table.show(RUNS, rows, actions, order=order, ascending=ascending, marked_ids=marked_ids)


def cells(run: Mapping[str, Any]) -> list[dict[str, str]]:
    """The cells of a run, after the one that marks it."""
    question_text = " ".join((run["error"] or question(run["inputs"])).split())
    excerpt = question_text if len(question_text) <= MAX_QUESTION else question_text[: MAX_QUESTION - 1] + "…"
    return [
        {"text": run["name"], "more": excerpt},
        {"text": table.when(run["start_time"])},
        {"text": STATUS_WORDS[run["status"]], "tone": run["status"]},
        {"text": "" if run["latency"] is None else duration(run["latency"])},
        {"text": f"{run['total_tokens']:,}" if run["total_tokens"] else ""},
        {"text": "" if run["total_cost"] is None else f"${float(run['total_cost']):.4f}"},
    ]
