"""Does a task of several steps on its own: plans them, takes each with tools, checks it, goes back where it failed.

    make_plan → take_step → check_step → conclude
                   ↑  ↑____ next ____|  |
                   |____ backtrack ←____|
                            |→ ask_documents → check_step

In three lines:

    graph = build()
    context = Context(library, Verifier(library.embeddings), model=model, model_name="openai:...")
    graph.invoke({"question": "Work out 17.5% of 2,340, then divide it by 3."}, context=context)["messages"][-1].text

`take_step` runs an agent of `agents/`, `ask_documents` the graph of `graphs/answer.py`. What was done before a step is
the checkpoint that the plan can go back to: a capable model names the step to go back to and other steps from there on,
and what came after it is forgotten. A small model's plan is split from the task by rules; a step that failed is tried
without the tools that failed, or asked of the documents. What it says without a tool counts only where a step asks for
something to be written, and never of a very small one.
"""

import operator
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypedDict

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage
from langgraph.graph import END, START, StateGraph
from langgraph.graph.message import add_messages
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime
from langgraph.types import Checkpointer, Command, Overwrite
from pydantic import BaseModel, Field

from vademecum import agents, prompts
from vademecum.agents import Approval
from vademecum.core.errors import EmptyWorkspaceError, UsageError
from vademecum.core.settings import Settings
from vademecum.graphs import _agents, _steps, answer
from vademecum.graphs._steps import Attempt, Call
from vademecum.language.questions import validated_question
from vademecum.models import model_calls
from vademecum.models.fitness import plans
from vademecum.models.tool_calling.split_request import asks_for_text
from vademecum.models.tool_calling.tool_results_text import text_in_words

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.tools import BaseTool

DOCUMENTS = "useful"
"""Without any it still uses tools."""

MAX_ACTIONS = 16
"""Steps taken in one run, those of abandoned ways among them."""

MAX_BACKTRACKS = 3
MAX_STEPS = 60
"""Recursion limit: two nodes for each action, and three for each time that the plan goes back."""


class State(TypedDict, total=False):
    """What a run knows. `done` is the way that leads to the result, `trail` all that was tried, in order."""

    messages: Annotated[list[AnyMessage], add_messages]
    question: str
    """The task: the input."""
    steps: list[str]
    """The plan: the steps done, and those to come."""
    done: list[Attempt]
    latest: Attempt
    trail: Annotated[list[Attempt], operator.add]
    avoid: list[str]
    """Tools that the step at hand is tried without."""
    backtracks: int
    began: float
    """When the run began, in seconds since 1970."""


@dataclass(frozen=True)
class Context(answer.Context):
    """What the nodes work with. `agent` takes the steps, with `tools` (None: its own), and with a person's leave where
    that is due (see `agents`; "ask" needs a checkpointer). After `max_seconds` no further step is taken.
    """

    agent: str = "assistant"
    tools: Sequence[str] | None = None
    approve: Approval = "ask"
    settings: Settings | None = None
    max_steps: int = 6
    max_seconds: float = 600

    @property
    def planning_model(self) -> "BaseChatModel | None":
        """The model, if it can be trusted to plan, and to judge what came of a step."""
        return self.model if plans(self.model_name) else None


class Plan(BaseModel):
    """The steps of a task, in order."""

    steps: list[str] = Field(description="one instruction each")


class Check(BaseModel):
    """Whether a step was done."""

    why: str = Field(description="one line: what shows that it was done, or what is missing")
    done: bool


class AnotherWay(BaseModel):
    """Where to go back to, and how to go on from there."""

    back_to: int = Field(description="the number of the first step that is to be different")
    steps: list[str] = Field(description="the steps from there on; none where no other way is left")


def make_plan(state: State, runtime: Runtime[Context]) -> dict[str, Any]:
    """Plan the steps: by a model that can be trusted with it, else as the task names them."""
    context = runtime.context
    task = validated_question(state.get("question", ""), context.max_question_chars)
    _model(context)
    steps = _steps.split(task)
    if model := context.planning_model:
        offered = _told_tools(_agents.tools_of(context, context.agent))
        messages = prompts.load("plan/steps").render(task=task, tools=offered, most=str(context.max_steps))
        planned = model_calls.fill(model, Plan, messages)
        steps = _usable(planned.steps if planned else []) or steps
    return {
        "messages": [HumanMessage(task)],
        "question": task,
        "steps": steps[: context.max_steps],
        "done": [],
        "trail": Overwrite([]),
        "avoid": [],
        "backtracks": 0,
        "began": time.time(),
    }


