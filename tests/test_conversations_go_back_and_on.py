"""A conversation can be gone back in, forked, and gone on with after its process was killed; nothing is lost."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import vademecum
from vademecum import Notebook
from vademecum.cli import run
from vademecum.core.errors import UsageError
from vademecum.graph_runs import final_event
from vademecum.memory.checkpoints import KEEP

ROOT = Path(__file__).parent.parent
CATS = "A cat sleeps up to sixteen hours a day.\n"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("notes")
    (folder / "cats.md").write_text(CATS, "utf-8")
    home = tmp_path_factory.mktemp("workspace")
    vademecum.open(folder, home=home).close()
    return home


@pytest.fixture
def notes(home: Path) -> Notebook:
    return vademecum.open(home=home, model="extractive")


def say(notes: Notebook, thread: str, *messages: str) -> None:
    for message in messages:
        final_event(notes.stream(message, graph="chat", thread=thread))


def questions(notes: Notebook, thread: str) -> list[str]:
    return [turn.question for turn in notes.history(thread)]


@pytest.mark.slow
def test_every_step_of_a_conversation_is_told(notes: Notebook) -> None:
    say(notes, "steps", "Hello!", "How long does a cat sleep?")
    found = notes.thread_history("steps")
    graph: Any = notes.graph("chat", thread="steps")
    states = list(graph.get_state_history({"configurable": {"thread_id": "steps"}}))
    assert [it.next for it in found] == [state.next for state in states]
    assert [it.id for it in found] == [state.config["configurable"]["checkpoint_id"] for state in states]
    ran = [it.nodes for it in reversed(found) if it.nodes and it.nodes != ("__start__",)]
    spoken = [("small_talk",), ("answer",)]
    assert ran == [it for one in spoken for it in (("remember",), ("route",), one, ("update_memory",))]
    assert [it.step for it in found] == list(range(10, -2, -1))
    assert {it.question for it in found[:6]} == {"How long does a cat sleep?"}
    assert [it.turns for it in found if not it.next] == [2, 1]


@pytest.mark.slow
def test_a_fork_goes_on_from_an_earlier_turn_and_leaves_the_old_one_alone(notes: Notebook) -> None:
    say(notes, "old", "Hello!", "How long does a cat sleep?", "Thanks!")
    before = notes.thread_history("old")
    first_end = [it for it in before if not it.next][-1]
    for at in (first_end.id, str(first_end.step), first_end.id[:-4], first_end.id[-12:]):
        new = notes.fork("old", at=at)
        assert questions(notes, new) == ["Hello!"]
    assert new == "old-5"
    say(notes, "old-2", "Bye!")
    assert questions(notes, "old-2") == ["Hello!", "Bye!"]
    assert questions(notes, "old-3") == ["Hello!"]
    assert notes.thread_history("old") == before
    assert notes.fork("old", to="copy") == "copy"
    assert [it._replace(id="") for it in notes.thread_history("copy")] == [it._replace(id="") for it in before]


@pytest.mark.slow
def test_a_fork_in_the_middle_of_a_turn_runs_the_rest_of_it_anew(notes: Notebook) -> None:
    say(notes, "mid", "How long does a cat sleep?")
    at = next(it for it in notes.thread_history("mid") if it.next == ("answer",))
    assert notes.fork("mid", at=at.id, to="mid2") == "mid2"
    assert notes.unfinished("mid2") == "How long does a cat sleep?"
    steps = [(event.node, event.done) for event in notes.go_on("mid2") if type(event).__name__ == "Step"]
    assert steps[0] == ("answer", False)
    assert steps[-1] == ("update_memory", True)
    assert "sixteen" in notes.history("mid2")[0].reply


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda notes: notes.fork("nobody"), "no conversation 'nobody'"),
        (lambda notes: notes.thread_history("nobody"), "no conversation 'nobody'"),
        (lambda notes: notes.go_on("nobody"), "no conversation 'nobody'"),
        (lambda notes: notes.fork("bad", at="99"), "no checkpoint is named '99'"),
        (lambda notes: notes.fork("bad", at=""), "no checkpoint is named ''"),
        (lambda notes: notes.fork("bad", at="1f"), "checkpoints are named '1f'|checkpoints are named"),
        (lambda notes: notes.fork("bad", to="bad"), "already"),
        (lambda notes: notes.fork("bad", to="../x"), "cannot name a conversation"),
        (lambda notes: notes.go_on("bad"), "nothing of conversation 'bad' is unfinished"),
    ],
)
def test_what_is_not_there_is_told_in_one_line(notes: Notebook, call: Callable[[Notebook], Any], told: str) -> None:
    if "bad" not in [thread.id for thread in notes.threads()]:
        say(notes, "bad", "Hello!")
    with pytest.raises(UsageError, match=told) as raised:
        call(notes)
    assert "\n" not in str(raised.value)
    assert questions(notes, "bad") == ["Hello!"]


@pytest.mark.slow
def test_the_way_back_stays_bounded_and_the_conversation_whole(notes: Notebook) -> None:
    said = ["Hello!", "Thanks!"] * 8
    say(notes, "long", *said)
    assert len(notes.thread_history("long")) == KEEP
    assert questions(notes, "long") == said
    oldest = notes.thread_history("long")[-1]
    assert questions(notes, notes.fork("long", at=oldest.id, to="short")) == said[: oldest.turns]


KILLED = """
import sys, time
from pathlib import Path
sys.path[:0] = [{root!r}]
import vademecum
from vademecum.graphs import chat

