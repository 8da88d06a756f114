"""`vade doctor` finds what is wrong in a workspace and says what to do; `--repair` sets it right."""

import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from workspaces import contents, indexed, open_library, passage_ids

from vademecum.cli import run
from vademecum.core.errors import WorkspaceError
from vademecum.retrieval.ingestion.ingest import ingest
from vademecum.retrieval.library import Library
from vademecum.retrieval.maintenance.integrity import damages, repair
from vademecum.retrieval.stores.chroma import FOLDER


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    folder = tmp_path / "notes"
    folder.mkdir()
    for name in ("oak", "elm", "ash"):
        body = "\n\n".join(f"Paragraph {i} says that the {name} is a tree of its own kind. " * 6 for i in range(5))
        (folder / f"{name}.md").write_text(f"# The {name}\n\n{body}\n", "utf-8")
    shutil.copy(folder / "oak.md", folder / "zz-copy.md")
    return folder


@pytest.fixture
def library(tmp_path: Path, notes: Path):
    library = open_library(tmp_path / "home")
    ingest(library, [notes])
    yield library
    library.close()


def sql(*statements: str) -> Callable[[Path], None]:
    def damage(home: Path) -> None:
        connection = sqlite3.connect(home / "catalogue.sqlite", isolation_level=None)
        connection.execute("PRAGMA foreign_keys = OFF")
        for statement in statements:
            connection.execute(statement)
        connection.close()

    return damage


def no_chroma(home: Path) -> None:
    shutil.rmtree(home / FOLDER)


def garbled_database(home: Path) -> None:
    (home / FOLDER / "chroma.sqlite3").write_bytes(b"no database at all" * 1000)


def garbled_vectors(home: Path) -> None:
    for file in (home / FOLDER).rglob("*.bin"):
        file.write_bytes(b"\xff" * file.stat().st_size)
    sql()(home)
    connection = sqlite3.connect(home / FOLDER / "chroma.sqlite3")
    connection.execute("DELETE FROM embeddings WHERE rowid % 2")
    connection.commit()
    connection.close()


PASSAGE = "(SELECT key FROM passages ORDER BY key LIMIT 1 OFFSET 3)"
DAMAGE = {
    "no vector index": (no_chroma, "index"),
    "a vector index that is none": (garbled_database, "index"),
    "a vector index that lost half": (garbled_vectors, "index"),
    "words missing": (sql(f"DELETE FROM words WHERE rowid = {PASSAGE}"), "words"),
    "words too many": (sql("INSERT INTO words (rowid, terms) VALUES (99999, 'ghost')"), "words"),
    "a full-text index that is damaged": (sql("UPDATE words_data SET block = x'00ff00ff' WHERE id > 1"), "words"),
    "no vector": (sql(f"DELETE FROM vectors WHERE key = {PASSAGE}"), "vectors"),
    "an empty vector": (sql(f"UPDATE vectors SET passage = x'' WHERE key = {PASSAGE}"), "vectors"),
    "sentences outside their passage": (sql("UPDATE vectors SET spans = x'ffffff7fffffff7f'"), "vectors"),
    "half a number": (sql(f"UPDATE vectors SET spans = x'ffffff' WHERE key = {PASSAGE}"), "vectors"),
    "vectors cut off": (sql("UPDATE vectors SET sentences = x'00ff'"), "vectors"),
    "tokens cut off": (sql("UPDATE vectors SET tokens = x'00ff00'"), "vectors"),
    "passages far away": (sql("UPDATE passages SET start = start + 100000, end = end + 100000"), "passages"),
    "a passage that ends early": (sql(f"UPDATE passages SET end = end - 5 WHERE key = {PASSAGE}"), "passages"),
    "a page that is no number": (sql(f"UPDATE passages SET page = 'x' WHERE key = {PASSAGE}"), "passages"),
    "headings cut off": (sql("UPDATE passages SET headings = '['"), "passages"),
    "a passage of another text": (sql(f"UPDATE passages SET text = 'other' WHERE key = {PASSAGE}"), "passages"),
    "a passage elsewhere": (sql(f"UPDATE passages SET start = start + 1 WHERE key = {PASSAGE}"), "passages"),
    "a passage missing": (
        sql(f"DELETE FROM words WHERE rowid = {PASSAGE}", f"DELETE FROM vectors WHERE key = {PASSAGE}",
            f"DELETE FROM passages WHERE key = {PASSAGE}"), "passages",
    ),
    "rows that belong to nothing": (sql("INSERT INTO vectors VALUES (77777, x'00000000', x'', x'', x'')"), "links"),
}  # fmt: skip


