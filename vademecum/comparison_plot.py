"""The plot of a comparison: quality with its interval, and what it costs in time, technique by technique."""

from collections.abc import Sequence
from pathlib import Path

from vademecum.comparing import Compared
from vademecum.core.errors import UsageError

FORMATS = (".svg", ".png", ".pdf")
COLOURS = ("#4c3fb1", "#d0662b", "#2a8a6d", "#b03060", "#5a6b7d")


def require_format(file: Path) -> None:
    """Raise UsageError where the file's name does not end in a format that can be drawn, or its folder is missing."""
    if file.suffix.lower() not in FORMATS:
        raise UsageError(f"{file} should end in one of: {', '.join(FORMATS)}")
    if not file.absolute().parent.is_dir():
        raise UsageError(f"there is no folder {file.absolute().parent} to write {file.name} into")


def draw(report: Sequence[Compared], file: Path) -> None:
    """Write the plot to `file`: .svg, .png or .pdf."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 1.6 + 0.42 * len(report)), layout="constrained")
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2, sharey=True)
    models = list(dict.fromkeys(row.model for row in report))
    for place, row in enumerate(report):
        colour = COLOURS[models.index(row.model) % len(COLOURS)]
        left.errorbar(row.quality.mean, place, xerr=_error(row.quality), fmt="o", color=colour, capsize=3, markersize=6)
        right.errorbar(row.seconds.mean, place, xerr=_error(row.seconds), fmt="s", color=colour, capsize=3)
    left.set_yticks(range(len(report)), [f"{row.technique} · {row.model}" for row in report])
    left.invert_yaxis()
    left.set_xlim(0, 1.02)
    left.set_xlabel("questions handled well (share, 95% interval)")
    right.set_xlim(left=0)
    right.set_xlabel("seconds a question (mean, 95% interval)")
    for axes in (left, right):
        axes.grid(axis="x", alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
    left.set_title(f"{report[0].questions} questions", loc="left", fontsize=10)
    figure.savefig(file, metadata={"Date": None} if file.suffix.lower() == ".svg" else None)


def _error(interval: tuple[float, float, float]) -> list[list[float]]:
    mean, low, high = interval
    return [[max(0.0, mean - low)], [max(0.0, high - mean)]]
