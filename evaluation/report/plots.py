"""Plots as SVG text: metrics with their intervals, differences, and how well confidence is calibrated.

The same figures give the same SVG: no date, no random ids. Text stays text, in the page's own colour.
"""

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from vademecum.evaluation.bootstrap import Estimate
from vademecum.evaluation.comparison import Difference
from vademecum.evaluation.metrics import Floats
from vademecum.evaluation.metrics.abstaining import BINS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK = "#010203"
"""Stands for the page's text colour, which SVG calls currentColor and matplotlib does not know."""

BLUE, GREEN, RED, GREY = "#3b6fd4", "#2a9d63", "#d1495b", "#8a8f98"


def bars(estimates: Sequence[tuple[str, Estimate]]) -> str:
    """A bar for each metric between 0 and 1, with its interval."""
    figure, axes = _axes(height=0.34 * len(estimates) + 0.6)
    places = np.arange(len(estimates))
    values = np.array([it.value for _, it in estimates])
    axes.barh(places, values, color=BLUE, alpha=0.35, height=0.62)
    for at, (_, it) in enumerate(estimates):
        axes.plot([it.low, it.high], [at, at], color=BLUE, linewidth=2, solid_capstyle="round")
        axes.plot([it.value], [at], "o", color=BLUE, markersize=4.5, clip_on=False)
        axes.text(1.03, at, f"{it.value:.3f}", va="center", fontsize=9, color=INK)
    axes.set_xlim(0, 1)
    _name(axes, [name for name, _ in estimates])
    return _svg(figure)


def forest(differences: Sequence[Difference]) -> str:
    """The difference of each metric with its interval; what leaves out zero is coloured."""
    figure, axes = _axes(height=0.34 * len(differences) + 0.6)
    axes.axvline(0, color=GREY, linewidth=1)
    for at, it in enumerate(differences):
        colour = {"better": GREEN, "worse": RED}.get(it.found, GREY)
        axes.plot([it.estimate.low, it.estimate.high], [at, at], color=colour, linewidth=2, solid_capstyle="round")
        axes.plot([it.estimate.value], [at], "o", color=colour, markersize=5.5)
    reach = max([0.05, *(abs(end) for it in differences for end in it.estimate[:3] if end == end)]) * 1.1
    axes.set_xlim(-reach, reach)
    axes.set_xlabel("second minus first", fontsize=9, color=INK)
    _name(axes, [it.metric.name for it in differences])
    return _svg(figure)


def calibration(shown: Sequence[tuple[str, Floats]]) -> str:
    """Share of questions that the documents answer against the confidence told, by bin; areas are numbers of cases."""
    figure, axes = _axes(width=4.6, height=4.2)
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=1, linestyle=(0, (4, 3)))
    for (name, numbers), colour in zip(shown, (BLUE, RED), strict=False):
        at = np.minimum((numbers[:, 0] * BINS).astype(int), BINS - 1)
        count = np.bincount(at, minlength=BINS)
        full = count > 0
        said = np.bincount(at, weights=numbers[:, 0], minlength=BINS)[full] / count[full]
        was = np.bincount(at, weights=numbers[:, 1], minlength=BINS)[full] / count[full]
        sizes = 24 + 600 * count[full] / len(numbers)
        axes.scatter(said, was, s=sizes, color=colour, alpha=0.55, label=name, clip_on=False, linewidths=0)
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1.02)
    axes.set_xlabel("confidence told", fontsize=9, color=INK)
    axes.set_ylabel("share that the documents answer", fontsize=9, color=INK)
    if len(shown) > 1:
        legend = axes.legend(frameon=False, fontsize=9, labelcolor=INK, loc="lower right")
        for handle in legend.legend_handles:
            if handle is not None:
                handle.set_sizes([40])  # ty: ignore[missing-attribute]
    return _svg(figure)


def times(seconds: Floats) -> str:
    """How the wall time of answers is spread."""
    figure, axes = _axes(width=4.6, height=4.2)
    axes.hist(seconds, bins=min(24, max(6, len(seconds) // 4)), color=BLUE, alpha=0.5)
    for share, text in ((0.5, "median"), (0.95, "95%")):
        at = float(np.quantile(seconds, share))
        axes.axvline(at, color=INK, linewidth=1, linestyle=(0, (4, 3)))
        axes.text(at, axes.get_ylim()[1], f" {text} {at:.2f} s", fontsize=8, color=INK, va="bottom", rotation=30)
    axes.set_xlabel("seconds an answer", fontsize=9, color=INK)
    axes.set_ylabel("cases", fontsize=9, color=INK)
    return _svg(figure)


def _axes(*, width: float = 8.0, height: float) -> "tuple[Figure, Axes]":
    # Not pyplot: it keeps figures, and may look for a display.
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.add_subplot()
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(GREY)
    axes.tick_params(colors=INK, labelsize=9, length=0)
    axes.grid(axis="x", color=GREY, alpha=0.25, linewidth=0.6)
    axes.set_axisbelow(True)
    return figure, axes


def _name(axes: "Axes", names: Sequence[str]) -> None:
    axes.set_yticks(np.arange(len(names)), names)
    axes.set_ylim(len(names) - 0.4, -0.6)


def _svg(figure: Any) -> str:
    import matplotlib

    # The salt makes ids repeatable; unique within a page, since no two plots of a page are alike.
    salt: Any = {"svg.hashsalt": "vademecum", "svg.fonttype": "none", "font.family": "sans-serif"}
    with matplotlib.rc_context(salt):
        file = io.StringIO()
        figure.savefig(file, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    text = file.getvalue()
    return text[text.index("<svg") :].replace(INK, "currentColor")
