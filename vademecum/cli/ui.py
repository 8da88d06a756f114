"""`vade ui`: the application in a browser."""

import signal
import sys

import click

from vademecum.cli._group import global_options
from vademecum.cli._terminal import say


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), help="Take this port; without it, the first free one from 8501.")
@click.option("--host", default="127.0.0.1", show_default=True, help="An address of this machine to listen at.")
@click.option("--headless", is_flag=True, help="Open no browser.")
def command(port: int | None, host: str, headless: bool) -> int:
    """Open the chat over your documents in a browser; Ctrl-C ends it."""
    from vademecum import web_server

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # or the page would be left running
    with web_server.start(home=global_options().home, host=host, port=port) as page:
        say(f"Vademecum is at {page.url}")
        say("Ctrl-C ends it.", style="dim")
        if not headless:
            click.launch(page.url)
        return page.wait()
