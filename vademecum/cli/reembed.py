"""`vade reembed`: embed the documents anew, where the embedding model has changed."""

import click

from vademecum.cli._group import given
from vademecum.cli._open import notebook
from vademecum.cli._terminal import say, say_json


@click.command()
def command() -> int:
    """Embed anew, with the model that the setting `embeddings` names, what was embedded by another.

    What is interrupted goes on where it stopped. Ingesting anything does the same.
    """
    with notebook() as notes:
        done = notes.reembed()
    if given().json:
        say_json({"reembedded": done})
    else:
        say(f"{done} documents embedded anew" if done else "all documents are embedded by the model that is set")
    return 0
