"""The tables of cases: one row each, which opens to the question, what is right, the answer and its quotes."""

from collections.abc import Iterable, Sequence
from html import escape

from vademecum.core.types import Citation
from vademecum.evaluation.comparison import Change, Comparison, state
from vademecum.evaluation.metrics import all_metrics
from vademecum.evaluation.outcomes import Scores

COLUMNS = ("evidence_covered", "mrr@10", "citation_recall", "token_f1", "correctness", "labelled_right")
"""Metrics that have a column of their own, where they apply to any case."""


def cases(rows: Sequence[Scores]) -> str:
    """All cases, with a filter."""
    columns = [name for name in COLUMNS if any(name in row.values for row in rows)]
    head = "".join(f'<th class="n">{escape(name)}</th>' for name in columns)
    body = "".join(_case(row, columns) for row in rows)
    titles = f"<tr><th>id</th><th>question</th><th>came of it</th>{head}</tr>"
    table = f"<table><thead>{titles}</thead><tbody>{body}</tbody></table>"
    kinds = sorted({row.case.kind for row in rows if row.case.kind})
    return _filtered(table, {"state": sorted({state(row) for row in rows}), "kind": kinds})


def changes(comparison: Comparison) -> str:
    """The cases that changed, with a filter."""
    names = (comparison.first.variant, comparison.second.variant)
    rows = "".join(_change(change, names) for change in (*comparison.changes, *comparison.reworded))
    head = "<tr><th>id</th><th>question</th><th>what changed</th></tr>"
    table = f"<table><thead>{head}</thead><tbody>{rows}</tbody></table>"
    return _filtered(table, {"change": ["better", "worse", "mixed", "reworded"]})


def cut(figure: float) -> str:
    """A figure as tables show it."""
    return "–" if figure != figure else f"{figure:.3f}" if abs(figure) < 100 else f"{figure:.0f}"


def _filtered(table: str, choices: dict[str, list[str]]) -> str:
    selects = "".join(
        f'<select name="{name}" aria-label="{name}"><option value="">any {name}</option>'
        + "".join(f'<option value="{escape(option)}">{escape(option)}</option>' for option in options)
        + "</select>"
        for name, options in choices.items()
        if len(options) > 1
    )
    words = '<input type="search" placeholder="words of the case" aria-label="words of the case">'
    count = '<span class="count soft"></span>'
    return f'<div class="card cases"><div class="filter">{words}{selects}{count}</div>{table}</div>'


def _case(row: Scores, columns: Sequence[str]) -> str:
    metrics = all_metrics()
    cells = "".join(
        f'<td class="n">{cut(metrics[name].alone(row.values[name])) if name in row.values else ""}</td>'
        for name in columns
    )
    status = state(row)
    return (
        f'<tr data-state="{status}" data-kind="{escape(row.case.kind)}"><td><code>{escape(row.case.id)}</code></td>'
        f"<td><details><summary>{escape(row.case.question)}</summary>{_expected(row)}{_outcome(row)}{_metrics(row)}</details>"
        f'</td><td class="{status}">{status}</td>{cells}</tr>'
    )


def _change(change: Change, names: tuple[str, str]) -> str:
    moves = [f"{name} {cut(before)} → {cut(after)}" for name, (before, after) in change.metric_changes.items()]
    text = "<br>".join(map(escape, filter(None, [change.state_change, *moves]))) or "other words"
    kind, case = _kind(change), change.first.case
    sides = "".join(
        f"<p><b>{escape(name)}</b></p>{_outcome(row)}"
        for name, row in zip(names, (change.first, change.second), strict=True)
    )
    return (
        f'<tr data-change="{kind}"><td><code>{escape(case.id)}</code></td>'
        f"<td><details><summary>{escape(case.question)}</summary>{_expected(change.first)}{sides}</details></td>"
        f'<td class="{kind}">{text}</td></tr>'
    )


def _kind(change: Change) -> str:
    """The kind of change: "better", "worse", "mixed" (neither, all in all), "reworded"."""
    if change.is_none:
        return "reworded"
    return "better" if change.balance > 0 else "worse" if change.balance < 0 else "mixed"


def _expected(row: Scores) -> str:
    return f'<p class="soft">Right: {escape(row.case.right)}</p>' if row.case.right else ""


def _outcome(row: Scores) -> str:
    outcome, answer = row.outcome, row.outcome.answer
    if answer is None:
        return f'<p class="failed">Failed: {escape(outcome.error)}</p>'
    if answer.abstained:
        return f"<p>Refused (confidence {answer.confidence:.2f}); nearest:</p>{_quotes(answer.nearest)}"
    return f"<p>{escape(answer.text)}</p>{_quotes(answer.citations)}"


def _quotes(citations: Iterable[Citation]) -> str:
    return "".join(
        f"<blockquote>{escape(citation.quote)}<br>"
        f'<span class="soft">{escape(citation.path)}, characters {citation.start} to {citation.end}</span></blockquote>'
        for citation in citations
    )


def _metrics(row: Scores) -> str:
    metrics = all_metrics()
    pairs = "".join(
        f"<dt>{escape(name)}</dt><dd>{cut(metrics[name].alone(numbers))}"
        f"{' ' + escape(row.notes[name]) if name in row.notes else ''}</dd>"
        for name, numbers in row.values.items()
        if name in metrics  # a metric of a person's own may be gone
    )
    remarks = {name: note for name, note in row.notes.items() if name not in row.values}
    notes = "".join(f"<dt>{escape(name)}</dt><dd>{escape(note)}</dd>" for name, note in remarks.items())
    return f"<dl>{pairs}{notes}</dl>"
