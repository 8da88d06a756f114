"""Experiments: start one, the list of all, and one in detail."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from vademecum import Notebook, prompts
from vademecum.core.errors import UsageError
from vademecum.evaluation import data_set_folder, experiments
from vademecum.evaluation.bootstrap import Estimate
from vademecum.evaluation.comparison import TELLING, state
from vademecum.evaluation.experiments import Experiment
from vademecum.evaluation.metrics import Metric
from vademecum.evaluation.outcomes import Scores
from vademecum.measuring import QUESTIONS
from vademecum.ui import figures, frame, page_jobs
from vademecum.ui.escaping import line, markup, plain
from vademecum.ui.figures import Cell

HEADLINE = ("evidence_covered", "citation_recall", "mrr@10", "seconds")
"""Metrics of the list; the others are in the detail."""

MAIN = (*TELLING, "citation_precision", "groundedness", "seconds", "output_tokens", "cost")
"""Metrics shown at once in the detail."""

CASES_SHOWN = 200


def show(notebook: Notebook) -> None:
    """Draw the part."""
    _start(notebook)
    _open_finished(notebook)
    experiments = load_all(notebook)
    if not experiments:
        frame.empty(
            "No experiments yet",
            "An experiment asks every question of a data set under one variant, and scores the answers. Start one "
            "above: it takes a minute or a few, and goes on when you leave.",
        )
        return
    name = st.query_params.get("experiment")
    _list(experiments, name)
    if name:
        _detail(next((experiment for experiment in experiments if experiment.name == name), None), name)


def load_all(notebook: Notebook) -> list[Experiment]:
    """The experiments of the workspace with the labels that people gave, the latest first."""
    from vademecum.evaluation import labels

    home = notebook.settings.home
    folder = home / experiments.FOLDER
    all_experiments = [
        _load(str(folder / f"{name}.json"), (folder / f"{name}.json").stat().st_mtime_ns)
        for name in experiments.names(home)
    ]
    return [labels.applied(experiment, home) for experiment in reversed(all_experiments) if experiment is not None]


def label(experiment: Experiment) -> str:
    """An experiment in a select box: variant, data set and time."""
    return f"{experiment.variant} on {experiment.data_set}, {experiment.created[:16].replace('T', ' ')}"


@st.cache_data(show_spinner=False, max_entries=200)
def _load(file: str, changed: int) -> Experiment | None:  # noqa: ARG001 (a changed file is another entry)
    try:
        return experiments.load(file, Path())
    except UsageError:
        return None


def _start(notebook: Notebook) -> None:
    with st.popover("New experiment", icon=":material/add:", width="content"):
        data_sets = data_set_folder.files(notebook.settings.home, [QUESTIONS])
        if not data_sets:
            figures.note("There is no data set yet; add one under Data sets.")
            return
        index = st.selectbox(
            "Data set", range(len(data_sets)), format_func=lambda number: line(data_sets[number].name), key="run-data"
        )
        models = list(dict.fromkeys([notebook.settings.model, "embedded", "extractive"]))
        model = st.selectbox("Model", models, key="run-model", accept_new_options=True)
        techniques, modes = prompts.names("answer"), _modes()
        technique = st.selectbox(
            "Technique", techniques, techniques.index(notebook.settings.technique), key="run-technique"
        )
        mode = st.selectbox(
            "Search",
            modes,
            modes.index(notebook.settings.mode) if notebook.settings.mode in modes else 0,
            key="run-mode",
        )
        limit = st.number_input("Questions, from the first", 1, 10_000, 20, key="run-limit")
        variant = f"model={model},technique={technique},mode={mode},name={model}-{technique}-{mode}"
        if st.button("Start", type="primary", key="run-start"):
            _begin(
                notebook,
                data_sets[index],
                variant if model != "extractive" else f"model=extractive,mode={mode}",
                int(limit),
            )


def _modes() -> list[str]:
    from vademecum.retrieval import retrievers

    return retrievers.members.names()


def _begin(notebook: Notebook, data_set: data_set_folder.DataSetFile, variant: str, limit: int) -> None:
    def run(report: page_jobs.Report) -> Experiment:
        def progress(completed: int, total: int) -> None:
            report(page_jobs.StepsDone(completed, total))

        return notebook.experiments.run(data_set.file, _with_file_name(variant), limit=limit, progress=progress)

    page_jobs.start(notebook, f"Measuring on {data_set.name}", "evaluation", run)
    st.rerun()


def _with_file_name(variant: str) -> str:
    """The variant with a name that can be the name of a file."""
    head, _, name = variant.partition(",name=")
    file_name = "".join(character if character.isalnum() or character in ".-" else "-" for character in name)
    return f"{head},name={file_name}" if file_name else head


def _open_finished(notebook: Notebook) -> None:
    """Show the experiment of the job that the address names, or its error."""
    job = page_jobs.find(notebook, "evaluation")
    if job is None or not job.finished:
        return
    if page_jobs.show(job) and isinstance(experiment := job.result(), Experiment):
        st.query_params["experiment"] = experiment.name
        page_jobs.leave("evaluation")
        st.rerun()


def _row(experiment: Experiment, metric_names: Sequence[str]) -> dict[str, Any]:
    metrics = experiment.metrics()
    return {
        "Variant": experiment.variant,
        "Data": experiment.data_set,
        "Cases": len(experiment.rows),
        **{name: metrics[name].of(experiment.numbers(name)) for name in metric_names if name in metrics},
        "Made": experiment.created[:16].replace("T", " "),
    }


def _list(all_experiments: list[Experiment], selected_name: str | None) -> None:
    metric_names = [name for name in HEADLINE if any(name in experiment.metrics() for experiment in all_experiments)]
    rows = [_row(experiment, metric_names) for experiment in all_experiments]
    selected_rows = [number for number, experiment in enumerate(all_experiments) if experiment.name == selected_name]
    formats = {name: st.column_config.NumberColumn(figures.metric(name), format="%.3f") for name in metric_names}

    def select() -> None:
        rows = st.session_state["experiment-table"].selection.rows
        if rows:
            st.query_params["experiment"] = all_experiments[rows[0]].name
        else:
            st.query_params.pop("experiment", None)

    st.dataframe(
        rows,
        column_config={"Variant": st.column_config.TextColumn(width="large"), **formats},
        key="experiment-table",
        on_select=select,
        selection_mode="single-row",
        selection_default={"selection": {"rows": selected_rows, "columns": [], "cells": []}} if selected_rows else None,
        height="content" if len(rows) < 9 else 340,
        hide_index=True,
        alt="Experiments with their main figures; choose a row to see one in detail",
    )
    if not selected_name:
        figures.note("Choose a row to see one experiment in detail.")


def _detail(experiment: Experiment | None, name: str) -> None:
    if experiment is None:
        st.info(f"There is no experiment named {plain(name, limit=80)} in this workspace.")
        return
    frame.section(
        experiment.variant,
        f"{experiment.data_set}, {len(experiment.rows)} cases. "
        + ", ".join(f"{k} {v}" for k, v in experiment.settings.items()),
    )
    for note in experiment.notes:
        figures.note(note[:1].upper() + note[1:])
    metrics, estimates = experiment.metrics(), experiment.estimates()
    _metrics({name: estimates[name] for name in estimates if name in MAIN}, metrics)
    with st.expander(f"All {len(estimates)} metrics"):
        _metrics(estimates, metrics)
    _cases(experiment)


def _metrics(estimates: Mapping[str, Estimate], metrics: Mapping[str, Metric]) -> None:
    rows = []
    for metric, estimate in estimates.items():
        share = (
            0 <= estimate.value <= 1
            and not metrics[metric].time
            and metric not in ("cost", "input_tokens", "output_tokens")
        )
        bar = Cell(html=figures.interval(estimate.value, estimate.low, estimate.high, (0.0, 1.0))) if share else Cell()
        rows.append(
            [
                Cell(figures.metric(metric), under=metrics[metric].about),
                figures.number(estimate.value),
                figures.bounds(estimate.low, estimate.high),
                bar,
                str(estimate.n),
            ]
        )
    figures.table(["Metric", "Value", "95% interval", "From 0 to 1", "Cases"], rows, numbers=frozenset({1, 2, 4}))


def _cases(experiment: Experiment) -> None:
    frame.section("Cases")
    rows = experiment.rows[:CASES_SHOWN]
    event = st.dataframe(
        [_case(row) for row in rows],
        key=f"cases-{experiment.name}",
        on_select="rerun",
        selection_mode="single-row",
        hide_index=True,
        height="content" if len(rows) < 9 else 340,
        column_config={"Question": st.column_config.TextColumn(width="large")},
        alt="The cases of this experiment; choose a row to read its answer",
    )
    if len(experiment.rows) > CASES_SHOWN:
        figures.note(f"The first {CASES_SHOWN} of {len(experiment.rows)}.")
    row_numbers = event.selection.rows if event else []
    if row_numbers:
        show_case(rows[row_numbers[0]])


def _case(row: Scores) -> dict[str, Any]:
    covered = row.values.get("evidence_covered")
    return {
        "Question": row.case.question,
        "Became": state(row),
        "Evidence found": bool(covered[0]) if covered else None,
        "Seconds": round(row.outcome.seconds, 2),
    }


def show_case(row: Scores, *, heading: bool = True, trace: bool = True) -> None:
    """Draw a case: the question and the right answer (`heading`), the answer, its citations, a link to its `trace`."""
    answer = row.outcome.answer
    head = figures.text(row.case.question, "vade-ask") if heading else ""
    right = f'<p class="vade-note">Right: <bdi>{markup(row.case.right)}</bdi></p>' if row.case.right and heading else ""
    text = row.outcome.error or (answer.text if answer else "")
    prefix = "Refused: " if answer and answer.abstained else "Failed: " if row.outcome.error else ""
    quotes = "".join(
        figures.text(citation.quote, "vade-quote") for citation in (answer.citations if answer else ())[:6]
    )
    usage = row.outcome.usage
    numbers = figures.measures(
        ("Seconds", figures.number(row.outcome.seconds)),
        ("Tokens", f"{usage.input_tokens + usage.output_tokens:,}" if usage.calls else ""),
        *(
            (figures.metric(name), figures.number(row.values[name][0]))
            for name in ("evidence_covered", "citation_recall")
            if name in row.values
        ),
    )
    st.html(f'<div class="vade-card">{head}{right}{figures.text(prefix + text)}{quotes}{numbers}</div>')
    if trace and row.outcome.run_id:
        frame.link("traces", "Trace", icon=":material/account_tree:", run=row.outcome.run_id)
