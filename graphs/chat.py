"""The conversation: each message is answered from the documents, by the assistant with its tools, or just kindly.

    remember → route → answer | assistant | chain | look | recall | keep | small_talk → update_memory
                         |→ turn_to_tools → assistant

In three lines:

    graph = build(checkpointer=open_checkpointer(home), store=open_store(library))
    thread = {"configurable": {"thread_id": "t1"}}
    graph.invoke({"question": "Hello!"}, thread, context=Context(library, verifier))["messages"][-1].text

`answer` is the graph of `graphs/answer.py`, unchanged, as a sub-graph; `assistant` runs an agent of `agents/`. What a
model is shown of the conversation is a buffer of turns, a rolling summary, or both (`memory`), with what is remembered
of the person; none of it is a document, so none of it can be cited.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypedDict, get_args

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, RemoveMessage
from langgraph.graph import END, START, StateGraph
from langgraph.graph.message import add_messages
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime
from langgraph.store.base import BaseStore
from langgraph.types import Checkpointer, Command
from pydantic import BaseModel, Field

from vademecum import prompts
from vademecum.agents import Approval
from vademecum.core.settings import Settings
from vademecum.core.types import Answer
from vademecum.graphs import _agents, _chains, _early_quotes, _images, _remembering, _steps, answer
from vademecum.graphs._remembering import Consent
from vademecum.language.questions import validated_question, with_topic
from vademecum.memory import self_statements
from vademecum.memory.context_window import MemoryKind, context_messages
from vademecum.memory.facts import Facts
from vademecum.models import images, model_calls
from vademecum.models.fitness import plans

Speaker = Literal["answer", "assistant", "chain", "look", "recall", "keep", "small_talk"]
"""Nodes that reply."""

DOCUMENTS = "useful"
"""Without any it still talks, calculates and uses tools."""

MAX_STEPS = 40
"""Recursion limit: the conversation's four steps, and those of the graph within."""

GREETING = "Hello! Ask me anything about your documents."
THANKS = "You are welcome. What else would you like to look up in your documents?"
NOTED = "Noted, for this conversation."
NOTHING_TOLD = "You have not told me that."
ONLY_READ = "I cannot see images; this is the text in it, read by OCR:"
NOTHING_READ = "I cannot see images, and found no text in this one."
NOT_KEPT = "I cannot remember anything beyond this conversation here."

_POLITE = re.compile(
    r"""^\W*(?:
        (?P<thanks>thanks?(?:\ you)?(?:\ (?:so|very)\ much|\ a\ lot)?|cheers|great|(?:good)?bye|good\ night|see\ you)
      | hi | hello | hey | good\ (?:morning|afternoon|evening|day) | how\ are\ you(?:\ doing)?
    )(?:[\s,]+(?:there|you|vademecum|again|all))?\W*$""",
    re.IGNORECASE | re.VERBOSE,
)


class State(TypedDict, total=False):
    """What lasts for the conversation, and the latest reply. `answer` is None where it is not from the documents."""

    messages: Annotated[list[AnyMessage], add_messages]
    question: str
    """What the person says: the input."""
    attachments: list[dict[str, Any]]
    """Images that come with it, as content blocks: input too."""
    standalone: str
    notes: list[str]
    answer: Answer | None
    summary: str
    """What was said in the first `summarised` messages."""
    summarised: int
    earlier: list[AnyMessage]
    """What a model is shown of all that before this message; empty between two turns."""
    told: str
    """What the person has told that answers this message, in their words."""
    proposed: list[str]
    """Facts that the last message tells of the person: kept if they agree to it in the next."""
    kept: list[str]
    """Facts that were written into the long-term memory in this turn."""


@dataclass(frozen=True)
class Context(answer.Context):
    """What the nodes of a conversation work with; `tools`: those the agent may call (None: its own).

    With `approve="ask"` the graph stops before a call that needs a person's leave (LangGraph's interrupt), and goes on
    with `Command(resume={"decisions": [{"type": "approve"}]})`; that needs a checkpointer.
    """

    speaker: Speaker | None = None
    """Who replies, whatever is said; None: as `route` decides."""
    agent: str = "assistant"
    tools: Sequence[str] | None = None
    approve: Approval = "ask"
    settings: Settings | None = None
    memory: MemoryKind = "buffer"
    """What a model is shown of the conversation: its last turns, a summary, or both."""
    turns: int = 6
    """Turns of the conversation that a model is shown as they were, at most."""
    memory_tokens: int = 1500
    """What a model is shown of the conversation and of remembered facts, at most, in tokens."""
    memory_facts: Consent = "ask"
    """Whether facts about the person are kept: as they agree to each, always, or only on "remember that ..."."""
    user: str = "me"
    """Whose facts."""


