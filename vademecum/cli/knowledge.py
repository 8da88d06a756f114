"""`vade knowledge`: what the documents say of an entity, or of those that a question leads to."""

import click

from vademecum.cli._group import given
from vademecum.cli._open import notebook
from vademecum.cli._terminal import say, say_json
from vademecum.core.types import Knowledge


@click.command()
@click.argument("about")
@click.option(
    "--format",
    "-f",
    "form",
    type=click.Choice(["text", "mermaid"]),
    default="text",
    show_default=True,
    help="A list, or a drawing.",
)
@click.option("-n", "most", type=click.IntRange(1, 1000), default=30, show_default=True, help="How many relations.")
@click.option("--collection", help="Only documents of this collection.")
def command(about: str, form: str, most: int, collection: str | None) -> None:
    """Show how things are connected in the documents: around an entity ("Seattle"), or for a whole question.

    Each relation comes with the exact characters that say so. `-f mermaid` draws them.
    """
    from vademecum.retrieval.knowledge.neighbourhood import mermaid

    with notebook() as notes:
        found = notes.knowledge(about, most=most, collection=collection)
    if given().json:
        say_json(_shape(found))
    elif form == "mermaid":
        click.echo(mermaid(found), nl=False)
    else:
        _show(found)


def _shape(found: Knowledge) -> dict[str, object]:
    fields = {"path", "root", "start", "end", "quote", "page", "line"}
    return {
        "about": found.about,
        "nodes": [entity.model_dump() for entity in found.entities],
        "edges": [
            {**one.model_dump(exclude={"citation"}), "citation": one.citation.model_dump(include=fields)}
            for one in found.relations
        ],
    }


def _show(found: Knowledge) -> None:
    labels = {entity.name: entity.label for entity in found.entities}
    for one in found.relations:
        say(f"{labels[one.subject]} → {one.label} → {labels[one.object]}", style="bold")
        say(
            f"{one.citation.path}, {one.citation.where}: {' '.join(one.citation.quote.split())}",
            style="dim",
            indent="  ",
        )
    if not found.relations:
        say("The documents say nothing of it that joins two things.")
