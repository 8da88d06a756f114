"""A saved answer says what has become of what it quotes: stands, moved, gone, forgotten; and where it is now."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from vademecum import Notebook
from vademecum import open as open_notebook
from vademecum.cli import run
from vademecum.core.types import Answer

BRIDGE = "# The bridge\n\nThe bridge was finished in 1874 after seven years of work.\n"
OTHER = "# Ferries\n\nBefore that, ferries crossed the river all year long.\n"
QUOTE = "The bridge was finished in 1874 after seven years of work."


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / "bridge.md").write_text(BRIDGE, "utf-8")
    (folder / "ferries.md").write_text(OTHER, "utf-8")
    return folder


@pytest.fixture
def notes(folder: Path, tmp_path: Path) -> Iterator[Notebook]:
    with open_notebook(folder, home=tmp_path / "home", model="extractive", tracing="off") as notes:
        asked(notes)
        yield notes


def asked(notes: Notebook) -> Answer:
    answer = notes.ask("When was the bridge finished?", thread="t")
    assert [citation.quote for citation in answer.citations] == [QUOTE]
    return answer


def standing(notes: Notebook) -> Any:
    answer = notes.history("t")[0].answer
    assert answer is not None
    return notes.standings().of(answer.citations[0])


@pytest.mark.slow
@pytest.mark.parametrize("again", [False, True], ids=["on disk", "ingested again"])
def test_what_has_become_of_a_quote_is_said(notes, folder, again):
    def now() -> Any:
        if again:
            notes.ingest(folder)
        return standing(notes)

    found = now()
    assert found.is_as_cited
    assert found.message == ""
    (folder / "bridge.md").write_text(BRIDGE + "\nIt is blue.\n", "utf-8")
    found = now()
    assert (found.state, found.file) == ("stands", "changed")
    assert found.message == "the file has changed since; the quote still stands"
    (folder / "bridge.md").write_text("# The bridge\n\nIt is blue.\n\nIt is long.\n\n" + QUOTE + "\n", "utf-8")
    found = now()
    assert (found.state, found.now.line) == ("moved", 7)
    assert found.now.quote == QUOTE
    assert found.message == "the file has changed since; the quote is now in line 7"
    (folder / "bridge.md").write_text("# The bridge\n\nIt was finished in 1875.\n", "utf-8")
    found = now()
    assert (found.state, found.file, found.now) == ("gone", "changed", None)
    (folder / "bridge.md").write_text(BRIDGE, "utf-8")
    assert now().is_as_cited


@pytest.mark.slow
def test_a_renamed_file_is_found_under_its_new_name(notes, folder):
    (folder / "bridge.md").rename(folder / "bridges.md")
    found = standing(notes)
    assert (found.state, found.file) == ("stands", "removed")
    assert found.message == "the file is gone; the notebook still holds the quote"
    notes.ingest(folder)
    found = standing(notes)
    assert (found.state, found.now.path) == ("moved", "bridges.md")
    (folder / "bridges.md").unlink()
    notes.ingest(folder)
    assert (standing(notes).state, standing(notes).now) == ("gone", None)


@pytest.mark.slow
def test_a_forgotten_document_is_said_to_be(notes):
    notes.forget("bridge.md")
    assert standing(notes).state == "forgotten"


@pytest.mark.slow
def test_the_nearest_of_several_is_taken_and_a_new_spelling_is_known(notes, folder):
    (folder / "bridge.md").write_text(f"{QUOTE}\n" + "More words. " * 40 + f"\n{QUOTE}\n", "utf-8")
    assert standing(notes).now.start == 0
    (folder / "bridge.md").write_text(
        "Intro.\n\nThe bridge was finished\nin 1874 after seven years of work.\n", "utf-8"
    )
    found = standing(notes)
    assert found.state == "moved"
    assert found.now.quote == "The bridge was finished\nin 1874 after seven years of work."


@pytest.mark.slow
def test_the_command_shows_it(notes, folder, tmp_path, capsys):
    (folder / "bridge.md").write_text("# The bridge\n\nIt is blue.\n\n" + QUOTE + "\n", "utf-8")
    home = ["--home", str(tmp_path / "home")]
    assert run([*home, "thread", "show", "t"]) == 0
    assert "the file has changed since; the quote is now in line 5" in capsys.readouterr().out
    assert run([*home, "--json", "thread", "show", "t"]) == 0
    shown = json.loads(capsys.readouterr().out)["turns"][0]["answer"]["citations"][0]["standing"]
    assert (shown["state"], shown["file"], shown["now"]["line"]) == ("moved", "changed", 5)
    assert shown["told"] == "the file has changed since; the quote is now in line 5"


@pytest.mark.slow
def test_the_page_shows_it(notes, folder):
    from vademecum.ui.citations import source_status_lines

    answer = notes.history("t")[0].answer
    assert answer is not None
    assert source_status_lines(answer, notes.standings()) == []
    (folder / "bridge.md").write_text("# The bridge\n\nIt is blue.\n\n" + QUOTE + "\n", "utf-8")
    assert source_status_lines(answer, notes.standings()) == [
        "[1] the file has changed since; the quote is now in line 5"
    ]
