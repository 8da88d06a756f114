"""`vade prompts`: the templates that models are given."""

import click

from vademecum.cli._group import given
from vademecum.cli._open import settings
from vademecum.cli._terminal import plain, say, say_json


@click.group(no_args_is_help=True)
def command() -> None:
    """See the prompts; those in answer/ are the techniques of `vade ask --technique`."""


@command.command(name="list")
def list_() -> None:
    """List the prompts with what each is for."""
    import prompts

    settings()
    loaded = [prompts.load(name) for name in prompts.names()]
    if given().json:
        keys = ("name", "technique", "description", "inputs", "source", "fingerprint")
        say_json({"prompts": [{key: getattr(prompt, key) for key in keys} for prompt in loaded]})
        return
    for prompt in loaded:
        say(prompt.name, style="bold")
        say(prompt.description, indent="  ")


@command.command()
@click.argument("name")
def show(name: str) -> None:
    """Show one prompt as it is written."""
    import prompts

    settings()
    prompt = prompts.load(name)
    text = prompts.path(name).read_text("utf-8")
    if given().json:
        say_json({"name": prompt.name, "fingerprint": prompt.fingerprint, "text": text})
    else:
        click.echo(plain(text))
