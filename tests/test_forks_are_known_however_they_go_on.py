"""A conversation that was forked is known as a fork, whoever goes on with it and however little of its way is kept."""

from pathlib import Path

import pytest
from model_server import calls, says, serving

import vademecum
from vademecum import Notebook
from vademecum.memory.checkpoints import prune

CATS = "# Cats\n\nA cat sleeps up to sixteen hours a day.\n"
MULTIPLIED = calls(("calculator", {"expression": "6*7"}))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("notes")
    (folder / "cats.md").write_text(CATS, "utf-8")
    home = tmp_path_factory.mktemp("workspace")
    vademecum.open(folder, home=home, model="extractive").close()
    return home


@pytest.fixture
def notes(home: Path) -> Notebook:
    return vademecum.open(home=home, model="extractive")


def by_agent(notes: Notebook, thread: str) -> str:
    with serving(MULTIPLIED, says("It is 42.")) as server:
        return notes.agent("What is 6*7?", thread=thread, model=server.url).text


def by_agent_that_waited(notes: Notebook, thread: str) -> str:
    with serving(calls(("read_page", {"url": "http://127.0.0.1:9/"})), says("Very well.")) as server:
        assert notes.agent("Read that page", thread=thread, model=server.url).waiting
        return notes.resume(thread, "reject").text


def by_graph(notes: Notebook, thread: str) -> str:
    state = notes.graph("chat", thread=thread).invoke({"question": "Hello!"})
    return state["messages"][-1].text


def by_graph_kept_at_hand(notes: Notebook, thread: str) -> str:
    graph = notes.graph("chat", thread=thread)
    graph.invoke({"question": "Thanks!"})
    return graph.invoke({"question": "Hello!"})["messages"][-1].text


WAYS = {
    "agent": (by_agent, by_agent),
    "agent-that-waited": (by_agent, by_agent_that_waited),
    "graph": (by_graph, by_graph),
    "graph-kept-at-hand": (by_graph, by_graph_kept_at_hand),
    "graph-then-agent": (by_graph, by_agent),
}


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
def test_a_fork_stays_one(way: str, notes: Notebook, home: Path) -> None:
    begin, go_on = WAYS[way]
    old, new = f"old-{way}", f"new-{way}"
    begin(notes, old)
    notes.fork(old, to=new)
    said = go_on(notes, new)
    prune(notes.checkpointer, new, keep=1)
    notes.close()
    again = vademecum.open(home=home)
    assert said == again.history(new)[-1].reply != ""
    assert again.origin(new).thread == old  # ty: ignore
    assert [branch.thread for branch in again.branches(old)] == [new]
    assert again.origin(old) is None
    again.close()
