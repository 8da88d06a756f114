"""`vade reembed`: embed the documents anew, where the embedding model has changed."""

import click

from vademecum.cli._group import global_options
from vademecum.cli._open import open_notebook
from vademecum.cli._terminal import say, say_json


@click.command()
def command() -> int:
    """Embed anew, with the model that the setting `embeddings` names, what was embedded by another.

    What is interrupted goes on where it stopped. Ingesting anything does the same.
    """
    with open_notebook() as notebook:
        count = notebook.reembed()
    if global_options().json:
        say_json({"reembedded": count})
    else:
        say(f"{count} documents embedded anew" if count else "all documents are embedded by the model that is set")
    return 0
