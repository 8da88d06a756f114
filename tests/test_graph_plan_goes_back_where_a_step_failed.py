"""The plan graph plans, acts, checks, goes back to an earlier step and tries another way, within its bounds."""

from typing import Any

import pytest
from langchain_core.messages import AIMessage
from langchain_core.tools import BaseTool, StructuredTool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command
from scripted import Scripted, SmallLibrary

from vademecum.core.errors import ToolError, UsageError
from vademecum.graphs import _agents, _steps, plan
from vademecum.verification.verdict import Verifier

TASK = "Work out 17.5% of 2,340, then divide it by 3."


def call(name: str, **args: Any) -> AIMessage:
    return AIMessage("", tool_calls=[{"name": name, "args": args, "id": "1"}])


def done(yes: bool = True, why: str = "it is there") -> dict[str, Any]:
    return {"why": why, "done": yes}


def make(*script: Any, name: str = "scripted", **more: Any) -> tuple[Scripted, plan.Context]:
    model = Scripted(script=list(script))
    return model, plan.Context(SmallLibrary(0.1), Verifier(), model=model, model_name=name, **more)  # ty: ignore[invalid-argument-type]


def work(context: plan.Context, task: str = TASK) -> tuple[list[str], dict[str, Any]]:
    """The nodes that ran, in order, and the state at the end."""
    steps, state = [], {}
    for mode, part in plan.build().stream({"question": task}, context=context, stream_mode=["updates", "values"]):
        if mode == "updates":
            steps += list(part)
        else:
            state = part
    return steps, state


def test_each_step_is_taken_with_tools_checked_and_concluded() -> None:
    model, context = make(
        {"steps": ["Work out 17.5% of 2,340", " Divide it\nby 3 "]},
        *(call("calculator", expression="17.5% of 2,340"), "It is 409.5.", done()),
        *(call("calculator", expression="409.5 / 3"), "It is 136.5.", done()),
        "A third of it is 136.5.",
    )
    steps, state = work(context)
    assert steps == ["make_plan", *["take_step", "check_step"] * 2, "conclude"]
    assert [form for form in model.forms if form[:1].isupper()] == ["Plan", "Check", "Check"]
    assert [one["step"] for one in state["trail"]] == ["Work out 17.5% of 2,340", "Divide it by 3"]
    assert state["messages"][-1].text == "A third of it is 136.5."
    assert "It is 409.5." in model.seen[4][-1].text  # the second step sees what the first found
    assert not model.script


@pytest.mark.slow
def test_a_failed_step_takes_the_plan_back_to_an_earlier_one() -> None:
    model, context = make(
        {"steps": ["Count the people", "Divide by 7"]},
        *("There were 400.", done()),
        *("I cannot.", done(False, "nothing was divided")),
        {"back_to": 1, "steps": ["Count the people in the notes", "Divide that by 8"]},
        *("There were 400 a day.", done()),
        *(call("calculator", expression="400 / 8"), "It is 50.", done()),
        "It comes to 50.",
    )
    steps, state = work(context)
    assert steps == [
        "make_plan",
        *["take_step", "check_step"] * 2,
        "backtrack",
        *["take_step", "check_step"] * 2,
        "conclude",
    ]
    assert [one["step"] for one in state["done"]] == ["Count the people in the notes", "Divide that by 8"]
    assert [one["done"] for one in state["trail"]] == [True, False, True, True]
    asked = model.seen[5]
    assert "nothing was divided" in asked[-1].text
    assert "1. Count the people" in asked[-1].text
    assert "There were 400." not in model.seen[6][-1].text  # what came after the step gone back to is forgotten


@pytest.mark.slow
def test_it_ends_where_no_other_way_is_left_or_the_same_is_offered_again() -> None:
    failing = ({"steps": ["Fly"]}, "I cannot.", done(False, "no wings"))
    for way in ({"back_to": 1, "steps": []}, {"back_to": 1, "steps": ["Fly"]}, "I do not know"):
        _, context = make(*failing, way)
        steps, state = work(context, "Fly")
        assert steps[-2:] == ["backtrack", "conclude"]
        assert state["messages"][-1].text == "Not done: “Fly” (no wings)."


@pytest.mark.slow
def test_its_bounds_hold() -> None:
    ways = [part for n in range(9) for part in ({"back_to": 1, "steps": [f"Try {n}"]}, "No.", done(False, "failed"))]
    _, context = make({"steps": ["Try"]}, "No.", done(False, "failed"), *ways)
    steps, _ = work(context, "Try")
    assert steps.count("backtrack") == plan.MAX_BACKTRACKS
    assert steps[-1] == "conclude"
    _, context = make({"steps": ["A", "B", "C", "D"]}, *["Yes.", done()] * 2, "Both.", max_steps=2)
    assert len(work(context, "All")[1]["done"]) == 2
    _, context = make({"steps": ["A", "B"]}, *["Yes.", done()], max_seconds=-1)
    assert "bounds" in work(context, "All")[1]["messages"][-1].text


