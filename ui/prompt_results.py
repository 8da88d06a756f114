"""What prompts came to, side by side: outputs, time, tokens and cost; over a data set also scores with intervals."""

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


class Measured(NamedTuple):
    """Prompts measured on a data set: the first is the baseline."""

    contenders: tuple[Contender, ...]
    experiments: tuple[Experiment, ...]


def show(made: Any) -> None:
    """Draw what a run came to."""
    if isinstance(made, Measured):
        _measured(made)
        return
    frame.section("Side by side")
    for start in range(0, len(made), ABREAST):
        row = made[start : start + ABREAST]
        for column, result in zip(st.columns(max(len(row), min(len(made), ABREAST)), gap="medium"), row, strict=False):
            with column, st.container(border=True, height="stretch"):
                _result(result)


def show_last(notes: Notebook, name: str) -> None:
    """Draw what is kept of the last run of the prompt called `name`, if anything is."""
    home = notes.settings.home
    if (trial := prompt_results.last(home, name)) is None:
        return
    measured = prompt_results.measured(home, trial)
    if trial.results or measured:
        figures.note(f"From the last run of this prompt, {table.when(trial.made)}.")
        show(Measured(trial.contenders, measured) if measured else trial.results)


def _result(it: Result) -> None:
    title = f"<h3>{markup(it.contender.label)}</h3>"
    if it.error:
        st.html(f'<div class="vade-card">{title}</div>')
        st.error(plain(it.error[:1].upper() + it.error[1:]), icon=":material/error:")
        return
    usage, answer = it.usage, it.answer
    sentences = ""
    if answer and answer.sentences:
        written = sum(one.origin == "written" for one in answer.sentences)
        sentences = f"{written} written, {len(answer.sentences) - written} quoted"
    numbers = figures.measures(
        ("Seconds", figures.number(it.seconds)),
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
    st.html(f'<div class="vade-card">{title}{refused}{figures.text(it.reply)}{numbers}</div>')
    if it.run_id:
        frame.link("traces", "Trace", icon=":material/account_tree:", run=it.run_id)


def _measured(made: Measured) -> None:
    baseline, *others = made.experiments
    frame.section(
        f"On {baseline.data_set}, {len(baseline.rows)} questions",
        f"Means with 95% intervals; “shows” compares with {made.contenders[0].label}, case by case.",
    )
    known = [name for name in SCORES if any(name in it.metrics() for it in made.experiments)]
    against = [{it.metric.name: it for it in compare(baseline, other).differences} for other in others]
    rows = [_row(made, place, known, against) for place in range(len(made.experiments))]
    figures.table(["Prompt", *map(figures.metric, known), "Shows"], rows, numbers=frozenset(range(1, len(known) + 1)))
    for contender, other in zip(made.contenders[1:], others, strict=True):
        frame.link(
            "evaluation",
            f"{contender.label}: differences and changed cases",
            icon=":material/difference:",
            part="Compare",
            first=baseline.name,
            second=other.name,
        )


def _row(made: Measured, place: int, known: list[str], against: list[dict[str, Difference]]) -> list[Cell | str]:
    told = made.experiments[place].estimates()
    cells: list[Cell | str] = [Cell(made.contenders[place].label, style="strong", under=made.contenders[place].model)]
    for name in known:
        it = told.get(name)
        if it is None:
            cells.append("–")
        elif name == "cost":
            cells.append(figures.money(it.value))
        else:
            under = f"{figures.number(it.low)} – {figures.number(it.high)}" if it.low == it.low else ""
            cells.append(Cell(figures.number(it.value), under=under))
    if place == 0:
        return [*cells, Cell("the baseline", style="faint")]
    return [*cells, _shows(against[place - 1], known)]


def _shows(differences: dict[str, Difference], known: list[str]) -> Cell:
    found = {name: differences[name].conclusion for name in known if name in differences}
    better = [figures.metric(name).lower() for name, it in found.items() if it == "better"]
    worse = [figures.metric(name).lower() for name, it in found.items() if it == "worse"]
    told = "; ".join(
        filter(None, (f"better: {', '.join(better)}" if better else "", f"worse: {', '.join(worse)}" if worse else ""))
    )
    if not told:
        return Cell("no difference shown", style="faint")
    return Cell(told, style="" if better and worse else "good" if better else "bad")
