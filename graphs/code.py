"""Solves a task with a program: writes it, runs it in a sandbox, reads the error, mends it, and shows what it printed.

    write_code → run_code → finish
                   ↑  |→ give_up
                   repair_code

In three lines:

    graph = build()
    context = Context(model=chat_model("openai:...", settings), model_name="openai:...")
    graph.invoke({"question": "How many primes are below 1,000?"}, context=context)["messages"][-1].text

What the answer says was printed was printed: the sandbox (pydantic-monty) is bounded in time, memory and output, and
has no files, network or environment. A very small model writes no program of its own: it chooses a worked one and
fills in its values, or says that it cannot.
"""

import operator
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypedDict

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage
from langgraph.graph import END, START, StateGraph
from langgraph.graph.message import add_messages
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime
from langgraph.types import Checkpointer, Command, Overwrite

from vademecum import prompts
from vademecum.core.errors import UsageError
from vademecum.graphs import _programs
from vademecum.graphs._code_blocks import code_in, in_short, unfenced
from vademecum.graphs._context import GraphContext
from vademecum.language.questions import validated_question
from vademecum.models import model_calls
from vademecum.tools.python import MEMORY_MB, SECONDS, run

DOCUMENTS = "unused"
"""It works on the task alone."""

MAX_STEPS = 40
"""Recursion limit: two nodes a round, and two more; more than the largest `max_rounds` takes."""

MOST_ROUNDS = 15

NOTHING_PRINTED = "it ended without an error, but printed nothing: print the result"


class Attempt(TypedDict):
    """One program and what came of it; `error` is empty where it ran and printed something."""

    code: str
    output: str
    error: str


class State(TypedDict, total=False):
    """What a run knows. `trail` holds every program that was run, `code` and `output` what the answer carries."""

    messages: Annotated[list[AnyMessage], add_messages]
    question: str
    """The task: the input."""
    code: str
    output: str
    trail: Annotated[list[Attempt], operator.add]


@dataclass(frozen=True)
class Context(GraphContext):
    """What the nodes work with; `max_rounds` is how many programs are run at most, `seconds` the time each may take."""

    model: BaseChatModel | None = None
    model_name: str = "extractive"
    max_rounds: int = 4
    seconds: float = SECONDS
    memory_mb: int = MEMORY_MB
    max_question_chars: int = 4000


def write_code(state: State, runtime: Runtime[Context]) -> dict[str, Any]:
    """Write the first program; a very small model chooses and fills a worked one."""
    context = runtime.context
    task = validated_question(state.get("question", ""), context.max_question_chars)
    if context.model is None:
        raise UsageError(
            f"code needs a language model, which {context.model_name!r} is not; take another: --model embedded"
        )
    if not 1 <= context.max_rounds <= MOST_ROUNDS:
        raise UsageError(f"max_rounds must be between 1 and {MOST_ROUNDS}, not {context.max_rounds}")
    if context.model_for("programs") is None:
        code = _programs.fitted(context.model, [HumanMessage(task)]) or ""
    else:
        code = code_in(model_calls.ask(context.model, prompts.load("code/write").render(task=task)))
    return {"messages": [HumanMessage(task)], "question": task, "code": code, "output": "", "trail": Overwrite([])}


def run_code(state: State, runtime: Runtime[Context]) -> Command[Literal["finish", "repair_code", "give_up"]]:
    """Run the program: done, mend it while the bound allows it, or give up."""
    context = runtime.context
    if not state["code"]:
        return Command(goto="give_up")  # ty: ignore[invalid-explicit-return]
    outcome = run(state["code"], seconds=context.seconds, memory_mb=context.memory_mb)
    output = outcome.printed.strip() or outcome.result
    error = outcome.error or ("" if output else NOTHING_PRINTED)
    update = {"output": output, "trail": [Attempt(code=state["code"], output=output, error=error)]}
    if not error:
        return Command(update=update, goto="finish")  # ty: ignore[invalid-explicit-return]
    over = len(state["trail"]) + 1 >= context.max_rounds or not context.model_for("programs")
    return Command(update=update, goto="give_up" if over else "repair_code")  # ty: ignore[invalid-explicit-return]


def repair_code(state: State, runtime: Runtime[Context]) -> State:
    """Mend the program from its error."""
    model, latest = runtime.context.model, state["trail"][-1]
    assert model is not None
    messages = prompts.load("code/repair").render(
        task=state["question"],
        code=unfenced(latest["code"]),
        error=unfenced(f"{latest['error']}\n{latest['output']}".strip()),
    )
    return {"code": code_in(model_calls.ask(model, messages))}


def finish(state: State) -> State:
    """Show the program and what it printed."""
    return {"messages": [AIMessage(f"```python\n{state['code'].strip()}\n```\n\nIt printed:\n\n{state['output']}")]}


def give_up(state: State, runtime: Runtime[Context]) -> State:
    """Say what stood in the way."""
    name, trail = runtime.context.model_name, state["trail"]
    if trail:
        text = f"No program did it in {len(trail)} rounds; the last one ended so: {in_short(trail[-1]['error'])}"
    elif not runtime.context.model_for("programs"):
        text = (
            f"{name} is too small to write a program for this. It knows {len(_programs.descriptions())} worked ones, "
            "for sums, sorting, primes, counting letters and the like; for anything else name a bigger model with "
            "--model."
        )
    else:
        text = f"{name} wrote no program; say the task in other words, or take another model with --model."
    return {"messages": [AIMessage(text)], "code": "", "output": ""}


def build(*, checkpointer: Checkpointer = None) -> CompiledStateGraph[Any, Any, Any, Any]:
    """The graph, compiled; with a checkpointer, a run that was stopped goes on where it was."""
    builder = StateGraph(State, context_schema=Context)  # ty: ignore[invalid-argument-type]
    builder.add_node(write_code, retry_policy=model_calls.RETRY)
    builder.add_node(run_code)
    builder.add_node(repair_code, retry_policy=model_calls.RETRY)
    builder.add_node(finish)
    builder.add_node(give_up)
    builder.add_edge(START, "write_code")
    builder.add_edge("write_code", "run_code")
    builder.add_edge("repair_code", "run_code")
    builder.add_edge("finish", END)
    builder.add_edge("give_up", END)
    return builder.compile(checkpointer=checkpointer, name="code").with_config(recursion_limit=MAX_STEPS)
