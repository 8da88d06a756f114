"""The table of `vade prompts compare`, and the files that it reads and draws."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vademecum.cli._group import global_options
from vademecum.cli._terminal import note, plain, say, say_json
from vademecum.core.errors import UsageError

if TYPE_CHECKING:
    from vademecum.core.settings import Settings
    from vademecum.evaluation.cases import DataSet

PICTURES = (".svg", ".png", ".pdf")


def picture(name: str | None) -> Path | None:
    """The file to draw to.

    Raises:
        UsageError: its name ends in no format that can be drawn, or its folder is missing.
    """
    if name is None:
        return None
    file = Path(name)
    if file.suffix.lower() not in PICTURES:
        raise UsageError(f"{file} should end in one of: {', '.join(PICTURES)}")
    if not file.absolute().parent.is_dir():
        raise UsageError(f"there is no folder {file.absolute().parent} to write {file.name} into")
    return file


def data_set(name: str, limit: int | None, settings: "Settings") -> "DataSet":
    """The questions; with `limit`, so many of them, spread evenly.

    Raises:
        UsageError: there is no such data set, or it does not say what is right.
    """
    from vademecum import trace_store
    from vademecum.evaluation import data_sets

    client = trace_store.client_of(settings) if name.startswith(data_sets.STORED) else None
    questions = data_sets.read(name, client)
    if not any(case.says_what_is_right for case in questions.cases):
        raise UsageError(f'no question of {name} says what is right; add "evidence" or "answer"')
    return questions.spread(limit) if limit else questions


def show(rows: Sequence[Mapping[str, Any]], questions: str, picture: Path | None) -> None:
    """Print the rows of `evaluation.technique_table`, and draw them where a file is named."""
    if picture:
        from vademecum.evaluation.report.plots import draw_techniques

        draw_techniques(rows, picture)
    if global_options().json:
        say_json({"questions": questions, "compared": rows})
        return
    for model in dict.fromkeys(row["model"] for row in rows):
        _show_model(model, [row for row in rows if row["model"] == model])
    say("quality: share of questions handled well, found where the documents answer and refused where they do not")
    if picture:
        note(f"wrote {picture}")


def _show_model(model: str, rows: Sequence[Mapping[str, Any]]) -> None:
    say(f"{model}  ({rows[0]['questions']} questions)", style="bold")
    width = max(len(row["technique"]) for row in rows)
    head = f"  {'':{width}}  {'quality [95%]':17}  {'refused':7}  {'written':7}  {'verbatim':8}"
    click.echo(f"{head}  {'calls':>5}  {'tokens':>6}  {'seconds [95%]':19}")
    for row in rows:
        name = plain(row["technique"], lines=False)
        written = row["written"] / max(1, row["written"] + row["quoted"])
        click.echo(
            f"  {name:{width}}  {_interval(row['quality']):17}  {row['refused_wrongly']:7.2f}  "
            f"{written:7.2f}  {row['verbatim']:8.2f}  {row['calls']:5.1f}  {row['tokens']:6.0f}  "
            f"{_interval(row['seconds']):19}"
        )
    for row in rows:
        if row["against"]:
            text = f"{row['technique']}: {_interval(row['against'], '+.2f')}, {row['verdict']}"
            say(text, style="dim", indent="  ")
        if row["failed"]:
            text = f"{row['technique']}: {row['failed']} questions failed, the first: {row['error']}"
            say(text, style="red", indent="  ")
    say()


def _interval(interval: Mapping[str, float | None], form: str = ".2f") -> str:
    """The mean with the ends of its interval, which a single question does not have."""
    mean, low, high = (interval[name] for name in ("mean", "low", "high"))
    return f"{mean:{form}}" + (f" [{low:{form}}, {high:{form}}]" if low is not None else "")
