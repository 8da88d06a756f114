"""The notebook that a command works on."""

import sys
from typing import TYPE_CHECKING, Any

import click

import vademecum
from vademecum.cli._group import global_options
from vademecum.cli._terminal import plain
from vademecum.core.settings import load_settings
from vademecum.plugin_folders import use

if TYPE_CHECKING:
    from collections.abc import Callable

    from vademecum.core.settings import Settings
    from vademecum.notebook import Notebook
    from vademecum.retrieval.ingestion.ingest_report import Progress


def open_notebook(**settings: Any) -> "Notebook":
    """The workspace named by `--home` or the settings; a setting that is None counts as not given.

    Where documents are ingested, and stderr is a terminal, a line there shows how far it is.
    """
    return vademecum.open(home=global_options().home, progress=ingest_progress(), **settings)


def ingest_progress() -> "Callable[[Progress], None] | None":
    """What shows the progress of an ingestion; None where stderr is no terminal."""
    return _ProgressLine() if sys.stderr.isatty() else None


def read_settings() -> "Settings":
    """The settings, for a command that needs no workspace; the folders that they name are in use."""
    settings = load_settings(home=global_options().home)
    use(settings)
    return settings


class _ProgressLine:
    """One line, written over and over, and wiped at the end."""

    def __call__(self, at: "Progress") -> None:
        if at.waits:
            click.echo(f"\r\x1b[K{plain(at.waits, lines=False)}; Ctrl-C gives up", nl=False, err=True)
            return
        is_complete, width = at.done >= at.total, 20
        filled = width * at.done // max(at.total, 1)
        bar = "█" * filled + "░" * (width - filled)
        line = f"{bar} {at.done}/{at.total} files, {at.passages} passages  {plain(at.file, lines=False)[-40:]}"
        click.echo("\r\x1b[K" + ("" if is_complete else line), nl=False, err=True)
