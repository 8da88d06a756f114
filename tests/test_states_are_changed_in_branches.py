"""A run is watched node by node; its state can be read at any checkpoint, changed, and gone on from in a branch."""

from pathlib import Path

import pytest

import vademecum
from vademecum import Notebook, checkpoint_states
from vademecum.core.errors import UsageError
from vademecum.stepwise_run import Over, Visit, watch

pytestmark = pytest.mark.slow

QUESTION = "How long does a cat sleep?"


@pytest.fixture(scope="module")
def notes(tmp_path_factory: pytest.TempPathFactory) -> Notebook:
    folder = tmp_path_factory.mktemp("notes")
    (folder / "cats.md").write_text("A cat sleeps up to sixteen hours a day.\n", "utf-8")
    return vademecum.open(folder, home=tmp_path_factory.mktemp("workspace"), model="extractive")


def watched(notes: Notebook, thread: str, question: str | None = None) -> tuple[list[Visit], Over]:
    told = list(watch(notes, "chat", {"question": question} if question else None, thread=thread))
    assert isinstance(told[-1], Over)
    return list({one.id: one for one in told if isinstance(one, Visit)}.values()), told[-1]


def test_each_visit_has_its_time_and_the_state_before_and_after(notes: Notebook) -> None:
    visits, over = watched(notes, "seen", QUESTION)
    assert [one.node for one in visits if not one.path] == ["remember", "route", "answer", "update_memory"]
    assert [one.node for one in visits if one.path == ("answer",)][-1] == "finish"
    assert all(one.seconds is not None and one.after is not None and not one.error for one in visits)
    remember, route, answer = visits[:3]
    assert "messages" in remember.after
    assert len(remember.before["messages"]) == 0
    assert route.before == route.after == remember.after == answer.before
    assert "sixteen" in answer.after["answer"]["text"]
    assert over.state["messages"][-1]["type"] == "ai"


def test_a_changed_state_goes_on_in_a_branch_and_the_original_stays(notes: Notebook) -> None:
    watched(notes, "first", QUESTION)
    before = notes.thread_history("first")
    at = next(it for it in before if it.next == ("route",))
    state = notes.state_at("first", at.id)
    assert state.graph == "chat"
    texts = {name: checkpoint_states.written(state, name) for name in state.values}
    assert all(checkpoint_states.changed(state, {name: text}) for name, text in texts.items())
    new = notes.fork("first", at=at.id, changes=checkpoint_states.changed(state, {"question": "Hello!"}))
    visits, over = watched(notes, new)
    assert [one.node for one in visits] == ["route", "small_talk", "update_memory"]
    assert "Hello" in over.state["messages"][-1]["content"]
    assert notes.thread_history("first") == before
    assert [(it.thread, it.at) for it in notes.branches("first")] == [(new, at.id)]
    assert notes.origin(new) == ("first", at.id)
    assert notes.origin("first") is None


def test_what_the_person_said_can_be_said_otherwise(notes: Notebook) -> None:
    watched(notes, "said", QUESTION)
    first = notes.thread_history("said")[-1]
    assert notes.state_at("said", first.id).values == {"question": QUESTION}
    new = notes.fork("said", at=first.id, changes={"question": "Thanks!"})
    watched(notes, new)
    assert [turn.question for turn in notes.history(new)] == ["Thanks!"]


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("messages", "[", "messages is not JSON"),
        ("messages", '[{"type": "human"}]', "messages"),
        ("notes", '{"a": 1}', "notes cannot be that"),
    ],
)
def test_what_does_not_fit_the_state_is_told_in_one_line(notes: Notebook, name: str, text: str, told: str) -> None:
    if not [thread for thread in notes.threads() if thread.id == "odd"]:
        watched(notes, "odd", QUESTION)
    state = notes.state_at("odd", notes.thread_history("odd")[0].id)
    with pytest.raises(UsageError, match=told) as raised:
        checkpoint_states.changed(state, {name: text})
    assert "\n" not in str(raised.value)


def test_pages_of_runs_are_ordered_and_bounded(tmp_path: Path) -> None:
    from traced_runs import run

    from vademecum.core.errors import TraceError
    from vademecum.tracing.store import ingest
    from vademecum.tracing.store.operations import Operation
    from vademecum.tracing.traces import Traces

    with Traces(tmp_path) as traces:
        many = [run(f"n{n % 7}", number=n, end_time=f"2026-01-02T03:04:{6 + n % 50:02}+00:00") for n in range(120)]
        traces.database.write(lambda on: ingest.apply(on, [Operation("post", it["id"], it) for it in many]))
        found = traces.listing(order="latency", limit=10)
        assert (len(found.runs), found.total) == (10, 120)
        assert [it["latency"] for it in found.runs] == sorted((it["latency"] for it in found.runs), reverse=True)
        pages = [it["id"] for n in range(12) for it in traces.listing(order="latency", limit=10, offset=n * 10).runs]
        assert len(set(pages)) == 120
        assert traces.listing(order="name", ascending=True, limit=1).runs[0]["name"] == "n0"
        with pytest.raises(TraceError, match="cannot be ordered"):
            traces.listing(order="1; DROP TABLE runs")
