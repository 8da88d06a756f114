"""A disk that is full, really: one line says so, what was stored stays, and the next run finishes the job.

Twice: on a file system of one megabyte (made in a namespace of our own, where the system allows it), and under the
system's limit on the size of files, which is to be had everywhere.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from workspaces import contents, open_library, passage_ids

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


def in_little_room(how: str, home: Path, notes: Path, small: Path) -> Any:
    code = CHILD.format(tests=str(TESTS), root=str(TESTS.parent))
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