def take_step(state: State, runtime: Runtime[Context]) -> State:
    """Have the agent take the next step with its tools."""
    context, attempts, step = runtime.context, state["done"], _step(state, runtime.context)
    offered = [tool for tool in _agents.tools_of(context, context.agent) if tool.name not in state["avoid"]]
    acting = prompts.load("plan/act").render(task=state["question"], findings=_steps.outcomes(attempts), step=step)
    if context.planning_model:
        prompt = acting
    elif context.capable_model and asks_for_text(step):
        return {"latest": _steps.attempt(step, "write", model_calls.ask(context.capable_model, acting))}
    else:  # a small model chooses its tool by the likeness of the step alone
        call = _steps.calculated(step)
        if call and any(tool.name == call["tool"] for tool in offered):
            return {"latest": _steps.attempt(step, "take_step", text_in_words(call["result"], call["tool"]), [call])}
        prompt = [HumanMessage(step)]
    messages: list[Any] = [*prompt, *_agents.run(context.agent, _model(context), offered, prompt, runtime)]
    calls = [
        Call(tool=call.tool, args=call.args, result=call.result, failed=call.failed) for call in agents.calls(messages)
    ]
    return {"latest": _steps.attempt(step, "take_step", agents.reply(messages), calls)}


def asking() -> Callable[..., State]:
    """The node that asks a step of the documents, by the answer graph."""
    graph = answer.build()

    def ask_documents(state: State, runtime: Runtime[Context]) -> State:
        """Ask the step of the documents: every sentence of what they answer is checked."""
        step = _step(state, runtime.context)
        try:
            reply = graph.invoke({"question": step}, context=runtime.context)["answer"]
        except EmptyWorkspaceError as error:
            return {"latest": {**_steps.attempt(step, "ask_documents", ""), "why": str(error)}}
        latest = _steps.attempt(step, "ask_documents", reply.text)
        return {"latest": {**latest, "done": not reply.abstained, "why": reply.text if reply.abstained else ""}}

    return ask_documents


def check_step(state: State, runtime: Runtime[Context]) -> Command[Literal["take_step", "backtrack", "conclude"]]:
    """Judge what came of the step: go on, go back while the bounds allow it, or end."""
    latest = state["latest"]
    if latest["way"] == "write":
        latest = {**latest, "done": bool(latest["reply"]), "why": "" if latest["reply"] else "nothing was written"}
    elif latest["way"] == "take_step":
        latest = _checked(state, latest, runtime.context)
    trail, attempts = [latest], [*state["done"], latest]
    if latest["done"]:
        update = {"trail": trail, "done": attempts, "latest": latest, "avoid": []}
        over = len(attempts) == len(state["steps"]) or _spent(state, runtime.context)
        return Command(update=update, goto="conclude" if over else "take_step")  # ty: ignore[invalid-explicit-return]
    over = state["backtracks"] >= MAX_BACKTRACKS or _spent(state, runtime.context)
    return Command(update={"trail": trail, "latest": latest}, goto="conclude" if over else "backtrack")  # ty: ignore[invalid-explicit-return]


def backtrack(state: State, runtime: Runtime[Context]) -> Command[Literal["take_step", "ask_documents", "conclude"]]:
    """Go back to an earlier step and try another way; end where there is none."""
    context, counted = runtime.context, state["backtracks"] + 1
    if model := context.planning_model:
        way = _other_way(state, model, context)
        if way is None:
            return Command(goto="conclude")  # ty: ignore[invalid-explicit-return]
        step_count = min(max(way.back_to, 1), len(state["done"]) + 1) - 1
        steps = [*state["steps"][:step_count], *_usable(way.steps)][: context.max_steps]
        update = {"steps": steps, "done": state["done"][:step_count], "avoid": [], "backtracks": counted}
        return Command(update=update, goto="take_step")  # ty: ignore[invalid-explicit-return]
    latest = state["latest"]
    failed = [call["tool"] for call in latest["calls"] if call["failed"]]
    update = {"avoid": [*state["avoid"], *failed], "backtracks": counted}
    if failed:
        return Command(update=update, goto="take_step")  # ty: ignore[invalid-explicit-return]
    untried = latest["way"] == "take_step"
    return Command(update=update, goto="ask_documents" if untried else "conclude")  # ty: ignore[invalid-explicit-return]


