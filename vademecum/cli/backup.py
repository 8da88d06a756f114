"""`vade backup`: the whole workspace in one file."""

from pathlib import Path

import click

from vademecum.cli._group import global_options
from vademecum.cli._open import read_settings
from vademecum.cli._terminal import say, say_json
from vademecum.core.settings_sources import expanded


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
def command(file: Path) -> None:
    """Write the workspace to FILE: documents, conversations, memory, traces, as they are at this moment.

    Others may go on working meanwhile. A FILE that is there is replaced. Back again: vade restore FILE.
    """
    from vademecum.retrieval.maintenance.backup import write

    settings = read_settings()
    backup = write(settings.home, expanded(file))
    if global_options().json:
        say_json(
            {"file": str(file), "files": backup.files, "bytes": backup.size, "made": backup.written_at.isoformat()}
        )
        return
    say(f"{file}: {backup.files} files of {settings.home}, {backup.size / 1_000_000:,.1f} MB")
    if settings.database:
        say("Conversations and facts are in Postgres and not in it: pg_dump keeps those.", style="yellow")
