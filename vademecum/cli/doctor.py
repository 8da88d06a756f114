"""`vade doctor`: what is set, what is installed, what is well, and what to do about the rest."""

import click

from vademecum.cli._group import given
from vademecum.cli._open import notebook
from vademecum.cli._terminal import say, say_json


@click.command()
@click.option("--repair", is_flag=True, help="First set right what can be, and fetch the small model if it is missing.")
def command(*, repair: bool) -> int:
    """Check settings, weights, workspace and tracing; say what to do where something is not well."""
    from vademecum import doctor

    with notebook() as notes:
        repaired = doctor.repair(notes) if repair else []
        values = doctor.settings(notes.settings, {"home": given().home})
        found = [*repaired, *doctor.findings(notes)]
    versions, well = doctor.versions(), all(finding.ok for finding in found)
    if given().json:
        shapes = {
            "settings": [value._asdict() for value in values],
            "versions": versions,
            "checks": [one._asdict() for one in found],
        }
        say_json({"ok": well, **shapes})
        return int(not well)
    for value in values:
        say(f"{value.name} = {value.value}  ({value.origin})")
    say()
    say(", ".join(f"{name} {version}" for name, version in versions.items()), style="dim")
    say()
    for finding in found:
        mark, colour = ("✓", "green") if finding.ok else ("✗", "red")
        say(f"{mark} {finding.name}: {finding.told}", style=colour, hang="  ")
        if finding.remedy:
            say(finding.remedy, indent="  ")
    return int(not well)