def conclude(state: State, runtime: Runtime[Context]) -> State:
    """Say what the task came to, or what stood in its way."""
    attempts, steps = state["done"], state["steps"]
    if len(attempts) < len(steps):
        missing = state["latest"]["why"] if not state["latest"]["done"] else "the bounds of the run are reached"
        so_far = " ".join(attempt["reply"] for attempt in attempts)
        text = f"Not done: “{steps[len(attempts)]}” ({missing})." + (f" Found so far: {so_far}" if so_far else "")
        return {"messages": [AIMessage(text)]}
    text = "\n\n".join(attempt["reply"] for attempt in attempts)
    if model := runtime.context.planning_model:
        messages = prompts.load("plan/conclude").render(task=state["question"], findings=_steps.outcomes(attempts))
        text = model_calls.ask(model, messages) or text
    return {"messages": [AIMessage(text)]}


def build(*, checkpointer: Checkpointer = None) -> CompiledStateGraph[Any, Any, Any, Any]:
    """The graph, compiled; with a checkpointer, a run that was stopped goes on with the step at hand."""
    builder = StateGraph(State, context_schema=Context)  # ty: ignore[invalid-argument-type]
    for node in (make_plan, take_step, check_step, backtrack, conclude):
        builder.add_node(node, retry_policy=model_calls.RETRY)
    builder.add_node("ask_documents", asking(), retry_policy=model_calls.RETRY)
    builder.add_edge(START, "make_plan")
    builder.add_edge("make_plan", "take_step")
    builder.add_edge("take_step", "check_step")
    builder.add_edge("ask_documents", "check_step")
    builder.add_edge("conclude", END)
    return builder.compile(checkpointer=checkpointer, name="plan").with_config(recursion_limit=MAX_STEPS)


def _step(state: State, context: Context) -> str:
    """The step at hand, with what the one before it came to in the place of "it"."""
    latest = state["done"][-1] if state["done"] else _steps.attempt("", "", "")
    by_rules = latest["calls"] and context.planning_model is None
    before = latest["calls"][-1]["result"] if by_rules else latest["reply"]
    return _steps.with_result(state["steps"][len(state["done"])], before)


def _model(context: Context) -> "BaseChatModel":
    if context.model is None:
        name = context.model_name
        raise UsageError(f"a plan needs a language model, which {name!r} is not; take another: --model embedded")
    return context.model


def _told_tools(offered: "Sequence[BaseTool]") -> str:
    return "\n".join(f"- {tool.name}: {tool.description}" for tool in offered) or "none"


def _usable(steps: Sequence[str]) -> list[str]:
    return [plain for step in steps if (plain := " ".join(step.split()))]


def _spent(state: State, context: Context) -> bool:
    return len(state["trail"]) + 1 >= MAX_ACTIONS or time.time() - state["began"] > context.max_seconds


def _checked(state: State, latest: Attempt, context: Context) -> Attempt:
    """The attempt with its verdict: by rules where they are sure, else by a model that can be trusted with it."""
    fault = _steps.fault(latest)
    if not fault and not context.planning_model and not latest["calls"]:
        fault = f"no tool fits it, and {context.model_name} is not trusted to do it without one"
    if fault or context.planning_model is None:
        return {**latest, "done": not fault, "why": fault}
    messages = prompts.load("plan/check").render(
        task=state["question"], step=latest["step"], outcome=_steps.outcomes([latest], numbered=False)
    )
    check = model_calls.fill(context.planning_model, Check, messages)
    if check is None or check.done:  # what cannot be judged is what the rules found no fault with
        return {**latest, "done": True}
    return {**latest, "why": check.why}


def _other_way(state: State, model: "BaseChatModel", context: Context) -> AnotherWay | None:
    """Another way as a capable model finds it; None where it finds none that was not tried."""
    failed = [attempt for attempt in state["trail"] if not attempt["done"]]
    messages = prompts.load("plan/another-way").render(
        task=state["question"],
        tools=_told_tools(_agents.tools_of(context, context.agent)),
        done=_steps.outcomes(state["done"]),
        failed=_steps.outcomes(failed, numbered=False),
        most=str(context.max_steps),
    )
    way = model_calls.fill(model, AnotherWay, messages)
    usable = _usable(way.steps) if way else []
    return None if not usable or usable[0] in {attempt["step"] for attempt in failed} else way
