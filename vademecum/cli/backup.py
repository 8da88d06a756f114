"""`vade backup`: the whole workspace in one file."""

from pathlib import Path

import click

from vademecum.cli._group import given
from vademecum.cli._open import settings
from vademecum.cli._terminal import say, say_json


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
def command(file: Path) -> None:
    """Write the workspace to FILE: documents, conversations, memory, traces, as they are at this moment.

    Others may go on working meanwhile. A FILE that is there is replaced. Back again: vade restore FILE.
    """
    from vademecum.retrieval.maintenance.backup import write

    chosen = settings()
    kept = write(chosen.home, file.expanduser())
    if given().json:
        say_json({"file": str(file), "files": kept.files, "bytes": kept.size, "made": kept.written_at.isoformat()})
        return
    say(f"{file}: {kept.files} files of {chosen.home}, {kept.size / 1_000_000:,.1f} MB")
    if chosen.database:
        say("Conversations and facts are in Postgres and not in it: pg_dump keeps those.", style="yellow")
