"""The tables of cases: one row each, which opens to what was asked, expected, answered and cited."""

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
    made = "".join(_case(row, columns) for row in rows)
    titles = f"<tr><th>id</th><th>question</th><th>came of it</th>{head}</tr>"
    table = f"<table><thead>{titles}</thead><tbody>{made}</tbody></table>"
    kinds = sorted({row.case.kind for row in rows if row.case.kind})
    return _filtered(table, {"state": sorted({state(row) for row in rows}), "kind": kinds})


def changes(made: Comparison) -> str:
    """The cases that changed, with a filter."""
    names = (made.first.variant, made.second.variant)
    rows = "".join(_change(it, names) for it in (*made.changes, *made.reworded))
    head = "<tr><th>id</th><th>question</th><th>what changed</th></tr>"
    table = f"<table><thead>{head}</thead><tbody>{rows}</tbody></table>"
    return _filtered(table, {"change": ["better", "worse", "mixed", "reworded"]})


def cut(value: float) -> str:
    """A figure as tables show it."""
    return "–" if value != value else f"{value:.3f}" if abs(value) < 100 else f"{value:.0f}"


def _filtered(table: str, choices: dict[str, list[str]]) -> str:
    selects = "".join(
        f'<select name="{name}" aria-label="{name}"><option value="">any {name}</option>'
        + "".join(f'<option value="{escape(it)}">{escape(it)}</option>' for it in values)
        + "</select>"
        for name, values in choices.items()
        if len(values) > 1
    )
    words = '<input type="search" placeholder="words of the case" aria-label="words of the case">'
    told = '<span class="told soft"></span>'
    return f'<div class="card cases"><div class="filter">{words}{selects}{told}</div>{table}</div>'


def _case(row: Scores, columns: Sequence[str]) -> str:
    known = all_metrics()
    cells = "".join(
        f'<td class="n">{cut(known[name].alone(row.values[name])) if name in row.values else ""}</td>'
        for name in columns
    )
    came = state(row)
    return (
        f'<tr data-state="{came}" data-kind="{escape(row.case.kind)}"><td><code>{escape(row.case.id)}</code></td>'
        f"<td><details><summary>{escape(row.case.question)}</summary>{_expected(row)}{_came(row)}{_values(row)}</details>"
        f'</td><td class="{came}">{came}</td>{cells}</tr>'
    )


def _change(it: Change, names: tuple[str, str]) -> str:
    moved = [f"{name} {cut(before)} → {cut(after)}" for name, (before, after) in it.moved.items()]
    told = "<br>".join(map(escape, filter(None, [it.became, *moved])))
    found = _found(it)
    told = told or "other words"
    sides = "".join(
        f"<p><b>{escape(name)}</b></p>{_came(row)}" for name, row in zip(names, (it.first, it.second), strict=True)
    )
    case = it.first.case
    return (
        f'<tr data-change="{found}"><td><code>{escape(case.id)}</code></td>'
        f"<td><details><summary>{escape(case.question)}</summary>{_expected(it.first)}{sides}</details></td>"
        f'<td class="{found}">{told}</td></tr>'
    )


def _found(it: Change) -> str:
    """What the change is: "better", "worse", "mixed" (neither, all in all), "reworded"."""
    if not (it.moved or it.became):
        return "reworded"
    return "better" if it.balance > 0 else "worse" if it.balance < 0 else "mixed"


def _expected(row: Scores) -> str:
    return f'<p class="soft">Right: {escape(row.case.right)}</p>' if row.case.right else ""


def _came(row: Scores) -> str:
    outcome, answer = row.outcome, row.outcome.answer
    if answer is None:
        return f'<p class="failed">Failed: {escape(outcome.error)}</p>'
    if answer.abstained:
        return f"<p>Refused (confidence {answer.confidence:.2f}); nearest:</p>{_quotes(answer.nearest)}"
    return f"<p>{escape(answer.text)}</p>{_quotes(answer.citations)}"


def _quotes(citations: Iterable[Citation]) -> str:
    return "".join(
        f"<blockquote>{escape(it.quote)}<br>"
        f'<span class="soft">{escape(it.path)}, characters {it.start} to {it.end}</span></blockquote>'
        for it in citations
    )


def _values(row: Scores) -> str:
    known = all_metrics()
    pairs = "".join(
        f"<dt>{escape(name)}</dt><dd>{cut(known[name].alone(numbers))}"
        f"{' ' + escape(row.notes[name]) if name in row.notes else ''}</dd>"
        for name, numbers in row.values.items()
        if name in known  # a metric of a person's own may be gone
    )
    notes = "".join(f"<dt>{escape(k)}</dt><dd>{escape(v)}</dd>" for k, v in row.notes.items() if k not in row.values)
    return f"<dl>{pairs}{notes}</dl>"
