"""`vade chat` and `vade memory`: a conversation by lines, and what it remembers, seen, corrected and forgotten."""

import io
import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import AIMessage
from langgraph.types import interrupt

from vademecum.agents._decisions import REFUSED
from vademecum.cli import run
from vademecum.graphs import chat

ROOT = Path(__file__).resolve().parent.parent
CATS = "A cat sleeps up to sixteen hours a day."


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("notes")
    (folder / "cats.md").write_text(f"# Cats\n\n{CATS}\n", "utf-8")
    home = tmp_path_factory.mktemp("workspace")
    assert run(["ingest", str(folder), "--home", str(home)]) == 0
    return home


@pytest.fixture
def vade(home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Any:
    """The command, on that workspace, without a language model: (exit code, stdout, stderr)."""
    monkeypatch.setenv("VADE_HOME", str(home))
    monkeypatch.setenv("VADE_MODEL", "extractive")

    def vade(*arguments: str, said: str | None = None) -> tuple[int, str, str]:
        capsys.readouterr()
        if said is not None:
            monkeypatch.setattr(sys, "stdin", io.StringIO(said))
        return run(list(arguments)), *capsys.readouterr()

    return vade


@pytest.mark.slow
def test_each_line_of_standard_input_is_a_message(vade: Any) -> None:
    said = f"Hello!\n\nHow many hours does a cat sleep?\nWhat is 12 * 12?\n{'x' * 5000}\nThanks!\n/quit\nnever read\n"
    code, out, err = vade("chat", said=said)
    assert code == 1  # one line was too long
    assert out.startswith("Hello! Ask me anything about your documents.\n✓ " + CATS + " [1]")
    assert "[1] cats.md, line 3" in out
    assert "12 * 12 = 144" in out
    assert out.endswith("look up in your documents?\n")
    assert [line.split(":")[:2] for line in err.splitlines()] == [["vade", " error"]]
    assert json.loads(vade("thread", "list", "--json")[1]) == {"threads": []}


@pytest.mark.slow
def test_with_json_each_reply_is_a_line(vade: Any) -> None:
    code, out, _ = vade("chat", "--json", said="I live in Lisbon.\nYes\nHow many hours does a cat sleep?\n")
    told, kept, answered = map(json.loads, out.splitlines())
    assert code == 0
    keys = {"question", "reply", "answer", "calls", "proposed", "kept", "thread_id"}
    assert all(set(line) == keys for line in (told, kept, answered))
    assert (told["proposed"], told["kept"]) == (["I live in Lisbon."], [])
    assert (kept["proposed"], kept["kept"]) == ([], ["I live in Lisbon."])
    assert answered["answer"]["citations"][0]["quote"] == CATS
    [fact] = json.loads(vade("memory", "list", "--json")[1])["facts"]
    vade("memory", "forget", fact["id"])


@pytest.mark.slow
def test_one_message_goes_on_with_a_named_conversation(vade: Any) -> None:
    assert vade("chat", "My name is Ada.", "--thread", "ada")[0] == 0
    assert (
        "You told me: “My name is Ada.”" in vade("chat", "What is my name?", "--thread", "ada", "--memory", "both")[1]
    )
    assert json.loads(vade("thread", "list", "--json")[1])["threads"][0]["turns"] == 2
    assert vade("thread", "forget", "ada")[0] == 0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["chat", ""], "empty"),
        (["chat", "Hello!", "--thread", "../x"], "cannot name a conversation"),
        (["chat", "Hello!", "--user", "a b"], "cannot name a user"),
        (["chat", "Hello!", "--image", "/nowhere.png"], "/nowhere.png: no such file"),
        (["chat", "Hello!", "--image", str(ROOT / "pyproject.toml")], "is not an image"),
        (["chat", "--image", "x.png"], "goes with a message"),
        (["memory", "forget"], "--all"),
        (["memory", "forget", "12345678"], "vade memory list"),
        (["memory", "edit", "12345678", "x"], "vade memory list"),
        (["memory", "add", " "], "nothing to remember"),
        (["memory", "list", "--user", "../x"], "cannot name a user"),
    ],
)
def test_a_wrong_call_is_one_line(vade: Any, arguments: list[str], told: str) -> None:
    code, out, err = vade(*arguments)
    assert (code, out) == (2, "")
    assert told in err
    assert err.count("\n") == 1


