"""`vade chain`: chains of prompts, with what each step gives."""

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from vademecum.cli import _inputs
from vademecum.cli._broken import each
from vademecum.cli._group import given as shared
from vademecum.cli._open import notebook, settings
from vademecum.cli._terminal import plain, say, say_json

if TYPE_CHECKING:
    from vademecum.events import Event
    from vademecum.prompts.chaining import Chain


@click.command()
@click.argument("name", required=False)
@_inputs.option
@click.option("--model", "-m", help="embedded, provider:name, http://host:port/v1, or a .gguf file.")
@click.option("--thread", metavar="NAME", help="Keep the run under this name, so that one that was stopped goes on.")
@click.option("--draw", is_flag=True, help="Print the chain's graph as Mermaid text, and run nothing.")
def command(name: str | None, given: tuple[str, ...], model: str | None, thread: str | None, draw: bool) -> None:
    """Run a chain of prompts and see what each step gives; without NAME, list the chains."""
    if name is None:
        _list()
    elif draw:
        _draw(name)
    else:
        _run(name, _inputs.read(given), model, thread)


def _list() -> None:
    from vademecum.prompts import chaining

    settings()
    chains, broken = each(chaining.names(), chaining.load)
    if shared().json:
        say_json({"chains": [_shape(chain) for chain in chains], "broken": broken})
        return
    for chain in chains:
        say(f"{chain.name}  ({', '.join(chain.inputs)})", style="bold")
        say(chain.description, indent="  ")
    for error in broken.values():
        say(error, style="red")


def _shape(chain: "Chain") -> dict[str, Any]:
    steps = [{"name": step.name, "runs": step.kind, "after": list(step.after)} for step in chain.steps.values()]
    return {"name": chain.name, "description": chain.description, "inputs": list(chain.inputs), "steps": steps}


def _draw(name: str) -> None:
    from vademecum import graphs

    settings()
    picture = graphs.draw(f"chain:{name}").decode()
    if shared().json:
        say_json({"name": f"chain:{name}", "format": "mermaid", "picture": picture})
    else:
        click.echo(picture)


def _run(name: str, inputs: dict[str, str], model: str | None, thread: str | None) -> None:
    from vademecum.prompts import chaining

    began = time.perf_counter()
    settings()
    chain = chaining.load(name)
    _inputs.require(f"chain {name!r}", f"vade chain {name}", chain.inputs, inputs)
    chain.require(inputs)
    with notebook(model=model) as notes:
        steps, state = _followed(notes.prompts.chain(name, inputs, thread=thread))
        used = notes.settings.model
    seconds = time.perf_counter() - began
    if shared().json:
        found = {"steps": steps, "output": state["output"], "model": used, "thread_id": thread}
        say_json({"chain": name, "inputs": inputs, **found, "seconds": round(seconds, 4)})
    else:
        say(f"model {used} · {len(steps)} steps · {seconds:.2f} s", style="dim")


def _followed(events: "Iterator[Event]") -> tuple[list[dict[str, Any]], Any]:
    """What each step gave, shown as it comes, and the state at the end."""
    from vademecum.events import Done, Output

    steps, state = [], {}
    for event in events:
        if isinstance(event, Output):
            steps.append({"step": event.step, "output": event.text})
            if not shared().json:
                say(event.step, style="bold")
                click.echo(plain(event.text))
                say()
        elif isinstance(event, Done):
            state = event.state
    return steps, state
