"""What the workspace keeps is for its owner alone; what lies there and is not ours keeps its rights."""

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import vademecum
from vademecum import doctor
from vademecum.cli import run
from vademecum.core import private_files
from vademecum.retrieval.maintenance.backup import write
from vademecum.retrieval.maintenance.restore import restore
from vademecum.retrieval.maintenance.scratch import scratch


@pytest.fixture(autouse=True)
def as_usual() -> Iterator[None]:
    """The umask of most systems, with which all that is made can be read by everybody."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def modes(home: Path) -> dict[str, str]:
    paths = [home, *home.rglob("*")]
    return {str(path.relative_to(home)): oct(stat.S_IMODE(path.lstat().st_mode)) for path in paths}


def opened(home: Path) -> None:
    for path in [home, *home.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)


def used(home: Path, notes: Path) -> None:
    """Everything that a workspace keeps, written by a program of Python that has its own umask."""
    from vademecum.evaluation import data_set_folder
    from vademecum.tracing.traces import Traces
    from vademecum.ui import uploads

    with vademecum.open(notes, home=home, model="extractive", tracing="local") as book:
        book.ask("Is the oak a tree?", thread="t")
        book.facts().add("I prefer oaks.")
        uploads.keep(home, "elm.txt", b"The elm is a tree.", "default")
        data_set_folder.add(home, "one.jsonl", b'{"id": "1", "question": "Is the oak a tree?", "answerable": false}\n')
        book.search("oak", mode="dense")
        while_open = modes(home)
    with Traces(home) as traces:
        assert traces.find()
    assert "checkpoints.db-wal" in while_open
    assert set(while_open.values()) == {"0o700", "0o600"}, while_open


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "oak.txt").write_text("The oak is a tree.", "utf-8")
    return tmp_path / "notes"


@pytest.mark.slow
def test_from_python_with_any_umask_and_an_older_workspace_when_it_is_opened(notes, tmp_path):
    home = tmp_path / "home"
    used(home, notes)
    assert set(modes(home).values()) == {"0o700", "0o600"}, modes(home)
    assert modes(notes)["oak.txt"] == "0o644"
    names = {path.name for path in home.iterdir()}
    assert private_files.open_to_others(home) == []
    opened(home)
    assert len(private_files.open_to_others(home)) == len(modes(home)), f"a name is not known as ours: {names}"
    with vademecum.open(home=home, model="extractive", tracing="off") as book:
        book.search("oak")
        assert modes(home)["."] == "0o700"
        assert {mode for path, mode in modes(home).items() if "/" not in path} == {"0o700", "0o600"}
        [rights] = [finding for finding in doctor.findings(book) if finding.name == "rights"]
        assert (rights.ok, rights.remedy) == (False, "vade doctor --repair")
        assert any("had rights to" in finding.message for finding in doctor.repair(book))
    assert set(modes(home).values()) == {"0o700", "0o600"}, modes(home)
    write(home, tmp_path / "kept.zip")
    assert stat.S_IMODE((tmp_path / "kept.zip").stat().st_mode) == 0o600
    restore(tmp_path / "kept.zip", tmp_path / "new")
    assert set(modes(tmp_path / "new").values()) == {"0o700", "0o600"}


def test_a_folder_in_which_something_of_ours_is_under_way_is_ours_too(tmp_path):
    (tmp_path / "catalogue.sqlite").touch()
    tmp_path.chmod(0o755)
    with scratch(tmp_path, "page"):
        private_files.close_workspace(tmp_path)
        assert modes(tmp_path)["."] == "0o700"


@pytest.mark.slow
def test_a_folder_with_files_of_other_people_stays_as_it_is(notes, tmp_path):
    more = tmp_path / "more"
    more.mkdir()
    (more / "elm.txt").write_text("The elm is a tree.", "utf-8")
    for path, mode in ((notes / "prompts", 0o755), (notes / "uploads", 0o755), (notes, 0o775)):
        path.mkdir(exist_ok=True)
        path.chmod(mode)
    before = modes(notes)
    with vademecum.open(home=notes, model="extractive", tracing="off") as book:
        book.ingest(more)
        doctor.repair(book)
    after = modes(notes)
    assert {name: after[name] for name in before} == before
    assert {mode for name, mode in after.items() if name not in before} == {"0o700", "0o600"}


@pytest.mark.slow
def test_our_commands_have_a_umask_and_leave_that_of_others_alone(notes, tmp_path):
    home = tmp_path / "home"
    assert run(["--home", str(home), "ingest", str(notes)]) == 0
    assert os.umask(0o022) == 0o022
    code = "import os\nfrom vademecum.cli import main\ntry: main(['--version'])\nfinally: print(os.umask(0))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(done.stdout.split()[-1]) == 0o077
