"""`vade agent`: let a model use tools, see every call, and decide about those that do more than return text."""

import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from vademecum.cli._answer import show_citations
from vademecum.cli._deciding import ask_person, show_what_waits
from vademecum.cli._group import global_options
from vademecum.cli._open import open_notebook
from vademecum.cli._terminal import plain, say, say_json
from vademecum.core.errors import UsageError

if TYPE_CHECKING:
    from vademecum.agents import AgentAnswer, Approval

MOST_LINES = 3
"""Lines of a tool's result that are shown; `--json` has all."""


@click.command()
@click.argument("task", required=False)
@click.option("--agent", metavar="NAME", help="assistant (the default), researcher, coder, planner, or your own.")
@click.option("--tools", metavar="A,B", help="Only these tools; without it, the agent's own.")
@click.option(
    "--approve",
    type=click.Choice(["ask", "all", "none"]),
    help="Calls that leave the machine, write or spend: you are asked (the default), all run, or none does.",
)
@click.option("--model", "-m", help="embedded, provider:name, http://host:port/v1, or a .gguf file.")
@click.option("--thread", metavar="NAME", help="Go on with this conversation, or begin it.")
@click.option("--resume", metavar="NAME", help="Go on with the conversation that waits for your decision.")
@click.option(
    "--decision",
    "decisions",
    multiple=True,
    metavar="D",
    help="approve, reject, reject:REASON, edit:{JSON of the arguments} or respond:TEXT; once for each waiting call.",
)
def command(  # noqa: PLR0913 (an option each)
    task: str | None,
    agent: str | None,
    tools: str | None,
    approve: "Approval | None",
    model: str | None,
    thread: str | None,
    resume: str | None,
    decisions: tuple[str, ...],
) -> None:
    """Have a task done with tools; you are asked before a call that does more than return text.

    Without a terminal to ask at, it stops there and says how to go on: with --resume and --decision, at any time.
    """
    _check(task, resume, decisions, others=(agent, tools, approve, thread))
    decide = ask_person if sys.stdin.isatty() else None
    tool_names = [name.strip() for name in tools.split(",") if name.strip()] if tools is not None else None
    with open_notebook(model=model) as notebook:
        if task is not None:
            answer = notebook.agent(
                task,
                agent=agent or "assistant",
                tools=tool_names,
                approve=approve or "ask",
                decide=decide,
                thread=thread,
            )
        else:
            waiting = notebook.waiting(resume or "")
            if not decisions and decide is None:
                show_what_waits(resume or "", waiting)
                return
            answer = notebook.resume(resume or "", *decisions, decide=decide, model=model)
    if global_options().json:
        from vademecum.cli._shapes import agent_shape

        say_json(agent_shape(answer))
    else:
        _show(answer)


def _check(
    task: str | None, resume: str | None, decisions: Sequence[str], others: tuple[str | Sequence[str] | None, ...]
) -> None:
    if (task is None) == (resume is None):
        raise UsageError("give a task, or name what is to go on with --resume")
    if decisions and resume is None:
        raise UsageError("--decision is for a conversation that waits; name it with --resume")
    if resume is not None and any(option is not None for option in others):
        raise UsageError(
            "--resume goes on as the task was begun; --agent, --tools, --approve and --thread are for tasks"
        )


def _show(answer: "AgentAnswer") -> None:
    from vademecum.models.tool_calling.tool_results_text import without_advice, without_origin

    for call in answer.calls:
        say(f"{call.tool} {json.dumps(call.args, ensure_ascii=False)}", style="bold")
        result = without_advice(without_origin(call.result))
        if result.strip(" .\n") in answer.text or (answer.citations and not call.failed):
            continue  # the answer says it, or quotes it
        lines = plain(result).splitlines()
        for line in lines[:MOST_LINES]:
            say(line, style="red" if call.failed else "dim", indent="  ")
        if len(lines) > MOST_LINES:
            say(f"... ({len(lines) - MOST_LINES} more lines)", style="dim", indent="  ")
    if answer.calls:
        say()
    if answer.waiting:
        show_what_waits(answer.thread_id, answer.waiting)
        return
    for paragraph in (answer.text or "The model said nothing; try again, or take another with --model.").splitlines():
        say(paragraph)
    if answer.citations:
        say()
        show_citations(answer.citations, ())
    say(f"{answer.agent} · model {answer.model} · {answer.seconds:.2f} s", style="dim")
