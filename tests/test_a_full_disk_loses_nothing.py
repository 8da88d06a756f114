"""A disk that is full, really: one line says so, what was stored stays, and the next run finishes the job.

Twice: on a file system of one megabyte (made in a namespace of our own, where the system allows it), and under the
system's limit on the size of files, which is to be had everywhere.
"""

import json
import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from workspaces import contents, open_library, passage_ids

from vademecum.core.disk_errors import disk_problem
from vademecum.core.errors import WorkspaceError
from vademecum.retrieval.ingestion.ingest import ingest
from vademecum.retrieval.maintenance.forget import forget

TESTS = Path(__file__).parent

CHILD = """
import json, resource, subprocess, sys
from pathlib import Path
sys.path[:0] = [{tests!r}, {root!r}]
from vademecum.core.errors import VademecumError
from vademecum.retrieval.ingestion.ingest import ingest
from workspaces import contents, indexed, open_library, passage_ids
how, home, notes, small = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), Path(sys.argv[4])
def room(megabytes):
    if how == "disk":
        options = "remount,size=%dm" % megabytes if home.is_mount() else "size=%dm" % megabytes
        home.mkdir(exist_ok=True)
        subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(home)], check=True)
    else:
        resource.setrlimit(resource.RLIMIT_FSIZE, (megabytes * 1_000_000, resource.RLIM_INFINITY))
room(64)
library = open_library(home)
ingest(library, [small])
before = contents(library)
room(1)
told = []
for _ in range(2):
    try:
        ingest(library, [small, notes])
        told.append("")
    except VademecumError as error:
        told.append(str(error))
stored = contents(library)
kept = all(row in stored for row in before)
library.close()
room(64)
library = open_library(home)
report = ingest(library, [small, notes])
print(json.dumps([told, kept, len(stored), report.failed == [], indexed(library) == passage_ids(library),
                  sorted(passage_ids(library))]))
"""


COMMANDS = """
import contextlib, io, json, os, subprocess, sys
from pathlib import Path
sys.path[:0] = [{tests!r}, {root!r}]
from vademecum.cli import run
home, notes = Path(sys.argv[2]), Path(sys.argv[3])
home.mkdir()
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=30m", "tmpfs", str(home)], check=True)
def room(kilobytes):
    (home / "traces.log").unlink(missing_ok=True)
    free = os.statvfs(home).f_bavail * 4096 - kilobytes * 1024
    with (home / "traces.log").open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, max(free, 1))
def said(*command):
    errors, output = io.StringIO(), io.StringIO()
    with contextlib.redirect_stderr(errors), contextlib.redirect_stdout(output):
        code = run(["--home", str(home), *command])
    return [" ".join(command), code, errors.getvalue()]
ask = ["ask", "What is told at some length?", "--model", "extractive"]
every = [[*ask, "--thread", "t"], ask, ["memory", "add", "I prefer tea."], ["trace", "list"], ["thread", "list"],
         ["ingest", str(notes)], ["forget", "first.txt"], ["backup", str(home.with_name("kept.zip"))]]
assert said("ingest", str(notes.with_name("small")))[1] == 0
tight = []
for kilobytes in (0, 60):
    for command in every:
        room(kilobytes)
        tight.append(said(*command))
room(25_000)
print(json.dumps([tight, [said(*command) for command in every]]))
"""


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    folder = tmp_path / "notes"
    folder.mkdir()
    for number in range(6):
        body = "\n\n".join(f"Paragraph {i} of note {number} is told at some length. " * 12 for i in range(60))
        (folder / f"{number:02}.md").write_text(body, "utf-8")
    return folder


@pytest.fixture
def small(tmp_path: Path) -> Path:
    folder = tmp_path / "small"
    folder.mkdir()
    (folder / "first.txt").write_text("What was stored before.", "utf-8")
    return folder


