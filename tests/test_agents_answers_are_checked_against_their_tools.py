"""GroundedAnswers checks what any agent answers against what its tools returned, and marks, drops or sends back."""

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import pytest
from langchain.agents import create_agent
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver
from scripted import Scripted

from vademecum.verification.middleware import MARK, NOTHING_LEFT, GroundedAnswers

LEASE = "The lease ends on 30 June 2027. The rent is 950 euros a month. Dogs are not allowed."
TRUE, FALSE = "The lease ends on 30 June 2027.", "The rent is 1,100 euros a month."


@tool
def search_letters(query: str) -> str:
    """Search the letters."""
    return LEASE


@tool
def phone_book(name: str) -> str:
    """Look somebody up, as JSON."""
    people = [{"name": "Rosa Klein", "phone": "555-0142"}, {"name": "Anna Berg", "phone": "555-0187"}]
    return json.dumps({"people": people})


def call(tool_name: str = "search_letters", key: str = "c1", /, **args: Any) -> AIMessage:
    return AIMessage("", tool_calls=[{"name": tool_name, "args": args or {"query": "lease"}, "id": key}])


def asked(script: list[Any], **options: Any) -> tuple[dict[str, Any], Scripted]:
    model = Scripted(script=script)
    agent = create_agent(model, [search_letters, phone_book], middleware=[GroundedAnswers(**options)])
    return agent.invoke({"messages": "When does the lease end, and what is the rent?"}), model


def test_a_sentence_that_no_result_supports_is_marked() -> None:
    result, _ = asked([call(), f"{TRUE} {FALSE}"])
    assert result["messages"][-1].text == f"{TRUE} {FALSE} {MARK}"
    true, false = result["grounding"]
    assert (true["verdict"], true["kind"], true["tool_call_id"], true["quote"]) == ("supported", "supports", "c1", TRUE)
    assert LEASE[slice(*true["span"])] == TRUE
    assert (false["verdict"], false["kind"]) == ("unsupported", "contradicts")
    assert LEASE[slice(*false["span"])] == "The rent is 950 euros a month."
    assert f"{TRUE} {FALSE}"[false["start"] : false["end"]] == FALSE


def test_what_is_supported_stays_as_it_was_written() -> None:
    answer = f"Here is what I found:\n\n- {TRUE} [1]\n- **No**, dogs are not allowed.\n\nLet me know if you need more."
    result, _ = asked([call(), answer])
    assert result["messages"][-1].text == answer
    assert [row["verdict"] for row in result["grounding"]] == ["supported", "supported"]


def test_it_is_sent_back_once_and_the_draft_leaves_the_conversation() -> None:
    result, model = asked([call(), f"{TRUE} {FALSE}", f"{TRUE} The rent is 950 euros."], send_back=True)
    assert [message.type for message in result["messages"]] == ["human", "ai", "tool", "ai"]
    assert result["messages"][-1].text == f"{TRUE} The rent is 950 euros."
    request = model.seen[-1][-1]
    assert isinstance(request, HumanMessage)
    assert FALSE in request.text
    assert TRUE not in request.text
    result, model = asked([call(), FALSE, FALSE], send_back=True)
    assert result["messages"][-1].text == f"{FALSE} {MARK}"
    assert len(model.seen) == 3


def test_a_draft_that_was_sent_back_may_call_a_tool() -> None:
    script = [
        call(),
        "Rosa Klein's phone is 555-0142.",
        call("phone_book", "c2", name="Rosa"),
        "Rosa Klein's phone is 555-0142.",
    ]
    result, _ = asked(script, send_back=True)
    assert [message.type for message in result["messages"]] == ["human", "ai", "tool", "ai", "tool", "ai"]
    assert result["grounding"][0]["tool_call_id"] == "c2"


def test_fields_of_json_belong_to_their_own_object() -> None:
    answer = "Rosa Klein's phone is 555-0142. Rosa Klein's phone is 555-0187."
    result, _ = asked([call("phone_book", name="Rosa"), answer])
    assert [row["verdict"] for row in result["grounding"]] == ["supported", "unsupported"]


def test_it_may_be_dropped_or_only_reported() -> None:
    result, _ = asked([call(), f"{TRUE} {FALSE}"], unsupported="drop")
    assert result["messages"][-1].text == TRUE
    result, _ = asked([call(), f"- {FALSE}"], unsupported="drop")
    assert result["messages"][-1].text == NOTHING_LEFT
    result, _ = asked([call(), f"{TRUE} {FALSE}"], unsupported="report")
    assert result["messages"][-1].text == f"{TRUE} {FALSE}"
    assert [row["verdict"] for row in result["grounding"]] == ["supported", "unsupported"]


def test_an_answer_without_any_result_is_supported_by_nothing() -> None:
    result, _ = asked([FALSE])
    assert result["messages"][-1].text == f"{FALSE} {MARK}"
    result, _ = asked([TRUE], texts=[LEASE])
    assert result["messages"][-1].text == TRUE
    result, _ = asked(["Hello! How can I help you?"])
    assert result["grounding"] == []


def test_only_named_tools_and_no_failed_call_count() -> None:
    assert MARK in asked([call(), TRUE], tools=["phone_book"])[0]["messages"][-1].text
    broken = AIMessage("", tool_calls=[{"name": "search_letters", "args": {"wrong": TRUE}, "id": "c1"}])
    assert MARK in asked([broken, TRUE])[0]["messages"][-1].text


def test_each_turn_of_a_conversation_is_checked_and_sent_back_for_itself() -> None:
    model = Scripted(script=[call(), FALSE, TRUE, FALSE, "The rent is 950 euros a month."])
    middleware = [GroundedAnswers(send_back=True)]
    agent = create_agent(model, [search_letters], middleware=middleware, checkpointer=InMemorySaver())
    config: Any = {"configurable": {"thread_id": "1"}}
    first = agent.invoke({"messages": "When does it end?"}, config)
    second = agent.invoke({"messages": "And the rent?"}, config)
    assert first["messages"][-1].text == TRUE
    assert second["messages"][-1].text == "The rent is 950 euros a month."
    assert [message.type for message in second["messages"]] == ["human", "ai", "tool", "ai", "human", "ai"]


def test_it_runs_in_asynchronous_agents_too() -> None:
    agent = create_agent(Scripted(script=[call(), FALSE]), [search_letters], middleware=[GroundedAnswers()])
    result = asyncio.run(agent.ainvoke({"messages": "What is the rent?"}))
    assert MARK in result["messages"][-1].text


def test_a_wrong_option_is_refused() -> None:
    with pytest.raises(ValueError, match="mark, drop, report"):
        GroundedAnswers(unsupported="hide")  # ty: ignore[invalid-argument-type]


def test_the_documented_examples_print_what_they_promise(capsys: pytest.CaptureFixture[str]) -> None:
    page = (Path(__file__).resolve().parent.parent / "docs" / "verification.md").read_text("utf-8")
    for program in re.findall(r"```python\n(.*?)```", page, re.DOTALL):
        exec(program, {})
    shown = capsys.readouterr().out
    assert shown.startswith("unsupported contradicts ('the number 1,100 is not in the quote',)\nSpan(text=0, ")
    assert "\nsupported\nunsupported\nThe lease ends on 30 June 2027." in shown
    assert f"1,100 euros a month. {MARK}\nsupported supports " in shown
