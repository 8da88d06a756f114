"""Experiments: starting one, the list of those made, and one in detail."""

from collections.abc import Mapping
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
from vademecum.ui import figures, frame, works
from vademecum.ui.escaping import line, markup, plain
from vademecum.ui.figures import Cell

HEADLINE = ("evidence_covered", "citation_recall", "mrr@10", "seconds")
"""Metrics of the list; the others are in the detail."""

MAIN = (*TELLING, "citation_precision", "groundedness", "seconds", "output_tokens", "cost")
"""Metrics shown at once in the detail."""

CASES_SHOWN = 200


def show(notes: Notebook) -> None:
    """Draw the part."""
    _start(notes)
    _outcome(notes)
    found = all_of(notes)
    if not found:
        frame.empty(
            "No experiments yet",
            "An experiment asks every question of a data set under one variant, and scores the answers. Start one "
            "above: it takes a minute or a few, and goes on when you leave.",
        )
        return
    chosen = st.query_params.get("experiment")
    _list(found, chosen)
    if chosen:
        _detail(next((it for it in found if it.name == chosen), None), chosen)


def all_of(notes: Notebook) -> list[Experiment]:
    """The experiments of the workspace with what people said of them, the latest first."""
    from vademecum.evaluation import labels

    home = notes.settings.home
    folder = home / experiments.FOLDER
    found = [
        _read(str(folder / f"{name}.json"), (folder / f"{name}.json").stat().st_mtime_ns)
        for name in experiments.names(home)
    ]
    return [labels.applied(it, home) for it in reversed(found) if it is not None]


def called(it: Experiment) -> str:
    """What an experiment is called where one is chosen."""
    return f"{it.variant} on {it.data_set}, {it.created[:16].replace('T', ' ')}"


@st.cache_data(show_spinner=False, max_entries=200)
def _read(file: str, changed: int) -> Experiment | None:  # noqa: ARG001 (a changed file is another entry)
    try:
        return experiments.load(file, Path())
    except UsageError:
        return None


def _start(notes: Notebook) -> None:
    with st.popover("New experiment", icon=":material/add:", width="content"):
        known = data_set_folder.files(notes.settings.home, [QUESTIONS])
        if not known:
            figures.note("There is no data set yet; add one under Data sets.")
            return
        at = st.selectbox("Data set", range(len(known)), format_func=lambda it: line(known[it].name), key="run-data")
        models = list(dict.fromkeys([notes.settings.model, "embedded", "extractive"]))
        model = st.selectbox("Model", models, key="run-model", accept_new_options=True)
        techniques, modes = prompts.names("answer"), _modes()
        technique = st.selectbox(
            "Technique", techniques, techniques.index(notes.settings.technique), key="run-technique"
        )
        mode = st.selectbox(
            "Search", modes, modes.index(notes.settings.mode) if notes.settings.mode in modes else 0, key="run-mode"
        )
        limit = st.number_input("Questions, from the first", 1, 10_000, 20, key="run-limit")
        variant = f"model={model},technique={technique},mode={mode},name={model}-{technique}-{mode}"
        if st.button("Start", type="primary", key="run-start"):
            _begin(notes, known[at], variant if model != "extractive" else f"model=extractive,mode={mode}", int(limit))


def _modes() -> list[str]:
    from vademecum.retrieval import retrievers

    return retrievers.members.names()


def _begin(notes: Notebook, data: data_set_folder.DataSetFile, variant: str, limit: int) -> None:
    def do(tell: Any) -> Experiment:
        return notes.experiments.run(
            data.file, _named(variant), limit=limit, progress=lambda done, total: tell(works.At(done, total))
        )

    work = works.works(notes).begin(f"Measuring on {data.name}", "evaluation", do)
    works.open_at(work)
    st.rerun()


def _named(variant: str) -> str:
    """The variant with a name that is fit for a file."""
    head, _, name = variant.partition(",name=")
    kept = "".join(it if it.isalnum() or it in ".-" else "-" for it in name)
    return f"{head},name={kept}" if kept else head


def _outcome(notes: Notebook) -> None:
    """What came of the work that the address names."""
    work = works.opened(notes, "evaluation")
    if work is None or not work.finished:
        return
    if works.follow(work) and isinstance(work.made, Experiment):
        st.query_params["experiment"] = work.made.name
        works.close("evaluation")
        st.rerun()


