"""A question is changed, or answered otherwise, in a branch: nothing is lost, and each is found from the others."""

import threading
from pathlib import Path
from typing import Any

import pytest

import vademecum
from vademecum import Notebook, speakers
from vademecum.core.errors import UsageError
from vademecum.graph_runs import final_event
from vademecum.memory.checkpoints import KEEP

CATS = """# Cats

## Sleep

A cat sleeps up to sixteen hours a day.

## Whiskers

Its whiskers are as wide as its body.

## Food

A cat eats mice and fish.
"""
SLEEP, FOOD = "How long does a cat sleep?", "What does a cat eat?"


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


def say(notes: Notebook, thread: str, *messages: str, **choices: Any) -> None:
    for message in messages:
        final_event(notes.stream(message, graph="chat", thread=thread, **choices))


def questions(notes: Notebook, thread: str) -> list[str]:
    return [turn.question for turn in notes.history(thread)]


@pytest.mark.slow
def test_a_changed_question_is_answered_in_a_branch_and_the_old_one_stays(notes: Notebook) -> None:
    say(notes, "old", SLEEP, "Thanks!", FOOD)
    before = notes.history("old")
    new = notes.branch("old", 2, "How wide are a cat's whiskers?")
    assert questions(notes, new) == [SLEEP, "Thanks!", "How wide are a cat's whiskers?"]
    assert "as wide as its body" in final_event(notes.go_on(new)).reply
    first = notes.branch("old", 0, "Hello!")
    final_event(notes.go_on(first))
    assert questions(notes, first) == ["Hello!"]
    assert notes.history("old") == before
    assert notes.versions("old") == {0: ["old", first], 2: ["old", new]}
    assert notes.versions(first) == {0: ["old", first]}
    assert notes.conversations.meeting(new, "old") == 2
    assert notes.conversations.meeting(new, first) == 0


@pytest.mark.slow
def test_the_same_question_is_answered_otherwise_and_both_know_how(notes: Notebook) -> None:
    say(notes, "how", FOOD)
    new = notes.branch("how", 0)
    answer = final_event(notes.go_on(new, mode="sparse")).answer
    assert answer
    assert (notes.history("how")[0].answer.mode, answer.mode) == ("best", "sparse")  # ty: ignore
    again = notes.branch(new, 0)
    final_event(notes.go_on(again, mode="dense"))
    assert notes.versions(new)[0] == ["how", new, again]


@pytest.mark.slow
def test_branches_are_found_when_the_way_back_was_pruned(notes: Notebook) -> None:
    say(notes, "long", SLEEP, FOOD, *["Hello!"] * (KEEP // 4))
    new = notes.branch("long", 1, "Thanks!")
    assert notes.unfinished(new) == "Thanks!"
    assert "welcome" in final_event(notes.go_on(new)).reply
    say(notes, new, *["Hello!"] * (KEEP // 4))
    assert questions(notes, new)[:2] == [SLEEP, "Thanks!"]
    assert notes.versions(new) == {1: ["long", new]}
    assert notes.origin(new).thread == "long"  # ty: ignore
    assert new in [branch.thread for branch in notes.branches("long")]


@pytest.mark.slow
def test_what_was_stopped_keeps_its_question_and_goes_on(notes: Notebook) -> None:
    for steps in (1, 2, 4, 7):
        stop, thread = threading.Event(), f"stopped-{steps}"
        told = []
        for event in notes.stream(FOOD, graph="chat", thread=thread, stop=stop):
            told.append(event)
            if len(told) == steps:
                stop.set()
        assert len(told) == steps
        assert [(turn.question, turn.reply) for turn in notes.history(thread)] == [(FOOD, "")]
        assert notes.unfinished(thread) == FOOD
        assert "mice" in final_event(notes.go_on(thread)).reply
        assert questions(notes, thread) == [FOOD]


@pytest.mark.slow
def test_a_model_stops_at_its_next_word(notes: Notebook) -> None:
    stop, heard = threading.Event(), 0
    for event in notes.stream(FOOD, graph="chat", thread="mid", model="embedded", stop=stop):
        heard += type(event).__name__ == "Token"
        if heard:
            stop.set()
    assert heard == 1
    assert notes.unfinished("mid") == FOOD


def test_conversations_are_found_by_all_words_in_a_turn(notes: Notebook) -> None:
    say(notes, "found", SLEEP, FOOD)
    found = {it.thread.id: it for it in notes.search_threads("MICE fish")}
    assert found["found"].turn == 1
    assert "mice and fish" in found["found"].excerpt
    assert notes.search_threads("sixteen mice") == notes.search_threads("  ") == []
    notes.forget_thread("found")
    assert "found" not in {it.thread.id for it in notes.search_threads("mice")}


def test_who_replies_can_be_chosen(notes: Notebook) -> None:
    question, chosen = speakers.order("documents", "Hello!")
    say(notes, "who", question, **chosen)
    assert notes.history("who")[0].answer is not None
    assert speakers.order("chain:article", "Tides")[0] == "Run the chain article with Tides"
    assert speakers.order(speakers.ROUTER, FOOD) == (FOOD, {})
    assert {"coder", "chain:article", "documents"} <= speakers.descriptions().keys()
    with pytest.raises(UsageError, match="nobody named 'nobody'"):
        speakers.order("nobody", FOOD)


def test_what_comes_next_is_answered_by_the_documents(notes: Notebook) -> None:
    answer = notes.ask(SLEEP)
    asked = notes.follow_ups(answer)
    assert "What is said about whiskers?" in asked
    assert not [question for question in asked if "leep" in question]
    assert [notes.ask(question).abstained for question in asked] == [False] * len(asked)
    assert notes.follow_ups(answer, asked=asked) == []


@pytest.mark.parametrize(
    ("turn", "question", "told"),
    [(5, None, "has 1 turns, and no turn 5"), (-1, None, "no turn -1"), (0, " ", "empty"), (0, "x" * 9999, "shorten")],
)
def test_a_branch_from_nowhere_is_told(notes: Notebook, turn: int, question: str | None, told: str) -> None:
    if "one" not in [thread.id for thread in notes.threads()]:
        say(notes, "one", "Hello!")
    with pytest.raises(UsageError, match=told):
        notes.branch("one", turn, question)
