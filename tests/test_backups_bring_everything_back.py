"""A backup is one file that holds the workspace at one moment; restoring it is all or nothing."""

import gzip
import json
import os
import sqlite3
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from workspaces import contents, indexed, open_library, passage_ids

from vademecum import open as open_notebook
from vademecum.cli import run
from vademecum.core.errors import UsageError, VademecumError, WorkspaceError
from vademecum.memory.checkpoints import conversation, open_checkpointer
from vademecum.retrieval.catalogue import database
from vademecum.retrieval.catalogue.migrations import MIGRATIONS
from vademecum.retrieval.ingestion.ingest import ingest
from vademecum.retrieval.library import Library
from vademecum.retrieval.maintenance.backup import MANIFEST, write
from vademecum.retrieval.maintenance.restore import restore

DATA = Path(__file__).parent / "data"


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    folder = tmp_path / "notes"
    folder.mkdir()
    for name in ("oak", "elm", "ash"):
        (folder / f"{name}.txt").write_text(f"The {name} is a tree.", "utf-8")
    return folder


@pytest.fixture
def library(tmp_path: Path, notes: Path):
    library = open_library(tmp_path / "home")
    ingest(library, [notes])
    yield library
    library.close()


def everything(home: Path) -> dict[str, bytes]:
    return {str(file.relative_to(home)): file.read_bytes() for file in sorted(home.rglob("*")) if file.is_file()}


@pytest.mark.slow
def test_all_of_it_comes_back(tmp_path, notes):
    settings: Any = {"tracing": "local"}
    with open_notebook(notes, home=tmp_path / "home", model="extractive", **settings) as book:
        book.ask("Is the oak a tree?", thread="t")
        book.facts().add("I prefer oaks.")
    assert run(["--home", str(tmp_path / "home"), "backup", str(tmp_path / "kept.zip")]) == 0
    assert run(["--home", str(tmp_path / "new"), "restore", str(tmp_path / "kept.zip")]) == 0
    with (
        open_notebook(home=tmp_path / "home", model="extractive", tracing="off") as old,
        open_notebook(home=tmp_path / "new", model="extractive", tracing="off") as new,
    ):
        assert contents(new.library) == contents(old.library)
        assert new.history("t") == old.history("t")
        assert [fact.text for fact in new.facts().all()] == ["I prefer oaks."]
        assert new.search("oak") == old.search("oak")
    from vademecum.tracing.traces import Traces

    with Traces(tmp_path / "new") as traces:
        assert len(traces.find()) == 1


@pytest.mark.slow
def test_it_is_of_one_moment_while_others_write(library, notes, tmp_path):
    stop = threading.Event()

    def add_and_remove() -> None:
        other = open_library(library.home)
        while not stop.is_set():
            for number in range(3):
                (notes / f"new-{number}.txt").write_text(f"Note {number} is {os.urandom(8).hex()}.", "utf-8")
            ingest(other, [notes])

    writer = threading.Thread(target=add_and_remove)
    writer.start()
    try:
        for number in range(5):
            write(library.home, tmp_path / "kept.zip")
            restore(tmp_path / "kept.zip", tmp_path / f"home-{number}")
    finally:
        stop.set()
        writer.join()
    for number in range(5):
        restored = open_library(tmp_path / f"home-{number}")
        assert indexed(restored) == passage_ids(restored)
        for source in restored.catalogue.sources():
            text = restored.catalogue.text(source.id)
            for stored in restored.catalogue.passages_of(source.id):
                assert text[stored.passage.start : stored.passage.end] == stored.passage.text
        restored.close()


@pytest.mark.slow
def test_a_workspace_that_holds_something_is_replaced_only_by_force(library, notes, tmp_path):
    write(library.home, tmp_path / "kept.zip")
    wanted = contents(library)
    (notes / "yew.txt").write_text("The yew is a tree.", "utf-8")
    ingest(library, [notes])
    library.close()
    before = everything(library.home)
    with pytest.raises(UsageError, match=r"not empty.*--force"):
        restore(tmp_path / "kept.zip", library.home)
    assert everything(library.home) == before
    restore(tmp_path / "kept.zip", library.home, force=True)
    reopened = open_library(library.home)
    assert contents(reopened) == wanted
    assert indexed(reopened) == passage_ids(reopened)
    reopened.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["home", "kept.zip", "notes"]


