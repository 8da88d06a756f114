"""`vade restore`: a workspace from its backup."""

from pathlib import Path

import click

from vademecum.cli._group import global_options
from vademecum.cli._open import read_settings
from vademecum.cli._terminal import say, say_json


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Replace a workspace that holds something.")
def command(file: Path, *, force: bool) -> None:
    """Make the workspace what `vade backup` wrote to FILE; nothing is replaced before all of it is found whole.

    A backup of an older version is brought up to date; the vector index is made anew at the first question.
    """
    from vademecum.retrieval.maintenance.backup import restore

    home = read_settings().home
    backup = restore(file.expanduser(), home, force=force)
    if global_options().json:
        say_json({"home": str(home), "files": backup.files, "made": backup.written_at.isoformat()})
    else:
        say(f"{home}: {backup.files} files, as they were on {backup.written_at:%Y-%m-%d %H:%M} UTC")
