"""A backup may come from anybody: what it would set is asked first, what acts in it is refused, and nothing is lost."""

import hashlib
import json
import os
import sqlite3
import zipfile
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import pytest
from workspaces import contents, open_library

from vademecum.cli import run
from vademecum.core.errors import VademecumError
from vademecum.memory.checkpoints import open_checkpointer
from vademecum.retrieval.ingestion.ingest import ingest
from vademecum.retrieval.maintenance.backup import MANIFEST, write
from vademecum.retrieval.maintenance.restore import restore

HOSTILE = 'plugins = ["/tmp/evil"]\nmodel = "https://evil.example/v1"\nmode = "sparse"\n'
NAMES = ("mode", "model", "plugins")


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace of one document, with conversations, and its backup beside it."""
    place = tmp_path_factory.mktemp("stored")
    (place / "oak.txt").write_text("The oak is a tree.", "utf-8")
    library = open_library(place / "home")
    ingest(library, [place / "oak.txt"])
    library.close()
    open_checkpointer(place / "home").conn.close()  # ty: ignore[unresolved-attribute]
    write(place / "home", place / "kept.zip")
    return place


Members = dict[str, bytes]


def with_members(stored: Path, file: Path, change: Callable[[Members], object], *, manifest: bool = True) -> Path:
    """A backup with other members, named by its manifest with their right hashes."""
    with zipfile.ZipFile(stored / "kept.zip") as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    head = json.loads(members.pop(MANIFEST))
    change(members)
    if manifest:
        head["files"] = {name: hashlib.sha256(data).hexdigest() for name, data in members.items()}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
        archive.writestr(MANIFEST, json.dumps(head))
    return file


def tree(home: Path) -> dict[str, bytes]:
    return {str(file.relative_to(home)): file.read_bytes() for file in sorted(home.rglob("*")) if file.is_file()}


@pytest.fixture
def hostile(stored: Path, tmp_path: Path) -> Path:
    settings = {"vade.toml": HOSTILE.encode(), "notebooks/a/VADE.toml": HOSTILE.encode()}
    return with_members(stored, tmp_path / "hostile.zip", lambda members: members.update(settings))


@pytest.mark.slow
def test_its_settings_are_left_out_where_nobody_takes_them_over(hostile, tmp_path, capsys):
    assert run(["--home", str(tmp_path / "new"), "restore", str(hostile)]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert f"Its settings were left out ({', '.join(NAMES)}), there are none" in out
    assert not list(tmp_path.glob("new/**/*.toml"))
    library = open_library(tmp_path / "new")
    assert len(contents(library)) == 1
    library.close()


@pytest.mark.slow
@pytest.mark.parametrize("force", [False, True])
def test_the_present_settings_stay(stored, hostile, tmp_path, force):
    home = tmp_path / "home"
    restore(stored / "kept.zip", home)
    (home / "vade.toml").write_text('mode = "dense"\n')
    for file in (hostile, stored / "kept.zip") if force else ():
        restore(file, home, force=True)
        assert (home / "vade.toml").read_text() == 'mode = "dense"\n'
    asked: list[Sequence[str]] = []
    restore(hostile, home, force=True, settings=lambda names: not asked.append(names))
    assert asked == [NAMES]
    assert (home / "vade.toml").read_text() == HOSTILE
    restore(hostile, home, force=True, settings=lambda names: not asked.append(names))  # its own are no question
    assert restore(hostile, tmp_path / "other", settings=True).settings == ()


@pytest.mark.slow
def test_a_person_at_a_terminal_is_asked_and_no_is_the_default(hostile, tmp_path):
    import pty
    import subprocess
    import sys

    for answer, taken in ((b"\n", False), (b"y\n", True)):
        home = tmp_path / f"home-{taken}"
        ours, theirs = pty.openpty()
        command = [sys.executable, "-m", "vademecum", "--home", str(home), "restore", str(hostile)]
        with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs) as process:
            os.close(theirs)
            shown = b""
            while b"[y/N]" not in shown:
                shown += os.read(ours, 4096)
            os.write(ours, answer)
            assert process.wait() == 0
        os.close(ours)
        assert b"plugins  <- runs code" in shown
        assert b"model  <- sends text elsewhere" in shown
        assert b"mode\r" in shown
        assert (home / "vade.toml").exists() == taken


def altered(name: str, *statements: str) -> Callable[[Path, Members], None]:
    """Statements run on a database of the backup."""

    def change(place: Path, members: Members) -> None:
        file = place / "altered.db"
        file.write_bytes(members[name])
        with closing(sqlite3.connect(file, isolation_level=None)) as connection:
            connection.execute("PRAGMA journal_mode = DELETE")
            for statement in statements:
                connection.execute(statement)
        members[name] = file.read_bytes()

    return change


def put(name: str, data: bytes = b"x") -> Callable[[Path, Members], None]:
    return lambda _, members: members.update({name: data})


TRIGGER = "CREATE TRIGGER keep AFTER DELETE ON {} BEGIN SELECT 1; END"
REFUSED = {
    "a trigger on documents": (altered("catalogue.sqlite", TRIGGER.format("texts")), "what is not ours ('keep'"),
    "a trigger on conversations": (altered("checkpoints.db", TRIGGER.format("writes")), "what is not ours ('keep'"),
    "a view": (altered("catalogue.sqlite", "CREATE VIEW v AS SELECT 1"), "what is not ours ('v'"),
    "a virtual table": (altered("checkpoints.db", "CREATE VIRTUAL TABLE v USING fts5(x)"), "what is not ours"),
    "a newer catalogue": (altered("catalogue.sqlite", "PRAGMA user_version = 999"), "newer version of vademecum"),
    "a catalogue of another program": (altered("catalogue.sqlite", "DROP TABLE sources"), "damaged catalogue.sqlite"),
    "no catalogue": (lambda _, members: members.pop("catalogue.sqlite"), "holds no documents"),
    "an empty catalogue": (put("catalogue.sqlite", b""), "damaged catalogue.sqlite"),
    "documents gone": (
        lambda place, members: [members.pop("checkpoints.db"),
            altered("catalogue.sqlite", "DELETE FROM sources")(place, members)], "no documents and no conversations",
    ),
    "a cut-off database": (
        lambda _, members: members.update({"checkpoints.db": members["checkpoints.db"][:-4096]}),
        "damaged checkpoints.db",
    ),
    "an absolute path": (put("/tmp/evil"), "outside the workspace"),
    "a path outside": (put("uploads/../../evil"), "outside the workspace"),
    "a backslash": (put("..\\evil"), "outside the workspace"),
    "a line break": (put("uploads/a\nb"), "outside the workspace"),
    "a file that is a folder": (lambda _, members: members.update({"a": b"", "a/b": b""}), "cannot be restored"),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", REFUSED)
def test_what_is_hostile_or_nothing_is_refused_and_changes_nothing(stored, tmp_path, name):
    change, told = REFUSED[name]
    file = with_members(stored, tmp_path / "hostile.zip", lambda members: change(tmp_path, members))
    home = tmp_path / "home"
    restore(stored / "kept.zip", home)
    before = tree(home)
    with pytest.raises(VademecumError, match=r"\w") as error:
        restore(file, home, force=True)
    assert told in str(error.value)
    assert "\n" not in str(error.value)
    assert tree(home) == before
    assert not list(tmp_path.glob(".*"))


@pytest.mark.slow
def test_what_a_backup_does_not_hold_is_not_made(stored, tmp_path):
    """An index (pickles), what SQLite would replay, addresses of servers, frames to be sent, hidden files, links."""
    extra = ("chroma/1/index_metadata.pickle", "Chroma/a", "faiss/x.faiss", "stores.sqlite", "catalogue.sqlite-wal",
             "checkpoints.db-journal", "traces.server", "spool/abc/1.frame", ".streamlit/config.toml", ".env",
             "notebooks/a/chroma/x", "evaluation/documents/a/faiss/x", "writer.lock")  # fmt: skip
    file = with_members(stored, tmp_path / "more.zip", lambda members: members.update(dict.fromkeys(extra, b"x")))
    with zipfile.ZipFile(file, "a") as archive:
        for name, kind in (("link", 0o120777), ("device", 0o020666), ("uploads/link", 0o120777)):
            member = zipfile.ZipInfo(name)
            member.external_attr = kind << 16
            archive.writestr(member, "/etc/passwd")
    assert restore(file, tmp_path / "new").files == 2
    assert sorted(tree(tmp_path / "new")) == ["catalogue.sqlite", "checkpoints.db"]


@pytest.mark.slow
def test_a_link_in_it_becomes_a_file_that_says_where_it_led(stored, tmp_path):
    def link(members: Members) -> None:
        members["uploads/link"] = b"/etc/passwd"

    file = with_members(stored, tmp_path / "link.zip", link)
    data = bytearray(file.read_bytes())
    at = data.rindex(b"uploads/link") - 46
    data[at + 38 : at + 42] = (0o120777 << 16).to_bytes(4, "little")
    file.write_bytes(data)
    restore(file, tmp_path / "new")
    assert not (tmp_path / "new/uploads/link").is_symlink()
    assert (tmp_path / "new/uploads/link").read_bytes() == b"/etc/passwd"


@pytest.mark.slow
def test_one_that_is_larger_than_the_disk_or_than_can_be_is_not_begun(stored, tmp_path, monkeypatch):
    import shutil

    file = with_members(stored, tmp_path / "large.zip", lambda members: members.update({"uploads/0": bytes(9_000_000)}))
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10, 5, 5_000_000))  # ty: ignore
    with pytest.raises(VademecumError, match=r"needs \d+ MB and the disk has 5"):
        restore(file, tmp_path / "new")
    monkeypatch.undo()
    data = bytearray(file.read_bytes())
    at = data.rindex(b"uploads/0") - 46
    data[at + 24 : at + 28] = (0xFFFFFFF0).to_bytes(4, "little")
    file.write_bytes(data)
    with pytest.raises(VademecumError, match=r"claims to hold|damaged at uploads/0"):
        restore(file, tmp_path / "new")
    assert not (tmp_path / "new").exists()


@pytest.mark.slow
def test_files_that_are_no_backup_are_said_in_a_line(stored, tmp_path, capsys):
    whole = (stored / "kept.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("vademecum.json", "[" * 100_000)
    with zipfile.ZipFile(tmp_path / "locked.zip", "w") as archive:
        archive.writestr("word/document.xml", "<w/>")
    broken = {"empty": b"", "noise": os.urandom(2000), "cut": whole[:-30], "half": whole[: len(whole) // 2],
              "middle": whole[:500] + bytes(500) + whole[1000:]}  # fmt: skip
    for name, data in broken.items():
        (tmp_path / f"{name}.zip").write_bytes(data)
    for file in [*tmp_path.glob("*.zip"), tmp_path / "none", tmp_path, Path("/dev/null")]:
        assert run(["--home", str(tmp_path / "new"), "restore", str(file)]) in (1, 2)
        error = capsys.readouterr().err
        assert error.count("\n") == 1, error
        assert "bug" not in error
    assert not (tmp_path / "new").exists()


@pytest.mark.slow
def test_a_backup_in_the_workspace_that_it_would_replace_is_kept(stored, tmp_path):
    home = tmp_path / "home"
    restore(stored / "kept.zip", home)
    (home / "kept.zip").write_bytes((stored / "kept.zip").read_bytes())
    with pytest.raises(VademecumError, match="move it elsewhere first"):
        restore(home / "kept.zip", home, force=True)
