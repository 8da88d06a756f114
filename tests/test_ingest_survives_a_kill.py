"""Killed or interrupted at any moment, an ingestion leaves a workspace that works; the next one finishes the job."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from restarts import begin, forgetting, found, ingesting
from workspaces import contents, indexed, open_with_tokens, passage_ids

from vademecum.retrieval.catalogue import database
from vademecum.retrieval.ingestion.ingest import ingest
from vademecum.retrieval.library import Library

FILES = 14
QUESTIONS = ["What does paragraph 3 of note 11 say?", "Which notes speak of gardens?", "secret 33"]
GONE = ("11.md", "12.md", "13.md")


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    folder = tmp_path / "notes"
    folder.mkdir()
    for number in range(FILES):
        write(folder, number, "says something of its own about gardens")
    return folder


def write(folder: Path, number: int, said: str) -> None:
    body = "\n\n".join(f"Paragraph {i} of note {number} {said}, secret {number * i}. " * 4 for i in range(4))
    (folder / f"{number:02}.md").write_text(f"# Note {number}\n\n{body}\n", "utf-8")


def edit(folder: Path) -> None:
    """Years of edits in one: files changed, new, gone, renamed, and one that holds the text of another."""
    for number in (3, 4, 9, 12):
        write(folder, number, "was written anew")
    for number in range(FILES, FILES + 3):
        write(folder, number, "came later")
    for number in (5, 10, 13):
        (folder / f"{number:02}.md").unlink()
    (folder / "07.md").rename(folder / "renamed.md")
    shutil.copy(folder / "08.md", folder / "copy.md")


class Undisturbed(NamedTuple):
    """What runs that nobody kills come to: all that is known then, all that is found, and how long each takes."""

    contents: list[tuple]
    found: list[Any]
    seconds: float


@pytest.fixture
def share_of_moments(pytestconfig: pytest.Config) -> float:
    """Of the moments at which a test kills, the share that it takes: all of them under --complete."""
    return 1.0 if pytestconfig.getoption("--complete") else 0.3


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def undisturbed(home: Path, work: Any, *given: Any) -> Undisturbed:
    begin(time.sleep, 0).join()  # so that its time is not that of starting the server
    began = time.monotonic()
    process = begin(work, home, *given)
    process.join()
    assert process.exitcode == 0
    seconds = time.monotonic() - began
    library = open_with_tokens(home)
    state = Undisturbed(contents(library), found(library, QUESTIONS), seconds)
    library.close()
    return state


def killed(home: Path, share: float, whole: Undisturbed, stop: int, work: Any, *given: Any) -> bool:
    """Whether the run was killed after that share of its time, and not through by then."""
    process = begin(work, home, *given)
    process.join(whole.seconds * share)
    if process.is_alive():
        os.kill(process.pid or 0, stop)
    process.join()
    assert process.exitcode in (0, -stop, 1)
    return process.exitcode != 0


def moments(seed: int, count: int) -> Iterator[float]:
    """Shares of a run's time, drawn at random, one from each of as many equal parts, in no order."""
    chance = random.Random(seed)
    drawn = [(place + chance.random()) / count for place in range(count)]
    chance.shuffle(drawn)
    return iter(drawn)


def check(library: Library, wanted: Undisturbed) -> None:
    assert contents(library) == wanted.contents
    assert indexed(library) == passage_ids(library)
    assert found(library, QUESTIONS) == wanted.found


@pytest.mark.slow
@pytest.mark.soak
def test_the_result_equals_that_of_an_undisturbed_run(tmp_path, notes, share_of_moments):
    whole = undisturbed(tmp_path / "undisturbed", ingesting, notes)
    for place, share in enumerate(moments(7, round(20 * share_of_moments))):
        home = tmp_path / f"home-{place}"
        while not killed(home, share, whole, signal.SIGKILL, ingesting, notes):
            shutil.rmtree(home)  # it was through by then, on a machine that is less busy now
            share *= 0.8
        library = open_with_tokens(home)
        if place % 2:  # what a reader finds between the two is whole, and the index agrees with it
            assert all(row in whole.contents for row in contents(library))
            assert indexed(library) == passage_ids(library)
        report = ingest(library, [notes])
        assert (report.added + report.unchanged, report.failed) == (FILES, [])
        check(library, whole)
        library.close()
        shutil.rmtree(home)