def _list(found: list[Experiment], chosen: str | None) -> None:
    shown = [name for name in HEADLINE if any(name in it.metrics() for it in found)]
    rows = []
    for it in found:
        told = {name: it.metrics()[name].of(it.numbers(name)) for name in shown if name in it.metrics()}
        rows.append(
            {
                "Variant": it.variant,
                "Data": it.data_set,
                "Cases": len(it.rows),
                **told,
                "Made": it.created[:16].replace("T", " "),
            }
        )
    picked = [place for place, it in enumerate(found) if it.name == chosen]
    formats = {name: st.column_config.NumberColumn(figures.metric(name), format="%.3f") for name in shown}

    def choose() -> None:
        rows = st.session_state["experiment-table"].selection.rows
        if rows:
            st.query_params["experiment"] = found[rows[0]].name
        else:
            st.query_params.pop("experiment", None)

    st.dataframe(
        rows,
        column_config={"Variant": st.column_config.TextColumn(width="large"), **formats},
        key="experiment-table",
        on_select=choose,
        selection_mode="single-row",
        selection_default={"selection": {"rows": picked, "columns": [], "cells": []}} if picked else None,
        height="content" if len(rows) < 9 else 340,
        hide_index=True,
        alt="Experiments with their main figures; choose a row to see one in detail",
    )
    if not chosen:
        figures.note("Choose a row to see one experiment in detail.")


def _detail(made: Experiment | None, name: str) -> None:
    if made is None:
        st.info(f"There is no experiment named {plain(name, limit=80)} in this workspace.")
        return
    frame.section(
        made.variant,
        f"{made.data_set}, {len(made.rows)} cases. " + ", ".join(f"{k} {v}" for k, v in made.settings.items()),
    )
    for note in made.notes:
        figures.note(note[:1].upper() + note[1:])
    known, told = made.metrics(), made.estimates()
    _metrics({name: told[name] for name in told if name in MAIN}, known)
    with st.expander(f"All {len(told)} metrics"):
        _metrics(told, known)
    _cases(made)


def _metrics(told: Mapping[str, Estimate], known: Mapping[str, Metric]) -> None:
    rows = []
    for metric, it in told.items():
        share = (
            0 <= it.value <= 1 and not known[metric].time and metric not in ("cost", "input_tokens", "output_tokens")
        )
        drawn = Cell(html=figures.interval(it.value, it.low, it.high, (0.0, 1.0))) if share else Cell()
        bounds = f"{figures.number(it.low)} – {figures.number(it.high)}" if it.low == it.low else ""
        rows.append(
            [
                Cell(figures.metric(metric), under=known[metric].about),
                figures.number(it.value),
                bounds,
                drawn,
                str(it.n),
            ]
        )
    figures.table(["Metric", "Value", "95% interval", "From 0 to 1", "Cases"], rows, numbers=frozenset({1, 2, 4}))


def _cases(made: Experiment) -> None:
    frame.section("Cases")
    rows = made.rows[:CASES_SHOWN]
    picked = st.dataframe(
        [_case(row) for row in rows],
        key=f"cases-{made.name}",
        on_select="rerun",
        selection_mode="single-row",
        hide_index=True,
        height="content" if len(rows) < 9 else 340,
        column_config={"Question": st.column_config.TextColumn(width="large")},
        alt="The cases of this experiment; choose a row to read its answer",
    )
    if len(made.rows) > CASES_SHOWN:
        figures.note(f"The first {CASES_SHOWN} of {len(made.rows)}.")
    chosen = picked.selection.rows if picked else []
    if chosen:
        read(rows[chosen[0]])


def _case(row: Scores) -> dict[str, Any]:
    covered = row.values.get("evidence_covered")
    return {
        "Question": row.case.question,
        "Became": state(row),
        "Evidence found": bool(covered[0]) if covered else None,
        "Seconds": round(row.outcome.seconds, 2),
    }


def read(row: Scores, *, heading: bool = True, trace: bool = True) -> None:
    """One case: the question and what is right (`heading`), what was answered, what that rests on, its `trace`."""
    answer = row.outcome.answer
    head = figures.text(row.case.question, "vade-ask") if heading else ""
    right = f'<p class="vade-note">Right: <bdi>{markup(row.case.right)}</bdi></p>' if row.case.right and heading else ""
    said = row.outcome.error or (answer.text if answer else "")
    refused = "Refused: " if answer and answer.abstained else "Failed: " if row.outcome.error else ""
    quotes = "".join(figures.text(it.quote, "vade-quote") for it in (answer.citations if answer else ())[:6])
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
    st.html(f'<div class="vade-card">{head}{right}{figures.text(refused + said)}{quotes}{numbers}</div>')
    if trace and row.outcome.run_id:
        frame.link("traces", "Trace", icon=":material/account_tree:", run=row.outcome.run_id)
