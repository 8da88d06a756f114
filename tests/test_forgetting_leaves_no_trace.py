"""What is forgotten is nowhere in the home folder any more, not even where a database keeps what it deleted."""

from pathlib import Path

import pytest
from workspaces import indexed, open_library, passage_ids

from vademecum.core.errors import UsageError
from vademecum.retrieval.ingestion.ingest import ingest
from vademecum.retrieval.maintenance.forget import forget

SECRET = "zanzibarquux"


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / "secret.md").write_text(f"# Plan\n\nThe {SECRET} is hidden in the garden.\n" * 30, "utf-8")
    (folder / "open.md").write_text("# Open\n\nNothing to hide.\n", "utf-8")
    return folder


@pytest.fixture
def library(tmp_path: Path, notes: Path):
    library = open_library(tmp_path / "home")
    ingest(library, [notes])
    yield library
    library.close()


def traces(home: Path) -> list[str]:
    return [file.name for file in home.rglob("*") if file.is_file() and SECRET[:12].encode() in file.read_bytes()]


@pytest.mark.slow
def test_not_a_byte_of_its_text_stays(library):
    assert traces(library.home)
    assert [source.path for source in forget(library, "secret.md")] == ["secret.md"]
    assert traces(library.home) == []
    assert not library.catalogue.sparse([SECRET], 5)
    assert indexed(library) == passage_ids(library)
    assert [source.path for source in library.catalogue.sources()] == ["open.md"]


@pytest.mark.slow
@pytest.mark.parametrize("by", ["id", "path", "location", "folder"])
def test_a_source_goes_by_its_id_path_place_or_folder(library, notes, by):
    source = next(source for source in library.catalogue.sources() if source.path == "secret.md")
    name = {"id": source.id, "path": source.path, "location": str(notes / source.path), "folder": str(notes)}[by]
    assert len(forget(library, name)) == (2 if by == "folder" else 1)


@pytest.mark.slow
def test_an_unknown_name_is_said(library):
    with pytest.raises(UsageError, match=r"no source named 'nothing\.md'"):
        forget(library, "nothing.md")


@pytest.mark.slow
def test_a_name_of_two_sources_is_not_guessed(library, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    (other / "open.md").write_text("Another.", "utf-8")
    ingest(library, [other])
    with pytest.raises(UsageError, match=r"several sources.*notes/open\.md.*other/open\.md|other/open\.md"):
        forget(library, "open.md")
    assert [s.root for s in forget(library, str(other / "open.md"))] == [str(other)]
