"""`vade reader`: how much the trained reader counts in this workspace."""

import click

from vademecum.cli._group import global_options
from vademecum.cli._open import open_notebook, read_settings
from vademecum.cli._terminal import say, say_json


@click.group(no_args_is_help=True)
def command() -> None:
    """Let the trained reader, which judges each answer's sentences, learn from your thumbs and labels."""


@command.command()
@click.argument("data_sets", metavar="[DATA]...", nargs=-1)
@click.option("--limit", type=click.IntRange(1), default=1000, show_default=True, help="Look at the latest runs only.")
def train(data_sets: tuple[str, ...], limit: int) -> None:
    """Learn how much the reader counts here, from rated answers and from the evidence in each DATA.

    DATA is a data set as `vade eval keep` writes it. What is learned is used from then on, in this workspace alone, if
    it does better on the labels that were left out; else nothing changes.
    """
    from vademecum.reader_training import train_reader

    with open_notebook() as notebook:
        result = train_reader(notebook, data_sets, limit=limit)
    if global_options().json:
        shape = {name: round(getattr(result, name), 4) for name in ("labels", "before", "after", "gain", "low")}
        say_json({**shape, "kept": result.wins, "weights": result.weights.round(4).tolist()})
        return
    say(f"{result.labels} labels; of those left out, {result.before:.0%} held before, {result.after:.0%} would now")
    say("kept: it is used from the next question on" if result.wins else "not kept: that is no more than chance gives")


@command.command()
def reset() -> None:
    """Go back to the weights that come with the program."""
    from vademecum.retrieval.evidence import own_weights

    removed = own_weights.reset(read_settings().home)
    if global_options().json:
        say_json({"reset": removed})
        return
    say("the reader counts as it does by default" if removed else "it did so already")
