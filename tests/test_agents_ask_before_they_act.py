"""Before a call that does more than return text a person is asked; what they decide holds, also after a kill."""

import json
import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from model_server import calls, says, serving

import vademecum
from vademecum import Notebook, agents
from vademecum.agents import Decision, Waiting
from vademecum.cli import run
from vademecum.core.errors import UsageError

ROOT = Path(__file__).resolve().parent.parent
VADE = [sys.executable, "-m", "vademecum"]

NOTE = '''"""Keep a note."""

from pathlib import Path

from langchain_core.tools import BaseTool, StructuredTool

from vademecum.tools import Services

KEPT = Path(__file__).parent.parent / "kept.txt"


def build(services: Services) -> BaseTool:
    def keep_note(text: str) -> str:
        """Keep a note."""
        with KEPT.open("a") as file:
            file.write(text + "\\n")
        return f"kept {text!r}"

    return StructuredTool.from_function(keep_note, metadata={"effect": "writes"})
'''


@pytest.fixture
def plugins(tmp_path: Path) -> Path:
    """A folder with a tool that writes to `kept.txt`."""
    (tmp_path / "plugins" / "tools").mkdir(parents=True)
    (tmp_path / "plugins" / "tools" / "keep_note.py").write_text(NOTE)
    return tmp_path / "plugins"


@pytest.fixture
def notes(tmp_path: Path, plugins: Path, monkeypatch: pytest.MonkeyPatch) -> Notebook:
    from vademecum import tools

    monkeypatch.setattr(tools, "__path__", [*tools.__path__])
    monkeypatch.delitem(sys.modules, "vademecum.tools.keep_note", raising=False)
    return vademecum.open(home=tmp_path / "home", plugins=str(plugins))


def kept(plugins: Path) -> list[str]:
    file = plugins / "kept.txt"
    return file.read_text().splitlines() if file.exists() else []


ASKS = calls(("keep_note", {"text": "buy milk"}))

DECISIONS = {
    "approve": ("approve", ["buy milk"], "kept 'buy milk'", False),
    "edit": ('edit:{"text": "buy tea"}', ["buy tea"], "kept 'buy tea'", False),
    "reject": ("reject:not today", [], "not today", True),
    "respond": ("respond:it is kept already", [], "it is kept already", False),
}


@pytest.mark.slow
@pytest.mark.parametrize(("written", "notes_kept", "result", "failed"), DECISIONS.values(), ids=list(DECISIONS))
def test_what_a_person_decides_is_what_happens(
    written: str, notes_kept: list[str], result: str, failed: bool, notes: Notebook, plugins: Path
) -> None:
    with serving(ASKS, says("Done.")) as server:
        stopped = notes.agent("Keep a note to buy milk", model=server.url)
        assert [(it.tool, it.args) for it in stopped.waiting] == [("keep_note", {"text": "buy milk"})]
        assert "writes" in stopped.waiting[0].about
        assert (stopped.text, kept(plugins)) == ("", [])
        assert len(server.seen) == 1
        answer = notes.resume(stopped.thread_id, written)
        assert (answer.text, answer.waiting, kept(plugins)) == ("Done.", (), notes_kept)
        assert result in answer.calls[0].result
        assert answer.calls[0].failed == failed
        assert result in server.seen[1]["messages"][-1]["content"]


@pytest.mark.slow
def test_an_edited_call_is_told_as_it_was_run(notes: Notebook, plugins: Path) -> None:
    with serving(ASKS, says("Done.")) as server:
        answer = notes.agent(
            "Keep a note",
            model=server.url,
            decide=lambda call: Decision("edit", args={"text": call.args["text"].upper()}),
        )
    assert [call.args for call in answer.calls] == [{"text": "BUY MILK"}]
    assert kept(plugins) == ["BUY MILK"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("approve", "told", "notes_kept"), [("all", "kept 'buy milk'", ["buy milk"]), ("none", "does not have it", [])]
)
def test_nobody_is_asked_where_all_or_none_may_run(
    approve: Any, told: str, notes_kept: list[str], notes: Notebook, plugins: Path
) -> None:
    with serving(ASKS, says("Done.")) as server:
        answer = notes.agent("Keep a note", model=server.url, approve=approve)
    assert (answer.text, kept(plugins)) == ("Done.", notes_kept)
    assert told in answer.calls[0].result


@pytest.mark.slow
def test_what_only_returns_text_runs_unasked_beside_what_waits(notes: Notebook, plugins: Path) -> None:
    both = calls(("calculator", {"expression": "6*7"}), ("keep_note", {"text": "42"}))
    with serving(calls(("calculator", {"expression": "1+1"})), both, says("Done.")) as server:
        stopped = notes.agent("Work it out and keep it", model=server.url)
        assert [call.result for call in stopped.calls] == ["1+1 = 2"]
        assert "read what calculator returned" in stopped.waiting[0].about
        answer = notes.resume(stopped.thread_id, "approve")
    assert [call.result for call in answer.calls] == ["1+1 = 2", "6*7 = 42", "kept '42'"]
    assert kept(plugins) == ["42"]


