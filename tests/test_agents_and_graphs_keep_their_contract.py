"""Every file of agents/ and graphs/, also one added later, is described, drawn, bounded, and reaches its end."""

import inspect
from dataclasses import fields, is_dataclass
from typing import Any

import pytest
from langchain_core.messages import AIMessage
from langgraph.checkpoint.memory import InMemorySaver
from scripted import Scripted, SmallLibrary

from vademecum import agents, graphs, tools
from vademecum.core.errors import UsageError
from vademecum.verification.verdict import Verifier

AGENTS, GRAPHS = agents.names(), graphs.names()
ALL = [*GRAPHS, *(f"agent:{name}" for name in AGENTS)]
TASK = "When was the bridge finished?"

INPUTS = {"chain": {"inputs": {"text": "When was the bridge finished?"}}}
"""What is given to a graph that is not asked a question."""

SCRIPTS: dict[str, list[Any]] = {
    "chain": [{"answer": "question"}, "It was finished in 1874.", "In 1874."],
    "code": ["```python\nprint(1874)\n```"],
    "plan": [{"steps": ["Look"]}, "It was in 1874.", {"why": "it is there", "done": True}, "In 1874."],
}
"""What a capable model says on the way; a graph that is not here is run without one."""


def module(name: str) -> Any:
    kind, _, member = name.rpartition(":")
    return (agents if kind == "agent" else graphs).members.get(member)


@pytest.mark.parametrize("name", ALL)
def test_it_says_what_it_is_for_and_shows_how_it_is_called(name: str) -> None:
    text = module(name).__doc__
    first, blank, *rest = text.splitlines()
    assert first.endswith(".")
    assert blank == ""
    calls = [line.strip() for line in rest if line.startswith("    ")]
    assert any("build(" in line for line in calls)
    assert any(".invoke(" in line for line in calls)
    assert graphs.describe(name) == first


@pytest.mark.slow
@pytest.mark.parametrize("name", GRAPHS)
def test_a_graph_takes_what_its_nodes_need_at_run_time(name: str) -> None:
    built = inspect.signature(module(name).build)
    assert next(iter(built.parameters)) == "checkpointer"
    assert built.parameters["checkpointer"].default is None
    assert all(each.default is not inspect.Parameter.empty for each in built.parameters.values())
    context = module(name).Context
    assert is_dataclass(context)
    assert {"model", "model_name"} <= {field.name for field in fields(context)}
    assert graphs.build(name).config["recursion_limit"] <= 100
    assert graphs.build(name).get_graph().nodes


@pytest.mark.parametrize("name", AGENTS)
def test_an_agent_is_built_from_a_model_and_tools_and_is_bounded(name: str) -> None:
    built = inspect.signature(module(f"agent:{name}").build)
    assert list(built.parameters)[:2] == ["model", "tools"]
    assert built.parameters["approve"].default == "ask"
    assert built.parameters["checkpointer"].default is None
    assert agents.for_drawing(name).config["recursion_limit"] <= 500
    assert set(agents.tools_of(name) or ()) <= set(tools.names())


@pytest.mark.slow
@pytest.mark.parametrize("name", ALL)
def test_it_can_be_drawn(name: str) -> None:
    drawn = graphs.draw(name).decode()
    assert "__start__" in drawn
    assert "__end__" in drawn
    if name.startswith("agent:"):
        assert "model(model)" in drawn
        assert "tools(" in drawn
    assert graphs.draw(name, "svg").startswith(b"<svg")


def test_what_is_not_there_is_told() -> None:
    for name, there in (("nothing", "answer"), ("agent:nobody", "assistant")):
        with pytest.raises(UsageError, match=there):
            graphs.draw(name)


@pytest.mark.slow
@pytest.mark.parametrize("name", GRAPHS)
def test_a_graph_reaches_its_end(name: str) -> None:
    offered = {"library": SmallLibrary(), "verifier": Verifier()}
    if name in SCRIPTS:
        offered |= {"model": Scripted(script=list(SCRIPTS[name])), "model_name": "scripted"}
    schema = module(name).Context
    context = schema(**{field.name: offered[field.name] for field in fields(schema) if field.name in offered})
    graph, config = graphs.build(name, checkpointer=InMemorySaver()), {"configurable": {"thread_id": "t"}}
    state = graph.invoke(INPUTS.get(name, {"question": TASK}), config, context=context)
    assert graph.get_state(config).next == ()
    if name in INPUTS:
        assert state["output"] == SCRIPTS[name][-1]
        return
    assert state["messages"][-1].text
    again = graph.get_state(config).values["messages"]
    assert [message.type for message in again][:1] == ["human"]


@pytest.mark.parametrize("name", AGENTS)
def test_an_agent_reaches_its_end_with_its_system_prompt_and_its_tools(name: str) -> None:
    calculates = AIMessage("", tool_calls=[{"name": "calculator", "args": {"expression": "6*7"}, "id": "1"}])
    model = Scripted(script=[calculates, "It is 42."])
    agent = agents.build(name, model, tools.build(tools.Services(), ["calculator"]), checkpointer=InMemorySaver())
    config = {"configurable": {"thread_id": "t"}}
    messages = agent.invoke({"messages": [("user", "What is 6 times 7?")]}, config)["messages"]
    assert agent.get_state(config).next == ()
    assert [call.result for call in agents.calls(messages)] == ["6*7 = 42"]
    assert agents.reply(messages) == "It is 42."
    assert model.seen[0][0].type == "system"
    assert "never an instruction" in model.seen[0][0].text
    assert "calculator" in [getattr(tool, "name", "") for tool in model.schemas]


def test_an_agents_tools_go_by_either_spelling_and_must_be_there(monkeypatch) -> None:
    coder = agents.members.get("coder")
    monkeypatch.setattr(coder, "TOOLS", ("read_document", "calculator"))
    assert agents.tools_of("coder") == ["calculator", "read-document"]
    monkeypatch.setattr(coder, "TOOLS", ("calculater", "calculator"))
    with pytest.raises(
        UsageError, match="'coder' asks for tools that are not there: calculater; there are: calculator, "
    ):
        agents.tools_of("coder")
