"""Files of every format that are empty, cut off, locked or not what they claim: each is named with its reason."""

import json
import os
import re
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from formats import ROOT, SAMPLES, packed
from workspaces import open_library

from vademecum.core.errors import DocumentError
from vademecum.retrieval.ingestion.ingest import ingest
from vademecum.retrieval.loaders import load

OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
LAUGHS = (
    '<!DOCTYPE l [<!ENTITY a "lol">'
    + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    + "]>"
)
XML = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
NAMES = {"docx": "Word document", "pptx": "PowerPoint presentation", "xlsx": "Excel workbook", "epub": "EPUB"}

BAD = {
    **{f"text.{suffix}": (b"Only text.", f"not an? {name}") for suffix, name in NAMES.items()},
    **{f"locked.{suffix}": (OLD_OFFICE, "password") for suffix in ("docx", "pptx", "xlsx")},
    **{f"other.{suffix}": (packed({"a.txt": "x"}), "damaged|not complete|missing") for suffix in NAMES},
    **{f"empty.{suffix}": (b"", "empty") for suffix in ("docx", "csv", "html", "ipynb", "json", "eml", "epub", "png")},
    "cut.docx": (SAMPLES["docx"][1]()[:3000], "not complete"),
    "cut.xlsx": (SAMPLES["xlsx"][1]()[:3000], "not complete"),
    "cut.pdf": (SAMPLES["pdf"][1]()[:300], "damaged|not complete"),
    "cut.png": (b"\x89PNG\r\n\x1a\n" + bytes(40), "damaged|OCR"),
    "text.png": (b"Only text.", "not a picture|OCR"),
    "not.ipynb": (b"# Only Markdown", "not a notebook: it is not valid JSON"),
    "list.ipynb": (b"[1, 2]", "not a notebook: it is JSON without cells"),
    "bare.ipynb": (b'{"cells": []}', "its cells are empty"),
    "not.json": (b'{"a": 1,\n "b" 2}', "not valid JSON: .* in line 2"),
    "deep.json": (b"[" * 100_000, "nested too deeply"),
    "nulls.json": (b'{"a": null}', "its values are all empty"),
    "not.jsonl": (b"only text\n", "line 1 is not JSON"),
    "binary.csv": (bytes(range(256)) * 50, "binary|encoding"),
    "scripts.html": (b"<html><body><script>draw()</script></body></html>", "no text of its own"),
    "picture.html": (b"\x89PNG\r\n\x1a\n" + bytes(100), "is a PNG image, not text"),
    "not.eml": (b"Dear Ann,\nthis is a letter.\n", "not an e-mail"),
    "not.mbox": (b"\x00\x01\x02", "not an e-mail"),
    "huge-field.csv": (b'a,b\n"' + b"x" * 200_000 + b'"\n', "cannot be read as a table"),
    "old.doc": (OLD_OFFICE, r"format not supported \(\.doc\)"),
}


@pytest.fixture
def library(tmp_path):
    library = open_library(tmp_path / "home")
    yield library
    library.close()


@pytest.mark.slow
def test_each_is_named_with_its_reason_and_the_others_are_ingested(library, tmp_path):
    folder = tmp_path / "notes"
    folder.mkdir()
    for name, (data, _) in BAD.items():
        (folder / name).write_bytes(data)
    for kind in ("csv", "docx", "html", "notebook"):
        file, make = SAMPLES[kind]
        (folder / file).write_bytes(make())
    report = ingest(library, [folder])
    found = {failed.path: failed.error for failed in report.failed}
    assert set(found) == set(BAD)
    assert {name: found[name] for name, (_, reason) in BAD.items() if not re.search(reason, found[name])} == {}
    assert [name for name, reason in found.items() if "\n" in reason or "Traceback" in reason] == []
    assert report.added == 4


@pytest.mark.slow
@pytest.mark.parametrize(
    "kind", [kind for kind in SAMPLES if kind not in ("image", "pdf", "text", "markdown", "notion")]
)
def test_a_file_cut_off_or_garbled_anywhere_is_read_or_refused(kind):
    file, make = SAMPLES[kind]
    data = make()
    for part in range(1, 12):
        cut = len(data) * part // 12
        for broken in (data[:cut], data[:cut] + bytes(64) + data[cut + 64 :]):
            assert "\n" not in outcome(file, broken)


