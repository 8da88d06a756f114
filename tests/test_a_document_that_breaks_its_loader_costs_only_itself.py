"""What is not plain text is read in a child process: it may crash, hang, grow, flood or lie, and the others go on."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from workspaces import open_library

from vademecum.core.errors import DocumentError
from vademecum.core.settings import load_settings
from vademecum.retrieval import loaders
from vademecum.retrieval.ingestion.discover import FoundFile
from vademecum.retrieval.ingestion.file_reader import FileReader
from vademecum.retrieval.ingestion.ingest import ingest
from vademecum.retrieval.loaders import load
from vademecum.retrieval.loaders._process import LoaderProcess

HANDBOOK = Path(__file__).parent.parent / "samples" / "handbook"
SECRET = "sk-not-for-loaders"
PATIENCE = 120
"""Seconds to wait for what comes as soon as it can."""

CRASH = "the program that reads such files crashed on it ({}); the file may be damaged: save it anew"
WICKED = {
    "os.abort()": CRASH.format("SIGABRT"),
    "ctypes.string_at(0)": CRASH.format("SIGSEGV"),
    "tempfile.mkstemp(); open('here', 'w'); subprocess.Popen(['sleep', '600']); os.abort()": CRASH.format("SIGABRT"),
    "os._exit(3)": "the program that reads such files ended without an answer (exit status 3)",
    "sys.exit('enough')": "its loader ended the program that reads such files (enough)",
    "os.kill(os.getpid(), 9)": "the program that reads such files was killed (SIGKILL), perhaps for want of memory; "
    "ingest it again",
    "while True: pass": "reading it took more than 5 seconds without any progress; see the setting loader_seconds",
    "kept = []\nwhile True: kept.append(bytearray(10**7))": "reading it takes more than 300 MB of memory; see the "
    "setting loader_mb",
    "kept = bytearray(3 * 10**9)": "reading it takes more than 300 MB of memory; see the setting loader_mb",
    "text = 'x' * 2_000_000": "its text is longer than the 1,000,000 characters allowed; split it, or see the setting "
    "max_text_chars",
    "places = [(0, 'p')] * 1_100_000": "what its loader makes of it is larger than allowed; split it, or see the "
    "setting max_text_chars",
    "starts = [5, 3]": "its loader gave an answer that cannot be used",
    "places = [(10**9, 'far')]": "its loader gave an answer that cannot be used",
    "for pipe in range(3, 20):\n try: os.write(pipe, b'junk' * 99)\n except OSError: pass": "its loader gave an "
    "answer that cannot be used",
    "from vademecum.core import child_serving as c\nc._channel.write(c.packed({'error': 'settings', 'reason': 'no'}, "
    "b'')); c._channel.flush(); os._exit(0)": "no",
    "raise ValueError(chr(0xD800) * 9000)": f"it cannot be read (ValueError: {'?' * 200})",
}
"""What a document does, and why it is not ingested."""

HARMLESS = {
    "print('x' * 10**6); os.write(1, b'vade' * 99); sys.stderr.write('y' * 10**6)": "some text",
    "text = repr(sorted(os.environ)) + os.environ.get('OPENAI_API_KEY', 'no key')": "no key",
    "text = str(self.settings.max_text_chars)": "1000000",
    "text = 'half a character: ' + chr(0xD800)": "half a character: ?",
}


@pytest.fixture
def wicked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of a person's own loaders, which is found; temporary files go below `tmp_path`."""
    (tmp_path / "own").mkdir()
    (tmp_path / "temporary").mkdir()
    shutil.copy(Path(__file__).parent / "data" / "wicked_loader.py", tmp_path / "own" / "wicked.py")
    monkeypatch.setattr(loaders, "__path__", [*loaders.__path__, str(tmp_path / "own")])
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    yield tmp_path
    sys.modules.pop("vademecum.retrieval.loaders.wicked", None)


def children() -> list[str]:
    """The processes that this one has started and that are not gone, but for the one that lists them."""
    listed = subprocess.run(["ps", "-A", "-o", "ppid=,args="], capture_output=True, text=True, check=True).stdout
    lines = [line.split(None, 1) for line in listed.splitlines()]
    own = [args for parent, args in lines if parent == str(os.getpid()) and not args.startswith("ps ")]
    return [*own, *(args for _, args in lines if args == "sleep 600")]


@pytest.mark.slow
def test_each_is_listed_with_its_reason_and_the_others_go_on(wicked: Path) -> None:
    notes = wicked / "notes"
    notes.mkdir()
    programs = {f"{i:02}.wicked": program for i, program in enumerate([*WICKED, *HARMLESS])}
    for name, program in programs.items():
        (notes / name).write_text(program, "utf-8")
    (notes / "zoo.html").write_text("<p>Zebras have stripes.", "utf-8")
    (notes / "zoo.txt").write_text("Lions have manes.", "utf-8")
    before = children()
    library = open_library(
        wicked / "home", loader_seconds=5, loader_mb=300, max_text_chars=1_000_000, plugins=(str(wicked / "own"),)
    )
    report = ingest(library, [notes])
    assert {failed.path: failed.error for failed in report.failed} == {
        name: WICKED[program] for name, program in programs.items() if program in WICKED
    }
    texts = {source.path: library.catalogue.text(source.id) for source in library.catalogue.sources()}
    assert (texts.pop("zoo.html"), texts.pop("zoo.txt")) == ("Zebras have stripes.", "Lions have manes.")
    assert {name for name, text in texts.items() if text.endswith(HARMLESS[programs[name]])} == texts.keys()
    assert len(texts) == len(HARMLESS)
    assert children() == before
    assert list((wicked / "temporary").iterdir()) == []
    library.close()


