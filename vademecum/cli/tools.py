"""`vade tools`: what an agent may call, and which call a model would make."""

import json
from typing import IO, Any

import click

from vademecum.cli import _batch, _cases
from vademecum.cli._group import global_options
from vademecum.cli._open import open_notebook
from vademecum.cli._terminal import plain, say, say_json


@click.group(invoke_without_command=True)
@click.option(
    "--batch",
    type=_batch.FILE,
    metavar="FILE.jsonl",
    help='For each line {"id", "question", "tools"} of a file ("-": standard input) the call that would be made.',
)
@click.option("--model", help="Who decides on the calls of --batch: embedded (the default), provider:name, a URL.")
@click.pass_context
def command(context: click.Context, batch: IO[bytes] | None, model: str | None) -> int:
    """List the tools; or, with --batch, say for each request which of the tools beside it is called, and how.

    A line without "tools" is asked with the tools listed here. Nothing is run.
    """
    from vademecum.tool_call import describe

    if context.invoked_subcommand:
        return 0
    with open_notebook(model=model) as notebook:
        if batch is not None:
            return _cases.call_each(batch, notebook.call)
        descriptions = describe(notebook)
    if global_options().json:
        say_json({"tools": descriptions})
        return 0
    for tool in descriptions:
        say(f"{tool['name']}  ({EFFECTS[tool['effect']]})", style="bold")
        say(tool["description"], indent="  ")
    return 0


@command.command()
@click.argument("name")
def show(name: str) -> None:
    """Show one tool: what it takes, what it does beyond answering, and the examples that teach when to call it."""
    from vademecum.tool_call import describe

    with open_notebook() as notebook:
        tool = describe(notebook, [name])[0]
    if global_options().json:
        say_json(tool)
        return
    say(f"{tool['name']}  ({EFFECTS[tool['effect']]})", style="bold")
    say(tool["description"], indent="  ")
    for key, field in tool["parameters"].get("properties", {}).items():
        needed = "" if key in tool["parameters"].get("required", ()) else ", optional"
        say(f"{key} ({_kind(field)}{needed}): {field.get('description', '')}", indent="  ", hang="    ")
    for example in tool["examples"]:
        say(_example(example), indent="  > ", hang="    ", style="dim")


EFFECTS = {
    "none": "only answers",
    "network": "sends what it is given to another machine; asks first",
    "writes": "changes something; asks first",
    "spends": "spends something; asks first",
}
"""What a call does beyond answering, in words."""


def _kind(field: dict[str, Any]) -> str:
    if "enum" in field:
        return "one of " + ", ".join(map(str, field["enum"]))
    return str(field.get("type") or " or ".join(str(option.get("type")) for option in field.get("anyOf", ())) or "any")


def _example(example: str | dict[str, Any]) -> str:
    if isinstance(example, str):
        return example
    args = json.dumps(example["args"], ensure_ascii=False) if "args" in example else ""
    return plain(f"{example['request']}  {args}".rstrip())
