"""What a page reads when it is drawn does not grow with the workspace: as many queries for many as for few."""

import sqlite3
import tomllib
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from traced_runs import run

import vademecum
from vademecum import Notebook
from vademecum.core.types import Source
from vademecum.memory import checkpoints
from vademecum.retrieval.catalogue.catalogue import Catalogue
from vademecum.retrieval.catalogue.records import Stamp
from vademecum.tracing.store import ingest
from vademecum.tracing.store.database import Database
from vademecum.tracing.store.operations import Operation

CONFIG = Path(__file__).parent.parent / "ui" / ".streamlit" / "config.toml"
PAGE = """
import streamlit as st
from ui.views import {page}
{page}.show(st.session_state["notes"])
"""
FEW, MANY = 80, 160
"""Of each; few are more already than any page lists, or draws hour by hour."""

PAGES = {
    "chat": {},
    "chat of a conversation": {"thread": "c1"},
    "library": {},
    "graphs": {},
    "graphs at checkpoints": {"thread": "c1", "view": "Checkpoints"},
    "traces": {},
    "traces over time": {"show": "Over time"},
}


@pytest.fixture
def notes(tmp_path: Path) -> Iterator[Notebook]:
    """A note, and one conversation about it."""
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "cats.md").write_text("A cat sleeps up to sixteen hours a day.\n", "utf-8")
    with vademecum.open(tmp_path / "notes", home=tmp_path / "home", model="extractive", tracing="off") as notes:
        for _ in notes.stream("How long does a cat sleep?", graph="chat", thread="c0", memory=False):
            pass
        yield notes


def grow(notes: Notebook, begin: int, end: int) -> None:
    """Sources with the text of the first, copies of the conversation, and traces, from number `begin` to `end`."""
    first = notes.sources()[0]
    for number in range(begin, end):
        more = {"id": f"{number:020}", "path": f"{number}/copy.md", "title": f"Copy {number}", "same_as": first.id}
        source = Source.model_validate({**first.model_dump(), **more})
        notes.library.catalogue.store_same(source, stamp=Stamp(1, 1, 1), fingerprint=notes.library.fingerprint)
    with closing(sqlite3.connect(notes.settings.home / checkpoints.FILE)) as connection, connection:
        for table in ("checkpoints", "writes"):
            names = ", ".join(
                row[1] for row in connection.execute(f"PRAGMA table_info({table})") if row[1] != "thread_id"
            )
            copy = f"INSERT INTO {table} (thread_id, {names}) SELECT ?, {names} FROM {table} WHERE thread_id = 'c0'"
            connection.executemany(copy, [(f"c{number}",) for number in range(begin, end)])
    began = datetime(2026, 1, 1, tzinfo=UTC)
    runs = [run(start_time=(began + timedelta(hours=number)).isoformat()) for number in range(begin, end)]
    posts = [Operation("post", fields["id"], fields) for fields in runs]
    with Database(notes.settings.home) as database:
        database.write(lambda connection: ingest.apply(connection, posts))


class Read:
    """What is asked of the catalogue, of the checkpoints and of the traces; a list of all sources is refused."""

    def __init__(self, notes: Notebook, patch: pytest.MonkeyPatch) -> None:
        self.catalogue: list[str] = []
        self.checkpoints: list[str] = []
        self.traces: list[str] = []
        ask, asked = Database.rows, self.traces
        patch.setattr(Database, "rows", lambda database, sql, *more: asked.append(sql) or ask(database, sql, *more))
        patch.setattr(Catalogue, "sources", _refused)
        notes.library.catalogue._reader.set_trace_callback(self.catalogue.append)
        notes.checkpointer.conn.set_trace_callback(self.checkpoints.append)  # ty: ignore[unresolved-attribute]

    def counts(self) -> dict[str, int]:
        """The number of queries, by where they were asked."""
        return {name: len(told) for name, told in vars(self).items()}


def _refused(*_: object) -> None:
    raise AssertionError("a page has read every source")


def redrawn(notes: Notebook, page: str) -> Read:
    """What is read where a page is drawn that has been drawn before, in this process and in this tab."""
    drawn = AppTest.from_string(PAGE.format(page=page.split()[0]), default_timeout=60)
    drawn.session_state["notes"] = notes
    for name, value in PAGES[page].items():
        drawn.query_params[name] = value
    assert not drawn.run().exception
    with pytest.MonkeyPatch.context() as patch:
        read = Read(notes, patch)
        assert not drawn.run().exception
    notes.library.catalogue._reader.set_trace_callback(None)
    notes.checkpointer.conn.set_trace_callback(None)  # ty: ignore[unresolved-attribute]
    return read


@pytest.mark.slow
def test_a_page_asks_as_much_of_a_large_workspace_as_of_a_small_one(notes: Notebook) -> None:
    grow(notes, 1, FEW)
    few = {page: redrawn(notes, page) for page in PAGES}
    assert any(read.catalogue and read.checkpoints for read in few.values())
    assert few["traces"].traces
    grow(notes, FEW, MANY)
    many = {page: redrawn(notes, page) for page in PAGES}
    assert {page: read.counts() for page, read in many.items()} == {page: read.counts() for page, read in few.items()}
    whole = [sql for read in many.values() for sql in read.checkpoints if "metadata" in sql and "thread_id" not in sql]
    assert whole == [], "the checkpoints of every conversation were looked through"


def test_no_page_has_the_whole_heap_looked_through_after_it_is_drawn() -> None:
    assert tomllib.loads(CONFIG.read_text("utf-8"))["runner"]["postScriptGC"] is False
