"""The conversation sends each message to the documents, to the assistant, or to small talk, and remembers it."""

from typing import Any

import pytest
from langchain_core.messages import AIMessage
from langgraph.checkpoint.memory import InMemorySaver
from openai_server import openai_server
from scripted import Scripted, SmallLibrary, draft

from vademecum import graphs
from vademecum.core.errors import UsageError
from vademecum.core.settings import load_settings
from vademecum.graphs import _chains, chat
from vademecum.models import chat_model
from vademecum.verification.verdict import Verifier

FINISHED = "The bridge was finished in 1874 after seven years of work."


def say(
    *messages: str, model: Any = None, name: str = "extractive", confidence: float = 0.9, **more: Any
) -> tuple[list[str], dict, SmallLibrary]:
    """The outermost nodes that ran for the last message, the state after it, and the library."""
    library = SmallLibrary(confidence)
    context = chat.Context(library, Verifier(), model=model, model_name=name, **more)  # ty: ignore[invalid-argument-type]
    graph, config = chat.build(checkpointer=InMemorySaver()), {"configurable": {"thread_id": "t"}}
    steps: list[str] = []
    for message in messages:
        stream = graph.stream({"question": message}, config, context=context, stream_mode="updates")
        steps = [node for update in stream for node in update]
    return steps, graph.get_state(config).values, library


@pytest.mark.slow
@pytest.mark.parametrize(
    ("message", "node"),
    [
        ("When was the bridge finished?", "answer"),
        ("What is 17.5% of 2,340?", "assistant"),
        ("Compute the square root of 144", "assistant"),
        ("12 * (3 + 4)", "assistant"),
        ("What happened in 1874?", "answer"),
        ("What percent of the people took the ferry in 1874?", "answer"),
        ("Hello!", "small_talk"),
        ("Thank you very much.", "small_talk"),
        ("Hello, who was the engineer of the bridge?", "answer"),
    ],
)
def test_rules_route_what_they_are_sure_of_and_the_documents_get_the_rest(message: str, node: str) -> None:
    steps, _, _ = say(message)
    assert steps == ["remember", "route", node, "update_memory"]


def test_a_calculation_is_right_even_without_a_language_model() -> None:
    _, state, library = say("What is 17.5% of 2,340?")
    assert "409.5" in state["messages"][-1].text
    assert (library.asked, state["answer"]) == ([], None)


def test_the_assistant_calculates_with_its_tool() -> None:
    called = AIMessage("", tool_calls=[{"name": "calculator", "args": {"expression": "17.5% of 2,340"}, "id": "1"}])
    model = Scripted(script=[called, "That is 409.5."])
    steps, state, _ = say("What is 17.5% of 2,340?", model=model, name="embedded")
    assert steps[-2] == "assistant"
    assert [message.type for message in state["messages"]] == ["human", "ai", "tool", "ai"]
    assert "409.5" in state["messages"][2].text


@pytest.mark.slow
def test_a_capable_model_decides_what_rules_are_not_sure_of() -> None:
    model = Scripted(script=[{"to": "small_talk"}, "Glad to hear it!"])
    steps, state, _ = say("What a lovely day it is", model=model, name="scripted")
    assert steps[-2] == "small_talk"
    assert state["messages"][-1].text == "Glad to hear it!"
    unsure = Scripted(script=["I would rather not say", draft((FINISHED, FINISHED))])
    assert say("When was it finished?", model=unsure, name="scripted")[0][-2] == "answer"


@pytest.mark.slow
@pytest.mark.parametrize("reply", ["I would rather not say", {"speaker": "me"}, {"to": "nobody"}])
def test_a_server_that_does_not_say_who_replies_leaves_it_to_the_documents(reply: Any) -> None:
    with openai_server([reply, draft((FINISHED, FINISHED))]) as server:
        steps, state, _ = say("When was it finished?", model=chat_model(server.url, load_settings()), name=server.url)
    assert steps[-2] == "answer"
    assert FINISHED in state["answer"].text


def test_a_follow_up_is_understood_across_small_talk_and_sums() -> None:
    _, state, library = say("When was the Eads bridge finished?", "Thanks!", "What is 2 + 2?", "Who built it?")
    assert library.asked[-1] == "Who built it? (Eads bridge finished)"
    assert [message.type for message in state["messages"]] == ["human", "ai"] * 4
    assert state["answer"].citations


