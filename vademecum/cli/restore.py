"""`vade restore`: a workspace from its backup."""

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from vademecum.cli._group import global_options
from vademecum.cli._open import read_settings
from vademecum.cli._terminal import note, say, say_json
from vademecum.core.settings import RUNS_CODE, SENDS_TEXT
from vademecum.core.settings_sources import expanded


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Replace a workspace that holds something.")
@click.option("--with-settings", is_flag=True, help="Take over the settings in it (vade.toml) without being asked.")
def command(file: Path, *, force: bool, with_settings: bool) -> None:
    """Make the workspace what `vade backup` wrote to FILE; nothing is replaced before all of it is found whole.

    Settings in it are taken over only if you say so: they may name code to run and servers to send text to. A backup
    of an older version is brought up to date; the vector index is made anew at the first question.
    """
    from vademecum.retrieval.maintenance.restore import restore

    home = read_settings().home
    backup = restore(expanded(file), home, force=force, settings=with_settings or _accepted)
    if global_options().json:
        shape = {"home": str(home), "files": backup.files, "made": backup.written_at.isoformat()}
        say_json({**shape, "settings_left_out": list(backup.settings)})
        return
    say(f"{home}: {backup.files} files, as they were on {backup.written_at:%Y-%m-%d %H:%M} UTC")
    if backup.settings:
        present = "yours stay" if (home / "vade.toml").exists() else "there are none"
        names = ", ".join(backup.settings)
        say(f"Its settings were left out ({names}), {present}; to take them over: --with-settings", style="yellow")


def _accepted(names: Sequence[str]) -> bool:
    """Whether the person at the terminal takes over these settings; without a terminal, no."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    note("The backup has settings of its own (vade.toml):")
    for name in names:
        marks = ["runs code"] * (name in RUNS_CODE) + ["sends text elsewhere"] * (name in SENDS_TEXT)
        note(f"  {name}{'  <- ' + ', '.join(marks) if marks else ''}")
    return click.confirm("Take them over? Only if the backup is your own", default=False, err=True)