def found_in(library: Library) -> list:
    """What searches find; passages of the same score in any order."""
    found = [hit for mode in ("sparse", "dense") for hit in library.search("elm", k=50, mode=mode)]
    return sorted((round(hit.score, 5), hit.passage.id) for hit in found)


@pytest.mark.slow
def test_a_sound_workspace_has_none(library):
    assert damages(library) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", DAMAGE)
def test_it_is_found_and_set_right(library, name):
    before = contents(library), found_in(library)
    library.close()
    damage, part = DAMAGE[name]
    damage(library.home)
    damaged = open_library(library.home)
    if part in ("passages", "vectors"):
        with suppress(WorkspaceError):
            found_in(damaged)
    found = damages(damaged)
    assert part in {one.part for one in found}, found
    assert all(one.fault and "\n" not in one.fault and "vade" in one.remedy for one in found)
    assert repair(damaged) == []
    assert contents(damaged) == before[0]
    assert found_in(damaged) == before[1]
    assert indexed(damaged) == passage_ids(damaged)
    damaged.close()


@pytest.mark.slow
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE texts SET text = replace(text, 'tree', 'bush') WHERE source_id",
        "DELETE FROM texts WHERE source_id",
        "UPDATE sources SET added_at = 'never' WHERE id",
        "UPDATE sources SET title = x'ff' WHERE id",
    ],
)
def test_a_text_that_is_lost_is_read_again(library, notes, statement):
    before = contents(library)
    library.close()
    sql(f"{statement} IN (SELECT id FROM sources WHERE path = 'oak.md')")(library.home)
    damaged: Library = open_library(library.home)
    with suppress(WorkspaceError):
        damaged.catalogue.sources()
    assert {one.part for one in damages(damaged)} & {"texts", "sources"}
    assert repair(damaged) == []
    ingest(damaged, [notes])
    assert {row[0]["path"]: row[1:] for row in contents(damaged)}.keys() == {row[0]["path"] for row in before}
    assert damages(damaged) == []
    damaged.close()


@pytest.mark.slow
@pytest.mark.parametrize("how", ["its middle", "its head"])
def test_a_catalogue_that_cannot_be_read_is_to_be_brought_back(notes, tmp_path, capsys, how):
    home = tmp_path / "real"
    assert run(["--home", str(home), "ingest", str(notes)]) == 0
    assert run(["--home", str(home), "backup", str(tmp_path / "kept.zip")]) == 0
    file = home / "catalogue.sqlite"
    data = bytearray(file.read_bytes())
    start = 0 if how == "its head" else 4096 * 4
    data[start : start + 40_000] = b"\x5a" * len(data[start : start + 40_000])
    file.write_bytes(data)
    capsys.readouterr()
    for options in ([], ["--repair"]):
        code = run(["--home", str(home), "--json", "doctor", *options])
        out, err = capsys.readouterr()
        assert code == 1
        if err:
            assert "vade restore" in err
            assert err.count("\n") == 1
        else:
            wrong = [one for one in json.loads(out)["checks"] if not one["ok"]]
            assert any("vade restore FILE" in one["remedy"] for one in wrong), wrong
    assert run(["--home", str(home), "restore", str(tmp_path / "kept.zip"), "--force"]) == 0
    assert run(["--home", str(home), "search", "elm"]) == 0


@pytest.mark.slow
def test_the_command_tells_what_it_repaired(notes, tmp_path, capsys):
    home = tmp_path / "real"
    assert run(["--home", str(home), "ingest", str(notes)]) == 0
    sql("DELETE FROM words WHERE rowid = (SELECT max(rowid) FROM words)")(home)
    capsys.readouterr()
    assert run(["--home", str(home), "doctor"]) == 1
    assert "vade doctor --repair" in capsys.readouterr().out
    assert run(["--home", str(home), "doctor", "--repair"]) == 0
    assert "repaired: the full-text index lacks 1 passages" in capsys.readouterr().out
    assert run(["--home", str(home), "doctor"]) == 0
