"""docs/coverage.md has a row for each topic of the handbook, and names only files, commands and tests that exist."""

import re
import shlex
from pathlib import Path
from typing import NamedTuple

import click
import pytest

from vademecum.cli import vade

ROOT = Path(__file__).resolve().parent.parent
CHAPTERS = sorted((ROOT / "samples" / "handbook").glob("*.md"))


class Row(NamedTuple):
    """One topic of one chapter, with what its row says."""

    chapter: str
    topic: str
    file: str
    command: str
    test: str


def rows() -> list[Row]:
    found, chapter = [], ""
    for line in (ROOT / "docs" / "coverage.md").read_text("utf-8").splitlines():
        if line.startswith("## "):
            chapter = line[3:]
        elif line.startswith("| ") and not line.startswith("| Topic"):
            found.append(Row(chapter, *(cell.strip() for cell in line.strip("|").split(" | "))))
    return found


ROWS = rows()
NAMES = [f"{row.chapter}: {row.topic}" for row in ROWS]


def headings(file: Path) -> tuple[str, list[str]]:
    """The chapter's title and its topics, without what only looks like a heading within code."""
    text = re.sub(r"^```.*?^```", "", file.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    return re.findall(r"^# (.+)$", text, re.MULTILINE)[0], re.findall(r"^## (.+)$", text, re.MULTILINE)


@pytest.mark.parametrize("file", CHAPTERS, ids=lambda file: file.stem)
def test_every_topic_of_the_handbook_has_its_row(file: Path) -> None:
    chapter, topics = headings(file)
    covered = {row.topic for row in ROWS if row.chapter == chapter}
    assert [topic for topic in topics if topic not in covered] == []


def test_no_topic_is_there_twice() -> None:
    assert len(set(NAMES)) == len(NAMES)


@pytest.mark.parametrize("row", ROWS, ids=NAMES)
def test_what_a_row_names_exists(row: Row) -> None:
    for name in re.findall(r"`([\w./-]+/[\w./-]+|[\w-]+\.(?:toml|json))`", f"{row.file} {row.test}"):
        assert (ROOT / name).is_file(), name
    implemented = "handbook only" not in row.file
    assert row.test.startswith("`tests/test_") or not implemented
    assert not implemented or "`" in row.file
    assert "handbook only" not in row.file or re.search(r"handbook only: \S", row.file)


@pytest.mark.parametrize("row", ROWS, ids=NAMES)
def test_the_command_of_a_row_can_be_typed(row: Row) -> None:
    name, *arguments = shlex.split(row.command.strip("`"))
    assert name == "vade"
    command: click.Command = vade
    context = click.Context(vade, info_name="vade")
    while isinstance(command, click.Group) and arguments and not arguments[0].startswith("-"):
        inner = command.get_command(context, arguments[0])
        if inner is None:
            break
        command, arguments = inner, arguments[1:]
    assert command is not vade
    if "--help" not in arguments:
        assert command.make_context(row.command, arguments, parent=context, resilient_parsing=False)
