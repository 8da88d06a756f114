"""The form that runs an edited prompt: on one input or a data set, beside other prompts."""

import contextlib
from collections.abc import Mapping, Sequence

import streamlit as st

from vademecum import Notebook, prompt_results, prompts
from vademecum.core.errors import PromptError, WorkspaceError
from vademecum.evaluation import data_set_folder
from vademecum.evaluation.experiments import Experiment
from vademecum.measuring import QUESTIONS
from vademecum.prompt_results import Trial
from vademecum.side_by_side import TECHNIQUES, Contender, Result
from vademecum.ui import figures, page_jobs
from vademecum.ui.escaping import line
from vademecum.ui.prompt_editor import EditedPrompt
from vademecum.ui.prompt_results import MeasuredPrompts

FIRST = "Why does it help to let a model think out loud?"
"""The default question; it fits the sample notebook."""

MOST = 6
"""Prompts that can be run side by side."""


def choose(notebook: Notebook, name: str, prompt: EditedPrompt) -> None:
    """Draw the form; a run that it starts is named by the address."""
    technique = name.startswith(TECHNIQUES)
    targets = ["One input", "A data set"] if technique else ["One input"]
    target = st.segmented_control(
        "Run it on", targets, default=targets[0], required=True, key="run-on", bind="query-params"
    )
    model = _model(notebook)
    inputs, data_set, limit = {}, None, 0
    if target == "A data set":
        data_set, limit = _data(notebook)
    else:
        inputs = _inputs(name, prompt)
    others = st.multiselect(
        "Beside",
        _comparable(name),
        key=f"beside-{name}",
        format_func=lambda prompt_name: line(prompt_name.removeprefix(TECHNIQUES)),
        max_selections=MOST - 2,
        placeholder="Other prompts that take the same",
        persist_state="session",
    )
    contenders = [Contender(name, model, prompt.draft)]
    if prompt.draft is not None:
        contenders = [Contender(name, model), *contenders]
        figures.note("It is run beside what is written, which is the baseline.")
    contenders += [Contender(other_name, model) for other_name in others]
    missing = not all(text.strip() for text in inputs.values()) or (target == "A data set" and data_set is None)
    if st.button(
        "Run", type="primary", icon=":material/play_arrow:", key="run", disabled=missing or prompt.fault is not None
    ):
        _begin(notebook, contenders, inputs, data_set, limit)


def _model(notebook: Notebook) -> str:
    models = [model for model in dict.fromkeys([notebook.settings.model, "embedded"]) if model != "extractive"]
    return st.selectbox("Model", models, key="lab-model", accept_new_options=True, persist_state="session") or models[0]


def _inputs(name: str, prompt: EditedPrompt) -> dict[str, str]:
    if name.startswith(TECHNIQUES):
        question = st.text_area("Question", FIRST, key="lab-question", height=80, persist_state="session")
        return {"question": question or ""}
    variables = prompt.front.inputs if prompt.front else ()
    return {
        variable: st.text_area(
            f"{{{{{variable}}}}}", key=f"input-{name}-{variable}", height=80, persist_state="session"
        )
        or ""
        for variable in variables
    }


def _data(notebook: Notebook) -> tuple[data_set_folder.DataSetFile | None, int]:
    data_sets = data_set_folder.files(notebook.settings.home, [QUESTIONS])
    if not data_sets:
        figures.note("There is no data set yet: add one on the page Evaluation.")
        return None, 0
    choice_column, number_column = st.columns([2, 1])
    index = choice_column.selectbox(
        "Data set", range(len(data_sets)), format_func=lambda number: line(data_sets[number].name), key="lab-data"
    )
    return data_sets[index], int(number_column.number_input("Questions", 1, 10_000, 10, key="lab-limit"))


def _comparable(name: str) -> list[str]:
    """The other prompts of the same area that take the same inputs; broken ones are left out."""
    area, comparable_names = name.rpartition("/")[0], []
    for sibling in prompts.names(area):
        full_name = f"{area}/{sibling}".lstrip("/")
        try:
            if full_name != name and (
                not area or set(prompts.load(full_name).inputs) == set(prompts.load(name).inputs)
            ):
                comparable_names.append(full_name)
        except PromptError:
            continue
    return comparable_names


def _begin(
    notebook: Notebook,
    contenders: Sequence[Contender],
    inputs: Mapping[str, str],
    data_set: data_set_folder.DataSetFile | None,
    limit: int,
) -> None:
    def run_side_by_side(report: page_jobs.Report) -> list[Result]:
        results: list[Result] = []
        report(page_jobs.StepsDone(0, len(contenders), contenders[0].label))
        for result in notebook.prompts.side_by_side(contenders, inputs):
            results.append(result)
            next_label = contenders[len(results)].label if len(results) < len(contenders) else ""
            report(page_jobs.StepsDone(len(results), len(contenders), next_label))
        _keep(notebook, Trial(contenders[0].prompt, results=tuple(results)))
        return results

    def measure_all(report: page_jobs.Report) -> MeasuredPrompts:
        assert data_set is not None
        experiments: list[Experiment] = []
        for index, contender in enumerate(contenders):
            experiments.append(_measure(notebook, contender, data_set, limit, report, index, len(contenders)))
        names = tuple(experiment.name for experiment in experiments)
        _keep(notebook, Trial(contenders[0].prompt, contenders=tuple(contenders), experiments=names))
        return MeasuredPrompts(tuple(contenders), tuple(experiments))

    name, others = contenders[0].prompt, f" and {len(contenders) - 1} beside it" if len(contenders) > 1 else ""
    title = f"{name.removeprefix(TECHNIQUES)}{others}{f' on {data_set.name}' if data_set else ''}"
    page_jobs.start(notebook, title, "lab", measure_all if data_set else run_side_by_side, subject=name)
    st.rerun()


def _keep(notebook: Notebook, trial: Trial) -> None:
    """Store the results; if that fails, they are still shown, and nothing can be done about it here."""
    with contextlib.suppress(WorkspaceError):
        prompt_results.keep(notebook.settings.home, trial)


def _measure(
    notebook: Notebook,
    contender: Contender,
    data_set: data_set_folder.DataSetFile,
    limit: int,
    report: page_jobs.Report,
    index: int,
    count: int,
) -> Experiment:
    technique = contender.prompt.removeprefix(TECHNIQUES)
    name = f"{technique}{'-edited' if contender.draft else ''}"

    def progress(completed: int, total: int) -> None:
        report(page_jobs.StepsDone(index * total + completed, count * total, contender.label))

    return notebook.experiments.run(
        data_set.file,
        f"model={contender.model},technique={technique},name={name}",
        limit=limit,
        drafts={contender.prompt: contender.draft} if contender.draft else None,
        progress=progress,
    )
