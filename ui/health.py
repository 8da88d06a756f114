"""Health: what `vade doctor` finds, and what to do about it."""

import streamlit as st

from vademecum import Notebook, doctor
from vademecum.doctor import Finding
from vademecum.ui import frame
from vademecum.ui.escaping import markup


def show(notebook: Notebook) -> None:
    """Draw the part."""
    with st.spinner("Looking…", show_time=False):
        findings = list(doctor.findings(notebook))
    problems = [finding for finding in findings if not finding.ok]
    summary = f"{len(problems)} of {len(findings)} need your attention." if problems else "All is well."
    frame.section(summary, "The same checks as vade doctor.")
    st.html("".join(_finding(finding) for finding in sorted(findings, key=lambda finding: finding.ok)))
    st.button("Look again", icon=":material/refresh:", key="look-again")
    frame.section("Versions")
    versions = ", ".join(f"{name} {version}" for name, version in doctor.versions().items())
    st.html(f'<p class="vade-about">{markup(versions)}</p>')


def _finding(finding: Finding) -> str:
    mark, kind, word = ("✓", "vade-good", "well") if finding.ok else ("✗", "vade-bad", "not well")
    name = finding.name[:1].upper() + finding.name[1:]
    remedy = finding.remedy[:1].upper() + finding.remedy[1:]
    advice = f'<div class="vade-remedy">{markup(remedy)}</div>' if remedy else ""
    return (
        f'<div class="vade-finding"><span class="{kind}" role="img" aria-label="{word}">{mark}</span>'
        f"<div><b>{markup(name)}</b> <bdi>{markup(finding.message)}</bdi>{advice}</div></div>"
    )