@pytest.mark.slow
@pytest.mark.soak
@pytest.mark.parametrize("stop", [signal.SIGKILL, signal.SIGINT])
def test_so_it_does_after_edits_and_one_kill_upon_another(tmp_path, notes, home, stop, share_of_moments):
    undisturbed(home, ingesting, notes)
    undisturbed(tmp_path / "undisturbed", ingesting, notes)
    edit(notes)
    whole = undisturbed(tmp_path / "undisturbed", ingesting, notes)
    for share in sorted(moments(11, round(6 * share_of_moments))):
        killed(home, share, whole, stop, ingesting, notes)
    library = open_with_tokens(home)
    assert ingest(library, [notes]).failed == []
    check(library, whole)
    library.close()


@pytest.mark.slow
@pytest.mark.soak
def test_what_was_to_be_forgotten_is_forgotten_by_the_next_call(tmp_path, notes, share_of_moments):
    undisturbed(tmp_path / "stored", ingesting, notes)
    shutil.copytree(tmp_path / "stored", tmp_path / "undisturbed")
    whole = undisturbed(tmp_path / "undisturbed", forgetting, *GONE)
    for place, share in enumerate(moments(13, round(6 * share_of_moments))):
        home = tmp_path / f"home-{place}"
        shutil.copytree(tmp_path / "stored", home)
        killed(home, share, whole, signal.SIGKILL, forgetting, *GONE)
        forgetting(home, *GONE)
        library = open_with_tokens(home)
        check(library, whole)
        library.close()
        assert left_of(home, "Paragraph 3 of note 12 says something") == []


def left_of(home: Path, text: str) -> list[str]:
    return [file.name for file in home.rglob("*") if file.is_file() and text.encode() in file.read_bytes()]


def test_another_writer_is_said_by_its_process(home, monkeypatch):
    from vademecum.core.errors import WorkspaceError

    monkeypatch.setattr(database, "PATIENCE", 0.0)
    told = f"being written by process {os.getpid()}"
    with database.hold(home), pytest.raises(WorkspaceError, match=told), database.hold(home):
        pass


@pytest.mark.slow
def test_a_second_ingestion_waits_says_so_and_goes_on_when_the_first_is_killed(home, notes, caplog):
    holder = begin(holding, home)
    while not (home / "writer.lock").exists() or not (home / "writer.lock").read_text():
        time.sleep(0.05)
    told: list[str] = []

    def kill_it(progress: Any) -> None:
        if progress.waits:
            told.append(progress.waits)
            os.kill(holder.pid or 0, signal.SIGKILL)

    library = open_with_tokens(home)
    assert ingest(library, [notes], progress=kill_it).added == FILES
    assert f"waits for process {holder.pid}, which is writing the workspace {home} (0 s so far)" in told[0]
    holder = begin(holding, home, 1.0)
    while (home / "writer.lock").read_text() != str(holder.pid):
        time.sleep(0.05)
    assert ingest(library, [notes]).unchanged == FILES
    assert [f"the ingestion waits for process {holder.pid}" in line for line in caplog.messages] == [True]
    library.close()


@pytest.mark.slow
def test_whoever_waits_can_give_up(home, notes):
    begin(holding, home, 20.0)
    while not (home / "writer.lock").exists() or not (home / "writer.lock").read_text():
        time.sleep(0.05)
    command = [sys.executable, "-m", "vademecum", "--home", str(home), "ingest", str(notes)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as waiting:
        assert "waits for process" in next(iter(waiting.stderr or ()))
        waiting.send_signal(signal.SIGINT)
        assert waiting.wait() == 130


def holding(home: Path, seconds: float = 600.0) -> None:
    with database.hold(home):
        time.sleep(seconds)
