"""The conversation: each message is answered from the documents, by the assistant with its tools, or just kindly.

    remember → route → answer | assistant | small_talk

In three lines:

    graph = build(checkpointer=open_checkpointer(home))
    thread = {"configurable": {"thread_id": "t1"}}
    graph.invoke({"question": "Hello!"}, thread, context=Context(library, verifier))["messages"][-1].text

`answer` is the graph of `graphs/answer.py`, unchanged, as a sub-graph; `assistant` runs an agent of `agents/`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypedDict

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage
from langgraph.graph import END, START, StateGraph
from langgraph.graph.message import add_messages
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime
from langgraph.types import Checkpointer, Command
from pydantic import BaseModel, Field

import prompts
from agents import Approval
from core.errors import ToolError
from core.settings import Settings
from core.types import Answer
from graphs import _agents, _calls, _questions, answer
from memory.buffer import recent
from tools.calculator import work_out

Speaker = Literal["answer", "assistant", "small_talk"]
"""Nodes that reply."""

MAX_STEPS = 40
"""Recursion limit: the conversation's three steps, and those of the graph within."""

GREETING = "Hello! Ask me anything about your documents."
THANKS = "You are welcome. What else would you like to look up in your documents?"

_POLITE = re.compile(
    r"""^\W*(?:
        (?P<thanks>thanks?(?:\ you)?(?:\ (?:so|very)\ much|\ a\ lot)?|cheers|great|(?:good)?bye|good\ night|see\ you)
      | hi | hello | hey | good\ (?:morning|afternoon|evening|day) | how\ are\ you(?:\ doing)?
    )(?:[\s,]+(?:there|you|vademecum|again|all))?\W*$""",
    re.IGNORECASE | re.VERBOSE,
)
_TWO_NUMBERS = re.compile(r"\d[^\d.,]+\d|[%²³√]|\b(?:percent|square|squared|cubed|root|sqrt)\b", re.IGNORECASE)


class State(TypedDict, total=False):
    """What lasts for the conversation, and the latest reply. `answer` is None where it is not from the documents."""

    messages: Annotated[list[AnyMessage], add_messages]
    question: str
    """What the person says: the input."""
    standalone: str
    notes: list[str]
    answer: Answer | None


@dataclass(frozen=True)
class Context(answer.Context):
    """What the nodes of a conversation work with; `tools`: those the agent may call (None: its own).

    With `approve="ask"` the graph stops before a call that needs a person's leave (LangGraph's interrupt), and goes on
    with `Command(resume={"decisions": [{"type": "approve"}]})`; that needs a checkpointer.
    """

    agent: str = "assistant"
    tools: Sequence[str] | None = None
    approve: Approval = "ask"
    settings: Settings | None = None
    turns: int = 6
    """Turns of the conversation that a model is shown (buffer memory)."""


class Route(BaseModel):
    """Who replies to the last message."""

    to: Speaker = Field(description="who replies")


def remember(state: State, runtime: Runtime[Context]) -> State:
    """Add what the person says to the conversation."""
    question = _questions.accepted(state.get("question", ""), runtime.context.max_question_chars)
    return {"messages": [HumanMessage(question)], "question": question, "answer": None, "notes": []}


def route(state: State, runtime: Runtime[Context]) -> Command[Speaker]:
    """Decide who replies: by rules where they are sure, by a model that can be trusted with it, or the documents."""
    question, chosen = state["question"], None
    if _POLITE.match(question):
        chosen = Route(to="small_talk")
    elif _sum_of(question):
        chosen = Route(to="assistant")
    elif model := runtime.context.capable_model:
        history = _earlier(state, runtime)
        chosen = _calls.fill(model, Route, prompts.load("route-question").render(question=question, history=history))
    return Command(goto=chosen.to if chosen else "answer")  # ty: ignore[invalid-explicit-return]


def assistant(state: State, runtime: Runtime[Context]) -> State:
    """Have the agent reason, act and observe until it can reply; without a model, the calculator alone replies."""
    context = runtime.context
    if context.model is None:
        return {"messages": [AIMessage(_sum_of(state["question"]))]}
    offered = _agents.tools_of(context, context.agent)
    shown = [*_earlier(state, runtime), HumanMessage(state["question"])]
    return {"messages": _agents.run(context.agent, context.model, offered, shown, runtime)}


def small_talk(state: State, runtime: Runtime[Context]) -> State:
    """Reply to a greeting or thanks, stating nothing."""
    polite = _POLITE.match(state["question"])
    reply = THANKS if polite and polite["thanks"] else GREETING
    if model := runtime.context.capable_model:
        history = [*_earlier(state, runtime), HumanMessage(state["question"])]
        reply = _calls.ask(model, prompts.load("small-talk").render(history=history)) or reply
    return {"messages": [AIMessage(reply)]}


def build(*, checkpointer: Checkpointer = None) -> CompiledStateGraph[Any, Any, Any, Any]:
    """The graph, compiled; with a checkpointer, a `thread_id` continues its conversation."""
    builder = StateGraph(State, context_schema=Context)  # ty: ignore[invalid-argument-type]
    builder.add_node(remember)
    builder.add_node(route, retry_policy=_calls.RETRY)
    builder.add_node("answer", answer.build())
    builder.add_node(assistant, retry_policy=_calls.RETRY)
    builder.add_node(small_talk, retry_policy=_calls.RETRY)
    builder.add_edge(START, "remember")
    builder.add_edge("remember", "route")
    for node in ("answer", "assistant", "small_talk"):
        builder.add_edge(node, END)
    return builder.compile(checkpointer=checkpointer, name="chat").with_config(recursion_limit=MAX_STEPS)


def _earlier(state: State, runtime: Runtime[Context]) -> list[Any]:
    """The turns before the message at hand that a model is shown."""
    return recent(state["messages"][:-1], turns=runtime.context.turns)


def _sum_of(question: str) -> str:
    """The question worked out, "17.5% of 2,340 = 409.5"; empty where it is not plainly a calculation."""
    if not _TWO_NUMBERS.search(question):
        return ""
    try:
        return work_out(question)
    except ToolError:
        return ""
