"""`vade trust`: have a `vade.toml` that lies in the working folder count in full."""

from pathlib import Path

import click

from vademecum.cli._group import global_options
from vademecum.cli._terminal import note, say, say_json
from vademecum.core import trusted_files
from vademecum.core.errors import UsageError
from vademecum.core.settings import checked
from vademecum.core.settings_sources import NAME, content_of, expanded, parsed, printable


@click.command()
@click.argument("file", type=click.Path(path_type=Path), default=NAME)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--remove", is_flag=True, help="Trust the file no longer.")
@click.option("--list", "listed", is_flag=True, help="List the files that are trusted.")
def command(file: Path, *, yes: bool, remove: bool, listed: bool) -> int:
    """Have FILE (./vade.toml) set everything while you are in its folder, until its content changes.

    Without that, a vade.toml in the folder where you are sets little more than how passages are ranked: it may have
    come with the folder, from a stranger. Read it first. What it names is sent your questions and documents (model,
    store, ...), or run (plugins, mcp, ...); code that it names may change later, which nobody notices.
    """
    if listed:
        return _list()
    file = expanded(file) / NAME if expanded(file).is_dir() else expanded(file)
    if remove:
        return _remove(file)
    content = content_of(file)
    if content is None or file.name != NAME:
        raise UsageError(f"{file} is no {NAME}; name one, or its folder")
    values = parsed(content, file)
    settings = checked(values)
    from vademecum.doctor import shown

    lines = {name: shown(getattr(settings, name)) for name in values}
    for name, text in lines.items():
        note(f"{name} = {text}")
    if not yes and not click.confirm(f"Trust {printable(file.absolute())}, which sets these?", err=True):
        note("not trusted")
        return 1
    trusted = trusted_files.trust(file, content)
    if global_options().json:
        say_json({"file": str(trusted.file), "sha256": trusted.sha256, "sets": lines})
    else:
        say(f"trusted: {trusted.file}")
    return 0


def _remove(file: Path) -> int:
    removed = trusted_files.distrust(file)
    if global_options().json:
        say_json({"file": str(file.absolute()), "removed": removed})
    else:
        say(f"{'no longer trusted' if removed else 'was not trusted'}: {file.absolute()}")
    return 0


def _list() -> int:
    files, damages = trusted_files.trusted_files()
    for damage in damages:
        note(damage)
    states = [(trusted, _state(trusted)) for trusted in files]
    if global_options().json:
        say_json(
            {"files": [{**trusted._asdict(), "file": str(trusted.file), "state": state} for trusted, state in states]}
        )
    elif not files:
        say("no file is trusted; a vade.toml in the folder where you are: vade trust")
    else:
        for trusted, state in states:
            say(f"{trusted.file}  ({state})")
    return 0


def _state(trusted: trusted_files.TrustedFile) -> str:
    try:
        content = content_of(trusted.file)
    except UsageError:
        return "cannot be read"
    if content is None:
        return "gone"
    return "trusted" if trusted_files.is_trusted(trusted.file, content) else "changed since, so not trusted"