class Route(BaseModel):
    """Who replies to the last message."""

    to: Literal["answer", "assistant", "recall", "small_talk"] = Field(description="who replies")


def remember(state: State, runtime: Runtime[Context]) -> State:
    """Add what the person says to the conversation, and recall what has to do with it."""
    context, gone = runtime.context, _images.outdated(state.get("messages", []))
    messages: Any = add_messages([*state.get("messages", [])], [*gone])
    question = validated_question(state.get("question", ""), context.max_question_chars)
    facts = _remembering.recalled(question, runtime.store, context.user)
    earlier = context_messages(
        messages,
        kind=context.memory,
        summary=state.get("summary", ""),
        summarised_count=state.get("summarised", 0),
        facts=facts,
        turns=context.turns,
        tokens=context.memory_tokens,
    )
    history: Any = _images.readable(earlier, context.model)
    told = _remembering.own_statement(question, facts, messages, context.embeddings)
    messages = [*gone, _images.message(question, state.get("attachments", []))]
    news: State = {"messages": messages, "attachments": [], "question": question, "earlier": history, "told": told}
    return {**news, "answer": None, "notes": [], "kept": []}


def route(state: State, runtime: Runtime[Context]) -> Command[Speaker]:
    """Decide who replies, unless the person has: by rules where they are sure, by a large model, or the documents."""
    context = runtime.context
    speaker: Speaker | None = context.speaker or _sure(state)
    if speaker is None and context.model and plans(context.model_name):
        _early_quotes.search_and_show(with_topic(state["question"], state.get("standalone", "")), runtime)
        prompt = prompts.load("route-question").render(question=state["question"], history=state["earlier"])
        decision = model_calls.fill(context.model, Route, prompt)
        speaker = decision.to if decision else None
    return Command(goto=speaker or "answer")  # ty: ignore[invalid-explicit-return]


def assistant(state: State, runtime: Runtime[Context]) -> State:
    """Have the agent reason, act and observe until it can reply; without a model, the calculator alone replies."""
    context = runtime.context
    if context.model is None:
        return {"messages": [AIMessage(_sum_of(state["question"]))]}
    offered = _agents.tools_of(context, context.agent)
    messages = [*state["earlier"], HumanMessage(state["question"])]
    return {"messages": _agents.run(context.agent, context.model, offered, messages, runtime)}


def after_answer(state: State, runtime: Runtime[Context]) -> Literal["turn_to_tools", "update_memory"]:
    """Where the documents do not answer, a small model's tools may: it was not asked who should reply."""
    context, reply = runtime.context, state.get("answer")
    asked = plans(context.model_name) or context.speaker
    may_turn = context.model and not asked and reply and reply.abstained
    return (
        "turn_to_tools" if may_turn and _agents.fitting(state["question"], context.agent, runtime) else "update_memory"
    )


def turn_to_tools(state: State) -> dict[str, Any]:
    """Take back that the documents do not answer: a tool fits the question."""
    return {"messages": [RemoveMessage(str(state["messages"][-1].id))], "answer": None}


def chain(state: State, runtime: Runtime[Context]) -> State:
    """Run the chain of prompts that the person named, by the graph of `graphs/chain.py`."""
    order = _chains.chain_order(state["question"])
    return {"messages": [AIMessage(_chains.run(order, runtime.context))] if order else []}


def look(state: State, runtime: Runtime[Context]) -> State:
    """Reply about an attached image: a model that sees it is given it, any other the text in it, and it is said so."""
    context, message = runtime.context, state["messages"][-1]
    if context.model and images.sees(context.model):
        prompt = prompts.load("look").render(history=[*state["earlier"], message])
        return {"messages": [AIMessage(model_calls.ask(context.model, prompt))]}
    readable: Any = images.readable([message], context.model)[0]
    quoted = "\n".join(line for line in readable.text.splitlines() if line.startswith("> "))
    reply = f"{ONLY_READ}\n{quoted}" if quoted else NOTHING_READ
    if quoted and (model := context.capable_model):
        prompt = prompts.load("look").render(history=[*state["earlier"], readable])
        reply = f"{model_calls.ask(model, prompt)}\n\n{reply}"
    return {"messages": [readable, AIMessage(reply)]}


