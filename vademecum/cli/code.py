"""`vade code`: a program for a task, and what it printed."""

import click

from vademecum.cli._group import global_options
from vademecum.cli._open import open_notebook
from vademecum.cli._terminal import plain, say, say_json


@click.command()
@click.argument("task")
@click.option("--model", "-m", help="embedded, provider:name, http://host:port/v1, or a .gguf file.")
@click.option("--thread", metavar="NAME", help="Keep it in this conversation.")
def command(task: str, model: str | None, thread: str | None) -> None:
    """Solve a task with a program: written, run in a sandbox, mended from its errors."""
    from vademecum.graph_runs import final_event
    from vademecum.graphs.code import in_short, told_of_tests

    with open_notebook(model=model) as notebook:
        end = final_event(notebook.stream(task, graph="code", thread=thread))
        name = notebook.settings.model
    state = end.state
    if global_options().json:
        program = {key: state[key] or None for key in ("code", "output")}
        say_json(
            {
                "task": task,
                "answer": end.reply,
                **program,
                "passed": state["passed"],
                "trail": state["trail"],
                "model": name,
            }
        )
        return
    for number, attempt in enumerate(state["trail"], 1):
        if attempt["error"]:
            say(f"{number}. {in_short(attempt['error'])}", style="red")
    if state["code"]:
        click.echo(plain(state["code"].strip()))
        say()
        for line in state["output"].splitlines():
            click.echo(click.style(plain(line), bold=True))
        if state["passed"] or not state["output"]:
            say(told_of_tests(state["passed"]))
    else:
        say(end.reply)
    say(f"model {name} · {len(state['trail'])} programs run", style="dim")
