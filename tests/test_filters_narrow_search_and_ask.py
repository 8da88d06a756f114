"""`--path`, `--kind`, `--heading`, `--since` and `--until` hold for `vade search` and `vade ask`, and from Python."""

import json
import os
import time
import unicodedata
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import vademecum
from vademecum.cli import run
from vademecum.core.errors import UsageError

CAT, OLD_CAT, TEA = "cats.md", "old/cats.txt", "old/tea.md"
NOTES = {
    CAT: "# Cats\n\nA cat sleeps up to sixteen hours a day.\n\n# Swimming\n\nThe Turkish Van is a cat that swims.\n",
    OLD_CAT: "A cat sleeps for fourteen hours a day.\n",
    TEA: "# Green tea\n\nTea is brewed while the cat sleeps.\n",
}
SLEEP = "How many hours a day does a cat sleep?"
CASES = [
    ({"path": "old/*"}, {OLD_CAT, TEA}),
    ({"path": "*.md"}, {CAT, TEA}),
    ({"kind": "text"}, {OLD_CAT}),
    ({"heading": "swimming"}, {CAT}),
    ({"since": "2020-05-01"}, {CAT}),
    ({"until": "2020-04-30"}, {OLD_CAT, TEA}),
    ({"since": "2020-04-30", "until": "2020-04-30"}, {OLD_CAT}),
    ({"path": "*.md", "until": "2020-04-30"}, {TEA}),
    ({"path": "nowhere/*"}, set()),
]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder, home = tmp_path_factory.mktemp("notes"), tmp_path_factory.mktemp("workspace")
    (folder / "old").mkdir()
    for name, text in NOTES.items():
        (folder / name).write_text(text, "utf-8")
    os.utime(folder / OLD_CAT, (0, 1588204800 + 86399))  # the last second of 30 April 2020, UTC
    os.utime(folder / TEA, (0, 1577836800))
    assert run(["ingest", str(folder), "--home", str(home)]) == 0
    return home


@pytest.fixture
def vade(home: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    """Runs a command with `--json`; what it printed."""

    def call(*arguments: str, **within: str) -> Any:
        capsys.readouterr()
        options = [text for name, value in within.items() for text in (f"--{name}", value)]
        assert run([*arguments, *options, "--json", "--home", str(home)]) == 0
        return json.loads(capsys.readouterr().out)

    return call


@pytest.mark.parametrize(("within", "paths"), CASES)
def test_search_looks_only_where_it_may(vade: Any, within: dict[str, str], paths: set[str]) -> None:
    assert {hit["path"] for hit in vade("search", "cat sleeps", **within)["hits"]} == paths


def test_ask_answers_only_from_there(vade: Any) -> None:
    for within, hours in (({"path": "*.md"}, "sixteen"), ({"kind": "text"}, "fourteen")):
        answer = vade("ask", SLEEP, "--model", "extractive", **within)
        assert hours in answer["answer"]
        assert len({citation["path"] for citation in answer["citations"]}) == 1
    refused = vade("ask", SLEEP, "--model", "extractive", path="nowhere/*")
    assert (refused["abstained"], refused["answer"]) == (True, "No document matches the filter (path nowhere/*).")


def test_from_python_a_day_may_be_a_date(home: Path) -> None:
    with vademecum.open(home=home, model="extractive") as notes:
        assert {hit.path for hit in notes.search(SLEEP, since=date(2020, 5, 1))} == {CAT}
        assert {hit.path for hit in notes.search(SLEEP, k=2, mode="late", path="old/*")} == {OLD_CAT, TEA}
        assert "fourteen" in notes.ask(SLEEP, until=date(2020, 4, 30), kind="text").text
        with pytest.raises(UsageError, match="no filter named 'colour'; there are: collection, path"):
            notes.search(SLEEP, colour="green")  # ty: ignore[unknown-argument]


@pytest.mark.parametrize(
    ("within", "words"),
    [
        ({"since": "last week"}, "filter 'since': 'last week' is no day written like 2026-01-31"),
        ({"until": "2026-13-01"}, "filter 'until': '2026-13-01' is no day"),
        ({"since": "2026-02-01", "until": "2026-01-31"}, "exchange the two"),
        ({"kind": "pdf"}, "no documents of kind 'pdf'; there are: markdown, text"),
        ({"collection": "recipes"}, "no collection named 'recipes'"),
    ],
)
@pytest.mark.parametrize("command", ["search", "ask"])
def test_a_filter_that_means_nothing_is_one_line(
    home: Path, capsys: pytest.CaptureFixture[str], command: str, within: dict[str, str], words: str
) -> None:
    options = [text for name, value in within.items() for text in (f"--{name}", value)]
    assert run([command, SLEEP, *options, "--home", str(home)]) == 2
    told = capsys.readouterr().err
    assert words in told
    assert told.count("\n") == 1


def test_a_path_means_what_is_shown_and_a_day_the_one_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        for name in ("[2024] notes/a.md", "2/a.md", "2 notes/a.md", unicodedata.normalize("NFD", "Öl.md")):
            file = tmp_path / "in" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(f"A cat sleeps in {name}.", "utf-8")
            os.utime(file, (0, 1769814000))  # 8:00 on 31 January 2026 in Tokyo, 23:00 on the 30th in Greenwich
        with vademecum.open(home=tmp_path / "home", model="extractive") as notes:
            notes.ingest(tmp_path / "in")

            def found(**within: str) -> int:
                return len(notes.search("cat", mode="sparse", **within))  # ty: ignore[invalid-argument-type]

            assert [found(path=path) for path in ("[2024] notes/*", "[2]*/a.md", "Öl.md")] == [1, 2, 1]
            assert [found(since="2026-01-31"), found(until="2026-01-30"), found(until="2026-01-31")] == [4, 0, 4]
    finally:
        monkeypatch.undo()
        time.tzset()