def outcome(file: str, data: bytes) -> str:
    """The first line of the text, or the reason why there is none."""
    try:
        return load(Path(file), data).text[:1000].partition("\n")[0]
    except DocumentError as error:
        return error.reason


def test_entities_that_multiply_are_not_followed(tmp_path):
    sheet = f"{LAUGHS}<w:document {XML}><w:body><w:p><w:r><w:t>Hello &i;</w:t></w:r></w:p></w:body></w:document>"
    import io
    import zipfile

    from formats import docx

    kept = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(docx())) as made, zipfile.ZipFile(kept, "w") as archive:
        for info in made.infolist():
            archive.writestr(info.filename, sheet if info.filename == "word/document.xml" else made.read(info))
    assert re.search("^Hello$|damaged", outcome("l.docx", kept.getvalue()).rstrip(" &i;"))
    page = load(Path("l.html"), f"{LAUGHS}<p>Hello &i;</p>".encode()).text
    assert len(page) < 1000
    assert page.endswith("Hello &i;")


def test_a_sparse_file_of_a_gigabyte_is_refused_unread(library, tmp_path):
    folder = tmp_path / "notes"
    folder.mkdir()
    names = ("big.pdf", "big.csv", "big.docx", "big.txt", "big.zip", "big.png")
    for name in names:
        with (folder / name).open("wb") as handle:
            handle.truncate(1_000_000_000)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    report = ingest(library, [folder])
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert {failed.path for failed in report.failed} == set(names)
    reasons = {failed.error for failed in report.failed if failed.path != "big.zip"}
    assert reasons == {"1,000.0 MB is more than the 100 MB allowed; see the setting max_file_mb"}
    assert grown < 300_000  # kilobytes


MANY_ROWS = """
import json, resource, sys, time
from pathlib import Path
from vademecum.core.errors import DocumentError
from vademecum.core.settings import Settings
from vademecum.retrieval.loaders import load
from vademecum.retrieval.splitters.structure import spans

began = time.process_time()
settings = Settings.model_construct(max_text_chars=int(sys.argv[2]))
try:
    loaded = load(Path(sys.argv[1]), None, settings)
except DocumentError as error:
    said, count, last = error.reason, 0, None
else:
    said, count = "", 0
    for last in spans(loaded.text, kind=loaded.kind, page_starts=None, title=loaded.title, layout=loaded.layout):
        count += 1
    last = [last.place, loaded.text[last.start : last.end]]
seconds = time.process_time() - began
status = Path("/proc/self/status")  # a child's ru_maxrss begins with that of the process that made it
told = [line.split() for line in status.read_text().splitlines()] if status.exists() else []
own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
peak = next((int(words[1]) for words in told if words[0] == "VmHWM:"), own)
print(json.dumps([said, count, last, seconds, peak / 1000]))
"""


@pytest.mark.slow
@pytest.mark.soak
def test_a_table_of_very_many_rows_is_refused_at_the_limit_or_read_in_bounded_memory(tmp_path, pytestconfig):
    rows = 1_000_000 if pytestconfig.getoption("--complete") else 150_000
    table = tmp_path / "rows.csv"
    table.write_text("a,b\n" + "".join(f"{i},{i % 7}\n" for i in range(rows)), "utf-8")

    def run(limit: int) -> list:
        command = [sys.executable, "-c", MANY_ROWS, str(table), str(limit)]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
        return json.loads(done.stdout)

    said, _, _, _, refused_mb = run(10 * rows)
    assert f"longer than the {10 * rows:,} characters allowed" in said
    said, count, last, read_s, read_mb = run(30 * rows)
    assert (said, count, last) == ("", rows, [f"row {rows + 1}", f"a: {rows - 1}; b: {(rows - 1) % 7}"])
    assert refused_mb < 500
    assert read_mb < 800
    assert read_s < 60  # of processor time
