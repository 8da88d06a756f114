"""`vademecum.open`: notebooks that do not mix, conversations that survive and do not leak, graphs ready to invoke."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest

import vademecum as vade
from vademecum import workspace as front
from vademecum.core.errors import EmptyWorkspaceError, SettingsError, UsageError
from vademecum.core.types import Answer
from vademecum.events import Checked, Done, Step

CATS = "# Cats\n\nA cat sleeps up to sixteen hours a day. The Turkish Van likes to swim.\n"
TEA = "Green tea is brewed at eighty degrees Celsius. Black tea is brewed at ninety-five degrees Celsius.\n"
SLEEP = "How many hours does a cat sleep?"


@pytest.fixture
def cats(tmp_path: Path) -> Path:
    (tmp_path / "cats").mkdir()
    (tmp_path / "cats" / "cats.md").write_text(CATS, "utf-8")
    return tmp_path / "cats"


@pytest.fixture
def tea(tmp_path: Path) -> Path:
    (tmp_path / "tea").mkdir()
    (tmp_path / "tea" / "tea.txt").write_text(TEA, "utf-8")
    return tmp_path / "tea"


@pytest.mark.slow
def test_an_answer_cites_the_exact_characters(cats: Path) -> None:
    with vade.open(cats, model="extractive") as notes:
        answer = notes.ask(SLEEP)
        assert "sixteen" in answer.text
        for citation in answer.citations:
            assert CATS[citation.start : citation.end] == citation.quote
            assert notes.text(citation.source_id) == CATS
        assert notes.verify(answer.sentences[0].text, answer.citations).verdict == "supported"
        assert notes.verify("A cat sleeps up to sixty hours a day.", answer.citations).verdict == "unsupported"


@pytest.mark.slow
def test_two_notebooks_do_not_mix_and_are_found_again(cats: Path, tea: Path) -> None:
    with vade.open(cats, model="extractive") as one, vade.open(tea, model="extractive") as two:
        assert one.settings.home != two.settings.home
        assert [source.path for source in one.sources()] == ["cats.md"]
        assert [source.path for source in two.sources()] == ["tea.txt"]
        assert two.ask(SLEEP).abstained
    with vade.open(cats / ".." / "cats", model="extractive") as again:
        assert again.settings.home == one.settings.home


@pytest.mark.slow
def test_opening_again_brings_the_notebook_up_to_date(cats: Path, tmp_path: Path) -> None:
    vade.open(cats, home=tmp_path / "home").close()
    (cats / "cats.md").unlink()
    (cats / "dogs.md").write_text("Dogs bark.\n")
    with vade.open(cats, home=tmp_path / "home") as notes:
        assert [source.path for source in notes.sources()] == ["dogs.md"]


@pytest.mark.slow
def test_a_home_by_default_begins_with_the_sample_notebook(
    cats: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(front, "SAMPLES", cats)
    with vade.open(model="extractive") as notes:
        assert notes.sources() == []
        assert "sixteen" in notes.ask(SLEEP).text
        notes.forget("cats.md")
    with vade.open(model="extractive") as notes, pytest.raises(EmptyWorkspaceError):
        notes.ask(SLEEP)  # what was forgotten stays forgotten
    with vade.open(home=tmp_path / "named", model="extractive") as notes, pytest.raises(EmptyWorkspaceError):
        notes.ask(SLEEP)


def test_where_the_sample_notebook_is_missing_the_workspace_is_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(front, "SAMPLES", Path("/nowhere"))
    with vade.open(model="extractive") as notes, pytest.raises(EmptyWorkspaceError, match="vade ingest PATH"):
        notes.ask(SLEEP)


@pytest.mark.slow
def test_documents_added_first_are_not_joined_by_the_samples(
    cats: Path, tea: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(front, "SAMPLES", cats)
    with vade.open(model="extractive") as notes:
        notes.ingest(tea)
        notes.ask("At how many degrees is green tea brewed?")
        assert [source.path for source in notes.sources()] == ["tea.txt"]


@pytest.mark.slow
def test_a_conversation_survives_a_restart(cats: Path, tmp_path: Path) -> None:
    with vade.open(cats, home=tmp_path / "home", model="extractive") as notes:
        first = notes.ask(SLEEP, thread="t1")
    with vade.open(home=tmp_path / "home", model="extractive") as notes:
        notes.ask("And does the Turkish Van like to swim?", thread="t1")
        turns = notes.history("t1")
        assert [turn.question for turn in turns] == [SLEEP, "And does the Turkish Van like to swim?"]
        stored = turns[0].answer
        assert stored
        assert (stored.citations, stored.run_id) == (first.citations, first.run_id)
        notes.forget_thread("t1")
        assert notes.threads() == []


@pytest.mark.slow
def test_without_a_thread_nothing_is_stored(cats: Path, tmp_path: Path) -> None:
    with vade.open(cats, home=tmp_path / "home", model="extractive") as notes:
        assert notes.ask(SLEEP).thread_id == ""
        assert notes.threads() == []


@pytest.mark.slow
def test_two_threads_at_once_do_not_leak(cats: Path, tea: Path, tmp_path: Path) -> None:
    questions = {"a": [SLEEP] * 6, "b": ["At how many degrees is green tea brewed?"] * 6}
    answers: dict[str, list[Answer]] = {"a": [], "b": []}
    with vade.open(cats, tea, home=tmp_path / "home", model="extractive") as notes:

        def converse(name: str) -> None:
            answers[name].extend(notes.ask(question, thread=name) for question in questions[name])

        workers = [threading.Thread(target=converse, args=(name,)) for name in questions]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        assert [len(notes.history(name)) for name in questions] == [6, 6]
    assert all("sixteen" in answer.text for answer in answers["a"])
    assert all("eighty" in answer.text for answer in answers["b"])
    assert len({answer.run_id for both in answers.values() for answer in both}) == 12


@pytest.mark.slow
def test_a_stream_tells_steps_sentences_and_the_answer(cats: Path) -> None:
    with vade.open(cats, model="extractive") as notes:
        events = list(notes.stream(SLEEP))
    steps = [event.node for event in events if isinstance(event, Step) and event.done]
    assert steps == [
        "condense_question",
        "retrieve",
        "compute",
        "grade_documents",
        "draft_extractive",
        "verify",
        "finish",
    ]
    done = events[-1]
    assert isinstance(done, Done)
    assert done.answer
    assert [event.sentence for event in events if isinstance(event, Checked)] == list(done.answer.sentences)
    assert done.answer.run_id
    assert done.answer.seconds > 0


@pytest.mark.slow
def test_a_streamed_question_is_checked_before_the_stream_is_read(cats: Path) -> None:
    with vade.open(cats, model="extractive") as notes, pytest.raises(UsageError, match="empty"):
        notes.stream("")


@pytest.mark.slow
def test_the_chat_answers_from_documents_and_calculates(cats: Path) -> None:
    with vade.open(cats, model="extractive") as notes:
        *_, documents = notes.stream(SLEEP, graph="chat", thread="c")
        *_, calculated = notes.stream("What is 17.5% of 2,340?", graph="chat", thread="c")
    assert isinstance(documents, Done)
    assert documents.answer
    assert isinstance(calculated, Done)
    assert calculated.answer is None
    assert "409.5" in calculated.reply


@pytest.mark.slow
def test_a_graph_is_ready_to_be_invoked(cats: Path, tmp_path: Path) -> None:
    with vade.open(cats, home=tmp_path / "home", model="extractive") as notes:
        graph = notes.graph("answer")
        assert "sixteen" in graph.invoke({"question": SLEEP})["answer"].text
        assert "verify" in graph.get_graph().nodes
        notes.graph("answer", thread="g").invoke({"question": SLEEP})
        assert [thread.id for thread in notes.threads()] == ["g"]
        with pytest.raises(UsageError, match="answer"):
            notes.graph("nothing")


@pytest.mark.slow
@pytest.mark.parametrize("thread", ["", "a b", "../x", "x" * 101, "é", "-a"])
def test_a_thread_has_a_plain_name(thread: str, cats: Path) -> None:
    with vade.open(cats, model="extractive") as notes, pytest.raises(UsageError, match="cannot name"):
        notes.ask(SLEEP, thread=thread)


def test_an_unknown_setting_is_named() -> None:
    with pytest.raises(SettingsError, match="colour"):
        vade.open(colour="red")


@pytest.mark.slow
def test_importing_and_opening_loads_neither_model_nor_index(tmp_path: Path) -> None:
    heavy = ["langchain_core", "langgraph", "chromadb", "onnxruntime", "numpy", "streamlit"]
    code = (
        f"import sys, vademecum as vade; vade.open(home={str(tmp_path)!r})\n"
        f"print([name for name in {heavy!r} if name in sys.modules])"
    )
    root = Path(__file__).parent.parent
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
