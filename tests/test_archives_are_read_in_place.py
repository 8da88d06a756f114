"""The files of an archive are documents like others; what an archive could do harm by is refused, with its reason."""

import io
import random
import re
import zipfile
from pathlib import Path

import pytest
from formats import NOTION_ID, packed
from workspaces import indexed, open_library, passage_ids

from vademecum.retrieval.ingestion.ingest import ingest
from vademecum.retrieval.maintenance.forget import forget

NOTE = "# Gates\n\nA forget gate decides what is kept.\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / "other.md").write_text("# Other\n\nA note beside the archive.\n", "utf-8")
    return folder


@pytest.fixture
def library(tmp_path: Path):
    library = open_library(tmp_path / "home")
    yield library
    library.close()


def paths(library) -> list[str]:
    return [source.path for source in library.catalogue.sources()]


def reasons(report) -> dict[str, str]:
    return {failed.path: failed.error for failed in report.failed}


def counts(report) -> tuple[int, int, int, int]:
    return report.added, report.updated, report.unchanged, report.deleted


@pytest.mark.slow
def test_each_file_inside_is_a_document_and_follows_its_archive(library, folder):
    inner = packed({"deep/b.txt": "The note inside the inner archive."})
    (folder / "old.zip").write_bytes(packed({"a.md": NOTE, "inner.zip": inner, "__MACOSX/._a.md": "x", ".hidden": "x"}))
    report = ingest(library, [folder])
    assert report.failed == []
    assert paths(library) == ["old.zip/a.md", "old.zip/inner.zip/deep/b.txt", "other.md"]
    assert library.catalogue.text(library.catalogue.sources()[0].id) == NOTE
    assert counts(ingest(library, [folder])) == (0, 0, 3, 0)
    (folder / "old.zip").write_bytes(packed({"a.md": NOTE, "c.md": "# New\n\nA third note.\n"}))
    assert counts(ingest(library, [folder / "old.zip"])) == (1, 0, 1, 1)
    assert paths(library) == ["old.zip/a.md", "old.zip/c.md", "other.md"]
    (folder / "old.zip").unlink()
    assert counts(ingest(library, [folder])) == (0, 0, 1, 2)
    assert indexed(library) == passage_ids(library)


@pytest.mark.slow
def test_an_archive_is_forgotten_as_a_whole_or_by_a_file_of_it(library, folder):
    (folder / "old.zip").write_bytes(packed({"a.md": NOTE, "b.md": "# B\n\nAnother.\n", "c.md": "# C\n\nA third.\n"}))
    ingest(library, [folder])
    forget(library, "old.zip/b.md")
    assert paths(library) == ["old.zip/a.md", "old.zip/c.md", "other.md"]
    forget(library, str(folder / "old.zip"))
    assert paths(library) == ["other.md"]


@pytest.mark.slow
def test_an_archive_that_went_bad_keeps_what_was_stored_of_it(library, folder):
    archive = folder / "old.zip"
    archive.write_bytes(packed({"a.md": NOTE}))
    ingest(library, [folder])
    archive.write_bytes(archive.read_bytes()[:40])
    assert list(reasons(ingest(library, [folder]))) == ["old.zip"]
    assert paths(library) == ["old.zip/a.md", "other.md"]


@pytest.mark.slow
def test_an_export_of_notion_is_read_whole(library, folder):
    home = f"# Home\n\n[Tasks](Tasks%20{NOTION_ID}.csv)\n"
    part = packed({f"Home {NOTION_ID}.md": home, f"Tasks {NOTION_ID}.csv": "a,b\n1,2\n"})
    (folder / "Export.zip").write_bytes(packed({"Export-Part-1.zip": part}))
    ingest(library, [folder / "Export.zip"])
    assert [(source.title, source.kind) for source in library.catalogue.sources()] == [
        ("Home", "notion"),
        ("Tasks", "notion"),
    ]
    assert "[Tasks](Tasks.csv)" in library.catalogue.text(library.catalogue.sources()[0].id)


def encrypted() -> bytes:
    """A member whose flag says that it takes a password."""
    data = bytearray(packed({"a.md": NOTE}))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + offset] |= 1
    return bytes(data)


def oddly_packed() -> bytes:
    """A member packed by a method that zip files do not have."""
    data = packed({"a.md": NOTE})
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        first = archive.infolist()[0]
        central = archive.start_dir
    changed = bytearray(data)
    for place in (first.header_offset + 8, central + 10):
        changed[place : place + 2] = (99).to_bytes(2, "little")
    return bytes(changed)


