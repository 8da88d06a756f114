"""`vade greet`: says hello."""

import click

from vademecum.cli._terminal import say_json


@click.command()
@click.argument("name")
def command(name: str) -> None:
    """Say hello to somebody."""
    say_json({"greeting": f"Hello, {name}!"})
