"""While a model writes, what the documents say stands there, word for word; nothing unchecked ever does."""

import os
import pty
import re
import select
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage
from openai_server import openai_server
from scripted import PASSAGES, Scripted, SmallLibrary, draft

from vademecum.cli import run
from vademecum.core.types import Citation, Sentence
from vademecum.events import Checked, Quoted, Token
from vademecum.graph_runs import _reported
from vademecum.graphs import answer, chat
from vademecum.ui.answer_stream import AnswerSoFar
from vademecum.verification.verdict import Verifier

FINISHED = "The bridge was finished in 1874 after seven years of work."
WHEN = "When was the bridge finished?"
INVENTED = "The bridge at Rome was finished by pirates."
PATIENCE = 60
"""Seconds."""


class Waiting(Scripted):
    """Answers once `go` is set: what is streamed before was streamed without it."""

    go: Any

    def _generate(self, *args: Any, **more: Any) -> Any:
        assert self.go.wait(PATIENCE), "nothing was shown before the model was asked"
        return super()._generate(*args, **more)


def quotes_before(graph: Any, given: dict[str, Any], model: Scripted, kind: Any, **more: Any) -> list[list[str]]:
    """The quotes that are streamed; the model answers only after the first."""
    library = more.pop("library", None) or SmallLibrary()
    context = kind(library, Verifier(library.embeddings), model=model, model_name="scripted", **more)
    shown = []
    for _, mode, data in graph.stream(given, context=context, stream_mode=["custom"], subgraphs=True):
        if mode == "custom" and "quotes" in data:
            assert all(sentence.verdict == "supported" and sentence.citations for sentence in data["quotes"])
            shown.append([sentence.text for sentence in data["quotes"]])
            if isinstance(model, Waiting):
                model.go.set()
    assert model.script == []
    return shown


def waiting(*script: Any) -> Waiting:
    return Waiting(script=list(script), go=threading.Event())


def test_the_answer_graph_shows_quotes_before_the_model_is_asked() -> None:
    model = waiting(draft((FINISHED, FINISHED)))
    [quotes] = quotes_before(answer.build(), {"question": WHEN}, model, answer.Context)
    assert quotes[0] == FINISHED


def test_a_follow_up_is_not_first_worded_anew() -> None:
    history = [HumanMessage("Who built the bridge?"), AIMessage("James Eads."), HumanMessage("And when?")]
    model = waiting("When was the bridge finished?", draft((FINISHED, FINISHED)))
    given = {"question": "And when?", "messages": history, "standalone": "Who built the bridge?"}
    first, second = quotes_before(answer.build(), given, model, answer.Context)
    assert FINISHED in first
    assert FINISHED in second


def test_the_chat_shows_quotes_before_it_is_decided_who_replies() -> None:
    model = waiting({"to": "answer"}, draft((FINISHED, FINISHED)))
    first, second = quotes_before(chat.build(), {"question": WHEN}, model, chat.Context, memory_facts="off")
    assert first == second


def test_without_evidence_nothing_is_shown_and_without_a_model_they_are_the_answer() -> None:
    library = SmallLibrary(0.1)
    model = Scripted(script=["bridge completion"])
    assert quotes_before(answer.build(), {"question": WHEN}, model, answer.Context, library=library) == []
    library = SmallLibrary()
    context = answer.Context(library, Verifier(library.embeddings))  # ty: ignore[invalid-argument-type]
    parts = answer.build().stream({"question": WHEN}, context=context, stream_mode="custom")
    assert {key for data in parts for key in data} == {"sentence"}


def test_a_run_tells_quotes_and_whose_words_are_spoken() -> None:
    sentence = _sentence(FINISHED)
    [quoted] = _reported({"type": "custom", "ns": (), "data": {"quotes": [sentence]}})
    assert quoted == Quoted((sentence,))
    message = AIMessage("Hi").model_copy(update={"type": "AIMessageChunk"})
    spoken = {"type": "messages", "ns": ("answer:1",), "data": (message, {"langgraph_node": "draft_zero_shot"})}
    assert list(_reported(spoken)) == [Token("Hi", ("answer", "draft_zero_shot"))]


