"""Health: what `vade doctor` finds, and what to do about it."""

import streamlit as st

from vademecum import Notebook, doctor
from vademecum.doctor import Finding
from vademecum.ui import frame
from vademecum.ui.escaping import markup


def show(notes: Notebook) -> None:
    """Draw the part."""
    with st.spinner("Looking…", show_time=False):
        found = list(doctor.findings(notes))
    wrong = [it for it in found if not it.ok]
    said = f"{len(wrong)} of {len(found)} need your attention." if wrong else "All is well."
    frame.section(said, "The same checks as vade doctor.")
    st.html("".join(_finding(it) for it in sorted(found, key=lambda it: it.ok)))
    st.button("Look again", icon=":material/refresh:", key="look-again")
    frame.section("Versions")
    told = ", ".join(f"{name} {version}" for name, version in doctor.versions().items())
    st.html(f'<p class="vade-about">{markup(told)}</p>')


def _finding(it: Finding) -> str:
    mark, kind = ("✓", "vade-good") if it.ok else ("✗", "vade-bad")
    remedy = f'<div class="vade-remedy">{markup(it.remedy[:1].upper() + it.remedy[1:])}</div>' if it.remedy else ""
    word = "well" if it.ok else "not well"
    return (
        f'<div class="vade-finding"><span class="{kind}" role="img" aria-label="{word}">{mark}</span>'
        f"<div><b>{markup(it.name[:1].upper() + it.name[1:])}</b> <bdi>{markup(it.told)}</bdi>{remedy}</div></div>"
    )
