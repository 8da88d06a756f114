"""What lies in a folder may be strange, and may change between a look at it and its reading: it costs only itself."""

import os
import zipfile
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from workspaces import open_library

from vademecum.core.errors import DocumentError
from vademecum.core.settings import load_settings
from vademecum.core.types import Source
from vademecum.retrieval import loaders
from vademecum.retrieval.ingestion.discover import FoundFile, discover
from vademecum.retrieval.ingestion.file_reader import FileReader
from vademecum.retrieval.ingestion.ingest import ingest
from vademecum.retrieval.library import Library
from vademecum.retrieval.loaders import _sheet
from vademecum.retrieval.passages import LONGEST_TITLE
from vademecum.ui.pdf_page import page_picture

DEPTH = 500
"""As many calls of two functions each are more than Python allows; those of one it does, and pytest cleans up so."""


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    opened = open_library(tmp_path / "home")
    yield opened
    opened.close()


@pytest.mark.parametrize("inside", ["", "a.txt"])
@pytest.mark.parametrize("kind", ["a pipe", "a device without end"])
def test_what_takes_a_files_place_is_not_waited_for(kind: str, inside: str, tmp_path: Path) -> None:
    path = tmp_path / "notes.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", "text")
    reader = FileReader(load_settings(home=tmp_path / "home"))
    file = FoundFile(str(tmp_path), f"notes.zip/{inside}".rstrip("/"), "notes.zip" if inside else "")
    size = reader.status(file).size
    path.unlink()
    os.mkfifo(path) if kind == "a pipe" else path.symlink_to("/dev/zero")
    with pytest.raises(DocumentError):
        reader.read(file, size)
    about = dict.fromkeys(("id", "title", "sha256"), "x")
    source = Source.model_construct(path=path.name, root=str(tmp_path), kind="pdf", **about)
    assert page_picture(source, 1, "quote") is None


def test_folders_in_folders_are_walked_however_deep(tmp_path: Path) -> None:
    folder = tmp_path / "notes"
    folder.mkdir()
    descriptors = [os.open(folder, os.O_RDONLY)]
    for _ in range(DEPTH):
        os.mkdir("d", dir_fd=descriptors[-1])
        descriptors.append(os.open("d", os.O_RDONLY, dir_fd=descriptors[-1]))
        os.close(descriptors[-2])
    os.close(os.open("deep.txt", os.O_CREAT, dir_fd=descriptors[-1]))
    os.close(descriptors[-1])
    findings = discover([folder], suffixes={".txt"}, leave_out=tmp_path / "home")
    assert [file.path for file in findings.files] == ["d/" * DEPTH + "deep.txt"]


NAMED = {
    "a.md": "---\ntitle: {long}\n---\n# {long}\n\n## Part\n\nThe text.\n\n## Other part\n\nMore text.\n",
    "b.html": "<title>{long}</title><h1>{long}</h1><h2>Part</h2><p>The text.</p><h2>Other part</h2><p>More text.",
}


@pytest.mark.slow
def test_what_calls_itself_by_a_whole_text_is_called_by_its_beginning(tmp_path: Path, library: Library) -> None:
    for name, form in NAMED.items():
        (tmp_path / name).write_text(form.format(long="word " * 20_000), "utf-8")
    assert ingest(library, [tmp_path / name for name in NAMED]).failed == []
    sources = library.catalogue.sources()
    assert [len(source.title) <= LONGEST_TITLE for source in sources] == [True, True]
    passages = [stored for source in sources for stored in library.catalogue.passages_of(source.id)]
    assert passages
    assert all(len(heading) <= LONGEST_TITLE for stored in passages for heading in stored.passage.headings)


def test_a_workbook_of_next_to_nothing_but_empty_cells_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = openpyxl.Workbook()
    for row in range(1, 4):
        book.active.cell(row, 16_384, "far")
    book.save(tmp_path / "far.xlsx")
    assert loaders.load(tmp_path / "far.xlsx").text.count("far") >= 3
    monkeypatch.setattr(_sheet, "_MOST_CELLS", 2 * 16_384)
    with pytest.raises(DocumentError, match="empty ones included"):
        loaders.load(tmp_path / "far.xlsx")


def test_mails_in_mails_are_said_to_be_nested_too_deeply(tmp_path: Path) -> None:
    (tmp_path / "deep.eml").write_bytes(b"Content-Type: message/rfc822\r\n\r\n" * 5000 + b"Subject: x\r\n\r\nbody")
    with pytest.raises(DocumentError, match="nested too deeply"):
        loaders.load(tmp_path / "deep.eml")
