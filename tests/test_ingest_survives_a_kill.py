"""Killed or interrupted at any moment, an ingestion leaves a workspace that works; the next one finishes the job."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from workspaces import contents, indexed, open_library, passage_ids

from retrieval.ingest import ingest

CHILD = """
import sys, time
sys.path[:0] = [{tests!r}, {root!r}]
import retrieval.ingest as ingestion
from workspaces import open_library
ingestion.INDEX_EVERY = 20
library = open_library(__import__("pathlib").Path(sys.argv[1]))
def progress(event):
    print(event.done, flush=True)
    time.sleep(0.005)
ingestion.ingest(library, [sys.argv[2]], progress=progress)
"""
FILES = 60


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    folder = tmp_path / "notes"
    folder.mkdir()
    for number in range(FILES):
        body = "\n\n".join(f"Paragraph {i} of note {number} says something of its own. " * 8 for i in range(5))
        (folder / f"{number:02}.md").write_text(f"# Note {number}\n\n{body}\n", "utf-8")
    return folder


def start(home: Path, notes: Path) -> subprocess.Popen:
    tests = Path(__file__).parent
    code = CHILD.format(tests=str(tests), root=str(tests.parent))
    return subprocess.Popen([sys.executable, "-c", code, str(home), str(notes)], stdout=subprocess.PIPE, text=True)


@pytest.mark.slow
@pytest.mark.parametrize("stop", [signal.SIGKILL, signal.SIGINT])
def test_the_result_equals_that_of_an_undisturbed_run(tmp_path, notes, stop):
    undisturbed = open_library(tmp_path / "undisturbed")
    ingest(undisturbed, [notes])
    chance = random.Random(7)
    home = tmp_path / "home"
    for after in (3, 17, 38):
        child = start(home, notes)
        for line in child.stdout:
            if int(line) >= after:
                break
        time.sleep(chance.random() / 50)
        os.kill(child.pid, stop)
        child.communicate()
        assert child.returncode != 0
        # What a reader finds after the kill is whole, and the index agrees with it.
        killed = open_library(home)
        whole = contents(undisturbed)
        assert all(row in whole for row in contents(killed))
        assert indexed(killed) == passage_ids(killed)
        killed.close()
    finished = open_library(home)
    report = ingest(finished, [notes])
    assert report.added + report.unchanged == FILES
    assert contents(finished) == contents(undisturbed)
    assert indexed(finished) == passage_ids(finished)
    for library in (finished, undisturbed):
        library.close()
