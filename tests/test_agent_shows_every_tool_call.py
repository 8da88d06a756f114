"""The agent's loop, driven by a scripted model that fails when it is asked more than it was given."""

from typing import Any

import pytest
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.tools import BaseTool, tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command
from scripted import Scripted

import agents
import tools
from agents import assistant
from core.errors import ModelError


def call(name: str, identity: str = "1", **args: Any) -> AIMessage:
    return AIMessage("", tool_calls=[{"name": name, "args": args, "id": identity}])


def run(*script: AIMessage, more: list[BaseTool] | None = None) -> tuple[Scripted, list[BaseMessage]]:
    model = Scripted(script=list(script))
    calculator = tools.build(tools.Services(), ["calculator"])
    agent = assistant.build(model, [*calculator, *(more or [])])
    return model, agent.invoke({"messages": [("user", "What is 17.5% of 2,340?")]})["messages"]


def test_each_call_and_its_result_is_kept_in_order() -> None:
    model, messages = run(
        call("calculator", expression="17.5% of 2,340"),
        call("calculator", "2", expression="409.5 * 2"),
        AIMessage("819"),
    )
    assert {tool.name for tool in model.schemas} == {"calculator"}
    assert [made.result for made in agents.calls(messages)] == ["17.5% of 2,340 = 409.5", "409.5 * 2 = 819"]
    assert agents.reply(messages) == "819"
    assert model.seen[0][0].type == "system"
    assert [message.type for message in model.seen[-1]] == ["system", "human", "ai", "tool", "ai", "tool"]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (call("calculator", expression="1/0"), "divides by zero"),
        (call("calculator", expression=None), "expression"),
        (call("telescope"), "not a valid tool"),
    ],
)
def test_what_goes_wrong_with_a_tool_is_told_to_the_model_which_goes_on(wrong: AIMessage, told: str) -> None:
    _, messages = run(wrong, call("calculator", "2", expression="1+1"), AIMessage("2"))
    first, second = agents.calls(messages)
    assert first.failed
    assert told in first.result
    assert (second.failed, second.result) == (False, "1+1 = 2")


def test_an_error_that_is_not_ours_ends_the_run() -> None:
    @tool
    def broken(x: int) -> str:
        """Broken."""
        raise RuntimeError("a bug")

    with pytest.raises(RuntimeError, match="a bug"):
        run(call("broken", x=1), AIMessage("fine"), more=[broken])


@pytest.mark.parametrize("error", [ConnectionError("no route"), NotImplementedError()])
def test_a_model_that_fails_is_told_in_one_line(error: Exception) -> None:
    agent = assistant.build(Scripted(script=[error]), tools.build(tools.Services(), ["calculator"]))
    with pytest.raises(ModelError, match="--model"):
        agent.invoke({"messages": [("user", "1+1?")]})


def test_a_model_that_never_stops_is_stopped() -> None:
    _, messages = run(*(call("calculator", str(number), expression="1+1") for number in range(50)))
    assert len(agents.calls(messages)) == assistant.MODEL_CALLS
    assert "limit" in agents.reply(messages)


@pytest.mark.parametrize(("decision", "result"), [("approve", "1+1 = 2"), ("reject", "rejected")])
def test_a_person_decides_before_a_call_where_that_is_asked_for(decision: str, result: str) -> None:
    model = Scripted(script=[call("calculator", expression="1+1"), AIMessage("done")])
    calculator = tools.build(tools.Services(), ["calculator"])
    agent = assistant.build(model, calculator, checkpointer=InMemorySaver(), ask_before=["calculator"])
    config = {"configurable": {"thread_id": "t"}}
    stopped = agent.invoke({"messages": [("user", "1+1?")]}, config)
    assert stopped["__interrupt__"][0].value["action_requests"][0]["args"] == {"expression": "1+1"}
    assert agents.calls(stopped["messages"])[0].result == "was not run"
    messages = agent.invoke(Command(resume={"decisions": [{"type": decision}]}), config)["messages"]
    assert result in agents.calls(messages)[0].result


def test_only_the_latest_turn_counts() -> None:
    _, messages = run(call("calculator", expression="1+1"), AIMessage("2"))
    assert agents.calls([*messages, *run(AIMessage("hello"))[1]]) == ()
    assert agents.reply([]) == ""
