"""Documents by page, folder and state, and one of them with its outline and passages: what the library page shows."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

import vademecum
from vademecum import Notebook, library_view
from vademecum.core.errors import UsageError
from vademecum.library_view import SourcePage
from vademecum.retrieval.catalogue.listing import Folder
from vademecum.tracing.traces import Filters, Traces
from vademecum.ui import folders_panel, search_panel, text_with_passages, uploads
from vademecum.ui.folders_panel import Location

CATS = "# Cats\n\n## Sleep\n\nA cat sleeps sixteen hours a day.\n\n## Whiskers\n\n### Width\n\nAs wide as the cat.\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "notes"
    (folder / "animals" / "big").mkdir(parents=True)
    (folder / "animals" / "cats.md").write_text(CATS)
    (folder / "animals" / "big" / "whales.txt").write_text("A whale sings for hours.\n")
    (folder / "bridges.txt").write_text("The bridge at Kirn was finished in 1874.\n")
    return folder


@pytest.fixture
def notes(folder: Path, tmp_path: Path) -> Iterator[Notebook]:
    with vademecum.open(home=tmp_path / "home", model="extractive", tracing="local") as notes:
        notes.ingest(folder)
        notes.ingest(folder / "bridges.txt", collection="built")
        yield notes


def paths(shelf: SourcePage) -> list[str]:
    return [one.source.path for one in shelf.rows]


@pytest.mark.slow
def test_a_page_is_filtered_ordered_and_counted(notes: Notebook) -> None:
    whole = notes.sources.page(limit=2)
    assert (whole.total, whole.passage_count, len(whole.rows)) == (4, 5, 2)
    assert next(one.passage_count for one in notes.sources.page(order="passages", descending=True).rows) == 2
    assert paths(notes.sources.page(collection="built")) == ["bridges.txt"]
    assert paths(notes.sources.page(folder="animals")) == ["animals/big/whales.txt", "animals/cats.md"]
    assert paths(notes.sources.page(text="CATS animals", kind="markdown")) == ["animals/cats.md"]
    assert paths(notes.sources.page(folder="anim")) == []
    with pytest.raises(UsageError, match="no order 'colour'; there are: title"):
        notes.sources.page(order="colour")


@pytest.mark.slow
def test_a_page_takes_as_many_queries_for_many_as_for_few(notes: Notebook, folder: Path) -> None:
    def queries() -> int:
        told: list[str] = []
        notes.library.catalogue._reader.set_trace_callback(told.append)
        notes.sources.page()
        notes.sources.folders()
        notes.library.catalogue._reader.set_trace_callback(None)
        return len(told)

    few = queries()
    for number in range(12):
        (folder / f"more{number}.txt").write_text(f"Note number {number}.")
    notes.ingest(folder)
    assert queries() == few


@pytest.mark.slow
def test_the_state_of_a_document_is_that_of_its_file(notes: Notebook, folder: Path) -> None:
    assert notes.sources.attention().rows == []
    (folder / "animals" / "cats.md").write_text(CATS + "They purr.\n")
    os.remove(folder / "animals" / "big" / "whales.txt")
    found = {one.source.path: one.state for one in notes.sources.attention().rows}
    assert found == {"animals/cats.md": "changed", "animals/big/whales.txt": "gone"}
    report = notes.update(*[one.source.id for one in notes.sources.attention().rows])
    assert report.updated == 1
    assert [one.path for one in report.failed] == ["animals/big/whales.txt"]
    assert paths(notes.sources.attention()) == ["animals/big/whales.txt"]
    assert "They purr." in notes.sources.view(notes.sources.page(text="cats").rows[0].source.id).text
    assert notes.sources.page().total == 4


@pytest.mark.slow
def test_what_another_recipe_stored_is_not_encoded_yet(notes: Notebook, tmp_path: Path) -> None:
    notes.close()
    with vademecum.open(home=tmp_path / "home", splitter="sentences") as other:
        assert {one.state for one in other.sources.page().rows} == {"not encoded"}


@pytest.mark.slow
def test_folders_are_unfolded_along_the_way(notes: Notebook, folder: Path) -> None:
    found = notes.sources.folders()
    assert Folder("default", str(folder), "animals", 2) in found
    assert Folder("built", str(folder), "", 1) in found
    closed = [row.name for row in folders_panel.folder_rows(found, Location())]
    assert closed == ["All documents", "built", "notes", "default", "notes"]
    opened = [row.name for row in folders_panel.folder_rows(found, Location("default", str(folder), "animals"))]
    assert opened == ["All documents", "built", "default", "notes", "animals", "big"]


@pytest.mark.slow
def test_a_document_has_an_outline_and_all_of_its_text(notes: Notebook) -> None:
    leaf = notes.sources.view(notes.sources.page(text="cats").rows[0].source.id)
    outline = [(heading.title, heading.depth) for heading in leaf.outline()]
    assert outline == [("Sleep", 0), ("Whiskers", 0), ("Width", 1)]
    assert all(leaf.text[it.start :].startswith(it.title) for it in leaf.outline())
    seen = text_with_passages.window(leaf.text, 0)
    drawn = text_with_passages.stretches(leaf.text, leaf.passages, seen)
    assert [number for stretch in drawn for number in stretch.passages] == [0, 1]
    assert "\n".join(line for stretch in drawn for _, line in stretch.lines).split() == leaf.text.split()
    with pytest.raises(UsageError, match="no document has the id"):
        notes.sources.view("nothing")


@pytest.mark.slow
def test_passages_that_overlap_are_both_drawn(notes: Notebook) -> None:
    leaf = notes.sources.view(notes.sources.page(text="cats").rows[0].source.id)
    first, second = leaf.passages
    overlapping = [first, second.model_copy(update={"start": first.end - 10})]
    drawn = text_with_passages.stretches(leaf.text, overlapping, text_with_passages.window(leaf.text, 0))
    assert [stretch.passages for stretch in drawn if stretch.passages] == [(0,), (0, 1), (1,)]


def test_of_a_long_text_whole_lines_around_the_place_are_shown() -> None:
    text = "".join(f"line {number}\n" for number in range(20_000))
    seen = text_with_passages.window(text, 100_000)
    assert seen.start < 100_000 < seen.end <= seen.start + text_with_passages.WINDOW
    assert text[seen.start - 1] == text[seen.end - 1] == "\n"
    assert text_with_passages.window(text, len(text)).end == len(text)
    assert (
        text_with_passages.window("x" * 200_000, 150_000).end - text_with_passages.window("x" * 200_000, 150_000).start
        <= 60_000
    )


@pytest.mark.slow
def test_a_search_at_every_letter_leaves_no_trace(notes: Notebook, tmp_path: Path) -> None:
    assert notes.sources.find("cat sle", mode="sparse", path="animals/*")[0].path == "animals/cats.md"
    assert set(library_view.modes()[:1]) == {"best"}
    assert "neighbours" in library_view.transforms()
    notes.close()
    with Traces(tmp_path / "home") as traces:
        assert traces.stats((), Filters())["all"]["runs"] == 0


def test_an_excerpt_begins_where_the_words_are() -> None:
    text = "word " * 200 + "the forgotten gates are <b>here</b>"
    parts = search_panel.excerpt(text, {"forgotten", "gate"})
    assert [part for part, found in parts if found] == ["forgotten", "gates"]
    assert len("".join(part for part, _ in parts)) <= search_panel.EXCERPT + 2


@pytest.mark.parametrize("name", ["a/../../b/c.md", "/a/b/c.md", "a\\b\\c.md", "a/b\u202e/c.md"])
def test_a_dropped_folder_stays_below_the_uploads(tmp_path: Path, name: str) -> None:
    outer = uploads.keep_below(tmp_path, name, b"x")
    assert outer
    assert outer.parent == tmp_path / "uploads"
    assert [file.parts[-1] for file in (tmp_path / "uploads").rglob("*.md")] == ["c.md"]
    assert uploads.keep_below(tmp_path, "a/.git/config", b"x") is None


@pytest.mark.parametrize(
    "name", ["", ".", "..", "a/..", "\ud800", "\udcff.md", "\ufeff", "é" * 200, "a." + "b" * 300, "/"]
)
def test_any_name_can_be_kept(tmp_path: Path, name: str) -> None:
    kept = uploads.keep(tmp_path, name, b"x")
    assert (kept.parent, kept.read_bytes()) == (tmp_path / "uploads", b"x")
    assert not kept.name.startswith(".")
    assert uploads.keep(tmp_path, name, b"y") == kept
    assert list(kept.parent.iterdir()) == [kept]


def test_only_our_own_copies_are_deleted_with_a_document(tmp_path: Path) -> None:
    home, other = tmp_path / "home", tmp_path / "uploads"
    other.mkdir()
    (other / "mine.md").write_text("x")
    kept = uploads.keep(home, "dropped.md", b"x", "letters")
    uploads.discard(home, str(other), "mine.md")
    uploads.discard(home, str(kept.parent), "../catalogue.sqlite")
    assert (other / "mine.md").exists()
    assert kept.exists()
    uploads.discard(home, str(kept.parent), "dropped.md")
    assert not kept.exists()
