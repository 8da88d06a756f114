"""`vade search`: passages, best first."""

from typing import IO

import click

from vademecum.cli import _batch, _within
from vademecum.cli._group import global_options
from vademecum.cli._open import open_notebook
from vademecum.cli._terminal import say, say_json
from vademecum.core.types import EVERYWHERE, Hit

MODE_HELP = """How passages are ranked: best (the default), dense, mmr, sparse, tfidf, hybrid, late, graph. On top of
it, each after a "+": rewrite, multi-query, rerank, neighbours, section, as in late+neighbours."""


@click.command()
@click.argument("query", required=False)
@_batch.option
@click.option("--mode", "-m", help=MODE_HELP)
@click.option("-k", "count", type=click.IntRange(1, 1000), default=10, show_default=True, help="How many passages.")
@_within.options
def command(query: str | None, batch: IO[bytes] | None, mode: str | None, count: int, **within: str | None) -> int:
    """Find the passages that fit a question or a few words."""
    from vademecum.cli._shapes import hits_shape
    from vademecum.retrieval.scope import narrowed

    _batch.one_of(query, batch)
    with open_notebook(mode=mode) as notebook:
        notebook.check(collection=within["collection"])
        ambiguous = notebook.ambiguous_paths()
        if batch is not None:
            return _batch.answer_each(
                batch, lambda question: hits_shape(notebook.search(question, k=count, **within), ambiguous)
            )
        hits = notebook.search(query or "", k=count, **within)
        if global_options().json:
            say_json(hits_shape(hits, ambiguous))
        else:
            _show(hits, set(ambiguous))
            if not hits:
                say(notebook.library.empty_scope(narrowed(EVERYWHERE, within)) or "Nothing fits.")
    return 0


def _show(hits: list[Hit], ambiguous: set[str]) -> None:
    for number, hit in enumerate(hits, 1):
        path = f"{hit.root}/{hit.path}" if hit.path in ambiguous else hit.path
        say(f"{number}. {path}, {hit.passage.where}  ({hit.score:.3f})", style="bold")
        if hit.passage.headings:
            say(" > ".join(hit.passage.headings), style="dim", indent="   ")
        say(hit.passage.text, indent="   ")
        say()
