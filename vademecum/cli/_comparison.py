"""A comparison of techniques and models, as a person reads it and as JSON."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vademecum.cli._group import given
from vademecum.cli._terminal import note, plain, say, say_json
from vademecum.core.errors import UsageError

if TYPE_CHECKING:
    from vademecum.comparing import Compared, Interval


def questions(name: str | None) -> Path:
    """The file of questions; without a name, that of the samples."""
    from vademecum.measuring import QUESTIONS

    file = Path(name) if name else QUESTIONS
    if not file.is_file():
        raise UsageError(f"there is no file of questions {file}; name one with --questions")
    return file


def picture(name: str | None) -> Path | None:
    """The file to draw to."""
    if name is None:
        return None
    from vademecum.comparison_plot import require_format

    require_format(Path(name))
    return Path(name)


def listed(names: str | None) -> list[str]:
    """The names between commas, each once."""
    return list(dict.fromkeys(name.strip() for name in (names or "").split(",") if name.strip()))


def all_techniques(first: str) -> list[str]:
    """All techniques, the one that is set first: it is the baseline."""
    from vademecum import prompts

    return list(dict.fromkeys([first, *prompts.names("answer")]))


def progress() -> Callable[[str, str, int], None] | None:
    """A line on stderr, where that is a terminal, that says how far it is."""
    if not sys.stderr.isatty():
        return None
    return lambda model, technique, number: click.echo(
        f"\r\x1b[K{plain(model, lines=False)}, {technique}: {number} questions", nl=False, err=True
    )


def show(report: "Sequence[Compared]", file: Path, picture: Path | None) -> None:
    """Print the report, and draw it where a file is named."""
    if sys.stderr.isatty():
        click.echo("\r\x1b[K", nl=False, err=True)
    if picture:
        from vademecum.comparison_plot import draw

        draw(report, picture)
    if given().json:
        say_json({"questions": str(file), "compared": [_shape(row) for row in report]})
        return
    for model in dict.fromkeys(row.model for row in report):
        _show_model(model, [row for row in report if row.model == model])
    say("quality: share of questions handled well, found where the documents answer and refused where they do not")
    if picture:
        note(f"wrote {picture}")


def _show_model(model: str, rows: "Sequence[Compared]") -> None:
    say(f"{model}  ({rows[0].questions} questions)", style="bold")
    width = max(len(row.technique) for row in rows)
    head = f"  {'':{width}}  {'quality [95%]':17}  {'refused':7}  {'written':7}  {'verbatim':8}"
    click.echo(f"{head}  {'calls':>5}  {'tokens':>6}  {'seconds [95%]':19}")
    for row in rows:
        sentences = max(1, row.written + row.quoted)
        click.echo(
            f"  {row.technique:{width}}  {_interval(row.quality):17}  {row.refused_wrongly:7.2f}  "
            f"{row.written / sentences:7.2f}  {row.verbatim:8.2f}  {row.calls:5.1f}  {row.tokens:6.0f}  "
            f"{_interval(row.seconds):19}"
        )
    for row in rows:
        if row.against:
            difference = f"{row.against.mean:+.2f} [{row.against.low:+.2f}, {row.against.high:+.2f}]"
            say(f"{row.technique}: {difference}, {row.verdict}", style="dim", indent="  ")
        if row.failed:
            say(f"{row.technique}: {row.failed} questions failed, the first: {row.error}", style="red", indent="  ")
    say()


def _interval(of: "Interval") -> str:
    return f"{of.mean:.2f} [{of.low:.2f}, {of.high:.2f}]"


def _shape(row: "Compared") -> dict[str, object]:
    shape = row._asdict()
    for name in ("quality", "seconds", "against"):
        shape[name] = {k: round(v, 4) for k, v in shape[name]._asdict().items()} if shape[name] else None
    return {key: round(value, 4) if isinstance(value, float) else value for key, value in shape.items()}