def test_the_page_shows_quotes_then_what_passed_and_no_word_of_a_draft() -> None:
    so_far = AnswerSoFar()
    so_far.add(0.1, Token(INVENTED, ("answer", "draft_zero_shot")))
    so_far.add(0.2, Token(INVENTED, ("assistant", "model")))
    so_far.add(0.2, Token(INVENTED))
    assert "pirates" not in so_far.as_html()
    so_far.add(0.3, Quoted((_sentence("Tea & <b>coffee</b>."),)))
    shown = so_far.as_html()
    assert "<blockquote>Tea &amp; &lt;b&gt;coffee&lt;/b&gt;.<cite>eads.md, line 1</cite></blockquote>" in shown
    assert "Checking" in shown
    so_far.add(0.4, Token(INVENTED, ("answer", "draft_zero_shot")))
    assert so_far.as_html() == shown
    so_far.add(0.5, Checked(_sentence("Tea it is.")))
    assert "coffee" not in so_far.as_html()
    assert "Checking" not in so_far.as_html()
    assert "Tea it is." in so_far.as_html()


def test_small_talk_is_shown_as_it_is_spoken() -> None:
    so_far = AnswerSoFar()
    so_far.add(0.1, Token("Hello, ", ("small_talk",)))
    so_far.add(0.2, Token("Ada.", ("small_talk",)))
    assert "Hello, Ada." in so_far.as_html()


class Held(list[Any]):
    """A server's script that is said once `go` is set."""

    go = threading.Event()

    def pop(self, *place: Any) -> Any:
        assert self.go.wait(PATIENCE)
        return super().pop(*place)


@pytest.mark.slow
def test_on_a_terminal_the_checked_answer_takes_the_place_of_the_quotes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    notes, home = tmp_path / "notes", tmp_path / "home"
    notes.mkdir()
    (notes / "eads.md").write_text(f"# Bridges\n\n{PASSAGES[0]}\n", "utf-8")
    assert run(["ingest", str(notes), "--home", str(home)]) == 0
    with openai_server([]) as server:
        server.script = held = Held([draft((FINISHED, FINISHED))])
        command = [sys.executable, "-m", "vademecum", "ask", WHEN, "-m", server.url, "--home", str(home)]
        master, slave = pty.openpty()
        with subprocess.Popen(command, stdout=slave, stderr=subprocess.PIPE) as process:
            os.close(slave)
            before = _read_until(master, "checking the model's answer...")
            held.go.set()
            after = _read_until(master, "model http")
            process.wait(PATIENCE)
        os.close(master)
        server.script = [draft((FINISHED, FINISHED))]
        capsys.readouterr()
        assert run(command[3:]) == 0
        piped = capsys.readouterr().out
    assert f"“{FINISHED}" in before
    rows = before.count("\n")
    taken_away = re.search(r"\x1b\[(\d+)A\r\x1b\[J", after)
    assert taken_away
    assert int(taken_away[1]) == rows + after[: taken_away.start()].count("\n")
    assert "✓ The bridge was finished in 1874" in after
    assert "checking" not in piped
    assert piped.startswith("✓ The bridge was finished in 1874")


def _read_until(master: int, words: str) -> str:
    shown, deadline = b"", time.monotonic() + PATIENCE
    while words not in shown.decode("utf-8", "replace"):
        assert time.monotonic() < deadline, shown
        if select.select([master], [], [], 0.2)[0]:
            shown += os.read(master, 65536)
    return shown.decode("utf-8", "replace")


def _sentence(text: str) -> Sentence:
    citation = Citation(path="eads.md", title="Eads", start=0, end=len(text), quote=text, line=1)
    return Sentence(text=text, citations=(citation,), verdict="supported")
