"""Puts measured figures into `docs/retrieval.md`, and draws its plots: `.venv/bin/python docs/retrieval/figures.py`.

    python docs/retrieval/figures.py [--check] [FILE ...]

Each FILE holds JSON lines that benchmarks printed; they replace those of the same benchmark, set and variant in
`figures.jsonl`. Then every table between `<!-- table NAME -->` and `<!-- end -->` and every plot is made from that
file. `--check` fails where the page is not what the figures say. So no figure is ever typed by hand:

    python -m benchmarks.modes >new.jsonl; python -m benchmarks.splitters >>new.jsonl
    python -m benchmarks.query_latency >>new.jsonl; python -m benchmarks.ingest_book >>new.jsonl
    python docs/retrieval/figures.py new.jsonl
"""

import argparse
import json
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
PAGE = HERE.parent / "retrieval.md"
FIGURES = HERE / "figures.jsonl"
KEYS = ("benchmark", "set", "mode", "splitter", "size", "passages", "store")
"""What tells two lines of figures apart, beside the figures; `passages` only where it is a size that was asked for."""

SHOWN = {
    "wiki": ("mrr", "r1", "r5", "r2000c"),
    "notes": ("mrr", "r5"),
    "samples": ("mrr", "r5"),
    "spans": ("span_recall", "span_iou"),
    "scifact": ("ndcg10", "recall10"),
    "musique": ("ndcg10", "recall5", "recall10"),
}
COLOURS = ("#4c3fb1", "#d0662b", "#2a8a6d", "#b03060", "#5a6b7d", "#8a6d2a", "#2a6d8a", "#6d2a8a", "#999999")

Row = Mapping[str, Any]


def identity(row: Row) -> tuple[Any, ...]:
    """What the row is about."""
    names = KEYS if row["benchmark"] == "query_latency" else [key for key in KEYS if key != "passages"]
    return tuple(row.get(key) for key in names)


def merged(rows: Iterable[Row], files: Iterable[Path]) -> list[Row]:
    """The known rows with those of the files in their place, in a settled order."""
    known = {identity(row): row for row in rows}
    for file in files:
        for line in file.read_text("utf-8").splitlines():
            row = json.loads(line)
            known[identity(row)] = row
    return [known[key] for key in sorted(known, key=lambda key: [str(part) for part in key])]


def table(head: list[str], body: Iterable[list[str]]) -> str:
    """A Markdown table; the first column is text, the others are figures."""
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *body]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def of_sets(rows: list[Row], variant: Callable[[Row], str], order: Callable[[str], Any]) -> str:
    """Variants down, sets and their scores across, the best of each column in bold."""
    present = [name for name in SHOWN if any(row["set"] == name for row in rows)]
    columns = [(name, score) for name in present for score in SHOWN[name]]
    cells = {(variant(row), row["set"], score): row[score] for row in rows for score in SHOWN[row["set"]]}
    variants = sorted({variant(row) for row in rows}, key=order)
    best = {column: max(cells.get((one, *column), -1) for one in variants) for column in columns}

    def cell(one: str, column: tuple[str, str]) -> str:
        value = cells.get((one, *column))
        return "" if value is None else f"**{value:.3f}**" if value == best[column] else f"{value:.3f}"

    return table(
        ["", *(f"{name} {score}" for name, score in columns)],
        ([one, *(cell(one, column) for column in columns)] for one in variants),
    )


def modes(rows: list[Row]) -> str:
    """The table of modes; the tutorial's row first."""
    return of_sets(rows, lambda row: row["mode"], lambda name: (name != "tutorial", name != "best", name))


def splitters(rows: list[Row]) -> str:
    """The table of splitters, each at its own sizes."""
    return of_sets(rows, lambda row: row["splitter"], lambda name: (name != "structure", name))


