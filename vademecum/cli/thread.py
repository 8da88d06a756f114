"""`vade thread`: stored conversations."""

import click

from vademecum.cli._answer import show as show_answer
from vademecum.cli._group import given
from vademecum.cli._open import notebook
from vademecum.cli._terminal import say, say_json


@click.group(no_args_is_help=True)
def command() -> None:
    """See the conversations that `--thread` began."""


@command.command(name="list")
def list_() -> None:
    """List the conversations, the latest first."""
    with notebook() as notes:
        found = notes.threads()
    if given().json:
        say_json({"threads": [{**thread._asdict(), "updated": thread.updated.isoformat()} for thread in found]})
        return
    for thread in found:
        say(f"{thread.id}  ({thread.turns} turns, {thread.updated:%Y-%m-%d %H:%M})", style="bold")
        say(thread.title, indent="  ")
    if not found:
        say("No conversations yet; begin one: vade ask --thread NAME QUESTION", style="dim")


@command.command()
@click.argument("name")
def show(name: str) -> None:
    """Show one conversation."""
    from vademecum.cli._shapes import answer_shape

    with notebook() as notes:
        turns, ambiguous = notes.history(name), notes.ambiguous_paths()
    if given().json:
        shapes = [
            {
                "question": turn.question,
                "reply": turn.reply,
                "answer": answer_shape(turn.answer, ambiguous) if turn.answer else None,
            }
            for turn in turns
        ]
        say_json({"id": name, "turns": shapes})
        return
    for turn in turns:
        say(turn.question, style="bold")
        if turn.answer:
            show_answer(turn.answer, ambiguous)
        else:
            say(turn.reply)
        say()
