"""How the command behaves where a person, or another program, is at its other end."""

import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import click
import pytest

import vademecum.cli
from vademecum.cli import run, vade
from vademecum.cli._terminal import plain

ROOT = Path(__file__).resolve().parent.parent
VADE = [sys.executable, "-m", "vademecum"]
EVIL = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202eevil"
PARROT = f"The password of the vault is a green \x1b[31mparrot\u202e of the harbour. {'Ships came. ' * 40}\n"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("notes")
    (folder / "cats.md").write_text("# Cats\n\nA cat sleeps up to sixteen hours a day.\n", "utf-8")
    (folder / f"ev{EVIL}il.md").write_text(PARROT, "utf-8")
    home = tmp_path_factory.mktemp("workspace")
    assert run(["ingest", str(folder), "--home", str(home)]) == 0
    return home


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments",
    [
        ["--json", "--home", "HOME", "search", "cats"],
        ["search", "cats", "--json", "--home", "HOME"],
        ["--json", "search", "--home", "HOME", "cats"],
        ["--home", "HOME", "thread", "list", "--json"],
        ["--json", "thread", "--home", "HOME", "list"],
    ],
)
def test_shared_options_stand_before_or_after(
    arguments: list[str], home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert run([str(home) if word == "HOME" else word for word in arguments]) == 0
    assert json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("name", vade.list_commands(click.Context(vade)))
def test_every_command_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([name, "--help"]) == 0
    shown = capsys.readouterr().out
    assert len(shown.splitlines()) > 5
    assert all(option in shown for option in ("--home", "--json", "--debug"))


@pytest.mark.slow
def test_the_answer_shows_numbered_citations_with_place_and_quote(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert run(["ask", "How many hours does a cat sleep?", "--model", "extractive", "--home", str(home)]) == 0
    shown = capsys.readouterr().out
    assert "✓ A cat sleeps up to sixteen hours a day. [1]" in shown
    assert "[1] cats.md, line 3\n    “A cat sleeps up to sixteen hours a day.”" in shown
    assert "1 quoted · model extractive" in shown


@pytest.mark.slow
def test_an_abstention_says_so_and_shows_what_was_nearest(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert run(["ask", "Who signed the treaty of Westphalia?", "--model", "extractive", "--home", str(home)]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("This is not in your documents.\nThe nearest passages:\n[1] ")


@pytest.mark.slow
@pytest.mark.parametrize(
    "command", [["ask", "What is the password of the vault?", "-m", "extractive"], ["search", "parrot"], ["sources"]]
)
def test_documents_and_their_names_cannot_command_the_terminal(
    command: list[str], home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert run([*command, "--home", str(home)]) == 0
    shown = capsys.readouterr().out
    assert "il.md" in shown
    assert not set(shown) & set("\x1b\x07\x9b\u202e")
    assert run([*command, "--home", str(home), "--json"]) == 0
    assert capsys.readouterr().out.isascii()


def test_errors_cannot_command_the_terminal_either(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert run(["forget", EVIL, "--home", str(home)]) == 2
    assert not set(capsys.readouterr().err) & set("\x1b\x07\x9b\u202e")


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out.startswith("vade ")


@pytest.mark.slow
def test_ctrl_c_ends_with_130_and_without_a_traceback(home: Path) -> None:
    process = subprocess.Popen(
        [*VADE, "ask", "--batch", "-", "-m", "extractive", "--home", str(home)],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdin
    assert process.stdout
    process.stdin.write('{"id": 1, "question": "How many hours does a cat sleep?"}\n')
    process.stdin.flush()
    assert json.loads(process.stdout.readline())["id"] == 1  # a line comes as soon as it is answered
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in err


@pytest.mark.slow
def test_a_reader_that_goes_away_ends_it_quietly(home: Path, tmp_path: Path) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_text('{"id": 1, "question": "How many hours does a cat sleep?"}\n' * 300)
    process = subprocess.Popen(
        [*VADE, "search", "--batch", str(rows), "--home", str(home)],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout
    process.stdout.readline()
    process.stdout.close()
    _, err = process.communicate(timeout=60)
    assert err == b""


@pytest.mark.slow
def test_ingestion_shows_its_progress_on_a_terminal_and_none_where_piped(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("Cats sleep.\n")
    command = [*VADE, "ingest", str(tmp_path), "--home", str(tmp_path / "home")]
    master, slave = pty.openpty()
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=slave) as process:
        shown = _read_all(master, process)
    os.close(slave)
    assert b"1 passages" in shown or b"0/1 files" in shown
    again = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    assert again.stderr == b""
    assert b"1 unchanged" in again.stdout


def _read_all(master: int, process: "subprocess.Popen[bytes]") -> bytes:
    shown, deadline = b"", time.monotonic() + 60
    while time.monotonic() < deadline:
        ready, _, _ = select.select([master], [], [], 0.2)
        if ready:
            shown += os.read(master, 65536)
        elif process.poll() is not None:
            break
    return shown


@pytest.mark.slow
def test_a_command_loads_nothing_that_only_others_need(home: Path) -> None:
    heavy = ["streamlit", "openai", "langchain_openai", "langchain.agents", "xllamacpp", "langgraph.prebuilt", "pandas"]
    code = (
        "import sys; from vademecum.cli import run\n"
        "run(['ask', 'How many hours does a cat sleep?', '-m', 'extractive', '--json'])\n"
        f"print([name for name in {heavy!r} if name in sys.modules])"
    )
    environment = {**os.environ, "VADE_HOME": str(home)}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True)
    answer, loaded = done.stdout.splitlines()
    assert json.loads(answer)["model"] == "extractive"
    assert loaded == "[]"


@pytest.mark.slow
@pytest.mark.parametrize("code", ["import vademecum.cli", "from vademecum.cli import run; run(['--help'])"])
def test_to_import_the_command_and_to_list_the_commands_is_cheap(code: str) -> None:
    heavy = ["langchain_core", "numpy", "langgraph", "rich", "httpx", "pandas", "openai"]
    code = f"import sys; {code}; print([name for name in {heavy!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
    assert vademecum.cli.__file__.startswith(str(ROOT))


@pytest.mark.slow
@pytest.mark.parametrize("command", [["sources"], ["thread", "list"]])
def test_a_list_loads_no_index_and_no_graph(command: list[str], home: Path) -> None:
    heavy = ["chromadb", "onnxruntime", "langgraph.graph", "langgraph_sdk", "langchain.agents", "openai", "pandas"]
    code = (
        f"import sys; from vademecum.cli import run; assert run({command!r}) == 0\n"
        f"print([name for name in {heavy!r} if name in sys.modules])"
    )
    environment = {**os.environ, "VADE_HOME": str(home)}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "[]", done.stderr


SEQUENCES = (
    "\x1b]8;;http://evil.example\x07link", "\x1b]52;c;aGk=\x07", "\x9b31m", "\x90q\x9c", "ab\x08\x08cd", "one\rtwo",
    "a\u202eb", "a\u2066b\u2069", "p\u200baypal", "a\u200db", "x\u2028y", "\ufeffz", "flag\U000e0041", "a\u2060b",
    "\x00", "\x7f",
)  # fmt: skip
READABLE = (
    "שלום עולם, 3 < 5", "مرحبا بالعالم", "می\u200cخواهم", "क\u094d\u200dष", "👩\u200d👩\u200d👧 ❤\ufe0f", "e\u0301 ≠ é",
    "עברית\u200f.", "\U0001f3f4\U000e0067\U000e0062\U000e007f", "one\ttwo\nthree", "© ™ …",
)  # fmt: skip


def test_what_commands_a_terminal_is_marked_and_writing_of_all_scripts_stays() -> None:
    shown = [plain(text) for text in SEQUENCES]
    assert all("\ufffd" in text for text in shown)
    assert not set("".join(shown)) & set(
        "".join(map(chr, range(0x80, 0xA0))) + "\x1b\x07\x08\r\u202e\u2066\u200b\u2028\ufeff"
    )
    assert [plain(text) for text in READABLE] == list(READABLE)


@pytest.mark.parametrize(
    "command",
    [
        *(["tools", "call", EVIL], ["trace", "show", EVIL], ["prompts", "show", EVIL], ["thread", "show", EVIL]),
        *(["chain", EVIL], ["eval", "show", EVIL], ["graph", EVIL], ["--debug", "ask", "x", "-m", EVIL], [EVIL]),
    ],
)
def test_no_command_repeats_what_commands_a_terminal(
    command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*command, "--home", str(tmp_path)]) != 0
    shown = capsys.readouterr()
    assert not set(shown.out + shown.err) & set("\x1b\x07\x9b\u202e")