def latency(rows: list[Row]) -> str:
    """Modes down, sizes across: medians in query embeddings, and peak memory at the largest size."""
    sizes = sorted({row["passages"] for row in rows})
    found = {(row["mode"], row["passages"]): row for row in rows}
    return table(
        ["", *(f"{size:,} passages" for size in sizes), "peak memory"],
        (
            [
                mode,
                *(f"{found[mode, size]['ratio']:.1f}" if (mode, size) in found else "" for size in sizes),
                f"{found[mode, sizes[-1]]['peak_mb']:.0f} MB" if (mode, sizes[-1]) in found else "",
            ]
            for mode in sorted({row["mode"] for row in rows}, key=lambda name: (name != "best", name))
        ),
    )


def ingestion(rows: list[Row]) -> str:
    """What ingesting a book takes."""
    words = {
        "tutorial": "of the time that the tutorial's pipeline takes",
        "bare": "of the speed at which the same passages are embedded and nothing else is done",
        "again": "of that time, where nothing has changed",
    }
    row = rows[-1]
    lines = [[words[key], f"{row[key]:.3f}", str(row[f"bar_{key}"])] for key in words]
    return table(["", "measured", "bar"], lines)


TABLES = {
    "modes": ("modes", modes),
    "splitters": ("splitters", splitters),
    "latency": ("query_latency", latency),
    "ingestion": ("ingest_book", ingestion),
}


def filled(page: str, rows: list[Row]) -> str:
    """The page with its tables made anew."""
    for name, (benchmark, make) in TABLES.items():
        of_it = [row for row in rows if row["benchmark"] == benchmark]
        if of_it:
            mark = re.compile(rf"(<!-- table {name} -->\n).*?(<!-- end -->)", re.DOTALL)
            page = mark.sub(f"\\1\n{make(of_it)}\n\n\\2", page)
    return page


def draw(rows: list[Row], file: Path) -> None:
    """Quality of each mode on each set (left), and its latency by size (right)."""
    from matplotlib import rcParams
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    rcParams["svg.hashsalt"] = "vademecum"
    found = [row for row in rows if row["benchmark"] == "modes"]
    timed = [row for row in rows if row["benchmark"] == "query_latency"]
    names = sorted({row["mode"] for row in found}, key=lambda name: (name != "best", name == "tutorial", name))
    colour = dict(zip(names, COLOURS, strict=False))
    figure = Figure(figsize=(11, 4.2), layout="constrained")
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2, width_ratios=[3, 2])
    sets = [name for name in SHOWN if any(row["set"] == name for row in found)]
    for number, mode in enumerate(names):
        score = {row["set"]: row[SHOWN[row["set"]][0]] for row in found if row["mode"] == mode}
        places = [place + (number - len(names) / 2) * 0.8 / len(names) for place, name in enumerate(sets)]
        heights = [score.get(name, 0) for name in sets]
        left.bar(places, heights, 0.75 / len(names), color=colour[mode], label=mode, align="edge")
    left.set_xticks(range(len(sets)), [f"{name}\n{SHOWN[name][0]}" for name in sets])
    left.set_ylim(0, 1)
    left.legend(frameon=False, ncols=3, fontsize=8, loc="upper right")
    left.set_title("What is found", loc="left", fontsize=10)
    for mode in sorted({row["mode"] for row in timed}):
        line = sorted((row["passages"], row["ratio"]) for row in timed if row["mode"] == mode)
        right.plot(*zip(*line, strict=True), "o-", color=colour.get(mode, "#999999"), label=mode, markersize=4)
    right.set_xscale("log")
    right.set_yscale("log")
    right.set_xlabel("passages")
    right.set_title("Median query, in query embeddings", loc="left", fontsize=10)
    for axes in (left, right):
        axes.grid(axis="y", alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(file, metadata={"Date": None})


def main() -> int:
    """Merge, fill and draw; or check."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--check", action="store_true")
    given = parser.parse_args()
    old = [json.loads(line) for line in FIGURES.read_text("utf-8").splitlines()] if FIGURES.exists() else []
    rows = merged(old, given.files)
    page = filled(PAGE.read_text("utf-8"), rows)
    if given.check:
        return int(page != PAGE.read_text("utf-8"))
    FIGURES.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    PAGE.write_text(page, "utf-8")
    draw(rows, HERE / "modes.svg")
    return 0


if __name__ == "__main__":
    sys.exit(main())