def test_an_empty_message_is_refused_and_the_conversation_is_as_it_was() -> None:
    graph, config = chat.build(checkpointer=InMemorySaver()), {"configurable": {"thread_id": "t"}}
    context = chat.Context(SmallLibrary(), Verifier())  # ty: ignore[invalid-argument-type]
    graph.invoke({"question": "Hello!"}, config, context=context)
    with pytest.raises(UsageError, match="empty"):
        graph.invoke({"question": " "}, config, context=context)
    state = graph.invoke({"question": "Thanks!"}, config, context=context)
    assert [message.text for message in state["messages"]][::2] == ["Hello!", "Thanks!"]


def test_the_drawing_holds_the_answer_graph_unfolded() -> None:
    drawing = chat.build().get_graph(xray=True).draw_mermaid()
    for node in ("remember", "route", "assistant", "small_talk", "retrieve", "draft_few_shot", "verify", "repair"):
        assert f"({node})" in drawing


@pytest.mark.parametrize(
    ("message", "chain", "given"),
    [
        ("Run the chain article with topic=Tides; audience=all", "article", {"topic": "Tides", "audience": "all"}),
        (
            "please run the chain 'study-card' on: Tides follow the moon.",
            "study-card",
            {"text": "Tides follow the moon."},
        ),
        ("Run the article chain", "article", {}),
    ],
)
def test_a_chain_is_found_by_its_name(
    message: str, chain: str, given: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_chains.graphs, "names", lambda: ["chain"])
    order = _chains.chain_order(message)
    assert order
    assert order.chain == chain
    assert _chains.inputs(("topic", "audience") if chain == "article" else ("text",), order.text) == given


@pytest.mark.parametrize("message", ["What is a chain?", "Run the tests", "Use the chain rule on this."])
def test_other_messages_ask_for_no_chain(message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_chains.graphs, "names", lambda: ["chain"])
    assert _chains.chain_order(message) is None


@pytest.mark.slow
@pytest.mark.skipif("chain" not in graphs.names(), reason="there is no chain graph in this tree")
def test_a_named_chain_is_run_and_what_is_missing_is_told() -> None:
    steps, state, _ = say("Run the chain nothing on this")
    assert steps == ["remember", "route", "chain", "update_memory"]
    assert state["messages"][-1].text.startswith("There is no chain named 'nothing'; there are: ")
    assert "topic=...; audience=..." in say("Run the chain article on tides")[1]["messages"][-1].text
    message = "Run the chain article with topic=Tides; audience=children"
    assert say(message)[1]["messages"][-1].text == _chains.NEEDS_A_MODEL
    model = Scripted(script=["An outline.", "A draft.", "A critique.", "An article."])
    assert say(message, model=model, name="scripted")[1]["messages"][-1].text == "An article."


@pytest.mark.slow
@pytest.mark.parametrize(
    ("message", "confidence", "ends"),
    [
        ("What day of the week was 4 July 1776?", 0.1, ["turn_to_tools", "assistant", "update_memory"]),
        ("Will it rain in Oslo tomorrow?", 0.1, ["turn_to_tools", "__interrupt__"]),
        (
            "What day of the week was 4 July 1776, and what do my notes say about it?",
            0.1,
            ["turn_to_tools", "assistant", "update_memory"],
        ),
        ("What do my notes say about the weather in Oslo?", 0.1, ["update_memory"]),
        ("Who was the king of that country?", 0.1, ["update_memory"]),
        ("What day of the week was 4 July 1776?", 0.9, ["update_memory"]),
    ],
)
def test_where_the_documents_do_not_answer_a_very_small_model_turns_to_a_tool_that_fits(
    message: str, confidence: float, ends: list[str]
) -> None:
    embedded = chat_model("embedded", load_settings())
    steps, state, _ = say(message, model=embedded, name="embedded", confidence=confidence)
    assert steps[steps.index("answer") + 1 :] == ends
    assert [message.type for message in state["messages"]].count("human") == 1
    if "assistant" in ends:
        assert "Thursday" in state["messages"][-1].text
    assert (state["answer"] is None) == ("turn_to_tools" in ends)
