"""Each bad file is named with a reason that a person understands; the others are ingested; nothing stored is lost."""

import os
import re
import socket
from pathlib import Path

import pytest
from workspaces import contents, indexed, open_library, passage_ids

from vademecum.core.errors import WorkspaceError
from vademecum.retrieval.ingestion import encode_ahead
from vademecum.retrieval.ingestion.ingest import ingest


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / "a-first.md").write_text("# First\n\nThe first note.\n", "utf-8")
    (folder / "z-last.txt").write_text("The last note.", "utf-8")
    return folder


@pytest.fixture
def library(tmp_path: Path):
    library = open_library(tmp_path / "home", max_file_mb=1)
    yield library
    library.close()


def loop(path: Path) -> None:
    path.symlink_to(path)


def loop_of_folders(path: Path) -> None:
    path.symlink_to(path.parent)


def dangling(path: Path) -> None:
    path.symlink_to(path.parent / "nowhere")


def sparse(path: Path) -> None:
    with path.open("wb") as handle:
        handle.truncate(50_000_000)


def unreadable(path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root reads everything")
    path.write_text("secret", "utf-8")
    path.chmod(0)


def a_socket(path: Path) -> None:
    # Relative, since the name of a socket may not be longer than 107 bytes.
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(f"/proc/self/fd/{folder}/{path.name}")
    finally:
        os.close(folder)


def bytes_of(data: bytes):
    return lambda path: path.write_bytes(data)


BAD = {
    "empty": ("m.txt", bytes_of(b""), "empty"),
    "blank": ("m.md", bytes_of(b" \r\n\n"), "nothing but white space"),
    "a PDF named text": ("m.txt", bytes_of(b"%PDF-1.7\n..."), "is a PDF, not text"),
    "an image named Markdown": ("m.md", bytes_of(b"\x89PNG\r\n\x1a\n" + bytes(100)), "is a PNG image, not text"),
    "zero bytes": ("m.txt", bytes_of(b"text and \0\0\0 more"), "binary"),
    "noise": ("m.txt", bytes_of(bytes(range(1, 256)) * 40), "binary|encoding"),
    "half UTF-16": ("m.txt", bytes_of("text".encode("utf-16")[:-1]), "UTF-16"),
    "text named PDF": ("m.pdf", bytes_of(b"Only text."), "not a PDF"),
    "empty PDF": ("m.pdf", bytes_of(b""), "empty"),
    "truncated PDF": ("m.pdf", bytes_of(b"%PDF-1.4\n1 0 obj\n<</Type/Catalog"), "damaged|not complete"),
    "unknown format": ("m.pages", bytes_of(b"PK\x03\x04"), r"format not supported \(.pages\)"),
    "too large": ("m.txt", sparse, "50.0 MB is more than the 1 MB allowed"),
    "loop": ("m.txt", loop, "symbolic links"),
    "loop of folders": ("m", loop_of_folders, "link back to a folder"),
    "dangling link": ("m.txt", dangling, "no such file"),
    "unreadable": ("m.txt", unreadable, "ermission"),
    "socket": ("m.txt", a_socket, "not a file"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", BAD)
def test_it_is_named_with_its_reason_and_the_others_are_ingested(library, notes, name):
    file, make, reason = BAD[name]
    make(notes / file)
    report = ingest(library, [notes])
    assert [failed.path for failed in report.failed] == [file]
    assert re.search(reason, report.failed[0].error), report.failed[0].error
    assert "\n" not in report.failed[0].error
    assert report.added == 2
    assert [source.path for source in library.catalogue.sources()] == ["a-first.md", "z-last.txt"]


@pytest.mark.slow
@pytest.mark.parametrize("sentences", [100, 1000])
def test_a_text_that_memory_would_not_bear_is_refused(tmp_path, notes, sentences):
    library = open_library(tmp_path / "home", max_text_chars=1000)
    (notes / "m.txt").write_text("A sentence. " * sentences, "utf-8")
    report = ingest(library, [notes])
    assert [f.error for f in report.failed] == [
        "its text is longer than the 1,000 characters allowed; split it, or see the setting max_text_chars"
    ]
    assert report.added == 2
    library.close()


@pytest.mark.slow
def test_a_name_that_is_not_unicode_is_said(library, notes):
    try:
        Path(os.fsdecode(os.fsencode(notes) + b"/caf\xe9.txt")).write_text("Coffee.", "utf-8")
    except OSError:
        pytest.skip("this file system takes no such names")
    report = ingest(library, [notes])
    assert [(f.path, f.error) for f in report.failed] == [("caf\ufffd.txt", "its name is not valid UTF-8; rename it")]
    assert report.added == 2


@pytest.mark.slow
def test_a_missing_path_among_others_is_said(library, notes):
    report = ingest(library, [notes, notes / "nowhere"])
    assert report.added == 2
    assert [failed.error for failed in report.failed] == ["no such file or folder"]


@pytest.mark.slow
def test_a_file_deleted_during_the_ingestion_is_said(library, notes):
    report = ingest(library, [notes], progress=lambda _: (notes / "z-last.txt").unlink(missing_ok=True))
    assert report.added == 1
    assert [(f.path, f.error) for f in report.failed] == [("z-last.txt", "the file was removed during the ingestion")]


@pytest.mark.slow
def test_a_file_that_went_bad_keeps_what_was_stored_of_it(library, notes):
    ingest(library, [notes])
    before = contents(library)
    (notes / "a-first.md").write_bytes(b"\0\0\0\0")
    report = ingest(library, [notes])
    assert [failed.path for failed in report.failed] == ["a-first.md"]
    assert contents(library) == before
    assert indexed(library) == passage_ids(library)


@pytest.mark.slow
def test_a_file_with_an_unknown_suffix_given_by_itself_is_read_as_text(library, notes):
    file = notes / "recipe.cook"
    file.write_text("Boil water.", "utf-8")
    assert [f.error for f in ingest(library, [notes]).failed] == ["format not supported (.cook)"]
    assert ingest(library, [file]).added == 1


@pytest.mark.slow
def test_a_failure_in_the_middle_of_a_file_leaves_nothing_of_it(library, notes, monkeypatch):
    ingest(library, [notes])
    before = contents(library)
    (notes / "a-first.md").write_text("# First\n\n" + "A sentence of the first note, and more. " * 2000, "utf-8")
    encode, calls = encode_ahead.encode_passages, []

    def fail_at_the_second(*args, **kwargs):
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return encode(*args, **kwargs)

    monkeypatch.setattr(encode_ahead, "SLICE", 20)
    monkeypatch.setattr(encode_ahead, "encode_passages", fail_at_the_second)
    with pytest.raises(KeyboardInterrupt):
        ingest(library, [notes])
    assert contents(library) == before
    monkeypatch.setattr(encode_ahead, "encode_passages", encode)
    assert ingest(library, [notes]).updated == 1
    assert indexed(library) == passage_ids(library)


@pytest.mark.slow
def test_a_full_disk_ends_in_one_line_and_loses_nothing(library, notes):
    ingest(library, [notes])
    before = contents(library)
    (notes / "m.txt").write_text("".join(f"Sentence {i} takes room on the disk. " for i in range(20_000)), "utf-8")
    writer = library.catalogue._write_connection()
    pages = writer.execute("PRAGMA page_count").fetchone()[0]
    writer.execute(f"PRAGMA max_page_count = {pages + 20}")
    with pytest.raises(WorkspaceError, match="full") as error:
        ingest(library, [notes])
    assert "\n" not in str(error.value)
    assert contents(library) == before
    writer.execute("PRAGMA max_page_count = 1000000")
    assert ingest(library, [notes]).added == 1
    assert indexed(library) == passage_ids(library)
