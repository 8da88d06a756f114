"""`vade thread`: stored conversations, the way back into them, and runs that were cut off."""

import click

from vademecum.cli._answer import show as show_answer
from vademecum.cli._group import global_options
from vademecum.cli._open import open_notebook
from vademecum.cli._terminal import say, say_json


@click.group(no_args_is_help=True)
def command() -> None:
    """See the conversations that `--thread` began; go back in them, and on with them."""


@command.command(name="list")
def list_() -> None:
    """List the conversations, the latest first."""
    with open_notebook() as notebook:
        threads = notebook.threads()
    if global_options().json:
        say_json({"threads": [{**thread._asdict(), "updated": thread.updated.isoformat()} for thread in threads]})
        return
    for thread in threads:
        say(f"{thread.id}  ({thread.turns} turns, {thread.updated:%Y-%m-%d %H:%M})", style="bold")
        say(thread.title, indent="  ")
    if not threads:
        say("No conversations yet; begin one: vade ask --thread NAME QUESTION", style="dim")


@command.command()
@click.argument("name")
def show(name: str) -> None:
    """Show one conversation; of a quote whose file has changed since, whether it still stands."""
    from vademecum.cli._shapes import answer_shape

    with open_notebook() as notebook:
        turns, ambiguous, standings = notebook.history(name), notebook.ambiguous_paths(), notebook.standings()
        statuses = {citation: standings.of(citation) for turn in turns if turn.answer for citation in turn.answer.cited}
    if global_options().json:
        shapes = [
            {
                "question": turn.question,
                "reply": turn.reply,
                "answer": answer_shape(turn.answer, ambiguous, statuses) if turn.answer else None,
            }
            for turn in turns
        ]
        say_json({"id": name, "turns": shapes})
        return
    for turn in turns:
        say(turn.question, style="bold")
        if turn.answer:
            show_answer(turn.answer, ambiguous, statuses)
        else:
            say(turn.reply)
        say()


@command.command()
@click.argument("name")
def history(name: str) -> None:
    """Show the checkpoints of a conversation, the latest first: one for each step of its graph."""
    with open_notebook() as notebook:
        checkpoints = notebook.thread_history(name)
    if global_options().json:
        rows = [{**checkpoint._asdict(), "written": checkpoint.written.isoformat()} for checkpoint in checkpoints]
        say_json({"id": name, "checkpoints": rows})
        return
    for checkpoint in checkpoints:
        ran = "+".join(checkpoint.nodes).replace("__start__", "(taken in)")
        ran = ran or ("(the person speaks)" if checkpoint.next == ("__start__",) else "(earlier)")
        end = "  end of a turn" if not checkpoint.next else ""
        say(f"{checkpoint.step:>4}  {checkpoint.written:%Y-%m-%d %H:%M:%S}  {ran}{end}", style="bold" if end else "")
        say(f"{checkpoint.id}  {checkpoint.question}", style="dim", indent="      ")
    say(f"Go on from one of them: vade thread fork {name} --at STEP", style="dim")


@command.command()
@click.argument("name")
@click.option("--at", metavar="CHECKPOINT", help="From this checkpoint: its step or id. Without it, from the latest.")
@click.option("--to", metavar="NEW", help="Name of the new conversation; without it, one that is free.")
def fork(name: str, at: str | None, to: str | None) -> None:
    """Begin a new conversation from where one was at a checkpoint; the old one stays as it is."""
    with open_notebook() as notebook:
        new = notebook.fork(name, at=at, to=to)
        turns = len(notebook.history(new))
    if global_options().json:
        say_json({"id": new, "from": name, "turns": turns})
    else:
        length = "1 turn" if turns == 1 else f"{turns} turns"
        say(f"{new} begins as {name} was after {length}; go on: vade chat --thread {new}")


@command.command()
@click.argument("name")
@click.option("--model", "-m", help="embedded, extractive, one of `vade models`, provider:name, a URL, a .gguf file.")
def resume(name: str, model: str | None) -> None:
    """Go on with a run that was cut off, from its last checkpoint."""
    from vademecum.cli._replies import show_reply
    from vademecum.graph_runs import final_event

    with open_notebook(model=model) as notebook:
        show_reply(final_event(notebook.go_on(name)), notebook, thread=name)


@command.command()
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
def forget(names: tuple[str, ...]) -> None:
    """Delete conversations with all their checkpoints."""
    with open_notebook() as notebook:
        for name in names:
            notebook.history(name)
        for name in names:
            notebook.forget_thread(name)
    if global_options().json:
        say_json({"forgotten": list(names)})
    else:
        for name in names:
            say(f"forgotten: {name}")