def test_what_is_remembered_is_seen_corrected_and_forgotten(vade: Any) -> None:
    added = json.loads(vade("memory", "add", "I prefer tea.", "--user", "ada", "--json")[1])
    assert vade("memory", "list")[1].startswith("Nothing is remembered yet")
    vade("memory", "edit", added["id"], "I prefer green tea.", "--user", "ada")
    vade("memory", "add", "I live in Lisbon.", "--user", "ada")
    listed = json.loads(vade("memory", "list", "--user", "ada", "--json")[1])
    assert [fact["text"] for fact in listed["facts"]] == ["I prefer green tea.", "I live in Lisbon."]
    about = json.loads(vade("memory", "list", "--user", "ada", "--about", "Which drink?", "--json")[1])
    assert [fact["text"] for fact in about["facts"]] == ["I prefer green tea."]
    told = vade("chat", "What do I like to drink?", "--user", "ada")[1]
    assert told == "You told me: “I prefer green tea.”\n"
    assert "I prefer green tea." in vade("memory", "forget", added["id"], "--user", "ada")[1]
    assert len(json.loads(vade("memory", "forget", "--all", "--user", "ada", "--json")[1])["forgotten"]) == 1
    assert "have not told me" in vade("chat", "What do I like to drink?", "--user", "ada")[1]


def test_a_setting_turns_proposals_into_memory(vade: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VADE_MEMORY_FACTS", "on")
    assert "remembered: I live in Lisbon." in vade("chat", "I live in Lisbon.", "--user", "bob")[1]
    monkeypatch.setenv("VADE_MEMORY_FACTS", "sometimes")
    assert "memory_facts" in vade("chat", "Hello!")[2]


@pytest.mark.slow
def test_a_person_at_a_terminal_talks_and_leaves(home: Path) -> None:
    command = [sys.executable, "-m", "vademecum", "chat", "--home", str(home), "--model", "extractive"]
    ours, theirs = pty.openpty()
    process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, cwd=ROOT, start_new_session=True)
    os.close(theirs)
    seen = b""

    def wait_for(text: str) -> None:
        nonlocal seen
        deadline = time.monotonic() + 60
        while text.encode() not in seen:
            assert time.monotonic() < deadline, seen.decode(errors="replace")
            if select.select([ours], [], [], 0.2)[0]:
                seen += os.read(ours, 65536)
        seen = seen.partition(text.encode())[2]

    try:
        wait_for("› ")
        os.write(ours, b"How many hours does a cat sleep?\n")
        wait_for("remember")  # the step under way
        wait_for("[1]")
        wait_for("› ")
        os.write(ours, b"I live in Lisbon.\n")
        wait_for("Shall I remember this?")
        wait_for("› ")
        os.write(ours, b"/memory\n")
        wait_for("Nothing is remembered of you.")
        wait_for("› ")
        os.write(ours, b"/image /nowhere.png\n")
        wait_for("no such file")
        wait_for("› ")
        os.write(ours, b"\x04")
        assert process.wait(30) == 0
    finally:
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
        os.close(ours)


@pytest.fixture
def _asking(monkeypatch: pytest.MonkeyPatch) -> None:
    """A node of the chat that stops before a call, as an agent does that needs a person's leave for it."""

    def small_talk(state: Any) -> Any:
        [said] = interrupt({"action_requests": [{"name": "send", "args": {"to": "Bob"}, "description": "It writes."}]})[
            "decisions"
        ]
        return {"messages": [AIMessage("It is done." if said["type"] == "approve" else said["message"])]}

    monkeypatch.setattr(chat, "small_talk", small_talk)


@pytest.mark.slow
@pytest.mark.usefixtures("_asking")
@pytest.mark.parametrize(("decided", "reply"), [("approve", "It is done."), ("reject:Not now.", "Not now.")])
@pytest.mark.parametrize("thread", [[], ["--thread", "asked"]])
def test_a_person_is_asked_before_a_call_that_needs_their_leave(
    vade: Any, monkeypatch: pytest.MonkeyPatch, decided: str, reply: str, thread: list[str]
) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    monkeypatch.setattr("click.prompt", lambda *_, **__: decided)
    code, out, err = vade("chat", "Hello!", *thread)
    assert code == 0
    assert out.startswith(reply)
    assert 'send {"to": "Bob"}' in err


@pytest.mark.usefixtures("_asking")
def test_where_nobody_can_be_asked_no_such_call_runs(vade: Any) -> None:
    assert " ".join(vade("chat", said="Hello!\n")[1].split()).startswith(" ".join(REFUSED.split()))