def recall(state: State, runtime: Runtime[Context]) -> State:
    """Reply about the person, or the conversation itself, from what is remembered: a small model's words are theirs."""
    model = runtime.context.capable_model
    if model and (plans(runtime.context.model_name) or not state["told"]):
        prompt = prompts.load("memory/recall").render(history=state["earlier"], question=state["question"])
        return {"messages": [AIMessage(model_calls.ask(model, prompt) or NOTHING_TOLD)]}
    return {"messages": [AIMessage(f"You told me: “{state['told']}”" if state["told"] else NOTHING_TOLD)]}


def keep(state: State, runtime: Runtime[Context]) -> State:
    """Write into the long-term memory what the person asked, or agreed, to have remembered."""
    if runtime.store is None:
        return {"messages": [AIMessage(NOT_KEPT)]}
    request, facts = self_statements.to_remember(state["question"]), Facts(runtime.store, runtime.context.user)
    said = _remembering.statements_in(state["question"]) if request else state.get("proposed", [])
    saved = [facts.add(text).text for text in said]
    return {"messages": [AIMessage(f"I will remember: {' '.join(f'“{text}”' for text in saved)}")], "kept": saved}


def small_talk(state: State, runtime: Runtime[Context]) -> State:
    """Reply to a greeting, thanks, or what a person says of themselves, stating nothing."""
    polite = _POLITE.match(state["question"])
    reply = (THANKS if polite["thanks"] else GREETING) if polite else NOTED
    if model := runtime.context.capable_model:
        history = [*state["earlier"], HumanMessage(state["question"])]
        reply = model_calls.ask(model, prompts.load("small-talk").render(history=history)) or reply
    return {"messages": [AIMessage(reply)]}


def update_memory(state: State, runtime: Runtime[Context]) -> State:
    """Move the summary on, and look in the person's own words for facts that are worth keeping, if they agree."""
    context = runtime.context
    text, place = _remembering.summarised(
        state["messages"],
        (state.get("summary", ""), state.get("summarised", 0)),
        context.memory,
        turns=context.turns,
        tokens=context.memory_tokens,
        model=context.capable_model,
    )
    proposed: list[str] = []
    if not state["kept"] and context.memory_facts != "off":
        proposed = _remembering.proposals(state["question"], runtime.store, context.user, context.capable_model)
    news: State = {"summary": text, "summarised": place, "earlier": [], "told": ""}
    if context.memory_facts == "on" and runtime.store:
        facts = Facts(runtime.store, context.user)
        return {**news, "proposed": [], "kept": [*state["kept"], *(facts.add(fact).text for fact in proposed)]}
    return {**news, "proposed": proposed}


def build(
    *, checkpointer: Checkpointer = None, store: BaseStore | None = None
) -> CompiledStateGraph[Any, Any, Any, Any]:
    """The graph, compiled; with a checkpointer, a `thread_id` continues its conversation; with a store, facts stay."""
    builder = StateGraph(State, context_schema=Context)  # ty: ignore[invalid-argument-type]
    builder.add_node(remember)
    builder.add_node(route, retry_policy=model_calls.RETRY)
    builder.add_node("answer", answer.build())
    for node in (assistant, chain, look, recall, keep, small_talk, update_memory):
        builder.add_node(node, retry_policy=model_calls.RETRY)
    builder.add_edge(START, "remember")
    builder.add_edge("remember", "route")
    builder.add_node(turn_to_tools)
    builder.add_conditional_edges("answer", after_answer)
    builder.add_edge("turn_to_tools", "assistant")
    for speaker in get_args(Speaker)[1:]:
        builder.add_edge(speaker, "update_memory")
    builder.add_edge("update_memory", END)
    return builder.compile(checkpointer=checkpointer, store=store, name="chat").with_config(recursion_limit=MAX_STEPS)


def _sure(state: State) -> Speaker | None:
    """Who replies, by rules; None where these are not sure."""
    question = state["question"]
    if _images.attached(state["messages"][-1]):
        return "look"
    if _chains.chain_order(question):
        return "chain"
    if self_statements.to_remember(question) or (state.get("proposed") and self_statements.agrees(question)):
        return "keep"
    if _POLITE.match(question) or self_statements.only_about_self(question):
        return "small_talk"
    if _sum_of(question):
        return "assistant"
    return "recall" if state["told"] or self_statements.asks_only_about_self(question) else None


def _sum_of(question: str) -> str:
    """The question worked out, "17.5% of 2,340 = 409.5"; empty where it is not plainly a calculation."""
    call = _steps.calculated(question)
    return call["result"] if call else ""
