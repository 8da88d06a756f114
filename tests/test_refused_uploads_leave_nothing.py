"""What was dropped on a page and could not be read does not stay in the workspace."""

from pathlib import Path

import vademecum
from vademecum.ui import uploads


def test_what_is_refused_is_deleted_and_a_document_of_that_name_is_not(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with vademecum.open(home=home, tracing="off", model="extractive") as notes:
        good = uploads.keep(home, "days.md", b"# Days\n\nA day has 24 hours.\n")
        notes.ingest(good)
        stored = [
            uploads.keep(home, "days.md", b"\xff\xfe\x00broken\x00" * 9),
            uploads.keep(home, "evil.pdf", b"no PDF at all"),
            uploads.keep_below(home, "box/sub/bad.pdf", b"no PDF at all"),
            uploads.keep_below(home, "box/red.md", b"# Box\n\nThe box is red.\n"),
        ]
        paths = [path for path in dict.fromkeys(stored) if path]
        report = notes.ingest(*paths)
        assert {file.path for file in report.failed} >= {"evil.pdf", "sub/bad.pdf"}
        uploads.discard_refused(paths, report.failed, notes.sources.is_used)
    files = {file.relative_to(home).as_posix() for file in home.glob("uploads/**/*") if file.is_file()}
    assert files == {"uploads/days.md", "uploads/box/red.md"}
