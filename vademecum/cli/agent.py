"""`vade agent`: let a model use tools, and see every call."""

import json
import sys
from typing import TYPE_CHECKING

import click

from core.errors import UsageError
from vademecum.cli._group import given
from vademecum.cli._open import notebook
from vademecum.cli._terminal import note, plain, say, say_json

if TYPE_CHECKING:
    from agents import AgentAnswer, Approval


@click.command()
@click.argument("task")
@click.option("--tools", metavar="A,B", help="Only these tools; without it, all.")
@click.option(
    "--approve",
    type=click.Choice(["all", "ask", "none"]),
    default="all",
    show_default=True,
    help="Which calls may run: all, each one you agree to, or none.",
)
@click.option("--model", "-m", help="embedded, provider:name, http://host:port/v1, or a .gguf file.")
@click.option("--thread", metavar="NAME", help="Go on with this conversation, or begin it.")
def command(task: str, tools: str | None, approve: "Approval", model: str | None, thread: str | None) -> None:
    """Have a task done with tools: a calculator, a search in your documents."""
    if approve == "ask" and not sys.stdin.isatty():
        raise UsageError("--approve ask needs a terminal to ask at; use --approve all or none")
    wanted = [name.strip() for name in tools.split(",") if name.strip()] if tools is not None else None
    with notebook(model=model) as notes:
        answer = notes.agent(task, tools=wanted, approve=approve, decide=_ask, thread=thread)
    if given().json:
        from vademecum.cli._shapes import agent_shape

        say_json(agent_shape(answer))
    else:
        _show(answer)


def _ask(tool: str, arguments: dict[str, object]) -> bool:
    note(f"{tool} {json.dumps(arguments, ensure_ascii=False)}")
    return click.confirm("Run it?", default=True, err=True)


def _show(answer: "AgentAnswer") -> None:
    for call in answer.calls:
        say(f"{call.tool} {json.dumps(call.args, ensure_ascii=False)}", style="bold")
        for line in plain(call.result).splitlines():
            say(line, style="red" if call.failed else "dim", indent="  ")
    if answer.calls:
        say()
    say(answer.text)
    say(f"model {answer.model} · {answer.seconds:.2f} s", style="dim")