def in_little_room(how: str, home: Path, notes: Path, small: Path, script: str = CHILD) -> Any:
    code = script.format(tests=str(TESTS), root=str(TESTS.parent))
    command = [sys.executable, "-c", code, how, str(home), str(notes), str(small)]
    if how == "disk":
        apart = ["unshare", "--user", "--mount", "--map-root-user"]
        try:
            allowed = subprocess.run(
                [*apart, "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True, check=False
            )
        except FileNotFoundError:
            pytest.skip("this system has no `unshare`, so there is no small disk to be had")
        if allowed.returncode:
            pytest.skip("this system lets us mount no small disk")
        command = [*apart, *command]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.slow
@pytest.mark.parametrize("how", ["disk", "limit"])
def test_one_line_says_so_and_the_next_run_finishes(tmp_path, notes, small, how):
    told, kept, stored, clean, in_step, ids = in_little_room(how, tmp_path / "home", notes, small)
    assert all(told), "the disk was never full"
    for line in told:
        assert "\n" not in line
        assert str(tmp_path / "home") in line
        assert "free some disk space" in line
    assert kept
    assert stored < 7
    assert (clean, in_step) == (True, True)
    undisturbed = open_library(tmp_path / "undisturbed")
    ingest(undisturbed, [small, notes])
    assert set(ids) == passage_ids(undisturbed)
    undisturbed.close()


@pytest.mark.slow
def test_every_command_says_in_one_line_what_to_do(tmp_path, notes, small, monkeypatch):
    monkeypatch.setenv("VADE_TRACING", "local")
    tight, afterwards = in_little_room("disk", tmp_path / "home", notes, small, COMMANDS)
    failed = [line for line in tight if line[1]]
    assert failed, "the disk was never full"
    for command, _, errors in failed:
        last = errors.splitlines()[-1]
        assert last.startswith("vade: error: "), (command, errors)
        assert "bug" not in last, (command, last)
        assert re.search("free some|raise the limit|nothing has been ingested|no source", last), (command, last)
    assert [line for line in afterwards if line[1] and "no source named" not in line[2]] == []


def _raised(work: Callable[[], object]) -> Exception:
    try:
        work()
    except Exception as error:  # noqa: BLE001 (whatever it is)
        return error
    raise AssertionError("nothing was raised")


def _full() -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("PRAGMA max_page_count = 2")
        connection.execute("CREATE TABLE t (x)")
        connection.execute("INSERT INTO t VALUES (randomblob(100000))")


def _no_database() -> None:
    with closing(sqlite3.connect(f"file:{__file__}?mode=ro", uri=True)) as connection:
        connection.execute("SELECT * FROM t")


def _written_full() -> None:
    with open("/dev/full", "wb", buffering=0) as full:
        full.write(b"x")


def _hidden() -> None:
    try:
        _written_full()
    except OSError:
        raise AssertionError from None


PROBLEMS = {
    "a full device": (_written_full, "the disk is full"),
    "an error that says nothing": (_hidden, "the disk is full"),
    "a full database": (_full, "the disk is full"),
    "a file that is no database": (_no_database, "vade doctor --repair"),
    "words of another library": (
        lambda: exec('raise RuntimeError("IO: No space left on device (os error 28)")'),
        "full",
    ),
    "a value": (lambda: int("x"), None),
    "a port that is denied": (lambda: exec("raise PermissionError(13, 'Permission denied')"), None),
}


@pytest.mark.parametrize("name", PROBLEMS)
def test_what_it_means_is_known_whichever_library_ran_into_it(name):
    work, told = PROBLEMS[name]
    problem = disk_problem(_raised(work))
    if told is None:
        assert problem is None
    else:
        assert problem
        assert told in problem


@pytest.mark.slow
def test_a_workspace_that_cannot_be_written_says_so_and_still_answers(tmp_path, small):
    library = open_library(tmp_path / "home")
    ingest(library, [small])
    before = contents(library)
    library.close()
    files = [library.home, *library.home.rglob("*")]
    for file in files:
        file.chmod(file.stat().st_mode & ~0o222)
    try:
        if os.access(library.home, os.W_OK):
            pytest.skip("root writes everywhere")
        reader = open_library(library.home)
        assert contents(reader) == before
        (small / "second.txt").write_text("Another.", "utf-8")
        for work in (lambda: ingest(reader, [small]), lambda: forget(reader, "first.txt")):
            with pytest.raises(WorkspaceError) as error:
                work()
            assert "\n" not in str(error.value)
        reader.close()
    finally:
        for file in files:
            file.chmod(file.stat().st_mode | 0o200)


@pytest.mark.slow
def test_a_file_that_grows_while_it_is_read_is_whole_the_next_time(tmp_path, small):
    file = small / "growing.txt"
    file.write_text("The first line is there.\n", "utf-8")
    library = open_library(tmp_path / "home")

    def grow(_: object) -> None:
        with file.open("a", encoding="utf-8") as handle:
            handle.write("One more line has come.\n")

    assert ingest(library, [small], progress=grow).failed == []
    report = ingest(library, [small])
    assert report.updated + report.unchanged == 2
    source = next(it for it in library.catalogue.sources() if it.path == "growing.txt")
    assert library.catalogue.text(source.id) == file.read_text("utf-8")
    assert ingest(library, [small]).unchanged == 2
    library.close()
