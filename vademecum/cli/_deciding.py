"""Asking a person, at a terminal, about a call that does more than return text; or telling them how to decide later."""

import json
import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from vademecum.cli._group import global_options
from vademecum.cli._terminal import note, plain, say, say_json
from vademecum.core.errors import UsageError

if TYPE_CHECKING:
    from vademecum.agents import Decision, Waiting


def ask_person(call: "Waiting") -> "Decision":
    """Ask at the terminal, until the reply is a decision."""
    from vademecum.agents import decision

    note("")
    note(f"{call.tool} {json.dumps(call.args, ensure_ascii=False)}")
    note(f"({call.about}; to decide later, press Ctrl-C: vade agent --resume {call.thread})")
    while True:
        kind = click.prompt("approve, edit, reject or respond?", default="reject", err=True).strip()
        if kind == "edit":
            kind = f"edit:{click.prompt('the arguments, as JSON', default=json.dumps(call.args), err=True)}"
        elif kind == "respond":
            kind = f"respond:{click.prompt('the result in its place', err=True)}"
        try:
            return decision(kind)
        except UsageError as error:
            note(str(error))


def show_what_waits(thread: str, waiting: "Sequence[Waiting]") -> None:
    """Print the calls that wait for a person, and how to go on."""
    if global_options().json:
        say_json({"thread_id": thread, "waiting": [call._asdict() for call in waiting]})
        return
    for call in waiting:
        say(f"Waits for you: {call.tool} {json.dumps(call.args, ensure_ascii=False)}", style="yellow")
        say(call.about, style="dim", indent="  ")
    again = f"vade agent --resume {thread}"
    edited = shlex.quote(f"edit:{json.dumps(waiting[0].args, ensure_ascii=False)}")
    click.echo(plain(f"Go on:  {again} --decision approve"))
    click.echo(plain(f"   or:  {again} --decision reject:REASON"))
    click.echo(plain(f"   or:  {again} --decision {edited}"))
    click.echo(plain(f"   or:  {again} --decision respond:TEXT"))
