"""A small model in this process does not plan, judge or route: rules do, and it writes what it is asked to write."""

from typing import Any

import pytest
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage, ToolMessage
from langchain_core.tools import tool
from scripted import Scripted, SmallLibrary

from vademecum import tools
from vademecum.core.types import Answer, Sentence
from vademecum.graphs import _parts, _sections, chat, plan
from vademecum.models.fitness import plans
from vademecum.models.tool_calling.described import described
from vademecum.models.tool_calling.grammar_calls import SHOWN, GrammarCalls
from vademecum.models.tool_calling.own_words import in_own_words
from vademecum.verification.verdict import Verifier

SMALL = "qwen-1.5b"


@pytest.mark.parametrize(
    ("name", "trusted"), [(SMALL, False), ("embedded", False), ("extractive", False), ("openai:gpt-5", True)]
)
def test_only_a_large_model_plans(name: str, trusted: bool) -> None:
    assert plans(name) == trusted


def work(task: str, *script: Any) -> tuple[dict[str, Any], Scripted]:
    model = Scripted(script=list(script))
    context = plan.Context(SmallLibrary(0.1), Verifier(), model=model, model_name=SMALL)  # ty: ignore[invalid-argument-type]
    return plan.build().invoke({"question": task}, context=context), model


def test_a_plan_is_the_tasks_own_steps_and_its_end_is_told_in_words() -> None:
    state, model = work("Work out 17.5% of 2,340, then divide it by 3.")
    assert state["steps"] == ["Work out 17.5% of 2,340", "Divide it by 3"]
    assert state["messages"][-1].text == "17.5% of 2,340 is 409.5.\n\nDivide 409.5 by 3: 136.5."
    assert model.seen == []


def test_what_a_step_asks_to_be_written_is_written_from_what_was_found() -> None:
    state, model = work("Work out 6 times 7, then write a line about it.", "Forty-two is the answer to everything.")
    assert "6 times 7 is 42." in model.seen[0][-1].text
    assert state["messages"][-1].text.endswith("Forty-two is the answer to everything.")
    assert [attempt["done"] for attempt in state["trail"]] == [True, True]
    assert work("Write a line about spring.", "")[0]["messages"][-1].text.startswith("Not done")


def test_a_message_goes_to_the_documents_without_a_call_for_its_route() -> None:
    model = Scripted(script=[])
    context = chat.Context(SmallLibrary(0.1), Verifier(), model=model, model_name=SMALL)  # ty: ignore[invalid-argument-type]
    state = chat.build().invoke({"question": "Who owns the moon?"}, context=context)
    assert state["answer"].abstained
    assert model.seen == []


# Sections of a report


def part(number: int, title: str, asked: str, *texts: str) -> _parts.Part:
    sentences = tuple(Sentence(text=text, verdict="supported") for text in texts)
    answer = Answer(question=asked, text=" ".join(texts), sentences=sentences)
    return {**_parts.part(number, title, asked), "answer": answer}


def test_a_report_has_sections_of_prose_on_the_question_and_says_nothing_twice() -> None:
    question = "Why was the bridge built?"
    sections = _sections.of(
        question,
        [
            part(1, question, question, "The bridge was built for the trains.", "It replaced a ferry."),
            part(
                2,
                "Cost",
                f"{question} (Cost)",
                "The bridge was built for the trains, too.",
                "$$ x = 1 $$ is what the bridge is",
                "The mayor liked cheese.",
                "The bridge cost ten million.",
            ),
            part(3, "Ferries", f"{question} (Ferries)", "Ferries were slow and wet."),
        ],
    )
    assert [(section.title, [sentence.text for sentence in section.sentences]) for section in sections] == [
        ("In short", ["The bridge was built for the trains.", "It replaced a ferry."]),
        ("Cost", ["The bridge cost ten million."]),
    ]


# Which tool is called, and whether


@tool
def multiply(a: int, b: int) -> int:
    """Multiply two whole numbers: what is a times b?"""
    return a * b


@tool
def weather(city: str) -> str:
    """The weather in a city today."""
    return city


def calls_of(*messages: BaseMessage, choice: str | None = None) -> GrammarCalls:
    return GrammarCalls(messages, [described(multiply), described(weather)], choice, "tools", 1)


BOTH = HumanMessage("Multiply 12 by 7. And what is the weather in Oslo?")
FIRST = AIMessage("", tool_calls=[{"name": "multiply", "args": {"a": 12, "b": 7}, "id": "1"}])
EIGHTY_FOUR = ToolMessage("84", tool_call_id="1", name="multiply")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("messages", "may_call"),
    [
        ([HumanMessage("What is 12 times 7?")], True),
        ([HumanMessage("Who wrote the play Hamlet?")], False),
        ([HumanMessage("Hello!")], False),
        ([HumanMessage("What is 12 times 7?"), FIRST, EIGHTY_FOUR], False),
        ([BOTH, FIRST, EIGHTY_FOUR], True),
        ([HumanMessage("What is 12 times 7? And write a poem about it."), FIRST, EIGHTY_FOUR], False),
    ],
)
def test_tools_are_called_as_often_as_parts_of_a_request_want_one(messages: list[BaseMessage], may_call: bool) -> None:
    assert calls_of(*messages).may_call == may_call
    assert calls_of(*messages, choice="any").may_call


@pytest.mark.slow
def test_of_many_tools_a_model_is_shown_the_likeliest() -> None:
    many = [described(multiply), *({"name": f"list_{n}", "description": f"List stars {n}."} for n in "abcdef")]
    calls = GrammarCalls([HumanMessage("What is 12 times 7?")], [*many, described(weather)], None, "tools", 1)
    names = [function["function"]["name"] for function in calls.template_functions]
    assert len(names) == SHOWN
    assert names[0] == "multiply"
    assert '"multiply' in calls.grammar.replace("\\", "")


@pytest.mark.slow
def test_a_call_with_numbers_that_nobody_gave_gets_the_requests_own_words() -> None:
    [clock] = tools.build(tools.Services(), ["date-time"])
    request = HumanMessage("How many days are there until 24 December?")
    calls = GrammarCalls([request], [described(clock)], None, "tools", 1)
    written = '{"name": "date_time", "arguments": {"question": "days between 3 May 2024 and 24 December 2024"}}'
    chunks: Any = ({"choices": [{"delta": {"content": part}, "finish_reason": None}]} for part in written)
    made = sum(calls.read(chunks, lambda *_: AIMessageChunk("", chunk_position="last")), AIMessageChunk(""))
    assert "24 December" in made.tool_calls[0]["args"]["question"]
    assert "2024" not in made.tool_calls[0]["args"]["question"]


@pytest.mark.slow
def test_numbers_of_the_request_and_of_results_are_left_to_the_model() -> None:
    [calculator] = tools.build(tools.Services(), ["calculator"])
    asked = "What is 17.5% of 2,340?"
    for expression in ("17.5% of 2340", "0.5 * 2340"):
        made = in_own_words(described(calculator), {"expression": expression}, [asked], asked, 1)
        assert (made["expression"] == expression) == (expression[0] == "1")


@pytest.mark.slow
def test_a_program_keeps_its_numbers() -> None:
    [python] = tools.build(tools.Services(), ["python"])
    code = {"code": "print(sum(n for n in range(2, 31)))"}
    assert in_own_words(described(python), code, ["How many primes are below 1,000?"], "below 1,000", 1) == code