def damaged() -> bytes:
    """A member whose bytes are not those that were packed."""
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("a.md", NOTE)
    return kept.getvalue().replace(b"forget", b"FORGET", 1)


def nested(levels: int) -> bytes:
    data = packed({"a.md": NOTE})
    for _ in range(levels):
        data = packed({"inner.zip": data})
    return data


def overlapping() -> bytes:
    """Many entries that share one stretch of packed bytes (David Fifield's bomb, in small)."""
    kept = io.BytesIO(packed({"a.txt": b"0" * 900_000}))
    with zipfile.ZipFile(kept, "a") as archive:
        first = archive.infolist()[0]
        for number in range(45):
            twin = zipfile.ZipInfo(f"{number}.txt")
            for name in ("CRC", "compress_size", "file_size", "header_offset", "compress_type"):
                setattr(twin, name, getattr(first, name))
            archive.filelist.append(twin)
        archive._didModify = True
    return kept.getvalue()


def noise(seed: int) -> bytes:
    """Half a megabyte that cannot be packed any smaller."""
    return random.Random(seed).randbytes(500_000)


BAD = {
    "bomb": (packed({"a.txt": b"0" * 50_000_000}), "", "unpacks to 1,0.. times its size"),
    "bomb-inside": (packed({"x.zip": packed({"a.txt": b"0" * 50_000_000})}), "/x.zip", "unpacks to"),
    "overlapping": (overlapping(), "", "unpacks to"),
    "document": (packed({"d.docx": packed({"word/document.xml": b"0" * 50_000_000})}), "/d.docx", "unpacks to"),
    "leads-out": (packed({"../../evil.md": NOTE}), "/../../evil.md", "leads out of the archive"),
    "leads-to-the-root": (packed({"/etc/evil.md": NOTE}), "//etc/evil.md", "leads out of the archive"),
    "leads-to-a-drive": (packed({"C:\\evil.md": NOTE}), "/C:\\evil.md", "leads out of the archive"),
    "password": (encrypted(), "/a.md", "protected by a password"),
    "method": (oddly_packed(), "/a.md", "packed by a method that is not supported"),
    "too-deep": (nested(3), "/inner.zip/inner.zip/inner.zip", "3 levels deep only"),
    "too-many": (packed({f"{i}.md": "x" for i in range(51)}), "", "51 files are in it"),
    "too-much": (packed({f"{i}.bin": noise(i) for i in range(6)}), "", r"unpacks to \d\.\d MB, more than the 2 MB"),
    "together": (
        packed({f"{i}.zip": packed({"a.bin": noise(i)}) for i in range(5)}),
        "",
        r"unpacks to \d\.\d MB, more",
    ),
    "unknown": (packed({"a.exe": b"MZ"}), "/a.exe", r"format not supported \(.exe\)"),
    "not-an-archive": (b"only text", "", "not a zip archive"),
    "cut-off": (packed({"a.md": NOTE * 100})[:150], "", "not complete"),
    "damaged": (damaged(), "/a.md", "damaged"),
    "empty": (b"", "", "not a zip archive"),
}
"""Bytes of the archive, what of it is refused, and why."""


@pytest.mark.slow
def test_what_could_do_harm_is_refused_and_nothing_is_written_elsewhere(tmp_path, folder):
    home = tmp_path / "home"
    for name, (data, _, _) in BAD.items():
        (folder / f"{name}.zip").write_bytes(data)
    before = set(tmp_path.rglob("*"))
    found: dict[str, str] = {}
    strict = {"max_archive_files": 50, "max_archive_mb": 2}
    for limits, chosen in ((strict, "too-m*.zip"), (strict, "together.zip"), ({}, "*.zip")):
        library = open_library(home, **limits)
        found = {**reasons(ingest(library, sorted(folder.glob(chosen)))), **found}
        assert paths(library) == [] or chosen == "*.zip"
        library.close()
    for name, (_, inside, reason) in BAD.items():
        assert re.search(reason, found[f"{name}.zip{inside}"]), name
    assert {one for one in tmp_path.rglob("*") if home not in (one, *one.parents)} == before


def test_names_in_utf8_that_do_not_say_so_are_read(library, folder):
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as archive:
        archive.writestr("Gru\u0308n.md", NOTE)
    data = bytearray(kept.getvalue())
    for signature, offset in ((b"PK\x03\x04", 7), (b"PK\x01\x02", 9)):
        data[data.index(signature) + offset] &= ~0x08
    (folder / "old.zip").write_bytes(bytes(data))
    assert ingest(library, [folder]).failed == []
    assert paths(library) == ["old.zip/Gru\u0308n.md", "other.md"]
