"""`vade trace`: what was run, step by step."""

import click

from vademecum.cli._open import settings
from vademecum.cli._terminal import say


@click.group(no_args_is_help=True)
def command() -> None:
    """See, compare and serve the traces of what was run."""


@command.command()
@click.option("--port", type=click.IntRange(1, 65535), help="Take this port; without it, the first free one from 1984.")
@click.option(
    "--host", default="127.0.0.1", show_default=True, help="Listen here; beyond this machine a key is needed."
)
def serve(port: int | None, host: str) -> None:
    """Serve the traces over LangSmith's protocol; Ctrl-C ends it."""
    from tracing.server.serving import serve as run

    def announce(url: str) -> None:
        say(f"Traces are at {url}  (Ctrl-C ends it); for the SDK: LANGSMITH_ENDPOINT={url}")

    run(settings(), host=host, port=port, announce=announce)
