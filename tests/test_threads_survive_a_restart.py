"""Conversations live in checkpoints: they go on after a restart, stay apart, and can be listed, pruned and deleted."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, ToolMessage
from scripted import Scripted, SmallLibrary, draft

from vademecum import mending
from vademecum.core.errors import UsageError, WorkspaceError
from vademecum.core.types import Answer
from vademecum.graphs import answer, chat
from vademecum.memory.buffer import recent
from vademecum.memory.checkpoints import conversation, forget, open_checkpointer, prune, threads
from vademecum.memory.conversation_index import ConversationIndex
from vademecum.verification.verdict import Verifier

FINISHED = "The bridge was finished in 1874 after seven years of work."
ROOT = Path(__file__).parent.parent


def ask(home: Path, question: str, thread: str = "t", *, graph: Any = answer, model: Any = None, **more: Any) -> dict:
    """One question in a fresh saver and graph, as after a restart."""
    library, saver = SmallLibrary(), open_checkpointer(home)
    context = graph.Context(library, Verifier(), model=model, model_name="scripted" if model else "extractive")
    config = {"configurable": {"thread_id": thread}}
    try:
        state = graph.build(checkpointer=saver).invoke({"question": question}, config, context=context, **more)
        return {**state, "asked": library.asked}
    finally:
        saver.conn.close()


@pytest.mark.slow
@pytest.mark.parametrize("durability", ["exit", "async", "sync"])
def test_a_follow_up_is_understood_after_a_restart(tmp_path: Path, durability: str) -> None:
    ask(tmp_path, "When was the Eads bridge finished?", durability=durability)
    state = ask(tmp_path, "And who was its engineer?", durability=durability)
    assert state["standalone"] == "And who was its engineer? (Eads bridge finished)"
    assert state["asked"] == [state["standalone"]]
    assert [message.type for message in state["messages"]] == ["human", "ai", "human", "ai"]
    assert isinstance(state["answer"], Answer)


@pytest.mark.slow
def test_a_follow_up_is_understood_in_a_new_process(tmp_path: Path) -> None:
    ask(tmp_path, "When was the Eads bridge finished?")
    code = (
        f"import sys; sys.path[:0] = [{str(ROOT / 'tests')!r}, {str(ROOT)!r}]\n"
        "from pathlib import Path; from test_threads_survive_a_restart import ask\n"
        f"print(ask(Path({str(tmp_path)!r}), 'And who was its engineer?')['standalone'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.strip() == "And who was its engineer? (Eads bridge finished)"


def test_a_capable_model_is_shown_the_conversation(tmp_path: Path) -> None:
    ask(tmp_path, "When was the Eads bridge finished?", model=Scripted(script=[draft((FINISHED, FINISHED))]))
    model = Scripted(script=["Who was the engineer of the Eads bridge?", draft((FINISHED, FINISHED))])
    state = ask(tmp_path, "And who built it?", model=model)
    assert state["asked"][-1] == "Who was the engineer of the Eads bridge?"
    assert [message.text for message in model.seen[0][1:3]] == ["When was the Eads bridge finished?", FINISHED]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("question", "alone"),
    [
        ("Why was the ferry sold?", "Why was the ferry sold?"),
        ("Who was James Eads?", "Who was James Eads?"),
        ("Why?", "Why? (Eads bridge finished)"),
        ("What about ferries?", "What about ferries? (Eads bridge finished)"),
        ("How long is it?", "How long is it? (Eads bridge finished)"),
    ],
)
def test_only_a_follow_up_gets_the_earlier_topic(tmp_path: Path, question: str, alone: str) -> None:
    ask(tmp_path, "When was the Eads bridge finished?")
    assert ask(tmp_path, question)["standalone"] == alone


@pytest.mark.slow
def test_threads_do_not_leak_into_each_other(tmp_path: Path) -> None:
    topics = {f"t{number}": f"When was bridge{number} finished?" for number in range(4)}
    saver, library = open_checkpointer(tmp_path), SmallLibrary()
    graph, context = answer.build(checkpointer=saver), answer.Context(library, Verifier())  # ty: ignore[invalid-argument-type]

    def talk(thread: str) -> list[str]:
        config = {"configurable": {"thread_id": thread}}
        said = [topics[thread], *["And who built it?"] * 3]
        return [graph.invoke({"question": each}, config, context=context)["standalone"] for each in said]

    with ThreadPoolExecutor(len(topics)) as pool:
        for thread, standalone in zip(topics, pool.map(talk, topics), strict=True):
            number = thread[1:]
            assert all(f"bridge{number}" in each for each in standalone)
    assert {thread.id: thread.turns for thread in threads(saver)} == dict.fromkeys(topics, 4)


@pytest.mark.slow
def test_conversations_are_listed_read_pruned_and_deleted(tmp_path: Path) -> None:
    for question in ("When was the bridge finished?", "And the ferry?", "Thanks!"):
        ask(tmp_path, question, "one", graph=chat, durability="sync")
    ask(tmp_path, "Who was the engineer?", "two")
    saver = open_checkpointer(tmp_path)
    assert [(thread.id, thread.title, thread.turns) for thread in threads(saver)] == [
        ("two", "Who was the engineer?", 1),
        ("one", "When was the bridge finished?", 3),
    ]
    first, _, last = conversation(saver, "one")
    assert first.question == "When was the bridge finished?"
    assert first.answer
    assert first.answer.citations[0].quote in first.reply
    assert (last.question, last.answer) == ("Thanks!", None)
    assert prune(saver, "one", keep=2) > 10
    assert len(list(saver.list({"configurable": {"thread_id": "one", "checkpoint_ns": ""}}))) == 2
    assert conversation(saver, "one")[0].question == "When was the bridge finished?"
    assert conversation(saver, "two")
    forget(saver, "one")
    with pytest.raises(UsageError, match="'one'"):
        conversation(saver, "one")


def test_a_finished_run_leaves_no_passages_in_its_checkpoint(tmp_path: Path) -> None:
    ask(tmp_path, "When was the bridge finished?", durability="exit")
    saver = open_checkpointer(tmp_path)
    [stored] = saver.list({"configurable": {"thread_id": "t"}})
    values = stored.checkpoint["channel_values"]
    assert isinstance(values["answer"], Answer)
    assert (values["hits"], values["claims"], values["evidence"].sentences) == ([], [], ())


@pytest.mark.parametrize(("kind", "content"), [("pickle", b"\x80"), ("msgpack", b"\xc7"), ("json", b'{"a": 1}')])
def test_one_that_cannot_be_read_keeps_no_other_from_the_list(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, kind: str, content: bytes
) -> None:
    for thread in ("sound", "odd"):
        ask(tmp_path, "When was the Eads bridge finished?", thread)
    saver: Any = open_checkpointer(tmp_path)
    odd = "UPDATE checkpoints SET type = ?, checkpoint = ? WHERE thread_id = 'odd'"
    saver.conn.execute(odd, (kind, content))
    saver.conn.commit()
    assert [thread.id for thread in threads(saver)] == ["sound"]
    assert [conversation.thread.id for conversation in ConversationIndex(saver).all()] == ["sound"]
    assert "'odd' cannot be read" in caplog.messages[-1]
    saver.conn.close()
    assert [mended.complete for mended in mending.mend(tmp_path)] == [False]
    saver = open_checkpointer(tmp_path)
    assert [thread.id for thread in threads(saver)] == ["sound"]
    assert len(caplog.messages) == 1
    saver.conn.close()


def test_a_file_that_is_no_database_is_an_error_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "checkpoints.db").write_text("not a database, but long enough to be taken for one" * 20)
    with pytest.raises(WorkspaceError, match=r"checkpoints\.db"):
        open_checkpointer(tmp_path)


def test_what_a_model_is_shown_of_a_long_conversation_is_bounded() -> None:
    messages: list[AnyMessage] = []
    for number in range(60):
        call = AIMessage("", tool_calls=[{"name": "calculator", "args": {}, "id": str(number)}])
        result = ToolMessage("4", tool_call_id=str(number))
        messages += [HumanMessage(f"q{number}"), call, result, AIMessage(f"a{number} " + "word " * 50)]
    shown = recent(messages, turns=3)
    assert [message.type for message in shown] == ["human", "ai"] * 3
    assert shown[0].text == "q57"
    assert len(recent(messages, turns=60, tokens=400)) < 20
    assert recent(messages, turns=60, tokens=400)[-1].text.startswith("a59")
