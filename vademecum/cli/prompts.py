"""`vade prompts`: the templates that models are given, tried one by one and compared by numbers."""

from typing import TYPE_CHECKING

import click

from vademecum.cli import _inputs
from vademecum.cli._broken import load_each
from vademecum.cli._group import global_options
from vademecum.cli._open import open_notebook, read_settings
from vademecum.cli._terminal import plain, say, say_json

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

    from vademecum.prompting import Tried


@click.group(no_args_is_help=True)
def command() -> None:
    """See, try and compare prompts; those in answer/ are the techniques of `vade ask --technique`."""


@command.command(name="list")
def list_() -> None:
    """List the prompts with what each is for."""
    from vademecum import prompts

    read_settings()
    loaded, broken = load_each(prompts.names(), prompts.load)
    if global_options().json:
        keys = ("name", "technique", "description", "inputs", "source", "fingerprint")
        say_json({"prompts": [{key: getattr(prompt, key) for key in keys} for prompt in loaded], "broken": broken})
        return
    for prompt in loaded:
        technique = "" if prompt.name.endswith(f"/{prompt.technique}") else f"  ({prompt.technique})"
        say(f"{prompt.name}{technique}", style="bold")
        say(prompt.description, indent="  ")
    for error in broken.values():
        say(error, style="red")


@command.command()
@click.argument("name")
def show(name: str) -> None:
    """Show one prompt as it is written."""
    from vademecum import prompts

    read_settings()
    prompt = prompts.load(name)
    text = prompts.path(name).read_text("utf-8")
    if global_options().json:
        say_json({"name": prompt.name, "fingerprint": prompt.fingerprint, "text": text})
    else:
        click.echo(plain(text))


@command.command(name="try")
@click.argument("name")
@_inputs.option
@click.option("--model", "-m", help="embedded, provider:name, http://host:port/v1, or a .gguf file.")
@click.option("--technique", "-t", help="Another technique than its file's, where that has all it needs.")
@click.option("--messages", is_flag=True, help="Print the messages that would be sent first, and call no model.")
def try_(name: str, assignments: tuple[str, ...], model: str | None, technique: str | None, messages: bool) -> None:
    """Run one prompt by its technique: samples and vote, critique and revision, words that must not appear."""
    from vademecum import prompting

    inputs = _inputs.parse(assignments)
    with open_notebook(model=model) as notebook:
        descriptions = dict.fromkeys(prompting.under(name, technique).inputs, "")
        _inputs.require(f"prompt {name!r}", f"vade prompts try {name}", descriptions, inputs)
        if messages:
            _show_messages(notebook.prompts.messages(name, inputs, technique=technique))
            return
        tried = notebook.prompts.run(name, inputs, technique=technique)
    if global_options().json:
        say_json({**tried._asdict(), "seconds": round(tried.seconds, 4)})
    else:
        _show(tried)


@command.command()
@click.option("--questions", metavar="FILE.jsonl", help="Questions with evidence; without it, those of the samples.")
@click.option("--techniques", metavar="A,B", help="Only these techniques; the first is the baseline. Without it, all.")
@click.option("--models", metavar="A,B", help="Only these models; without it, the one that is set.")
@click.option("--limit", type=click.IntRange(2), help="Only so many questions, spread evenly over the file.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of the resampling behind the intervals.")
@click.option("--output", "-o", metavar="FILE", help="Draw the plot to this .svg, .png or .pdf file.")
def compare(
    questions: str | None,
    techniques: str | None,
    models: str | None,
    limit: int | None,
    seed: int,
    output: str | None,
) -> None:
    """Compare techniques and models: quality, calls, tokens and time, with 95% intervals.

    Each is kept as an experiment: `vade eval compare` shows which answers changed between two.
    """
    from vademecum import prompts
    from vademecum.cli import _technique_table as table
    from vademecum.cli._eval_shown import Progress
    from vademecum.measuring import QUESTIONS

    picture, name = table.picture(output), questions or str(QUESTIONS)
    with open_notebook() as notebook, Progress() as progress:
        rows = notebook.experiments.compare_techniques(
            table.data_set(name, limit, notebook.settings),
            techniques=_names(techniques)
            or list(dict.fromkeys([notebook.settings.technique, *prompts.names("answer")])),
            models=list(dict.fromkeys(map(notebook.model_name, _names(models) or [None]))),
            seed=seed,
            progress=progress,
        )
    table.show(rows, name, picture)


def _names(text: str | None) -> list[str]:
    """The names between commas, each once."""
    return list(dict.fromkeys(name.strip() for name in (text or "").split(",") if name.strip()))


def _show(tried: "Tried") -> None:
    if tried.reasoning:
        say(tried.reasoning, style="dim")
        say()
    click.echo(plain(tried.reply))
    say()
    agreed = f" · {tried.agreed[0]} of {tried.agreed[1]} samples agree" if tried.agreed else ""
    say(f"{tried.technique}: {' → '.join(tried.steps)}{agreed}", style="dim")
    say(f"model {tried.model} · {tried.calls} calls · {tried.tokens} tokens · {tried.seconds:.2f} s", style="dim")


def _show_messages(messages: "list[BaseMessage]") -> None:
    if global_options().json:
        say_json({"messages": [{"role": message.type, "text": message.text} for message in messages]})
        return
    for message in messages:
        say(message.type, style="bold")
        click.echo(plain(message.text))
        say()
