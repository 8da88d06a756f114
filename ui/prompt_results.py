"""The results of prompts side by side: outputs, time, tokens and cost; for a data set also scores with intervals."""

from typing import Any, NamedTuple

import streamlit as st

from vademecum import Notebook, prompt_results
from vademecum.evaluation.comparison import Difference, compare
from vademecum.evaluation.experiments import Experiment
from vademecum.side_by_side import Contender, Result
from vademecum.ui import figures, frame, table
from vademecum.ui.escaping import markup, plain
from vademecum.ui.figures import Cell

ABREAST = 3
"""Results in a row."""

SCORES = ("evidence_covered", "citation_recall", "groundedness", "seconds", "output_tokens", "cost")


class MeasuredPrompts(NamedTuple):
    """Prompts measured on a data set: the first is the baseline."""

    contenders: tuple[Contender, ...]
    experiments: tuple[Experiment, ...]


def show(results: Any) -> None:
    """Draw the results of a run."""
    if isinstance(results, MeasuredPrompts):
        _show_measured(results)
        return
    frame.section("Side by side")
    for start in range(0, len(results), ABREAST):
        row = results[start : start + ABREAST]
        for column, result in zip(
            st.columns(max(len(row), min(len(results), ABREAST)), gap="medium"), row, strict=False
        ):
            with column, st.container(border=True, height="stretch"):
                _result(result)


def show_last(notebook: Notebook, name: str) -> None:
    """Draw the stored results of the last run of the prompt called `name`, if there are any."""
    home = notebook.settings.home
    if (trial := prompt_results.last(home, name)) is None:
        return
    experiments = prompt_results.experiments_of(home, trial)
    if trial.results or experiments:
        figures.note(f"From the last run of this prompt, {table.when(trial.made)}.")
        show(MeasuredPrompts(trial.contenders, experiments) if experiments else trial.results)


def _result(result: Result) -> None:
    title = f"<h3>{markup(result.contender.label)}</h3>"
    if result.error:
        st.html(f'<div class="vade-card">{title}</div>')
        st.error(plain(result.error[:1].upper() + result.error[1:]), icon=":material/error:")
        return
    usage, answer = result.usage, result.answer
    sentences = ""
    if answer and answer.sentences:
        written_count = sum(sentence.origin == "written" for sentence in answer.sentences)
        sentences = f"{written_count} written, {len(answer.sentences) - written_count} quoted"
    numbers = figures.measures(
        ("Seconds", figures.number(result.seconds)),
        ("Calls", str(usage.calls)),
        ("Tokens in", f"{usage.input_tokens:,}"),
        ("Tokens out", f"{usage.output_tokens:,}"),
        ("Cost", figures.money(usage.cost)),
        ("Sentences", sentences),
        ("Confidence", figures.number(answer.confidence) if answer else ""),
    )
    refused = (
        '<p class="vade-note">Refused: the documents do not answer this.</p>' if answer and answer.abstained else ""
    )
    st.html(f'<div class="vade-card">{title}{refused}{figures.text(result.reply)}{numbers}</div>')
    if result.run_id:
        frame.link("traces", "Trace", icon=":material/account_tree:", run=result.run_id)


def _show_measured(measured: MeasuredPrompts) -> None:
    baseline, *others = measured.experiments
    frame.section(
        f"On {baseline.data_set}, {len(baseline.rows)} questions",
        f"Means with 95% intervals; “shows” compares with {measured.contenders[0].label}, case by case.",
    )
    metric_names = [name for name in SCORES if any(name in experiment.metrics() for experiment in measured.experiments)]
    against = [
        {difference.metric.name: difference for difference in compare(baseline, experiment).differences}
        for experiment in others
    ]
    rows = [_row(measured, index, metric_names, against) for index in range(len(measured.experiments))]
    figures.table(
        ["Prompt", *map(figures.metric, metric_names), "Shows"],
        rows,
        numbers=frozenset(range(1, len(metric_names) + 1)),
    )
    for contender, experiment in zip(measured.contenders[1:], others, strict=True):
        frame.link(
            "evaluation",
            f"{contender.label}: differences and changed cases",
            icon=":material/difference:",
            part="Compare",
            first=baseline.name,
            second=experiment.name,
        )


def _row(
    measured: MeasuredPrompts, index: int, metric_names: list[str], against: list[dict[str, Difference]]
) -> list[Cell | str]:
    estimates = measured.experiments[index].estimates()
    cells: list[Cell | str] = [
        Cell(measured.contenders[index].label, style="strong", under=measured.contenders[index].model)
    ]
    for name in metric_names:
        estimate = estimates.get(name)
        if estimate is None:
            cells.append("–")
        elif name == "cost":
            cells.append(figures.money(estimate.value))
        else:
            cells.append(Cell(figures.number(estimate.value), under=figures.bounds(estimate.low, estimate.high)))
    if index == 0:
        return [*cells, Cell("the baseline", style="faint")]
    return [*cells, _shows(against[index - 1], metric_names)]


def _shows(differences: dict[str, Difference], metric_names: list[str]) -> Cell:
    outcomes = {name: differences[name].conclusion for name in metric_names if name in differences}
    better = [figures.metric(name).lower() for name, outcome in outcomes.items() if outcome == "better"]
    worse = [figures.metric(name).lower() for name, outcome in outcomes.items() if outcome == "worse"]
    summary = "; ".join(
        filter(None, (f"better: {', '.join(better)}" if better else "", f"worse: {', '.join(worse)}" if worse else ""))
    )
    if not summary:
        return Cell("no difference shown", style="faint")
    return Cell(summary, style="" if better and worse else "good" if better else "bad")