@pytest.mark.slow
def test_several_calls_take_a_decision_each_or_one_for_all(notes: Notebook, plugins: Path) -> None:
    two = calls(("keep_note", {"text": "a"}), ("keep_note", {"text": "b"}))
    with serving(two, says("One."), two, says("None.")) as server:
        stopped = notes.agent("Keep two", model=server.url, thread="t")
        with pytest.raises(UsageError, match="2 calls wait"):
            notes.resume("t", 'edit:{"text": "c"}')
        notes.resume(stopped.thread_id, "reject", "approve")
        assert kept(plugins) == ["b"]
        notes.agent("Keep two", model=server.url, thread="t")
        assert notes.resume("t", "reject").text == "None."
    assert kept(plugins) == ["b"]


@pytest.mark.slow
def test_a_decision_that_does_not_fit_is_refused_and_the_call_still_waits(notes: Notebook, plugins: Path) -> None:
    with serving(ASKS, says("Done.")) as server:
        notes.agent("Keep a note", model=server.url, thread="t")
        for wrong, told in (
            ("maybe", "approve, reject"),
            ("edit:{", "JSON object"),
            ('edit:{"text": 5}', "valid string"),
            ("edit:{}", "field required"),
            ('edit:{"words": "x"}', "takes no 'words'"),
            ("respond:", "needs the text"),
            ("approve:really", "approve, reject"),
        ):
            with pytest.raises(UsageError, match=told):
                notes.resume("t", wrong)
        assert len(notes.waiting("t")) == 1
        with pytest.raises(UsageError, match="waits for a decision"):
            notes.agent("Something else", model=server.url, thread="t")
        assert notes.resume("t", "approve").text == "Done."
    assert kept(plugins) == ["buy milk"]


@pytest.mark.slow
def test_a_run_resumed_twice_or_not_there_is_told_in_words(notes: Notebook, plugins: Path) -> None:
    with serving(ASKS, says("Done."), ASKS, says("Done.")) as server:
        notes.agent("Keep a note", model=server.url, thread="t")
        notes.resume("t", "approve")
        unnamed = notes.agent("Keep a note", model=server.url).thread_id
        notes.resume(unnamed, "reject")
    for thread, told in (("t", "nothing waits"), (unnamed, "no conversation"), ("nobody", "no conversation")):
        with pytest.raises(UsageError, match=told):
            notes.resume(thread, "approve")
    assert kept(plugins) == ["buy milk"]


@pytest.mark.slow
def test_a_task_without_a_conversation_leaves_nothing_behind(notes: Notebook) -> None:
    with serving(ASKS, says("Done."), says("Hello!")) as server:
        stopped = notes.agent("Keep a note", model=server.url)
        assert [thread.id for thread in notes.threads()] == [stopped.thread_id]
        assert notes.resume(stopped.thread_id, "approve").thread_id == ""
        assert notes.agent("Hello", model=server.url).text == "Hello!"
    assert notes.threads() == []


BEGIN = """
import sys, time, vademecum
home, plugins, url, *threads = sys.argv[1:]
notes = vademecum.open(home=home, plugins=plugins)
def decide(call):
    print("asked", call.thread, flush=True)
    time.sleep(60)
for thread in threads:
    notes.agent("Keep a note to buy milk", model=url, thread=thread)
notes.agent("Keep a note to buy milk", model=url, decide=decide)
"""
GO_ON = """
import sys, vademecum
home, plugins, *decided = sys.argv[1:]
notes = vademecum.open(home=home, plugins=plugins)
for thread, written in zip(decided[::2], decided[1::2]):
    print(notes.resume(thread, written).model_dump_json(), flush=True)
"""


