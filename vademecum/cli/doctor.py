"""`vade doctor`: what is set, what is installed, what is well, and what to do about the rest."""

from typing import TYPE_CHECKING, Any

import click

from vademecum.cli._group import global_options
from vademecum.cli._open import open_notebook
from vademecum.cli._terminal import say, say_json
from vademecum.core.settings import workspace_folder

if TYPE_CHECKING:
    from vademecum.doctor import Finding


@click.command()
@click.option("--repair", is_flag=True, help="First set right what can be, and fetch the small model if it is missing.")
def command(*, repair: bool) -> int:
    """Check settings, weights, workspace and tracing; say what to do where something is not well."""
    from vademecum import doctor

    mended = doctor.mend(workspace_folder(global_options().home)) if repair else []
    with open_notebook() as notebook:
        repaired = [*mended, *(doctor.repair(notebook) if repair else [])]
        values = doctor.settings(notebook.settings_as_set, {"home": global_options().home})
        findings = [*repaired, *doctor.findings(notebook)]
    versions, well = doctor.versions(), all(finding.ok for finding in findings)
    if global_options().json:
        shapes = {
            "settings": [value._asdict() for value in values],
            "versions": versions,
            "checks": [_shape(finding) for finding in findings],
        }
        say_json({"ok": well, **shapes})
        return int(not well)
    for value in values:
        say(f"{value.name} = {value.value}  ({value.place})")
    say()
    say(", ".join(f"{name} {version}" for name, version in versions.items()), style="dim")
    say()
    for finding in findings:
        mark, colour = ("✓", "green") if finding.ok else ("✗", "red")
        say(f"{mark} {finding.name}: {finding.message}", style=colour, hang="  ")
        if finding.remedy:
            say(finding.remedy, indent="  ")
    return int(not well)


def _shape(finding: "Finding") -> dict[str, Any]:
    return {"name": finding.name, "ok": finding.ok, "told": finding.message, "remedy": finding.remedy}