def slow(*_: object, **__: object) -> None:
    Path({mark!r}).touch()
    time.sleep(600)

notes = vademecum.open(home={home!r}, model="extractive")
if sys.argv[1] == "summary":
    chat._remembering.summarised = slow
else:
    notes.library.weigh = slow
list(notes.stream(sys.argv[2], graph="chat", thread="killed-" + sys.argv[1]))
"""
"""A run that stands still in a node: in the answer graph within, or in the last node after the reply is there."""


@pytest.mark.slow
@pytest.mark.parametrize("where", ["answer", "summary"])
def test_a_run_that_was_killed_goes_on_where_it_was(
    where: str, home: Path, notes: Notebook, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    thread, question = f"killed-{where}", "How long does a cat sleep?"
    say(notes, thread, "Hello!")
    mark = tmp_path / "mark"
    code = KILLED.format(root=str(ROOT), mark=str(mark), home=str(home))
    process = subprocess.Popen([sys.executable, "-c", code, where, question])
    deadline = time.monotonic() + 90
    while not mark.exists() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    assert mark.exists()
    time.sleep(0.5)  # checkpoints are written beside the next step
    os.kill(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    assert notes.unfinished(thread) == question
    turns = notes.history(thread)
    assert [turn.question for turn in turns] == ["Hello!", question]
    assert bool(turns[1].reply) == (where == "summary")
    assert run(["thread", "resume", thread, "--home", str(home), "--model", "extractive", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert "sixteen" in told["reply"]
    assert told["answer"]["citations"][0]["quote"] == CATS.strip()
    assert [turn.question for turn in notes.history(thread)] == ["Hello!", question]
    assert run(["thread", "resume", thread, "--home", str(home)]) == 2
    assert "nothing of conversation" in capsys.readouterr().err
    assert len(notes.history(thread)) == 2
    say(notes, thread, "Thanks!")
    assert questions(notes, thread) == ["Hello!", question, "Thanks!"]


def test_the_commands_show_fork_and_forget(home: Path, notes: Notebook, capsys: pytest.CaptureFixture[str]) -> None:
    def vade(*arguments: str) -> Any:
        assert run([*arguments, "--home", str(home), "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    say(notes, "shown", "Hello!", "Thanks!")
    checkpoints = vade("thread", "history", "shown")["checkpoints"]
    assert {"id", "step", "nodes", "next", "written", "question", "turns"} == set(checkpoints[0])
    assert vade("thread", "fork", "shown", "--at", "4") == {"id": "shown-2", "from": "shown", "turns": 1}
    assert vade("thread", "forget", "shown", "shown-2") == {"forgotten": ["shown", "shown-2"]}
    assert run(["thread", "show", "shown", "--home", str(home)]) == 2


def test_a_question_to_a_conversation_that_was_cut_off_says_so_and_is_answered(
    home: Path, notes: Notebook, capsys: pytest.CaptureFixture[str]
) -> None:
    say(notes, "cut", "How long does a cat sleep?")
    at = next(it for it in notes.thread_history("cut") if it.next == ("route",))
    notes.fork("cut", at=at.id, to="cut2")
    arguments = ["ask", "How many hours does a cat sleep?", "--thread", "cut2", "--home", str(home)]
    assert run([*arguments, "--model", "extractive", "--json"]) == 0
    out, err = capsys.readouterr()
    assert "vade thread resume cut2" in err
    assert "sixteen" in json.loads(out)["answer"]
    assert notes.unfinished("cut2") is None
    assert len(notes.history("cut2")) == 2
