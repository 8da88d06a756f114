"""`vade trace`: what was run, step by step."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from vademecum.cli._group import global_options
from vademecum.cli._open import read_settings
from vademecum.cli._terminal import say, say_json

if TYPE_CHECKING:
    from vademecum.tracing.traces import Traces


@click.group(no_args_is_help=True)
def command() -> None:
    """See, compare and serve the traces of what was run."""


_FILTERS = (
    click.option("--project", metavar="NAME", help="Only of this project; the application's own is vademecum."),
    click.option("--status", type=click.Choice(["success", "error", "pending"]), help="Only those that came to this."),
    click.option("--slower", type=click.FloatRange(min=0), metavar="SECONDS", help="Only those that took longer."),
    click.option("--faster", type=click.FloatRange(min=0), metavar="SECONDS", help="Only those that took less."),
    click.option("--name", help="Only those of this name; * stands for anything."),
    click.option("--since", metavar="TIME", help="Only since then: a date, a time, or an age such as 90m or 2d."),
    click.option("--text", metavar="WORDS", help="Only those with these words in inputs, outputs or errors."),
    click.option("--filter", metavar="EXPRESSION", help="LangSmith's filter language: gt(total_tokens, 500)."),
)


def _filtered(function: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed(_FILTERS):
        function = option(function)
    return function


@command.command(name="list")
@_filtered
@click.option("--all", "every", is_flag=True, help="Steps, too, and not only whole runs.")
@click.option("-n", "--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="At most so many.")
def list_(every: bool, limit: int, **filters: Any) -> None:
    """List runs, the latest first."""
    from vademecum.cli import _traces
    from vademecum.tracing.traces import Filters

    with _traces_of_home() as traces:
        runs = traces.find(Filters(steps=every, **filters), limit=limit)
    if global_options().json:
        say_json({"runs": [_traces.summary(run) for run in runs]})
    else:
        _traces.show_list(runs)


@command.command()
@click.argument("run_id")
@click.option("--full", is_flag=True, help="Inputs and outputs whole.")
def show(run_id: str, full: bool) -> None:
    """Show a run as a tree: times, tokens, inputs, outputs, errors. The beginning of its id is enough."""
    from vademecum.cli import _traces

    with _traces_of_home() as traces:
        tree = traces.tree(run_id)
    if global_options().json:
        say_json({"runs": tree})
    else:
        _traces.show_tree(tree, full=full)


@command.command()
@_filtered
@click.option(
    "--by",
    "groups",
    type=click.Choice(["graph", "node", "model", "type", "day", "hour"]),
    multiple=True,
    default=["graph", "node", "model", "day"],
    show_default=True,
    help="Group by this; may be given several times.",
)
def stats(groups: tuple[str, ...], **filters: Any) -> None:
    """Measure runs: how many, how long (p50, p95), how often in error, tokens and cost."""
    from vademecum.cli import _traces
    from vademecum.tracing.traces import Filters

    with _traces_of_home() as traces:
        figures = traces.stats(groups, Filters(**filters))
    if global_options().json:
        say_json(figures)
    else:
        _traces.show_stats(figures)


@command.command()
@click.argument("left")
@click.argument("right")
def diff(left: str, right: str) -> None:
    """Compare two runs of one graph, step by step."""
    from vademecum.cli import _traces

    with _traces_of_home() as traces:
        steps = traces.diff(left, right)
    if global_options().json:
        say_json({"steps": [_traces.difference(step) for step in steps]})
    else:
        _traces.show_diff(steps)


@command.command()
@_filtered
@click.option("-o", "--output", type=click.File("w", encoding="utf-8", lazy=True), default="-", help="Into this file.")
def export(output: Any, **filters: Any) -> None:
    """Write runs, each followed by its steps, as lines of JSON."""
    from vademecum.tracing.traces import Filters

    with _traces_of_home() as traces:
        for line in traces.export(Filters(**filters)):
            output.write(line + "\n")


@command.command(name="open")
@click.argument("run_id")
@click.option("--headless", is_flag=True, help="Open no browser, only say where the page is.")
def open_(run_id: str, headless: bool) -> None:
    """Open a run's page in a browser; the server is started where none runs."""
    from vademecum.tracing.local import ensure

    with _traces_of_home() as traces:
        full_id = traces.tree(run_id)[0]["id"]
    url = f"{ensure(read_settings())}/runs/{full_id}"
    if global_options().json:
        say_json({"url": url})
    else:
        say(url)
    if not headless and not global_options().json:
        click.launch(url)


@command.command()
@click.option("--port", type=click.IntRange(1, 65535), help="Take this port; without it, the first free one from 1984.")
@click.option(
    "--host", default="127.0.0.1", show_default=True, help="Listen here; beyond this machine a key is needed."
)
def serve(port: int | None, host: str) -> None:
    """Serve the traces over LangSmith's protocol; Ctrl-C ends it."""
    from vademecum.tracing.server.serving import serve as run

    def announce(url: str) -> None:
        if global_options().json:
            say_json({"url": url})
        else:
            say(f"Traces are at {url}  (Ctrl-C ends it)")
            say(f"for the SDK: LANGSMITH_TRACING=true LANGSMITH_ENDPOINT={url} LANGSMITH_API_KEY=any", style="dim")

    run(read_settings(), host=host, port=port, announce=announce)


def _traces_of_home() -> "Traces":
    from vademecum.tracing.traces import Traces

    return Traces(read_settings().home)
