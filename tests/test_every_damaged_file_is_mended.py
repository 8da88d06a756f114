"""Whatever file of a workspace is damaged: it is said, and after `vade doctor --repair` every command works again."""

import json
import os
import random
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

import vademecum
from vademecum import doctor, mending
from vademecum.cli import run
from vademecum.core.errors import VademecumError
from vademecum.tracing.traces import Traces

FACTS, TURNS = 3, 4


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with everything in it, of which nothing is open."""
    place = tmp_path_factory.mktemp("stored")
    (place / "notes").mkdir()
    for name in ("oak", "elm"):
        text = "\n\n".join(f"The {name} number {i} was planted in {1800 + i}. " * 5 for i in range(12))
        (place / "notes" / f"{name}.md").write_text(text, "utf-8")
    home = place / "home"
    with vademecum.open(place / "notes", home=home, model="extractive", tracing="local") as book:
        for number in range(TURNS):
            book.ask(f"When was the oak number {number} planted?", thread=f"t{number}")
        for number in range(FACTS):
            book.facts().add(f"I prefer oak {number}.")
    with Traces(home) as traces:
        assert len(traces.find()) == TURNS
    (home / "vade.toml").write_text('mode = "best"\n')
    for database in home.glob("*.*"):
        if database.suffix in (".db", ".sqlite"):
            with closing(sqlite3.connect(database)) as connection:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return home


def truncated(file: Path) -> None:
    os.truncate(file, file.stat().st_size * 2 // 3)


def without_head(file: Path) -> None:
    _put(file, 0, bytes(100))


def without_first_page(file: Path) -> None:
    _put(file, 0, bytes(4096))


def without_middle(file: Path) -> None:
    """Zeros in the place of a page in the middle; of a database, one with rows of a table (it begins with 13)."""
    data = file.read_bytes()
    places = range(len(data) // 2 // 4096 * 4096, len(data), 4096)
    _put(file, next((place for place in places if data[place] == 13), len(data) // 2 // 4096 * 4096), bytes(4096))


def noise(file: Path) -> None:
    file.write_bytes(random.Random(7).randbytes(max(100, file.stat().st_size)))


def empty(file: Path) -> None:
    os.truncate(file, 0)


def folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


def _put(file: Path, start: int, data: bytes) -> None:
    with file.open("r+b") as handle:
        handle.seek(start)
        handle.write(data)


KINDS = (without_first_page, without_middle, empty, folder, truncated, without_head, noise)
DATABASES = ("catalogue.sqlite", "checkpoints.db", "memory.db", "traces.db")
ASK = ["ask", "When was the oak number 7 planted?", "--model", "extractive", "--thread", "new"]
COMMANDS = (ASK, ["thread", "list"], ["trace", "list"], ["memory", "list"], ["sources"])


@pytest.fixture
def kinds(pytestconfig: pytest.Config) -> tuple[Callable[[Path], None], ...]:
    """Ways to damage a file: all of them under --complete."""
    return KINDS if pytestconfig.getoption("--complete") else KINDS[:4]


def works(home: Path) -> None:
    for command in COMMANDS:
        assert run(["--home", str(home), "--json", *command]) == 0, command


@pytest.fixture
def home(stored: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(stored, tmp_path / "home"))


def shown(home: Path, capsys: pytest.CaptureFixture, *command: str) -> tuple[int, str, str]:
    capsys.readouterr()
    code = run(["--home", str(home), *command])
    out, err = capsys.readouterr()
    return code, " ".join(out.split()), err


@pytest.mark.slow
@pytest.mark.parametrize("name", DATABASES)
def test_a_database(stored, tmp_path, kinds, name):
    for kind in kinds:
        home = Path(shutil.copytree(stored, tmp_path / kind.__name__))
        kind(home / name)
        mended = list(mending.mend(home))
        if kind is empty and name != "catalogue.sqlite":
            assert mended == []  # nobody can know that there was something
            continue
        [aside] = home.glob(f"{name}.set-aside-*")
        assert str(home / name) in mended[0].fault
        assert aside.name in mended[0].deed
        assert list(mending.mend(home)) == []
        assert mended[0].complete or kind not in (without_head, without_first_page), mended
        if not mended[0].complete:
            continue
        with vademecum.open(home=home, model="extractive", tracing="off") as book, Traces(home) as traces:
            assert (len(book.facts().all()), len(book.threads()), len(book.sources())) == (FACTS, TURNS, 2)
            assert len(traces.find()) == TURNS


@pytest.mark.slow
def test_all_databases_at_once_are_said_mended_and_every_command_works(home, capsys):
    for name, kind in zip(DATABASES, (without_head, truncated, noise, folder), strict=True):
        kind(home / name)
    code, out, err = shown(home, capsys, "doctor")
    assert code == 1
    assert "vade doctor --repair" in out + err
    code, out, _ = shown(home, capsys, "doctor", "--repair")
    assert code == 1
    assert out.count("saved in part") == 3
    code, out, _ = shown(home, capsys, "doctor")
    assert code == 0, out
    works(home)


OTHERS = ("vade.toml", "writer.lock", "migration.lock", "chroma/chroma.sqlite3", "chroma/*/data_level0.bin",
          "chroma/*/header.bin", "chroma/*/length.bin", "spool/local/lock")  # fmt: skip


@pytest.mark.slow
def test_all_other_files_at_once(stored, tmp_path, capsys, kinds):
    for kind in kinds if kinds == KINDS else kinds[::3]:
        home = Path(shutil.copytree(stored, tmp_path / kind.__name__))
        for name in OTHERS:
            kind(next(iter(home.glob(name))))
        shown(home, capsys, "doctor", "--repair")
        code, out, err = shown(home, capsys, "doctor")
        assert code == 0, (kind.__name__, out + err)
        works(home)


@pytest.mark.slow
def test_files_in_the_place_of_folders(home, capsys):
    names = ("chroma", "spool", "uploads", "evaluation", "prompts")
    for name in names:
        shutil.rmtree(home / name, ignore_errors=True)
        (home / name).write_bytes(b"no folder")
    shown(home, capsys, "doctor", "--repair")
    assert shown(home, capsys, "doctor")[0] == 0
    works(home)
    assert [next(home.glob(f"{name}.set-aside-*")).read_bytes() for name in names] == [b"no folder"] * 5


@pytest.mark.slow
def test_the_middle_of_a_file_is_left_out_and_what_is_around_it_saved(home, capsys):
    with closing(sqlite3.connect(home / "memory.db")) as connection:
        for number in range(600):
            row = ("facts.me", f"k{number:04}", json.dumps({"text": f"I prefer elm {number}.", "at": "x" * 300}))
            connection.execute("INSERT INTO store (prefix, key, value) VALUES (?, ?, ?)", row)
        connection.commit()
    without_middle(home / "memory.db")
    _, out, _ = shown(home, capsys, "doctor", "--repair")
    assert "the rest is lost; the damaged file is kept as memory.db.set-aside-" in out
    with closing(sqlite3.connect(home / "memory.db")) as connection:
        keys = {row[0] for row in connection.execute("SELECT key FROM store WHERE key LIKE 'k%'")}
    assert len(keys) > 560
    assert {"k0000", "k0599"} <= keys


@pytest.mark.slow
@pytest.mark.parametrize("name", DATABASES[1:])
def test_commands_name_the_remedy_in_one_line(home, capsys, name):
    without_head(home / name)
    command = {"checkpoints.db": "thread", "memory.db": "memory", "traces.db": "trace"}[name]
    code, _, err = shown(home, capsys, command, "list")
    assert code == 1
    assert err.count("\n") == 1
    assert "vade doctor --repair" in err


@pytest.mark.slow
def test_a_disk_that_cannot_take_the_new_file_leaves_the_damaged_one(home, monkeypatch):
    without_head(home / "traces.db")
    before = (home / "traces.db").read_bytes()
    replace: Callable = os.replace

    def full(source: object, goal: object) -> None:
        if str(goal).endswith("traces.db"):
            raise OSError(28, "No space left on device")
        replace(source, goal)

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(VademecumError, match="free some space"):
        list(mending.mend(home))
    assert (home / "traces.db").read_bytes() == before
    monkeypatch.undo()
    assert [mended.complete for mended in mending.mend(home)] == [True]
    assert doctor.mend(home) == []


def test_metadata_that_is_cut_for_filters_is_no_damage(home):
    with closing(sqlite3.connect(home / "traces.db")) as connection, connection:
        key = connection.execute("SELECT key FROM runs").fetchone()[0]
        connection.execute("INSERT INTO labels VALUES ('plan', '{\"step 1\": \"re', ?)", (key,))
    assert list(mending.faults(home)) == []
