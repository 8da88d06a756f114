"""`vade research`: a report in which every sentence shows what it rests on."""

import click

from vademecum.cli._group import global_options
from vademecum.cli._open import open_notebook
from vademecum.cli._terminal import say_json


@click.command()
@click.argument("question")
@click.option("--model", "-m", help="embedded, extractive, one of `vade models`, provider:name, a URL, a .gguf file.")
@click.option("--technique", "-t", help="Prompt technique; `vade prompts list` names them.")
@click.option("--thread", metavar="NAME", help="Keep it in this conversation.")
@click.option("--collection", help="Answer only from this collection.")
def command(
    question: str, model: str | None, technique: str | None, thread: str | None, collection: str | None
) -> None:
    """Write a report: sub-questions answered side by side, gaps asked again, every sentence cited."""
    from vademecum.cli._answer import show_report
    from vademecum.cli._shapes import report_shape
    from vademecum.graph_runs import final_event

    with open_notebook(model=model, technique=technique) as notebook:
        end = final_event(notebook.stream(question, graph="research", thread=thread, collection=collection))
        ambiguous = notebook.ambiguous_paths()
    report, answer = end.state["report"], end.answer or end.state["answer"]
    if global_options().json:
        say_json(report_shape(report, answer, ambiguous))
    else:
        show_report(report, answer, ambiguous)
