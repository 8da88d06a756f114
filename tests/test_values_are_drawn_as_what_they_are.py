"""Inputs, outputs and states are shown as messages, documents and folded values, whatever they hold, cut to a page."""

import json
from typing import Any

import pytest

from vademecum.ui import trace_view, value_view

LC = {
    "lc": 1,
    "type": "constructor",
    "id": ["x", "AIMessage"],
    "kwargs": {"type": "ai", "content": "Because.", "id": ""},
}
DOCUMENT = {"page_content": "A cat sleeps.", "metadata": {"path": "cats.md", "line": 3, "title": "Cats", "score": 1.25}}
HIT = {"passage": {"id": "1", "text": "A cat sleeps.", "line": 3}, "path": "cats.md", "title": "Cats", "score": 1.0}


@pytest.mark.parametrize("value", [LC, ["assistant", "Because."], {"type": "ai", "content": "Because."}])
def test_a_message_is_a_message_however_it_is_written(value: Any) -> None:
    found = value_view.shape([value])["items"][0]
    assert (found["kind"], found["role"], found["text"]) == ("message", "model", "Because.")


@pytest.mark.parametrize(
    "value", [DOCUMENT, HIT, {"quote": "A cat sleeps.", "path": "cats.md", "title": "Cats", "line": 3}]
)
def test_a_document_says_where_it_is_from(value: Any) -> None:
    found = value_view.shape(value)
    assert (found["kind"], found["title"], found["text"]) == ("document", "Cats", "A cat sleeps.")
    assert found["place"].startswith("cats.md · line 3")


def test_what_langchain_wraps_is_unwrapped() -> None:
    command = {"output": {"graph": None, "update": {"claims": ["x"]}, "resume": None, "goto": "finish"}}
    assert [name for name, _ in value_view.shape(command)["items"]] == ["goes on to", "claims"]
    [[name, replies]] = value_view.shape({"generations": [[{"text": "", "message": LC}]], "llm_output": None})["items"]
    assert (name, replies["items"][0]["text"]) == ("replies", "Because.")
    assert value_view.shape([[LC, LC]])["items"][1]["kind"] == "message"


def test_what_is_long_deep_or_odd_is_cut_and_told() -> None:
    assert value_view.shape("x" * 9000)["left"] == 5000
    assert value_view.shape(list(range(500)))["left"] == 440
    deep: Any = "end"
    for _ in range(200):
        deep = [deep]
    assert len(json.dumps(value_view.shape(deep))) < 2000
    pair = value_view.shape([{"type": ["odd"], "content": 1}, {"a": None}])
    assert [one["kind"] for one in pair["items"]] == ["object", "object"]
    assert value_view.shape({"empty": [], "said": "x"})["items"][0][0] == "said"


def test_only_steps_of_the_graph_are_shown_unless_all_are_asked_for() -> None:
    def run(name: str, parent: str | None, **more: Any) -> dict[str, Any]:
        given = {"run_type": "chain", "status": "success", "metadata": {"langgraph_node": more.pop("node", None)}}
        return {"id": name, "name": name, "parent_run_id": parent, **given, **more}

    tree = [
        run("graph", None),
        run("verify", "graph", node="verify"),
        run("RunnableSequence", "verify", node="verify"),
        run("model", "RunnableSequence", run_type="llm"),
        run("RunnableLambda", "verify", status="error"),
    ]
    shown = [(depth, one["name"]) for depth, one in trace_view.visible_steps(tree, everything=False)]
    assert shown == [(0, "graph"), (1, "verify"), (2, "model"), (2, "RunnableLambda")]
    assert [depth for depth, _ in trace_view.visible_steps(tree, everything=True)] == [0, 1, 2, 3, 2]
