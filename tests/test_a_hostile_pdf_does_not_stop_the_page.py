"""A page of a PDF is drawn in a child process, so that one that is made to harm costs its own picture and no more."""

import hashlib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from test_a_document_that_breaks_its_loader_costs_only_itself import pdf

from vademecum.core.child_process import Limits
from vademecum.core.types import Source
from vademecum.ui import pdf_page


def source(file: Path) -> Source:
    sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
    return Source(
        id=sha256, path=file.name, root=str(file.parent), title="", kind="pdf", sha256=sha256, pages=1,
        added_at=datetime.now(UTC), collection="default",
    )  # fmt: skip


def test_a_page_that_is_far_too_high_is_drawn_smaller(tmp_path: Path) -> None:
    from PIL import Image

    file = tmp_path / "a.pdf"
    file.write_bytes(pdf(b"BT /F 9 Tf 1 9 Td (tea) Tj ET", "0 0 1 14400"))
    picture = pdf_page.page_picture(source(file), 1, "")
    assert picture is not None
    drawn = tmp_path / "a.png"
    drawn.write_bytes(picture.png)
    with Image.open(drawn) as opened:
        assert opened.width * opened.height < 9_000_000


def test_a_page_that_takes_too_much_has_no_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_page, "LIMITS", Limits(seconds=60, megabytes=200, answer_bytes=10_000_000))
    file = tmp_path / "a.pdf"
    file.write_bytes(pdf(b"BT /F 9 Tf 9 9 Td (a b c d e f g h) Tj ET\n" * 1_000_000))
    assert pdf_page.page_picture(source(file), 1, "") is None