def test_a_very_small_model_splits_the_task_by_rules_and_is_not_trusted_without_a_tool() -> None:
    model, context = make("Peace comes from within.", name="embedded")
    steps, state = work(context, "Work out 17.5% of 2,340, then divide it by 3; bring peace")
    assert steps == [
        *("make_plan", *["take_step", "check_step"] * 3),
        *("backtrack", "ask_documents", "check_step", "backtrack", "conclude"),
    ]
    assert [call["result"] for one in state["done"] for call in one["calls"]] == [
        "17.5% of 2,340 = 409.5",
        "divide 409.5 by 3 = 136.5",
    ]
    assert state["messages"][-1].text.startswith("Not done: “Bring peace” (The documents do not answer this")
    assert not model.script


def test_a_tool_that_fails_is_left_out_of_the_next_try(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(query: str) -> str:
        """Broken."""
        raise ToolError("out of order")

    def fine(query: str) -> str:
        """Fine."""
        return "The bridge is open."

    def offered(*_: Any) -> list[BaseTool]:
        made = [StructuredTool.from_function(it, metadata={"effect": "none"}) for it in (broken, fine)]
        return list(made)

    monkeypatch.setattr(_agents, "tools_of", offered)
    script = [
        call("broken", query="bridge"),
        "It is out of order.",
        call("fine", query="bridge"),
        "The bridge is open.",
    ]
    model, context = make(*script, name="embedded")
    steps, state = work(context, "Look at the bridge")
    assert steps == ["make_plan", "take_step", "check_step", "backtrack", "take_step", "check_step", "conclude"]
    assert "out of order" in state["trail"][0]["why"]
    assert state["messages"][-1].text == "The bridge is open."
    assert {tool.name for tool in model.schemas[-1:]} == {"fine"}


def test_a_call_that_needs_leave_stops_the_plan_and_it_goes_on_where_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []

    def send(text: str) -> str:
        """Send."""
        sent.append(text)
        return "sent"

    tool = StructuredTool.from_function(send, metadata={"effect": "network"})
    monkeypatch.setattr(_agents, "tools_of", lambda *_: [tool])
    script = [{"steps": ["Send it"]}, call("send", text="hello"), "Sent.", done(), "It was sent."]
    _, context = make(*script)
    graph, config = plan.build(checkpointer=InMemorySaver()), {"configurable": {"thread_id": "t"}}
    stopped = graph.invoke({"question": "Send it"}, config, context=context)
    assert stopped["__interrupt__"][0].value["action_requests"][0]["args"] == {"text": "hello"}
    assert sent == []
    state = graph.invoke(Command(resume={"decisions": [{"type": "approve"}]}), config, context=context)
    assert (sent, state["messages"][-1].text) == (["hello"], "It was sent.")
    _, context = make(
        {"steps": ["Send it"]}, call("send", text="again"), "No.", done(False, "no"), {"back_to": 1, "steps": []}
    )
    plan.build().invoke({"question": "Send it"}, context=context)
    assert sent == ["hello"]  # nobody can be asked where nothing is stored


def test_what_cannot_be_planned_is_refused_in_words() -> None:
    with pytest.raises(UsageError, match="--model"):
        plan.build().invoke({"question": "Do it"}, context=plan.Context(SmallLibrary(), Verifier()))  # ty: ignore[invalid-argument-type]
    with pytest.raises(UsageError, match="empty"):
        work(make()[1], " ")


@pytest.mark.parametrize(
    ("task", "steps"),
    [
        ("Do A, then do B.", ["Do A", "Do B"]),
        ("Do A. Then do B and after that do C", ["Do A", "Do B", "Do C"]),
        ("Compare A and B", ["Compare A and B"]),
        ("Add 1.5 and 2.5; halve it", ["Add 1.5 and 2.5", "Halve it"]),
        ("...", ["..."]),
    ],
)
def test_a_task_splits_where_it_says_so(task: str, steps: list[str]) -> None:
    assert _steps.split(task) == steps


@pytest.mark.parametrize(
    ("step", "before", "with_it"),
    [
        ("Divide it by 3", "17.5% of 2,340 = 409.5.", "Divide 409.5 by 3"),
        ("Multiply that by 2", "a ≈ 3.33", "Multiply 3.33 by 2"),
        ("Send a note that dinner is ready", "1 + 1 = 2", "Send a note that dinner is ready"),
        ("Divide it by 3", "There is no number.", "Divide it by 3"),
    ],
)
def test_it_is_what_the_step_before_came_to(step: str, before: str, with_it: str) -> None:
    assert _steps.with_result(step, before) == with_it


@pytest.mark.slow
def test_the_embedded_model_works_a_task_off_from_python_and_from_the_command_line(
    own_home: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    import json

    import vademecum
    from vademecum.cli import run

    answer = vademecum.open(home=own_home / "w").plan(TASK)
    assert [one["done"] for one in answer.trail] == [True, True]
    assert "136.5" in answer.text
    assert run(["plan", TASK, "--json", "--home", str(own_home / "w")]) == 0
    assert "136.5" in json.loads(capsys.readouterr().out)["answer"]
