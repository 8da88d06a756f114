"""The catalogue: what goes in comes out, each change is all or nothing, versions are kept, many may read at once."""

import os
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from workspaces import contents, open_library

from vademecum.core.errors import WorkspaceError
from vademecum.core.types import Scope
from vademecum.retrieval.catalogue import database
from vademecum.retrieval.catalogue.catalogue import Catalogue
from vademecum.retrieval.catalogue.migrations import MIGRATIONS
from vademecum.retrieval.ingestion.ingest import ingest
from vademecum.retrieval.loaders import LoadedText
from vademecum.retrieval.terms import index_terms, terms

TEXT = (
    "\ufeff# Gates 🚪\r\n\r\nA forget gate — café e\u0301tude — decides.\r\n\r\n"
    "## More\r\n\r\nIt’s 𝒢ood for running engines.\r\n"
)


@pytest.fixture
def library(tmp_path: Path):
    notes = tmp_path / "notes"
    notes.mkdir()
    (notes / "gates.md").write_bytes(TEXT.encode("utf-8"))
    (notes / "trees.txt").write_text("Trees\n\nAn oak is a tree.", "utf-8")
    library = open_library(tmp_path / "home")
    ingest(library, [notes])
    yield library
    library.close()


@pytest.mark.slow
def test_offsets_give_the_kept_text_to_the_letter(library):
    for source in library.catalogue.sources():
        text = library.catalogue.text(source.id)
        assert text.encode("utf-8") == Path(source.root, source.path).read_bytes()
        for stored in library.catalogue.passages_of(source.id):
            assert text[stored.passage.start : stored.passage.end] == stored.passage.text
            assert text[: stored.passage.start].count("\n") + 1 == stored.passage.line


def test_passages_come_in_the_order_asked_for_and_those_gone_are_left_out(library):
    keys = [stored.key for source in library.catalogue.sources() for stored in library.catalogue.passages_of(source.id)]
    asked = [keys[-1], 10_000, keys[0]]
    found = library.catalogue.passages(keys=asked)
    assert [stored.key for stored in found] == [keys[-1], keys[0]]
    by_id = library.catalogue.passages(ids=["none", found[0].passage.id])
    assert by_id == [found[0]]
    assert found[0].hit(0.5).title == found[0].title
    assert library.catalogue.passages(keys=[]) == []


def test_words_are_found_by_their_stem_however_they_are_typed(library):
    def paths(question: str) -> list[str]:
        found = library.catalogue.sparse(terms(question), 5)
        return [stored.path for stored in library.catalogue.passages(keys=[key for key, _ in found])]

    assert paths("engine runs") == ["gates.md"]
    assert paths("CAFE étude") == ["gates.md"]
    assert paths("It's good") == ["gates.md"]
    assert set(paths("tree gates")) == {"trees.txt", "gates.md"}
    assert paths("nowhere") == paths("") == paths('"*" AND (') == []


@pytest.mark.slow
def test_bm25_ranks_the_rarer_word_higher_and_keeps_to_its_collection(library, tmp_path):
    other = tmp_path / "other.txt"
    other.write_text("An oak gate.", "utf-8")
    ingest(library, [other], collection="other")
    scores = [score for _, score in library.catalogue.sparse(["oak", "gate"], 5)]
    assert scores == sorted(scores, reverse=True)
    for collection, path in (("other", "other.txt"), ("default", "trees.txt")):
        found = library.catalogue.sparse(["oak"], 5, Scope(collection=collection))
        assert [s.path for s in library.catalogue.passages(keys=[key for key, _ in found])] == [path]
    assert library.catalogue.document_counts(["oak", "nowhere"]) == {"oak": 2, "nowhere": 0}


def test_ligatures_and_apostrophes_are_one_word():
    assert index_terms("Deﬁned don’t RUNNING") == index_terms("defined don't running")
    assert terms("snake_case x1 — !") == ["snake", "case", "x1"]


def test_each_change_counts_one_generation_and_a_failed_one_none(library):
    catalogue = library.catalogue
    before, generation = contents(library), catalogue.generation
    source = catalogue.sources()[0]
    stamp = catalogue.stamps("default", source.root)[source.path][0]

    def passages():
        raise RuntimeError("in the middle")
        yield

    with pytest.raises(RuntimeError):
        catalogue.store(source, LoadedText("other", "t", "text", None), passages(), stamp=stamp, fingerprint="x")
    assert (contents(library), catalogue.generation) == (before, generation)
    assert catalogue.remove("no such id") is None
    catalogue.remove(source.id)
    assert catalogue.generation == generation + 1
    assert catalogue.text(source.id) == ""
    assert catalogue.source(source.id) is None


@pytest.mark.slow
def test_another_process_sees_what_was_committed(library):
    code = "import sys; from pathlib import Path; from vademecum.retrieval.catalogue.catalogue import Catalogue\n"
    code += "print(len(Catalogue(Path(sys.argv[1])).sources()))"
    root = str(Path(__file__).parent.parent)
    run = subprocess.run(
        [sys.executable, "-c", code, str(library.home)], capture_output=True, text=True, cwd=root, check=True
    )
    assert run.stdout.strip() == "2"


