"""`vade plan`: a task of several steps, planned, done and checked, with what was tried."""

import sys
from typing import TYPE_CHECKING, Any

import click

from vademecum.cli._deciding import ask_person, show_what_waits
from vademecum.cli._group import global_options
from vademecum.cli._open import open_notebook
from vademecum.cli._terminal import say, say_json

if TYPE_CHECKING:
    from vademecum.agents import AgentAnswer


@click.command()
@click.argument("task")
@click.option("--model", "-m", help="embedded, provider:name, http://host:port/v1, or a .gguf file.")
@click.option("--thread", metavar="NAME", help="Go on with this conversation, or begin it.")
def command(task: str, model: str | None, thread: str | None) -> None:
    """Have a task done step by step: planned, done with tools, checked, and gone back on where a step failed.

    You are asked before a call that does more than return text; without a terminal it stops there, and goes on with
    vade agent --resume.
    """
    with open_notebook(model=model) as notebook:
        answer = notebook.plan(task, thread=thread, decide=ask_person if sys.stdin.isatty() else None)
    if global_options().json:
        from vademecum.cli._shapes import agent_shape

        say_json({**agent_shape(answer), "trail": list(answer.trail)})
    else:
        _show(answer)


def _show(answer: "AgentAnswer") -> None:
    for attempt in answer.trail:
        _show_attempt(attempt)
    if answer.trail:
        say()
    if answer.waiting:
        show_what_waits(answer.thread_id, answer.waiting)
        return
    for paragraph in answer.text.splitlines():
        say(paragraph)
    say(f"model {answer.model} · {answer.seconds:.2f} s", style="dim")


def _show_attempt(attempt: dict[str, Any]) -> None:
    tools = ", ".join(call["tool"] for call in attempt["calls"])
    if not tools and attempt["way"] == "ask_documents":
        tools = "documents"
    mark, style = ("✓", "green") if attempt["done"] else ("✗", "red")
    say(f"{mark} {attempt['step']}{f'  ({tools})' if tools else ''}", style=style, hang="  ")
    say(attempt["reply"] if attempt["done"] else attempt["why"], style="dim", indent="  ")
