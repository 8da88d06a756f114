"""`vade sources`: what the workspace holds."""

import click

from vademecum.cli._group import global_options
from vademecum.cli._open import open_notebook
from vademecum.cli._terminal import say, say_json


@click.group(invoke_without_command=True)
@click.option("--collection", help="Only those of this collection.")
@click.pass_context
def command(context: click.Context, collection: str | None) -> None:
    """List the documents that questions are answered from; or show what was read of one."""
    if context.invoked_subcommand is None:
        _list(collection)


@command.command()
@click.argument("document", metavar="DOC")
def show(document: str) -> None:
    """Show the text of a document as it was read, with its pages and places, and what was left out.

    DOC is its path, or the end of it.
    """
    from vademecum.readings import Reading

    with open_notebook() as notebook:
        reading = Reading.of(notebook, document)
    if global_options().json:
        say_json(reading.shape())
        return
    say(f"{reading.source.path}  ({reading.source.kind})", style="bold")
    for name, text in reading.parts():
        if name:
            say(f"[{name}]", style="dim")
        for line in text.strip("\n").splitlines():
            say(line)
    if reading.layout.left_out:
        say()
        say("Left out:", style="bold")
    for place, words in reading.layout.left_out:
        say(f"{place}: {words}", indent="  ")


@command.command()
@click.argument("document", metavar="DOC")
@click.option("--has", multiple=True, metavar="TEXT", help="What its text should have, and has not. May be repeated.")
@click.option("--lacks", multiple=True, metavar="TEXT", help="What its text should not have. May be repeated.")
def report(document: str, has: tuple[str, ...], lacks: tuple[str, ...]) -> None:
    """Keep a document that was misread, with what its text should be, as a case in the workspace's folder cases.

    Nothing is sent. DOC is its path, or the end of it.
    """
    from vademecum.readings import Reading, keep_case

    with open_notebook() as notebook:
        folder = keep_case(notebook, Reading.of(notebook, document), has, lacks)
    if global_options().json:
        say_json({"case": str(folder)})
    else:
        say(f"Kept in {folder}; whoever mends the loader needs that folder.")


def _list(collection: str | None) -> None:
    from vademecum.cli._shapes import source_shape
    from vademecum.retrieval.languages import main_languages

    with open_notebook() as notebook:
        sources = notebook.sources(collection)
        languages = main_languages(notebook.library.catalogue.language_counts())
    if global_options().json:
        language_of = {source.id: languages.get(source.same_as or source.id, "") for source in sources}
        say_json({"sources": [source_shape(source) | {"language": language_of[source.id]} for source in sources]})
        return
    root, paths = None, {source.id: source.path for source in sources}
    for source in sources:
        if source.root != root:
            root = source.root
            say(root, style="bold")
        pages = f", {source.pages} pages" if source.pages else ""
        same = f", same text as {paths[source.same_as]}" if source.same_as in paths else ""
        where = "" if source.collection == "default" else f", collection {source.collection}"
        say(f"{source.path}  ({source.kind}{pages}{same}{where})", indent="  ")
    say(f"{len(sources)} documents" if sources else "No documents yet; add some: vade ingest PATH", style="dim")
