"""`vade forget`: remove documents from the workspace."""

import click

from vademecum.cli._group import global_options
from vademecum.cli._open import open_notebook
from vademecum.cli._terminal import say, say_json


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
def command(paths: tuple[str, ...]) -> None:
    """Remove documents, or whole folders of them, from the workspace; the files themselves are not touched."""
    from vademecum.cli._shapes import source_shape

    with open_notebook() as notebook:
        gone = notebook.forget(*paths)
    if global_options().json:
        say_json({"forgotten": [source_shape(source) for source in gone]})
    else:
        for source in gone:
            say(f"forgotten: {source.path}  ({source.root})")
