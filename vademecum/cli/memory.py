"""`vade memory`: what is remembered of you, to be seen, corrected and deleted."""

from typing import Any

import click

from vademecum.cli._group import global_options
from vademecum.cli._open import open_notebook
from vademecum.cli._terminal import say, say_json

whose = click.option("--user", metavar="NAME", help="Of whom; without it, of the one that the settings name.")


@click.group(no_args_is_help=True)
def command() -> None:
    """See, correct and delete what is remembered of you and your work.

    Facts are kept when you say "remember that ..." in a conversation, or agree to one that it proposes
    (setting memory_facts: ask, on or off).
    """


@command.command(name="list")
@whose
@click.option("--about", metavar="QUESTION", help="Only what has to do with this, the likeliest first.")
def list_(user: str | None, about: str | None) -> None:
    """List what is remembered."""
    with open_notebook() as notebook:
        memory = notebook.facts(user)
        facts = memory.about(about, k=20) if about else memory.all()
    if global_options().json:
        say_json({"user": memory.user, "facts": [_shape(fact) for fact in facts]})
        return
    for fact in facts:
        score = f"  {fact.score:.2f}" if fact.score is not None else ""
        say(f"{fact.id}  {fact.text}{score}", hang="          ")
    if not facts:
        say("Nothing is remembered" + (" about that." if about else " yet; add something: vade memory add TEXT"))


@command.command()
@whose
@click.argument("text")
def add(user: str | None, text: str) -> None:
    """Have a sentence remembered."""
    with open_notebook() as notebook:
        _tell("remembered", notebook.facts(user).add(text))


@command.command()
@whose
@click.argument("fact", metavar="ID")
@click.argument("text")
def edit(user: str | None, fact: str, text: str) -> None:
    """Put another sentence in the place of one."""
    with open_notebook() as notebook:
        _tell("remembered", notebook.facts(user).edit(fact, text))


@command.command()
@whose
@click.option("--all", "everything", is_flag=True, help="Everything that is remembered.")
@click.argument("ids", nargs=-1, metavar="ID...")
def forget(user: str | None, everything: bool, ids: tuple[str, ...]) -> None:
    """Delete what is remembered under these ids."""
    if bool(ids) == everything:
        raise click.UsageError("give the ids of what to forget, or --all")
    with open_notebook() as notebook:
        facts = notebook.facts(user)
        gone = [facts.get(fact_id) for fact_id in ids] if ids else facts.all()
        for fact in gone:
            facts.forget(fact.id)
    if global_options().json:
        say_json({"user": facts.user, "forgotten": [_shape(fact) for fact in gone]})
        return
    for fact in gone:
        say(f"forgotten: {fact.id}  {fact.text}", hang="  ")
    if not gone:
        say("Nothing is remembered.")


def _tell(what: str, fact: Any) -> None:
    if global_options().json:
        say_json(_shape(fact))
    else:
        say(f"{what}: {fact.id}  {fact.text}", hang="  ")


def _shape(fact: Any) -> dict[str, Any]:
    return {**fact._asdict(), "added": fact.added.isoformat(), "changed": fact.changed.isoformat()}
