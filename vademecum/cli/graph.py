"""`vade graph`: the drawing of a graph."""

from typing import IO

import click

from vademecum.cli._group import global_options
from vademecum.cli._open import read_settings
from vademecum.cli._terminal import say_json


@click.command()
@click.argument("name", default="answer")
@click.option(
    "--format",
    "-f",
    "form",
    type=click.Choice(["mermaid", "svg", "png"]),
    default="mermaid",
    show_default=True,
    help="What the drawing is made of.",
)
@click.option("--output", "-o", type=click.File("wb", lazy=True), help="Write to this file.", default="-")
def command(name: str, form: str, output: IO[bytes]) -> None:
    """Draw a graph: answer (the default), chat, ..., or the loop of an agent: agent:assistant."""
    from vademecum import graphs

    read_settings()
    picture = graphs.draw(name, form)
    if global_options().json:
        import base64

        text = base64.b64encode(picture).decode() if form == "png" else picture.decode()
        say_json({"name": name, "about": graphs.describe(name), "format": form, "picture": text})
        return
    output.write(picture if picture.endswith(b"\n") or form == "png" else picture + b"\n")