@pytest.mark.slow
def test_threads_read_while_one_writes(library, tmp_path):
    busy = tmp_path / "busy"
    busy.mkdir()
    errors, stop = [], threading.Event()

    def read() -> None:
        try:
            while not stop.is_set():
                for key, _ in library.catalogue.sparse(["gate", "oak", "note"], 20):
                    library.catalogue.vectors([key])
                    for stored in library.catalogue.passages(keys=[key]):
                        text = library.catalogue.text(stored.passage.source_id)
                        assert not text or text[stored.passage.start : stored.passage.end] == stored.passage.text
        except BaseException as error:  # noqa: BLE001 (carried to the main thread)
            errors.append(error)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for number in range(10):
        (busy / f"{number}.txt").write_text(f"Note {number} is about gates.", "utf-8")
        ingest(library, [busy])
    stop.set()
    for reader in readers:
        reader.join()
    assert errors == []
    assert library.catalogue.passage_count() == len(library.vectors.search([1.0] * 16, 100)) == 13


def test_a_new_workspace_has_every_migration_on_record(tmp_path):
    Catalogue(tmp_path / "home").close()
    connection = sqlite3.connect(tmp_path / "home" / database.CATALOGUE)
    assert connection.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)
    names = [row[0] for row in connection.execute("SELECT name FROM migrations ORDER BY version")]
    assert names == [migration.__name__ for migration in MIGRATIONS]
    connection.close()


@pytest.mark.slow
def test_processes_that_open_a_new_workspace_at_once_do_not_collide(tmp_path):
    code = "import sys; from pathlib import Path; from vademecum.retrieval.catalogue.catalogue import Catalogue\n"
    code += "print(Catalogue(Path(sys.argv[1])).generation)"
    root = str(Path(__file__).parent.parent)
    command = [sys.executable, "-c", code, str(tmp_path / "home")]
    children = [subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    assert [child.communicate()[0].strip() for child in children] == ["0"] * 4


def test_a_migration_that_fails_leaves_the_old_version(tmp_path, monkeypatch):
    Catalogue(tmp_path).close()

    def m002_breaks(connection: sqlite3.Connection) -> None:
        connection.execute("CREATE TABLE half (x)")
        connection.execute("no such statement")

    monkeypatch.setattr(database, "MIGRATIONS", (*MIGRATIONS, m002_breaks))
    with pytest.raises(WorkspaceError):
        Catalogue(tmp_path)
    monkeypatch.setattr(database, "MIGRATIONS", MIGRATIONS)
    catalogue = Catalogue(tmp_path)
    assert catalogue.sources() == []
    catalogue.close()


def test_a_workspace_of_a_newer_version_is_refused(library):
    library.close()
    connection = sqlite3.connect(library.home / database.CATALOGUE)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(WorkspaceError, match=r"of version 99.*update vademecum"):
        Catalogue(library.home)


@pytest.mark.parametrize("home", ["file/home", "file", "/proc/home"])
def test_a_home_that_cannot_be_written_is_refused(tmp_path, home):
    (tmp_path / "file").write_text("in the way", "utf-8")
    with pytest.raises(WorkspaceError, match="--home or VADE_HOME") as error:
        Catalogue(tmp_path / home)
    assert "\n" not in str(error.value)


def test_a_catalogue_that_is_no_database_is_refused(tmp_path):
    (tmp_path / database.CATALOGUE).write_text("not a database, " * 100, "utf-8")
    with pytest.raises(WorkspaceError, match="not a database"):
        Catalogue(tmp_path)


def test_one_writer_at_a_time_and_the_other_is_told_who(tmp_path):
    second = database.hold(tmp_path, wait=0.1)
    with database.hold(tmp_path), pytest.raises(WorkspaceError, match=f"process {os.getpid()};"):
        second.__enter__()
    with database.hold(tmp_path, wait=0):
        pass


def test_a_waiting_writer_goes_on_when_the_first_has_finished(tmp_path):
    first, second = threading.Event(), []

    def wait() -> None:
        with database.hold(tmp_path, wait=10):
            second.append(first.is_set())

    with database.hold(tmp_path):
        waiting = threading.Thread(target=wait)
        waiting.start()
        waiting.join(0.3)
        assert second == []
        first.set()
    waiting.join()
    assert second == [True]


def test_the_lock_of_a_dead_process_is_free(tmp_path):
    code = "import sys, os; from pathlib import Path; from vademecum.retrieval.catalogue.database import hold\n"
    code += "hold(Path(sys.argv[1])).__enter__(); os.kill(os.getpid(), 9)"
    root = str(Path(__file__).parent.parent)
    assert subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=root).returncode == -9
    with database.hold(tmp_path, wait=0):
        pass