@pytest.mark.slow
def test_what_was_read_of_it_before_stays_and_one_child_reads_all(wicked: Path) -> None:
    for name in ("a.wicked", "b.wicked"):
        (wicked / name).write_text("text = f'read by {os.getpid()}'", "utf-8")
    library = open_library(wicked / "home")
    ingest(library, [wicked / "a.wicked", wicked / "b.wicked"])
    texts = [library.catalogue.text(source.id) for source in library.catalogue.sources()]
    assert texts[0] == texts[1] != f"read by {os.getpid()}"
    (wicked / "a.wicked").write_text("os.abort()", "utf-8")
    report = ingest(library, [wicked / "a.wicked"])
    assert [failed.path for failed in report.failed] == ["a.wicked"]
    assert [library.catalogue.text(source.id) for source in library.catalogue.sources()] == texts
    library.close()


SCRIPT = """
import vademecum
from vademecum.core.settings import load_settings
vademecum.open({note!r}, home={home!r}, model="extractive", plugins=[{own!r}], loader_seconds=3000)
"""
"""As a person writes one, without a main guard."""


def wait_until(condition: Callable[[], bool]) -> None:
    patience = time.monotonic() + PATIENCE
    while not condition() and time.monotonic() < patience:
        time.sleep(0.05)
    assert condition()


@pytest.mark.slow
@pytest.mark.parametrize("work", ["while True: pass", "time.sleep(600)", "ctypes.CDLL(None).sleep(600)"])
def test_a_child_ends_with_a_parent_that_is_killed(tmp_path: Path, work: str) -> None:
    own, note, pid_file = tmp_path / "own" / "retrieval" / "loaders", tmp_path / "a.wicked", tmp_path / "pid"
    own.mkdir(parents=True)
    (tmp_path / "temporary").mkdir()
    shutil.copy(Path(__file__).parent / "data" / "wicked_loader.py", own / "wicked.py")
    note.write_text(f"Path({str(pid_file)!r}).write_text(str(os.getpid()))\n{work}", "utf-8")
    script = SCRIPT.format(note=str(note), home=str(tmp_path / "home"), own=str(tmp_path / "own"))
    environment = {**os.environ, "TMPDIR": str(tmp_path / "temporary")}
    parent = subprocess.Popen([sys.executable, "-c", script], env=environment)
    wait_until(lambda: pid_file.exists() and pid_file.read_text("utf-8") != "")
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    child = int(pid_file.read_text("utf-8"))
    wait_until(lambda: not _is_running(child))
    assert list((tmp_path / "temporary").iterdir()) == []


def _is_running(pid: int) -> bool:
    shown = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    return shown.strip() not in ("", "Z", "Zs")


@pytest.fixture
def process(request: pytest.FixtureRequest) -> Iterator[LoaderProcess]:
    process = LoaderProcess(load_settings(**getattr(request, "param", {})))
    yield process
    process.close()


def test_a_child_reads_what_this_process_would(process: LoaderProcess) -> None:
    files = {file: file.read_bytes() for file in HANDBOOK.iterdir() if file.is_file()}
    files[Path("café\udcff.csv")] = "name,born\nÉmile,1840\n".encode()
    files[Path("a.html")] = b"<h1>One</h1><p>two<table><tr><td>x<td>y</table>"
    for file, data in files.items():
        kind = loaders.kind_of(file) or "text"
        assert process.load(file, data, kind=kind) == load(file, data)


def pdf(content: bytes, box: str = "0 0 200 200") -> bytes:
    """A page of that content, packed."""
    packed = zlib.compress(content, 9)
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox [{box}] /Contents 4 0 R /Resources "
        "<< /Font << /F << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>".encode(),
        b"<< /Length %d /Filter /FlateDecode >>\nstream\n" % len(packed) + packed + b"\nendstream",
    ]
    data, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(data))
        data += b"%d 0 obj\n" % number + body + b"\nendobj\n"
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    data += b"xref\n0 5\n0000000000 65535 f \n" + table
    return data + b"trailer\n<< /Size 5 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % len(data)


@pytest.mark.slow
@pytest.mark.parametrize("process", [{"loader_mb": 300}], indirect=True)
def test_a_small_pdf_that_takes_gigabytes_is_refused(process: LoaderProcess) -> None:
    bomb = pdf(b"BT /F 9 Tf 9 9 Td (a b c d e f g h) Tj ET\n" * 2_000_000)
    assert len(bomb) < 600_000
    with pytest.raises(DocumentError, match="takes more than 300 MB of memory; see the setting loader_mb"):
        process.load(Path("bomb.pdf"), bomb, kind="pdf")


def test_text_and_markdown_need_no_child_and_every_other_format_has_one(tmp_path: Path) -> None:
    in_process = {name for name in loaders.members.names(own=False) if loaders.is_read_in_process(name)}
    assert in_process == {"text", "markdown", "marked-text"}  # lines of text, by patterns of linear time
    (tmp_path / "a.md").write_text("# Tea\n\nGreen tea.", "utf-8")
    before = children()
    reader, file = FileReader(load_settings()), FoundFile(str(tmp_path), "a.md")
    reader.expect(file)
    assert reader.load(file, reader.read(file, 10)).title == "Tea"
    assert children() == before
