"""Solves a task with a program: writes it, runs it in a sandbox, tests it, mends it, and shows what it printed.

    write_code → run_code → finish
                   ↑  |→ give_up
                   repair_code

In three lines:

    graph = build()
    context = Context(model=chat_model("openai:...", settings), model_name="openai:...")
    graph.invoke({"question": "How many primes are below 1,000?"}, context=context)["messages"][-1].text

What the answer says was printed was printed: the sandbox (pydantic-monty) is bounded in time, memory and output, and
has no files, network or environment. Where the task gives examples (`_examples.py`), they are run, too, before the
program counts as done. A very small model writes no program of its own: it chooses a worked one and
fills in its values, or says that it cannot.
"""

import operator
from dataclasses import dataclass
from typing import Annotated, Any, Literal, NamedTuple, TypedDict

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage
from langgraph.graph import END, START, StateGraph
from langgraph.graph.message import add_messages
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime
from langgraph.types import Checkpointer, Command, Overwrite

from vademecum import prompts
from vademecum.core.errors import UsageError
from vademecum.graphs import _examples, _programs
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

SHOWN_OUTPUT = 400
"""Of what a faulty program printed, the beginning that the model is shown, in characters."""

NOTHING_PRINTED = "it ended without an error, but printed nothing: print the result"


class Attempt(TypedDict):
    """One program and what came of it; `error` is empty where it ran, printed something, and passed its examples."""

    code: str
    output: str
    error: str


class Outcome(NamedTuple):
    """What a program printed, what is wrong with it (empty: nothing), and how many examples of the task it passed."""

    output: str
    error: str = ""
    passed: int = 0


class State(TypedDict, total=False):
    """What a run knows. `trail` holds every program that was run, `code` and `output` what the answer carries.

    `passed` is how many examples of the task the program was tested on.
    """

    messages: Annotated[list[AnyMessage], add_messages]
    question: str
    """The task: the input."""
    code: str
    output: str
    passed: int
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
    return {
        "messages": [HumanMessage(task)],
        "question": task,
        "code": code,
        "output": "",
        "passed": 0,
        "trail": Overwrite([]),
    }


def run_code(state: State, runtime: Runtime[Context]) -> Command[Literal["finish", "repair_code", "give_up"]]:
    """Run the program, and the task's examples: done, mend it while the bound allows it, or give up."""
    context = runtime.context
    if not state["code"]:
        return Command(goto="give_up")  # ty: ignore[invalid-explicit-return]
    output, error, passed = _tested(state["question"], state["code"], context)
    trail = [Attempt(code=state["code"], output=output, error=error)]
    update = {"output": output, "passed": passed, "trail": trail}
    if not error:
        return Command(update=update, goto="finish")  # ty: ignore[invalid-explicit-return]
    over = len(state["trail"]) + 1 >= context.max_rounds or not context.model_for("programs")
    return Command(update=update, goto="give_up" if over else "repair_code")  # ty: ignore[invalid-explicit-return]


def repair_code(state: State, runtime: Runtime[Context]) -> State:
    """Mend the program from its error; where the reply has no program, write one anew, told of the error."""
    model, latest, task = runtime.context.model, state["trail"][-1], state["question"]
    assert model is not None
    error = unfenced(f"{latest['error']}\n{latest['output'][:SHOWN_OUTPUT]}".strip())
    mending = prompts.load("code/repair").render(task=task, code=unfenced(latest["code"]), error=error)
    if code := code_in(model_calls.ask(model, mending)):
        return {"code": code}
    anew = prompts.load("code/write").render(
        task=f"{task}\n\nAn earlier program was wrong: {in_short(latest['error'])}"
    )
    return {"code": code_in(model_calls.ask(model, anew))}


def finish(state: State) -> State:
    """Show the program and what it printed, or that it did what the task's examples say."""
    program, output, passed = state["code"].strip(), state["output"], state["passed"]
    printed = f"It printed:\n\n{output}" if output else f"It defines {_examples.function_named(state['question'])}."
    tested = f"\n\n{told_of_tests(passed)}" if passed or not output else ""
    return {"messages": [AIMessage(f"```python\n{program}\n```\n\n{printed}{tested}")]}


def told_of_tests(passed: int) -> str:
    """How far a program was tested, in a sentence."""
    if not passed:
        return "The task gives no example to test it on."
    return f"It was tried on {'the example' if passed == 1 else f'{passed} examples'} of the task, and passed."


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
    return {"messages": [AIMessage(text)], "code": "", "output": "", "passed": 0}


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


def _tested(task: str, code: str, context: Context) -> Outcome:
    """What comes of the program: run, and tried on what the task says that it gives."""
    ran = run(code, seconds=context.seconds, memory_mb=context.memory_mb)
    output, wanted = ran.printed.strip() or ran.result, _examples.function_named(task)
    if ran.error:
        return Outcome(output, ran.error)
    if wanted and wanted not in _examples.defined_in(code):
        return Outcome(output, f"it does not define the function {wanted}, which the task wants")
    examples = _examples.of_program(_examples.examples_in(task), code)
    tried = _examples.tried(code, examples, seconds=context.seconds, memory_mb=context.memory_mb) if examples else []
    pairs = list(zip(examples, tried, strict=False))
    if wrong := [f"{one.call} gives {given}, and the task says {one.value}" for one, (ok, given) in pairs if not ok]:
        return Outcome(output, "\n".join(wrong))
    error = "" if output or wanted else NOTHING_PRINTED
    return Outcome(output, error or _examples.miscounted(task, output), len(pairs))