@pytest.mark.slow
def test_a_workspace_that_is_being_written_is_not_replaced(library, tmp_path):
    write(library.home, tmp_path / "kept.zip")
    with database.hold(library.home), pytest.raises(WorkspaceError, match="is being written by process"):
        restore(tmp_path / "kept.zip", library.home, force=True)


def rewritten(file: Path, change: Callable[[dict[str, bytes], dict], None]) -> Path:
    """A copy of a backup with other members or another manifest."""
    with zipfile.ZipFile(file) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(members.pop(MANIFEST))
    change(members, manifest)
    other = file.with_name("other.zip")
    with zipfile.ZipFile(other, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
        archive.writestr(MANIFEST, json.dumps(manifest))
    return other


def slip(members: dict[str, bytes], manifest: dict) -> None:
    members["../../evil.txt"] = b"x"
    manifest["files"]["../../evil.txt"] = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"


def other_bytes(members: dict[str, bytes], _: dict) -> None:
    members["catalogue.sqlite"] = members["catalogue.sqlite"][:-1] + b"x"


def not_there(members: dict[str, bytes], _: dict) -> None:
    del members["catalogue.sqlite"]


def newer(_: dict[str, bytes], manifest: dict) -> None:
    manifest["workspace"] = len(MIGRATIONS) + 1


BROKEN = {
    "a path outside": (slip, "outside the workspace"),
    "other bytes": (other_bytes, "damaged at catalogue.sqlite"),
    "a member that is missing": (not_there, "damaged at catalogue.sqlite"),
    "a newer version": (newer, "newer version of vademecum"),
    "no manifest": (lambda _, manifest: manifest.clear(), "no backup of a workspace"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", BROKEN)
def test_what_is_broken_is_said_and_changes_nothing(library, tmp_path, name):
    change, told = BROKEN[name]
    write(library.home, tmp_path / "kept.zip")
    library.close()
    before = everything(library.home)
    with pytest.raises(VademecumError, match=told):
        restore(rewritten(tmp_path / "kept.zip", change), library.home, force=True)
    assert everything(library.home) == before
    assert not list(tmp_path.parent.rglob("evil.txt"))


@pytest.mark.slow
def test_a_file_that_is_cut_off_or_none_is_said(library, tmp_path):
    write(library.home, tmp_path / "kept.zip")
    data = (tmp_path / "kept.zip").read_bytes()
    (tmp_path / "cut.zip").write_bytes(data[: len(data) // 2])
    for file, told in (("cut.zip", "no backup, or is cut off"), ("none.zip", "there is no file")):
        with pytest.raises(UsageError, match=told):
            restore(tmp_path / file, tmp_path / "new")
    assert not (tmp_path / "new").exists()
    with pytest.raises(UsageError, match="no workspace"):
        write(tmp_path / "nowhere", tmp_path / "x.zip")
    with pytest.raises(UsageError, match="outside the workspace"):
        write(library.home, library.home / "x.zip")


@pytest.mark.parametrize("version", range(1, len(MIGRATIONS)))
def test_an_older_workspace_is_brought_up_to_date(tmp_path, version):
    home = tmp_path / "older"
    home.mkdir()
    stored = DATA / f"workspace_version_{version}.sqlite.gz"
    (home / "catalogue.sqlite").write_bytes(gzip.decompress(stored.read_bytes()))
    write(home, tmp_path / "kept.zip")
    restore(tmp_path / "kept.zip", tmp_path / "new")
    library: Library = open_library(tmp_path / "new")
    assert library.catalogue.sources()
    library.close()
    connection = sqlite3.connect(tmp_path / "new" / "catalogue.sqlite")
    assert connection.execute("PRAGMA user_version").fetchone()[0] == len(MIGRATIONS)
    connection.close()


@pytest.mark.slow
def test_conversations_are_in_it(tmp_path, library):
    saver = open_checkpointer(library.home)
    from langchain_core.messages import AIMessage, HumanMessage
    from langgraph.checkpoint.base import empty_checkpoint

    checkpoint = {**empty_checkpoint(), "channel_values": {"messages": [HumanMessage("Hello"), AIMessage("Hi")]}}
    saver.put({"configurable": {"thread_id": "t", "checkpoint_ns": ""}}, checkpoint, {}, {})  # ty: ignore
    write(library.home, tmp_path / "kept.zip")  # what is still in the log is in it too
    saver.conn.close()
    restore(tmp_path / "kept.zip", tmp_path / "new")
    again = open_checkpointer(tmp_path / "new")
    assert [(turn.question, turn.reply) for turn in conversation(again, "t")] == [("Hello", "Hi")]
    again.conn.close()
