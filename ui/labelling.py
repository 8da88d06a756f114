"""Answers labelled by a person, a key each: y right, n wrong, s skip, b back. What is said is kept at once."""

import getpass
from itertools import combinations

import streamlit as st

from vademecum import Notebook
from vademecum.core.errors import VademecumError
from vademecum.evaluation import labels
from vademecum.evaluation.experiments import Experiment
from vademecum.evaluation.outcomes import Scores
from vademecum.ui import experiment_list, figures, frame
from vademecum.ui.address_choice import pick
from vademecum.ui.escaping import markup, plain, show_error
from vademecum.ui.figures import Cell


def show(notes: Notebook) -> None:
    """Draw the part."""
    found = experiment_list.all_of(notes)
    if not found:
        frame.empty("Nothing to label yet", "Run an experiment first; then say of each answer whether it is right.")
        return
    named = {it.name: it for it in found}
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    with left:
        chosen = pick("Experiment", {it.name: experiment_list.called(it) for it in found}, "label")
    person = right.text_input("Who labels", _login(), key="person", bind="query-params")
    made = named[chosen]
    try:
        given = labels.of(notes.settings.home, made.name, person)
    except VademecumError as error:
        show_error(error)
        return
    _one(notes, made, person, given)
    _agreement(notes, made)


def _one(notes: Notebook, made: Experiment, person: str, given: dict[str, bool]) -> None:
    rows = [row for row in made.rows if row.outcome.answer]
    skipped: list[str] = st.session_state.setdefault(f"skipped-{made.name}", [])
    waiting = [row for row in labels.waiting(made, given) if row.case.id not in skipped]
    back = st.session_state.get("label-back")
    at = next((row for row in rows if row.case.id == back), None) or (waiting[0] if waiting else None)
    done = sum(row.case.id in given for row in rows)
    st.progress(done / max(len(rows), 1), f"{done} of {len(rows)} labelled by {plain(person)}")
    if at is None:
        _finished(made, skipped)
        return

    def say(right: bool | None) -> None:
        st.session_state.pop("label-back", None)
        if right is None:
            skipped.append(at.case.id)
        else:
            labels.add(notes.settings.home, made.name, person, at.case.id, right)
        st.session_state["label-last"] = at.case.id

    def go_back() -> None:
        st.session_state["label-back"] = st.session_state.get("label-last")
        if st.session_state["label-back"] in skipped:
            skipped.remove(st.session_state["label-back"])

    with st.container(border=True, key="label-card"):
        _shown(at, given)
    with st.container(horizontal=True, key="label-keys"):
        st.button("Right", icon=":material/check:", shortcut="Y", key="label-right", on_click=say, args=(True,))
        st.button("Wrong", icon=":material/close:", shortcut="N", key="label-wrong", on_click=say, args=(False,))
        st.button("Skip", shortcut="S", type="tertiary", key="label-skip", on_click=say, args=(None,))
        st.button(
            "Back",
            shortcut="B",
            type="tertiary",
            key="label-go-back",
            on_click=go_back,
            disabled="label-last" not in st.session_state,
        )


def _shown(row: Scores, given: dict[str, bool]) -> None:
    experiment_list.read(row, trace=False)
    if row.case.id in given:
        figures.note(f"You said: {'right' if given[row.case.id] else 'wrong'}")


def _finished(made: Experiment, skipped: list[str]) -> None:
    st.success("Every answer has its label.", icon=":material/check:")
    if skipped:
        st.button(f"Go through the {len(skipped)} that were skipped", on_click=skipped.clear, key="label-skipped")
    frame.link("evaluation", "See the figures with your labels", icon=":material/monitoring:", experiment=made.name)


def _agreement(notes: Notebook, made: Experiment) -> None:
    home = notes.settings.home
    said = {who: labels.of(home, made.name, who) for who in labels.people(home, made.name)}
    if not said:
        return
    frame.section("Who said what")
    rows = [[Cell(who), str(len(it)), str(sum(it.values()))] for who, it in said.items()]
    figures.table(["Person", "Labelled", "Right"], rows, numbers=frozenset({1, 2}))
    told = []
    for one, other in combinations(sorted(said), 2):
        kappa, cases = labels.kappa(said[one], said[other])
        agreed = f"kappa {kappa:.2f} over {cases} cases" if cases else "no case in common"
        told.append(f"{markup(one)} and {markup(other)}: {agreed}")
    if told:
        st.html(f'<p class="vade-about">How far people agree (Cohen\'s kappa): {"; ".join(told)}</p>')


def _login() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "me"
