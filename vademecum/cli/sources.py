"""`vade sources`: what the workspace holds."""

import click

from vademecum.cli._group import global_options
from vademecum.cli._open import open_notebook
from vademecum.cli._terminal import say, say_json


@click.command()
@click.option("--collection", help="Only those of this collection.")
def command(collection: str | None) -> None:
    """List the documents that questions are answered from."""
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
