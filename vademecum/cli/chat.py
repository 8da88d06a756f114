"""`vade chat`: a conversation in the terminal."""

import json
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vademecum.cli._deciding import ask_person
from vademecum.cli._early_quotes import end_of
from vademecum.cli._group import global_options
from vademecum.cli._open import open_notebook
from vademecum.cli._terminal import note, say
from vademecum.core.errors import UsageError, VademecumError

if TYPE_CHECKING:
    from vademecum.agents import Decision, Waiting
    from vademecum.events import Done
    from vademecum.notebook import Notebook


HELP = "/memory  what is remembered of you · /image FILE  attach an image to the next message · /quit  leave"


@click.command()
@click.argument("message", required=False)
@click.option("--thread", metavar="NAME", help="Go on with this conversation, or begin it; else nothing is stored.")
@click.option("--memory", type=click.Choice(["buffer", "summary", "both"]), help="What a model is shown of it.")
@click.option("--user", metavar="NAME", help="Whose facts are remembered and recalled.")
@click.option("--image", "files", type=click.Path(path_type=Path), multiple=True, help="Attach it to the message.")
@click.option("--model", "-m", help="embedded, extractive, one of `vade models`, provider:name, a URL, a .gguf file.")
@click.option("--technique", "-t", help="Prompt technique; `vade prompts list` names them.")
@click.option("--collection", help="Answer only from this collection.")
def command(
    message: str | None,
    thread: str | None,
    files: tuple[Path, ...],
    collection: str | None,
    **choices: Any,
) -> int:
    """Talk: questions to your documents, calculations, tasks for tools. One MESSAGE, or a line at a time."""
    if files and message is None:
        raise UsageError("--image goes with a message; in a conversation attach one with /image FILE")
    with open_notebook(**choices) as notebook:
        talk = _Talk(notebook, thread, collection)
        talk.attach(*files)
        if message is not None:
            talk.say(message)
            return 0
        if sys.stdin.isatty():
            return talk.interactive()
        return talk.lines()


class _Talk:
    """One conversation at a terminal; the images wait for the next message."""

    def __init__(self, notebook: "Notebook", thread: str | None, collection: str | None) -> None:
        self.notebook = notebook
        self.thread = thread
        self.name = thread or uuid.uuid4().hex[:12]
        self.collection = collection
        self.images: list[dict[str, Any]] = []
        self.proposed: list[str] = []
        if thread and (cut_off := notebook.unfinished(thread)):
            note(f"the run for {cut_off[:80]!r} was cut off; to go on with it: vade thread resume {thread}")

    def attach(self, *files: Path) -> None:
        """Have images go with the next message."""
        from vademecum.attaching import image_block

        self.images.extend(image_block(file) for file in files)

    def say(self, message: str) -> None:
        """Have one message replied to, and show it."""
        from vademecum.cli._replies import show_reply

        end = self._after_decisions(self._reply(message))
        self.proposed = list(end.state.get("proposed", []))
        show_reply(end, self.notebook, thread=self.thread)
        if self.proposed and not global_options().json:
            proposals = " ".join(f"“{text}”" for text in self.proposed)
            say(f"Shall I remember this? {proposals} Say “yes, remember that”, or see vade memory.", style="dim")

    def interactive(self) -> int:
        """Read lines from a person until they leave."""
        note(f"Ask, or tell. {HELP}")
        while (line := _read_line()) is not None:
            try:
                if not self._command(line):
                    return 0
            except VademecumError as error:
                note(f"vade: error: {error}")
            except KeyboardInterrupt:
                note("stopped")
        return 0

    def lines(self) -> int:
        """Reply to each line of standard input; the error of a bad one goes to stderr, and the next follows."""
        failed = False
        for line in _read_lines():
            try:
                if not self._command(line):
                    break
            except VademecumError as error:
                failed = True
                note(f"vade: error: {error}")
        return int(failed)

    def _command(self, line: str) -> bool:
        """Do what a line says; False where it is to leave."""
        word, _, rest = line.strip().partition(" ")
        if word in ("/quit", "/exit", "/q"):
            return False
        if word == "/memory":
            self._show_memory()
        elif word == "/image":
            self.attach(Path(rest.strip()).expanduser())
            note("attached to your next message")
        elif word == "/help" or (word.startswith("/") and word[1:].isalpha()):
            note(HELP)
        elif line.strip():
            self.say(line)
        return True

    def _show_memory(self) -> None:
        facts = self.notebook.facts().all()
        for fact in facts:
            say(f"{fact.id}  {fact.text}", hang="          ")
        if not facts:
            say("Nothing is remembered of you.", style="dim")

    def _after_decisions(self, end: "Done") -> "Done":
        """The reply, once the person has decided about the waiting calls; without a person they are rejected."""
        while end.waits:
            decisions = [_decision(call) for call in end.waits]
            more: dict[str, Any] = {"collection": self.collection, "stored": self.thread is not None}
            end = end_of(self.notebook.decide(self.name, *decisions, **more), steps=True)
        return end

    def _reply(self, message: str) -> "Done":
        """The reply to the message; on a terminal a line shows the step under way."""
        images, self.images = self.images, []
        events = self.notebook.stream(
            message,
            graph="chat",
            thread=self.name,
            collection=self.collection,
            images=images,
            stored=self.thread is not None,
        )
        return end_of(events, steps=True)


def _decision(call: "Waiting") -> "Decision":
    """What the person says to a call of a tool that does more than return text."""
    from vademecum.agents import Decision

    if sys.stdin.isatty():
        return ask_person(call)
    note(f"{call.tool} {json.dumps(call.args, ensure_ascii=False)}: not run, as nobody is there to ask")
    return Decision("reject")


def _read_line() -> str | None:
    """A line from the person; None where they leave (Ctrl-D). Ctrl-C drops the line, and leaves where it is empty."""
    import contextlib

    with contextlib.suppress(ImportError):
        import readline  # noqa: F401 (lines can be edited, and earlier ones called back)
    try:
        return input("› ")
    except (EOFError, KeyboardInterrupt):
        click.echo(err=True)
        return None


def _read_lines() -> Iterator[str]:
    try:
        yield from sys.stdin
    except UnicodeDecodeError as error:
        raise UsageError(f"standard input is not UTF-8 text ({error.reason} at byte {error.start})") from error
