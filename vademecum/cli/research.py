"""`vade research`: a report in which every sentence shows what it rests on."""

import click

from vademecum.cli._group import given
from vademecum.cli._open import notebook
from vademecum.cli._terminal import say_json


@click.command()
@click.argument("question")
@click.option("--model", "-m", help="embedded, extractive, provider:name, http://host:port/v1, or a .gguf file.")
@click.option("--technique", "-t", help="Prompt technique; `vade prompts list` names them.")
@click.option("--thread", metavar="NAME", help="Keep it in this conversation.")
@click.option("--collection", help="Answer only from this collection.")
def command(
    question: str, model: str | None, technique: str | None, thread: str | None, collection: str | None
) -> None:
    """Write a report: sub-questions answered side by side, gaps asked again, every sentence cited."""
    from vademecum.cli._answer import show_report
    from vademecum.cli._shapes import report_shape
    from vademecum.graph_runs import last

    with notebook(model=model, technique=technique) as notes:
        done = last(notes.stream(question, graph="research", thread=thread, collection=collection))
        ambiguous = notes.ambiguous_paths()
    report, answer = done.state["report"], done.answer or done.state["answer"]
    if given().json:
        say_json(report_shape(report, answer, ambiguous))
    else:
        show_report(report, answer, ambiguous)
