"""Plots: metrics with their intervals, differences, and how well confidence is calibrated, as SVG text for a page.

The same figures give the same SVG: no date, no random ids. Text stays text, in the page's own colour.
"""

import functools
import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

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
COLOURS = ("#4c3fb1", "#d0662b", "#2a8a6d", "#b03060", "#5a6b7d")

P = ParamSpec("P")
T = TypeVar("T")


def _by_our_style_alone(draw: Callable[P, T]) -> Callable[P, T]:
    """Have `draw` use matplotlib's defaults, whatever a `matplotlibrc` says; one may lie in the working folder."""

    @functools.wraps(draw)
    def draw_by_defaults(*args: P.args, **kwargs: P.kwargs) -> T:
        import matplotlib

        defaults: Any = {
            name: matplotlib.rcParamsDefault[name] for name in matplotlib.rcParamsDefault if name != "backend"
        }
        with matplotlib.rc_context(defaults):
            return draw(*args, **kwargs)

    return draw_by_defaults


@_by_our_style_alone
def bars(estimates: Sequence[tuple[str, Estimate]]) -> str:
    """A bar for each metric between 0 and 1, with its interval."""
    figure, axes = _axes(height=0.34 * len(estimates) + 0.6)
    lengths = np.array([estimate.value for _, estimate in estimates])
    axes.barh(np.arange(len(estimates)), lengths, color=BLUE, alpha=0.35, height=0.62)
    for at, (_, estimate) in enumerate(estimates):
        _interval(axes, estimate.value, estimate[1:3], at, BLUE, markersize=4.5, clip_on=False)
        axes.text(1.03, at, f"{estimate.value:.3f}", va="center", fontsize=9, color=INK)
    axes.set_xlim(0, 1)
    _name(axes, [name for name, _ in estimates])
    return _svg(figure)


@_by_our_style_alone
def forest(differences: Sequence[Difference]) -> str:
    """The difference of each metric with its interval, coloured where that does not include zero."""
    figure, axes = _axes(height=0.34 * len(differences) + 0.6)
    axes.axvline(0, color=GREY, linewidth=1)
    for at, row in enumerate(differences):
        colour = {"better": GREEN, "worse": RED}.get(row.conclusion, GREY)
        _interval(axes, row.estimate.value, row.estimate[1:3], at, colour, markersize=5.5)
    reach = max([0.05, *(abs(end) for row in differences for end in row.estimate[:3] if end == end)]) * 1.1
    axes.set_xlim(-reach, reach)
    axes.set_xlabel("second minus first", fontsize=9, color=INK)
    _name(axes, [row.metric.name for row in differences])
    return _svg(figure)


@_by_our_style_alone
def calibration(experiments: Sequence[tuple[str, Floats]]) -> str:
    """Share of questions that the documents answer against the confidence, by bin; areas are numbers of cases.

    Each experiment has a name and its numbers: confidence, and 1 where the documents answer, shape (n, 2).
    """
    from matplotlib.collections import PathCollection

    figure, axes = _axes(width=4.6, height=4.2)
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=1, linestyle=(0, (4, 3)))
    for (name, numbers), colour in zip(experiments, (BLUE, RED), strict=False):
        at = np.minimum((numbers[:, 0] * BINS).astype(int), BINS - 1)
        count = np.bincount(at, minlength=BINS)
        full = count > 0
        confidence = np.bincount(at, weights=numbers[:, 0], minlength=BINS)[full] / count[full]
        answerable = np.bincount(at, weights=numbers[:, 1], minlength=BINS)[full] / count[full]
        sizes = 24 + 600 * count[full] / len(numbers)
        axes.scatter(confidence, answerable, s=sizes, color=colour, alpha=0.55, label=name, clip_on=False, linewidths=0)
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1.02)
    axes.set_xlabel("confidence told", fontsize=9, color=INK)
    axes.set_ylabel("share that the documents answer", fontsize=9, color=INK)
    if len(experiments) > 1:
        legend = axes.legend(frameon=False, fontsize=9, labelcolor=INK, loc="lower right")
        for handle in legend.legend_handles:
            if isinstance(handle, PathCollection):
                handle.set_sizes([40])
    return _svg(figure)


@_by_our_style_alone
def times(seconds: Floats) -> str:
    """The distribution of the wall time of answers."""
    figure, axes = _axes(width=4.6, height=4.2)
    axes.hist(seconds, bins=min(24, max(6, len(seconds) // 4)), color=BLUE, alpha=0.5)
    for share, text in ((0.5, "median"), (0.95, "95%")):
        at = float(np.quantile(seconds, share))
        axes.axvline(at, color=INK, linewidth=1, linestyle=(0, (4, 3)))
        axes.text(at, axes.get_ylim()[1], f" {text} {at:.2f} s", fontsize=8, color=INK, va="bottom", rotation=30)
    axes.set_xlabel("seconds an answer", fontsize=9, color=INK)
    axes.set_ylabel("cases", fontsize=9, color=INK)
    return _svg(figure)


@_by_our_style_alone
def draw_techniques(rows: Sequence[Mapping[str, Any]], file: Path) -> None:
    """Write the quality and time in the rows of `technique_table` to `file`: .svg, .png or .pdf."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 1.6 + 0.42 * len(rows)), layout="constrained")
    quality, seconds = figure.subplots(1, 2, sharey=True)
    models = list(dict.fromkeys(row["model"] for row in rows))
    for axes, figure_name, label in (
        (quality, "quality", "questions handled well (share, 95% interval)"),
        (seconds, "seconds", "seconds a question (mean, 95% interval)"),
    ):
        for at, row in enumerate(rows):
            interval, colour = row[figure_name], COLOURS[models.index(row["model"]) % len(COLOURS)]
            _interval(axes, interval["mean"], (interval["low"], interval["high"]), at, colour, markersize=6)
        _style(axes)
        axes.set_xlabel(label, fontsize=9, color=INK)
    _name(quality, [f"{row['technique']} · {row['model']}" for row in rows])
    quality.set_xlim(0, 1.02)
    seconds.set_xlim(left=0)
    quality.set_title(f"{rows[0]['questions']} questions", loc="left", fontsize=10)
    figure.savefig(file, metadata={"Date": None} if file.suffix.lower() == ".svg" else None)


def _interval(axes: "Axes", point: float, ends: tuple[Any, Any], at: int, colour: str, **marker: Any) -> None:
    """A point, and a line from end to end of its interval (NaN or None: no line), in the row `at`."""
    axes.plot(np.array(ends, np.float64), [at, at], color=colour, linewidth=2, solid_capstyle="round")
    axes.plot([point], [at], "o", color=colour, **marker)


def _axes(*, width: float = 8.0, height: float) -> "tuple[Figure, Axes]":
    # Not pyplot: it keeps figures, and may look for a display.
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.add_subplot()
    _style(axes)
    return figure, axes


def _style(axes: "Axes") -> None:
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(GREY)
    axes.tick_params(colors=INK, labelsize=9, length=0)
    axes.grid(axis="x", color=GREY, alpha=0.25, linewidth=0.6)
    axes.set_axisbelow(True)


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
