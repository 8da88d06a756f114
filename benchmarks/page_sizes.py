"""Each page of a large workspace against that of a small one: the ratio of the times to first content (bar: 3).

    python -m benchmarks.page_sizes [--repeats N] [--home FOLDER]        needs Chromium on PATH

Large: 1,000 sources, 500 conversations and 5,000 traces; small: ten of each. Two servers, whose pages are opened in
turns in one browser that knows them. Sources are really ingested; conversations are copies of the checkpoints of ten
that were really had, of two turns each. `FOLDER` keeps the two workspaces for another run. `script_ratio` is that of
the scripts behind the pages, without a browser: what grows shows there first.
"""

import argparse
import random
import sqlite3
from contextlib import ExitStack, closing
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import BrowserContext

import vademecum
from benchmarks import pages, trace_listing
from benchmarks.measure import folder_for, report
from benchmarks.pages import Pairs, compared
from vademecum import Notebook
from vademecum.memory import checkpoints
from vademecum.tracing.traces import Traces

BAR = 3
EACH = 50
"""Documents in a folder."""

RUNS = 4
"""Of a trace of `trace_listing`."""


APART = timedelta(minutes=30)
"""From one trace to the next: 5,000 are spread over a hundred days."""


class Size(NamedTuple):
    """How much a workspace holds."""

    sources: int
    conversations: int
    traces: int


SIZES = {"small": Size(10, 10, 10), "large": Size(1_000, 500, 5_000)}
HAD = 10
"""Conversations that are really had; the others are copies of them."""

PLACES = ("Kirn", "Ostra", "Velden", "Marle", "Tarn", "Osk", "Lune", "Brode", "Hagen", "Sild")
THINGS = ("bridge", "mill", "library", "ferry", "quarry", "school", "lighthouse", "market", "observatory", "canal")


class View(NamedTuple):
    """A page, or a part of one: its address, and selectors of what is its first content."""

    address: str
    shown: tuple[str, ...]


def views(home: Path) -> dict[str, View]:
    """What is opened: the pages as the navigation opens them, and what they lead to."""
    with vademecum.open(home=home) as notes, Traces(home) as traces:
        source, run = notes.sources()[0].id, traces.find(limit=1)[0]["id"]
    return {
        "chat": View("/", ("textarea:enabled", ".vade-hello", ".st-key-conversations button")),
        "chat: a conversation": View("/?thread=c3", ("textarea:enabled", ".answer")),
        "library": View("/library", (".rows .row", "tbody tr")),
        "library: a document": View(f"/library?source={source}", (".leaf",)),
        "library: a search": View("/library?search=Who+built+the+mill+of+Osk%3F", (".hits .row",)),
        "graphs": View("/graphs", (".graph .node",)),
        "graphs: checkpoints": View("/graphs?thread=c3&view=Checkpoints", (".rows .row",)),
        "traces": View("/traces", ("tbody tr",)),
        "traces: a run": View(f"/traces?run={run}", (".rows .row",)),
        "traces: over time": View("/traces?show=Over+time", ("[data-testid=stVegaLiteChart] svg, canvas",)),
        "prompt lab": View("/prompt-lab", ("[data-testid=stTextArea] textarea",)),
        "evaluation": View("/evaluation", (".vade-empty",)),
        "settings": View("/settings", (".vade-section",)),
        "settings: memory": View("/settings?part=Memory", (".vade-section",)),
    }


def make(folder: Path, size: Size) -> Path:
    """A workspace of that size below `folder`, unless one is there; its home."""
    home = folder / "home"
    if not home.is_dir():
        write(folder / "notes", size.sources)
        with vademecum.open(folder / "notes", home=home, model="extractive", tracing="off") as notes:
            converse(notes)
        multiply(home, size.conversations)
        trace_listing.fill(home, size.traces * RUNS, apart=APART)
    return home


def write(folder: Path, count: int) -> None:
    """Notes of a paragraph each, by a seeded random generator."""
    random.seed(1)
    for number in range(count):
        place, thing, year = PLACES[number % 10], THINGS[number // 10 % 10], 1700 + number % 250
        file = folder / f"volume {number // EACH + 1:02}" / f"note {number:04}.md"
        file.parent.mkdir(parents=True, exist_ok=True)
        about = " ".join(random.choices(THINGS, k=12))
        file.write_text(
            f"# The {thing} of {place}, {number}\n\nThe {thing} of {place} was built by engineer {number} in {year}. "
            f"From there one saw {about}.\n",
            "utf-8",
        )


def converse(notes: Notebook) -> None:
    """Have the first conversations, with two turns each."""
    for number in range(HAD):
        place = PLACES[number % 10]
        for question in (f"Who built the bridge of {place}?", "And when?"):
            for _ in notes.stream(question, graph="chat", thread=f"c{number}", memory=False):
                pass


def multiply(home: Path, count: int) -> None:
    """Copy the checkpoints of the conversations that were had until there are `count` conversations."""
    with closing(sqlite3.connect(home / checkpoints.FILE)) as connection, connection:
        for table in ("checkpoints", "writes"):
            columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})") if row[1] != "thread_id"]
            names = ", ".join(columns)
            copy = f"INSERT INTO {table} (thread_id, {names}) SELECT ?, {names} FROM {table} WHERE thread_id = ?"
            pairs = [(f"c{number}", f"c{number % HAD}") for number in range(HAD, count)]
            connection.executemany(copy, pairs)


def pairs(context: BrowserContext, urls: dict[str, str], view: dict[str, View], repeats: int) -> tuple[Pairs, Pairs]:
    """First content of the large and of the small workspace, and how long the script takes behind each."""
    shown: Pairs = []
    scripts: Pairs = []
    for turn in range(repeats + 1):
        large, small = (
            pages.first_content(context, urls[name] + view[name].address, view[name].shown)
            for name in ("large", "small")
        )
        large_script, small_script = (pages.script_ms(urls[name], view[name].address) for name in ("large", "small"))
        if turn:  # the first warms the server
            shown.append((large, small))
            scripts.append((large_script, small_script))
    return shown, scripts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--home", type=Path)
    given = parser.parse_args()
    with ExitStack() as stack:
        folder = stack.enter_context(folder_for(given.home))
        homes = {name: make(folder / name, size) for name, size in SIZES.items()}
        wanted = {name: views(home) for name, home in homes.items()}
        urls = {name: stack.enter_context(pages.application(home)) for name, home in homes.items()}
        context = stack.enter_context(pages.chromium()).new_context()
        worst = ("", 0.0)
        for view in wanted["small"]:
            shown, scripts = pairs(context, urls, {name: wanted[name][view] for name in SIZES}, given.repeats)
            told = compared(shown, "large", "small")
            ran = {f"script_{name}": value for name, value in compared(scripts, "large", "small").items()}
            worst = max(worst, (view, told["ratio"]), key=lambda it: it[1])
            report("page_sizes", page=view, bar=BAR, **told, **ran)
        report("page_sizes", page=f"worst: {worst[0]}", bar=BAR, ratio=worst[1])


if __name__ == "__main__":
    main()
