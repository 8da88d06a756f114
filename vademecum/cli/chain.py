"""`vade chain`: chains of prompts, with what each step gives."""

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from vademecum.cli import _inputs
from vademecum.cli._broken import load_each
from vademecum.cli._group import global_options
from vademecum.cli._open import open_notebook, read_settings
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
def command(name: str | None, assignments: tuple[str, ...], model: str | None, thread: str | None, draw: bool) -> None:
    """Run a chain of prompts and see what each step gives; without NAME, list the chains."""
    if name is None:
        _list()
    elif draw:
        _draw(name)
    else:
        _run(name, _inputs.parse(assignments), model, thread)


def _list() -> None:
    from vademecum.prompts import chaining

    read_settings()
    chains, broken = load_each(chaining.names(), chaining.load)
    if global_options().json:
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

    read_settings()
    picture = graphs.draw(f"chain:{name}").decode()
    if global_options().json:
        say_json({"name": f"chain:{name}", "format": "mermaid", "picture": picture})
    else:
        click.echo(plain(picture))


def _run(name: str, inputs: dict[str, str], model: str | None, thread: str | None) -> None:
    from vademecum.prompts import chaining

    began = time.perf_counter()
    read_settings()
    chain = chaining.load(name)
    _inputs.require(f"chain {name!r}", f"vade chain {name}", chain.inputs, inputs)
    chain.require(inputs)
    with open_notebook(model=model) as notebook:
        steps, state = _show_steps(notebook.prompts.chain(name, inputs, thread=thread))
        model_name = notebook.settings.model
    seconds = time.perf_counter() - began
    if global_options().json:
        shape = {"chain": name, "inputs": inputs, "steps": steps, "output": state["output"], "model": model_name}
        say_json({**shape, "thread_id": thread, "seconds": round(seconds, 4)})
    else:
        say(f"model {model_name} · {len(steps)} steps · {seconds:.2f} s", style="dim")


def _show_steps(events: "Iterator[Event]") -> tuple[list[dict[str, Any]], Any]:
    """What each step gave, shown as it comes, and the state at the end."""
    from vademecum.events import Done, Output

    steps, state = [], {}
    for event in events:
        if isinstance(event, Output):
            steps.append({"step": event.step, "output": event.text})
            if not global_options().json:
                say(event.step, style="bold")
                click.echo(plain(event.text))
                say()
        elif isinstance(event, Done):
            state = event.state
    return steps, state
