"""`vade ask`: an answer in which every sentence shows what it rests on."""

from collections.abc import Mapping
from typing import IO, TYPE_CHECKING, Any

import click

from vademecum.cli import _batch, _within
from vademecum.cli._early_quotes import are_seen, end_of
from vademecum.cli._group import global_options
from vademecum.cli._open import open_notebook
from vademecum.cli._terminal import note, say_json

if TYPE_CHECKING:
    from vademecum.core.types import Answer
    from vademecum.notebook import Notebook


@click.command()
@click.argument("question", required=False)
@_batch.option
@click.option("--model", "-m", help="embedded, extractive, one of `vade models`, provider:name, a URL, a .gguf file.")
@click.option("--technique", "-t", help="Prompt technique; `vade prompts list` names them.")
@click.option("--thread", metavar="NAME", help="Go on with this conversation, or begin it.")
@_within.options
def command(
    question: str | None,
    batch: IO[bytes] | None,
    model: str | None,
    technique: str | None,
    thread: str | None,
    **within: str | None,
) -> int:
    """Ask your documents: each sentence of the answer cites the exact characters it rests on."""
    from vademecum.cli._answer import show
    from vademecum.cli._shapes import answer_shape
    from vademecum.model_use import first_offer

    _batch.one_of(question, batch)
    with open_notebook(model=model, technique=technique) as notebook:
        notebook.check(collection=within["collection"])
        ambiguous = notebook.ambiguous_paths()
        if thread and (cut_off := notebook.unfinished(thread)):
            note(f"the run for {cut_off[:80]!r} was cut off; to go on with it: vade thread resume {thread}")
        if batch is not None:
            return _batch.answer_each(
                batch, lambda row: answer_shape(notebook.ask(row, thread=thread, **within), ambiguous)
            )
        answer = _answered(notebook, question or "", thread, within)
        if global_options().json:
            say_json(answer_shape(answer, ambiguous))
        else:
            show(answer, ambiguous)
            if offer := first_offer(notebook):
                note(offer)
    return 0


def _answered(notebook: "Notebook", question: str, thread: str | None, within: Mapping[str, Any]) -> "Answer":
    """The answer; on a terminal what the documents say to it stands there while a model writes."""
    if not are_seen():
        return notebook.ask(question, thread=thread, **within)
    answer = end_of(notebook.stream(question, thread=thread, **within)).answer
    assert answer, "the answer graph ends with one"
    return answer
