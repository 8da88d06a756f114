"""`vade knowledge`: what the documents say of an entity, or of those that a question leads to."""

import click

from vademecum.cli._group import global_options
from vademecum.cli._open import open_notebook
from vademecum.cli._terminal import plain, say, say_json
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

    with open_notebook() as notebook:
        knowledge = notebook.knowledge(about, most=most, collection=collection)
    if global_options().json:
        say_json(_shape(knowledge))
    elif form == "mermaid":
        click.echo(plain(mermaid(knowledge)), nl=False)
    else:
        _show(knowledge)


def _shape(knowledge: Knowledge) -> dict[str, object]:
    fields = {"path", "root", "start", "end", "quote", "page", "line"}
    return {
        "about": knowledge.about,
        "nodes": [entity.model_dump() for entity in knowledge.entities],
        "edges": [
            {**relation.model_dump(exclude={"citation"}), "citation": relation.citation.model_dump(include=fields)}
            for relation in knowledge.relations
        ],
    }


def _show(knowledge: Knowledge) -> None:
    labels = {entity.name: entity.label for entity in knowledge.entities}
    for relation in knowledge.relations:
        say(f"{labels[relation.subject]} → {relation.label} → {labels[relation.object]}", style="bold")
        say(
            f"{relation.citation.path}, {relation.citation.where}: {' '.join(relation.citation.quote.split())}",
            style="dim",
            indent="  ",
        )
    if not knowledge.relations:
        say("The documents say nothing of it that joins two things.")
