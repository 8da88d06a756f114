"""What an edited prompt is run on, and beside which others: one input, or a data set."""

import contextlib
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from vademecum import Notebook, prompt_results, prompts
from vademecum.core.errors import PromptError, WorkspaceError
from vademecum.evaluation import data_set_folder
from vademecum.evaluation.experiments import Experiment
from vademecum.measuring import QUESTIONS
from vademecum.prompt_results import Trial
from vademecum.side_by_side import TECHNIQUES, Contender, Result
from vademecum.ui import figures, works
from vademecum.ui.escaping import line
from vademecum.ui.prompt_editor import Edited
from vademecum.ui.prompt_results import Measured

FIRST = "Why does it help to let a model think out loud?"
"""A question to begin with, where the notebook is the sample one; any other may ask its own."""

MOST = 6
"""Prompts that are run beside each other, at most."""


def choose(notes: Notebook, name: str, edited: Edited) -> None:
    """Draw the choice; a run that is begun is named by the address."""
    technique = name.startswith(TECHNIQUES)
    ways = ["One input", "A data set"] if technique else ["One input"]
    way = st.segmented_control("Run it on", ways, default=ways[0], required=True, key="run-on", bind="query-params")
    model = _model(notes)
    inputs, data, limit = {}, None, 0
    if way == "A data set":
        data, limit = _data(notes)
    else:
        inputs = _inputs(name, edited)
    others = st.multiselect(
        "Beside",
        _comparable(name),
        key=f"beside-{name}",
        format_func=lambda it: line(it.removeprefix(TECHNIQUES)),
        max_selections=MOST - 2,
        placeholder="Other prompts that take the same",
        persist_state="session",
    )
    contenders = [Contender(name, model, edited.draft)]
    if edited.draft is not None:
        contenders = [Contender(name, model), *contenders]
        figures.note("It is run beside what is written, which is the baseline.")
    contenders += [Contender(other, model) for other in others]
    missing = not all(value.strip() for value in inputs.values()) or (way == "A data set" and data is None)
    if st.button(
        "Run", type="primary", icon=":material/play_arrow:", key="run", disabled=missing or edited.fault is not None
    ):
        _begin(notes, contenders, inputs, data, limit)


def _model(notes: Notebook) -> str:
    known = [it for it in dict.fromkeys([notes.settings.model, "embedded"]) if it != "extractive"]
    return st.selectbox("Model", known, key="lab-model", accept_new_options=True, persist_state="session") or known[0]


def _inputs(name: str, edited: Edited) -> dict[str, str]:
    if name.startswith(TECHNIQUES):
        asked = st.text_area("Question", FIRST, key="lab-question", height=80, persist_state="session")
        return {"question": asked or ""}
    wanted = edited.front.inputs if edited.front else ()
    return {
        it: st.text_area(f"{{{{{it}}}}}", key=f"input-{name}-{it}", height=80, persist_state="session") or ""
        for it in wanted
    }


def _data(notes: Notebook) -> tuple[data_set_folder.DataSetFile | None, int]:
    known = data_set_folder.files(notes.settings.home, [QUESTIONS])
    if not known:
        figures.note("There is no data set yet: add one on the page Evaluation.")
        return None, 0
    left, right = st.columns([2, 1])
    at = left.selectbox("Data set", range(len(known)), format_func=lambda it: line(known[it].name), key="lab-data")
    return known[at], int(right.number_input("Questions", 1, 10_000, 10, key="lab-limit"))


def _comparable(name: str) -> list[str]:
    """The other prompts of the same area that take the same inputs; a broken one is none."""
    area, found = name.rpartition("/")[0], []
    for other in prompts.names(area):
        whole = f"{area}/{other}".lstrip("/")
        try:
            if whole != name and (not area or set(prompts.load(whole).inputs) == set(prompts.load(name).inputs)):
                found.append(whole)
        except PromptError:
            continue
    return found


def _begin(
    notes: Notebook,
    contenders: Sequence[Contender],
    inputs: Mapping[str, str],
    data: data_set_folder.DataSetFile | None,
    limit: int,
) -> None:
    def beside(tell: Any) -> list[Result]:
        found: list[Result] = []
        tell(works.At(0, len(contenders), contenders[0].label))
        for result in notes.prompts.side_by_side(contenders, inputs):
            found.append(result)
            after = contenders[len(found)].label if len(found) < len(contenders) else ""
            tell(works.At(len(found), len(contenders), after))
        _keep(notes, Trial(contenders[0].prompt, results=tuple(found)))
        return found

    def measured(tell: Any) -> Measured:
        assert data is not None
        made: list[Experiment] = []
        for place, one in enumerate(contenders):
            made.append(_measured(notes, one, data, limit, tell, place, len(contenders)))
        names = tuple(it.name for it in made)
        _keep(notes, Trial(contenders[0].prompt, contenders=tuple(contenders), experiments=names))
        return Measured(tuple(contenders), tuple(made))

    name, others = contenders[0].prompt, f" and {len(contenders) - 1} beside it" if len(contenders) > 1 else ""
    title = f"{name.removeprefix(TECHNIQUES)}{others}{f' on {data.name}' if data else ''}"
    works.open_at(works.works(notes).begin(title, "lab", measured if data else beside, about=name))
    st.rerun()


def _keep(notes: Notebook, trial: Trial) -> None:
    """Keep what came of it; where that fails, it is still shown, and there is nothing to do about it here."""
    with contextlib.suppress(WorkspaceError):
        prompt_results.keep(notes.settings.home, trial)


def _measured(
    notes: Notebook, one: Contender, data: data_set_folder.DataSetFile, limit: int, tell: Any, place: int, count: int
) -> Experiment:
    technique = one.prompt.removeprefix(TECHNIQUES)
    name = f"{technique}{'-edited' if one.draft else ''}"

    def progress(done: int, total: int) -> None:
        tell(works.At(place * total + done, count * total, one.label))

    return notes.experiments.run(
        data.file,
        f"model={one.model},technique={technique},name={name}",
        limit=limit,
        drafts={one.prompt: one.draft} if one.draft else None,
        progress=progress,
    )
