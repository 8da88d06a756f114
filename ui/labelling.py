"""Answers labelled by a person with one key each: y right, n wrong, s skip, b back. Labels are stored at once."""

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


def show(notebook: Notebook) -> None:
    """Draw the part."""
    experiments = experiment_list.load_all(notebook)
    if not experiments:
        frame.empty("Nothing to label yet", "Run an experiment first; then say of each answer whether it is right.")
        return
    by_name = {experiment.name: experiment for experiment in experiments}
    choice_column, person_column = st.columns([3, 1], vertical_alignment="bottom")
    with choice_column:
        name = pick(
            "Experiment", {experiment.name: experiment_list.label(experiment) for experiment in experiments}, "label"
        )
    person = person_column.text_input("Who labels", _login(), key="person", bind="query-params")
    experiment = by_name[name]
    try:
        own_labels = labels.of(notebook.settings.home, experiment.name, person)
    except VademecumError as error:
        show_error(error)
        return
    _label_next(notebook, experiment, person, own_labels)
    _agreement(notebook, experiment)


def _label_next(notebook: Notebook, experiment: Experiment, person: str, own_labels: dict[str, bool]) -> None:
    rows = [row for row in experiment.rows if row.outcome.answer]
    skipped_ids: list[str] = st.session_state.setdefault(f"skipped-{experiment.name}", [])
    unlabelled = [row for row in labels.waiting(experiment, own_labels) if row.case.id not in skipped_ids]
    back_id = st.session_state.get("label-back")
    current = next((row for row in rows if row.case.id == back_id), None) or (unlabelled[0] if unlabelled else None)
    labelled_count = sum(row.case.id in own_labels for row in rows)
    st.progress(labelled_count / max(len(rows), 1), f"{labelled_count} of {len(rows)} labelled by {plain(person)}")
    if current is None:
        _show_end(experiment, skipped_ids)
        return

    def set_label(right: bool | None) -> None:
        st.session_state.pop("label-back", None)
        if right is None:
            skipped_ids.append(current.case.id)
        else:
            labels.add(notebook.settings.home, experiment.name, person, current.case.id, right)
        st.session_state["label-last"] = current.case.id

    def go_back() -> None:
        st.session_state["label-back"] = st.session_state.get("label-last")
        if st.session_state["label-back"] in skipped_ids:
            skipped_ids.remove(st.session_state["label-back"])

    with st.container(border=True, key="label-card"):
        _show_row(current, own_labels)
    with st.container(horizontal=True, key="label-keys"):
        st.button("Right", icon=":material/check:", shortcut="Y", key="label-right", on_click=set_label, args=(True,))
        st.button("Wrong", icon=":material/close:", shortcut="N", key="label-wrong", on_click=set_label, args=(False,))
        st.button("Skip", shortcut="S", type="tertiary", key="label-skip", on_click=set_label, args=(None,))
        st.button(
            "Back",
            shortcut="B",
            type="tertiary",
            key="label-go-back",
            on_click=go_back,
            disabled="label-last" not in st.session_state,
        )


def _show_row(row: Scores, own_labels: dict[str, bool]) -> None:
    experiment_list.show_case(row, trace=False)
    if row.case.id in own_labels:
        figures.note(f"You said: {'right' if own_labels[row.case.id] else 'wrong'}")


def _show_end(experiment: Experiment, skipped_ids: list[str]) -> None:
    st.success("Every answer has its label.", icon=":material/check:")
    if skipped_ids:
        st.button(
            f"Go through the {len(skipped_ids)} that were skipped", on_click=skipped_ids.clear, key="label-skipped"
        )
    frame.link(
        "evaluation", "See the figures with your labels", icon=":material/monitoring:", experiment=experiment.name
    )


def _agreement(notebook: Notebook, experiment: Experiment) -> None:
    home = notebook.settings.home
    by_person = {person: labels.of(home, experiment.name, person) for person in labels.people(home, experiment.name)}
    if not by_person:
        return
    frame.section("Who said what")
    rows = [
        [Cell(person), str(len(own_labels)), str(sum(own_labels.values()))] for person, own_labels in by_person.items()
    ]
    figures.table(["Person", "Labelled", "Right"], rows, numbers=frozenset({1, 2}))
    lines = []
    for first, second in combinations(sorted(by_person), 2):
        kappa, cases = labels.kappa(by_person[first], by_person[second])
        agreed = f"kappa {kappa:.2f} over {cases} cases" if cases else "no case in common"
        lines.append(f"{markup(first)} and {markup(second)}: {agreed}")
    if lines:
        st.html(f'<p class="vade-about">How far people agree (Cohen\'s kappa): {"; ".join(lines)}</p>')


def _login() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "me"
