"""What a killed backup or restoration leaves is removed by the next one and by `forget`; what is in use is not."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from workspaces import contents, open_library

from vademecum.retrieval.ingestion.ingest import ingest
from vademecum.retrieval.maintenance.backup import write
from vademecum.retrieval.maintenance.forget import forget
from vademecum.retrieval.maintenance.restore import restore
from vademecum.retrieval.maintenance.scratch import MARK, remove_left_overs, scratch

KILLED = """
import os, signal, sys
from pathlib import Path
from vademecum.retrieval.maintenance import backup, restore
def die(*_, **__): os.kill(os.getpid(), signal.SIGKILL)
module, moment = sys.argv[1:3]
calls, rename = [], os.rename
def at_last(*arguments):
    calls.append(arguments)
    if len(calls) == 3:  # the mark, the old away, and the new in its place
        die()
    rename(*arguments)
if moment == "rename":
    os.rename = at_last
else:
    setattr({"backup": backup, "restore": restore}[module], moment, die)
home, file = Path(sys.argv[3]), Path(sys.argv[4])
backup.write(home, file) if module == "backup" else restore.restore(file, home, force=True)
"""


def killed(module: str, moment: str, home: Path, file: Path) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED, module, moment, str(home), str(file)], check=False)
    assert done.returncode == -signal.SIGKILL


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "oak.txt").write_text("The oak is a secret tree.", "utf-8")
    library = open_library(tmp_path / "home")
    ingest(library, [tmp_path / "oak.txt"])
    library.close()
    return tmp_path / "home"


def left(*folders: Path) -> list[str]:
    return [path.name for folder in folders for path in folder.iterdir() if path.name.startswith(".")]


@pytest.mark.slow
def test_the_next_backup_removes_what_a_killed_one_left(home, tmp_path):
    killed("backup", "_version", home, tmp_path / "kept.zip")
    assert len(left(tmp_path)) == 1
    assert write(home, tmp_path / "kept.zip").files == 1
    assert left(tmp_path, home) == []


@pytest.mark.slow
def test_forgetting_removes_what_a_killed_backup_left_elsewhere(home, tmp_path):
    elsewhere = tmp_path / "usb"
    elsewhere.mkdir()
    killed("backup", "_version", home, elsewhere / "kept.zip")
    (home / ".vade.toml.99999999-0123abcd.part").write_text("The oak is a secret tree.", "utf-8")
    (home / f".mine.{os.getpid()}-0123abcd.part").write_text("being written", "utf-8")
    assert any(b"secret" in file.read_bytes() for file in elsewhere.rglob("*") if file.is_file())
    library = open_library(home)
    forget(library, "oak.txt")
    library.close()
    assert left(elsewhere) == []
    assert left(home) == [f".mine.{os.getpid()}-0123abcd.part"]


@pytest.mark.slow
def test_what_it_left_where_nobody_can_look_is_said(home, tmp_path, caplog):
    elsewhere = tmp_path / "usb"
    elsewhere.mkdir()
    killed("backup", "_version", home, elsewhere / "kept.zip")
    elsewhere.rename(tmp_path / "unplugged")
    remove_left_overs(home)
    assert "which is out of reach: what it left there stays" in caplog.messages[0]
    (tmp_path / "unplugged").rename(elsewhere)
    remove_left_overs(home)
    assert left(elsewhere, home) == []


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["_check", "rename"])
def test_a_killed_restoration_loses_nothing(home, tmp_path, moment):
    write(home, tmp_path / "kept.zip")
    (tmp_path / "elm.txt").write_text("The elm is a tree.", "utf-8")
    library = open_library(home)
    ingest(library, [tmp_path / "elm.txt"])
    before = contents(library)
    library.close()
    killed("restore", moment, home, tmp_path / "kept.zip")
    assert len(left(tmp_path)) == 1
    assert home.exists() == (moment == "_check")
    library = open_library(home)  # whatever is done next
    assert contents(library) == before
    library.close()
    restore(tmp_path / "kept.zip", home, force=True)
    assert left(tmp_path) == []


def test_only_what_is_ours_and_at_rest_is_removed(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    not_ours = tmp_path / ".home.vade-abcdefgh"
    not_ours.mkdir()
    (not_ours / "diary.txt").write_text("mine")
    victim = tmp_path / "victim"
    victim.mkdir()
    (victim / MARK).touch()
    (home / ".under-way-x").write_text(str(victim))
    (home / ".under-way-y").write_bytes(b"\0\xff")
    link = tmp_path / ".home.vade-aaaaaaaa"
    link.symlink_to(victim)
    with scratch(tmp_path, "home", home) as busy:
        (busy / "draft").touch()
        for _ in range(2):
            remove_left_overs(home, tmp_path)
        assert (busy / "draft").exists()
    assert not busy.exists()
    assert (not_ours / "diary.txt").exists()
    assert (victim / MARK).exists()
    assert link.is_symlink()
