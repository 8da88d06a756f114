"""Figures for people: tables of text, intervals drawn to scale, numbers in few digits."""

from collections.abc import Sequence
from typing import NamedTuple

import streamlit as st

from vademecum.ui.escaping import markup
from vademecum.ui.frame import ASSETS


class Cell(NamedTuple):
    """A cell: `text` from anywhere, or `html` made by our code. `style`: number, faint, strong, good, bad."""

    text: str = ""
    style: str = ""
    html: str = ""
    under: str = ""
    """A second line, smaller."""


def dress() -> None:
    """Add the style of tables and cards; call it once on a page."""
    st.html(f"<style>{(ASSETS / 'figures.css').read_text('utf-8')}</style>")


def table(heads: Sequence[str], rows: Sequence[Sequence[Cell | str]], *, numbers: frozenset[int] = frozenset()) -> None:
    """Draw a table; the columns in `numbers` are right-aligned."""
    head = "".join(
        f'<th scope="col"{_class("number" if place in numbers else "")}>{markup(name)}</th>'
        for place, name in enumerate(heads)
    )
    body = "".join(
        f"<tr>{''.join(_cell(cell, place in numbers) for place, cell in enumerate(row))}</tr>" for row in rows
    )
    st.html(
        f'<div class="vade-scroll" tabindex="0"><table class="vade-figures"><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def measures(*pairs: tuple[str, str]) -> str:
    """Names and values in one line, as markup."""
    spans = "".join(f"<span><span>{markup(name)}</span>{markup(text)}</span>" for name, text in pairs if text)
    return f'<div class="vade-measures">{spans}</div>'


def note(line: str) -> None:
    """Draw a line in grey."""
    st.html(f'<p class="vade-about"><bdi>{markup(line)}</bdi></p>')


def text(content: str, kind: str = "vade-text") -> str:
    """Foreign text as markup that shows it as it is."""
    return f'<div class="{kind}">{markup(content)}</div>'


def interval(mean: float, low: float, high: float, scale: tuple[float, float], *, zero: bool = False) -> str:
    """A mean as a dot and its interval as a bar, drawn between the ends of `scale`; `zero` marks the middle."""
    first, last = scale
    width = (last - first) or 1.0

    def position(number: float) -> float:
        return min(100.0, max(0.0, 100 * (number - first) / width))

    has_interval = low == low and high == high
    bar = (
        f'<i style="left:{position(low):.1f}%;width:{max(0.0, position(high) - position(low)):.1f}%"></i>'
        if has_interval
        else ""
    )
    label = f"{number(mean)}, 95% interval {number(low)} to {number(high)}" if has_interval else number(mean)
    middle = "<u></u>" if zero else ""
    dot = f'<b style="left:{position(mean):.1f}%"></b>'
    return f'<span class="vade-span" role="img" aria-label="{label}">{middle}{bar}{dot}</span>'


def metric(name: str) -> str:
    """The name of a metric as a person writes it."""
    words = name.replace("_", " ")
    for short in ("mrr", "map", "ndcg", "bleu", "rouge"):
        if words.startswith(short):
            return {"ndcg": "nDCG"}.get(short, short.upper()) + words.removeprefix(short)
    return words[:1].upper() + words[1:]


def number(amount: float | None, *, signed: bool = False) -> str:
    """A number in three digits: 0.853, 12.4, 1,203; "–" where it is none."""
    if amount is None or amount != amount:
        return "–"
    size = abs(amount)
    digits = 0 if size >= 100 or (amount == int(amount) and size >= 2) else 1 if size >= 10 else 2 if size >= 2 else 3
    rounded = round(amount, digits) + 0.0  # no "-0.000"
    return f"{rounded:+,.{digits}f}" if signed else f"{rounded:,.{digits}f}"


def bounds(low: float, high: float, *, signed: bool = False) -> str:
    """The ends of an interval: "0.71 – 0.93"; empty if they are not known."""
    if low != low:
        return ""
    return f"{number(low, signed=signed)} {'to' if signed else '–'} {number(high, signed=signed)}"


def money(cost: float | None) -> str:
    """US dollars; "–" where the price is not known."""
    if cost is None or cost != cost:
        return "–"
    return "free" if cost == 0 else f"${cost:.4f}" if cost < 1 else f"${cost:,.2f}"


def _cell(cell: Cell | str, at_right: bool) -> str:
    if isinstance(cell, str):
        cell = Cell(cell)
    shades = {"good": "vade-good", "bad": "vade-bad"}
    names = " ".join(filter(None, ("number" if at_right else "", shades.get(cell.style, cell.style))))
    under = f"<small>{markup(cell.under)}</small>" if cell.under else ""
    return f"<td{_class(names)}>{cell.html or f'<bdi>{markup(cell.text)}</bdi>'}{under}</td>"


def _class(names: str) -> str:
    return f' class="{names}"' if names else ""