@pytest.mark.slow
def test_a_process_killed_while_it_asks_is_resumed_by_another(plugins: Path, tmp_path: Path) -> None:
    home, python = str(tmp_path / "home"), [sys.executable, "-c"]
    with serving(*[ASKS] * 5, *[says("Done.")] * 5) as server:
        begin = [*python, BEGIN, home, str(plugins), server.url, *DECISIONS]
        with subprocess.Popen(begin, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout
            asked, unnamed = process.stdout.readline().split()
            process.send_signal(signal.SIGKILL)
        assert (asked, process.returncode, kept(plugins)) == ("asked", -signal.SIGKILL, [])
        decided = [word for name, (written, *_) in DECISIONS.items() for word in (name, written)]
        go_on = [*python, GO_ON, home, str(plugins), *decided, unnamed, "approve"]
        done = subprocess.run(go_on, cwd=ROOT, capture_output=True, text=True, check=True)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    for answer, (_, _, result, failed) in zip(answers, [*DECISIONS.values(), DECISIONS["approve"]], strict=True):
        assert (answer["text"], answer["waiting"], answer["calls"][0][3]) == ("Done.", [], failed)
        assert result in answer["calls"][0][2]
    assert kept(plugins) == ["buy milk", "buy tea", "buy milk"]


@pytest.mark.slow
def test_at_a_terminal_a_person_is_asked_until_the_reply_is_a_decision(
    plugins: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VADE_PLUGINS", str(plugins))
    master, slave = pty.openpty()
    with serving(ASKS, says("Done.")) as server:
        command = [*VADE, "--home", str(tmp_path / "home"), "agent", "Keep a note", "-m", server.url]
        process = subprocess.Popen(command, cwd=ROOT, stdin=slave, stdout=slave, stderr=slave)
        for typed in ("perhaps", "edit", '{"text": "buy bread"}'):
            time.sleep(0.1)
            os.write(master, f"{typed}\n".encode())
        shown = b""
        while b"Done." not in shown and process.poll() is None:
            shown += os.read(master, 65536)
        assert process.wait(timeout=30) == 0
    os.close(slave)
    assert "no decision 'perhaps'" in shown.decode()
    assert kept(plugins) == ["buy bread"]


@pytest.mark.slow
def test_without_a_terminal_it_stops_and_says_how_to_go_on(
    plugins: Path, notes: Notebook, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("VADE_PLUGINS", str(plugins))
    monkeypatch.setenv("VADE_HOME", str(notes.settings.home))
    with serving(ASKS, says("Done.")) as server:
        assert run(["agent", "Keep a note", "-m", server.url, "--thread", "t"]) == 0
        shown = capsys.readouterr().out
        assert "vade agent --resume t --decision approve" in shown
        assert """--decision 'edit:{"text": "buy milk"}'""" in shown
        assert run(["agent", "--resume", "t", "--decision", "approve"]) == 0
    assert "Done." in capsys.readouterr().out
    assert kept(plugins) == ["buy milk"]
    for wrong, told in (
        (["agent", "--resume", "t", "--decision", "approve"], "nothing waits"),
        (["agent", "--resume", "nobody", "--decision", "approve"], "no conversation"),
        (["agent"], "give a task"),
        (["agent", "do it", "--resume", "t"], "give a task"),
        (["agent", "do it", "--decision", "approve"], "--resume"),
        (["agent", "--resume", "t", "--tools", "calculator"], "for tasks"),
    ):
        assert run(wrong) == 2
        assert told in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.parametrize(("written", "notes_kept", "result", "failed"), DECISIONS.values(), ids=list(DECISIONS))
def test_the_chat_asks_too_and_goes_on_where_it_was(
    written: str, notes_kept: list[str], result: str, failed: bool, notes: Notebook, plugins: Path
) -> None:
    with serving(ASKS, says("Done."), says("You are welcome.")) as server:
        told = list(notes.stream("What is 6 * 7?", graph="chat", thread="c", model=server.url))
        assert (told[-1].reply, kept(plugins)) == ("", [])
        assert [(it.tool, it.thread) for it in notes.waiting("c")] == [("keep_note", "c")]
        answer = notes.resume("c", written, model=server.url)
        assert (answer.text, kept(plugins)) == ("Done.", notes_kept)
        assert (result in answer.calls[0].result, answer.calls[0].failed) == (True, failed)
        thanked = list(notes.stream("Thanks!", graph="chat", thread="c", model=server.url))[-1]
        assert thanked.reply == "You are welcome."
    assert [turn.reply for turn in notes.history("c")] == ["Done.", "You are welcome."]


@pytest.mark.slow
def test_a_chat_that_is_not_stored_runs_no_call_that_needs_leave(notes: Notebook, plugins: Path) -> None:
    with serving(ASKS, says("I may not.")) as server:
        told = list(notes.stream("What is 6 * 7?", graph="chat", model=server.url))[-1]
    assert (told.reply, kept(plugins)) == ("I may not.", [])
    assert "does not have it" in told.calls[0].result


def test_decisions_are_read_as_they_are_written() -> None:
    assert agents.decision(" Reject : too dear ") == Decision("reject", message="too dear")
    assert agents.decision("respond: a: b") == Decision("respond", message="a: b")
    assert Waiting("keep_note", {}, "").thread == ""
    with pytest.raises(UsageError, match="no decision"):
        Decision("delay")  # ty: ignore[invalid-argument-type]
    with pytest.raises(UsageError, match="arguments"):
        Decision("edit")
