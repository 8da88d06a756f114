"""Files whose names climb out of their folder, deceive, or run code, dropped on the library in a real browser."""

from pathlib import Path

import pytest
from accessible import drawn, violations
from chatting import Chat, new_page, serve
from playwright.sync_api import Browser, FilePayload, Page, expect

pytestmark = pytest.mark.slow

CODE = "<img src=x onerror=document.title='owned'>"
AS_TEXT = "img src=x onerror=document.title='owned'"
NAMES = {
    "../../etc/x.md": "x.md",
    "C:\\windows\\drive.md": "drive.md",
    "bell\x07 and \x1b[31mred\x7f\x85.md": "bell and [31mred.md",
    "nul\x00byte.md": "nulbyte.md",
    "exe\u202edm.exe.md": "exedm.exe.md",
    "two\u2028lines.md": "twolines.md",
    f"{CODE}.md": f"{AS_TEXT}.md",
    "**bold** [link](http://evil.example).md": "evil.example).md",
}
"""What a browser says that a file is called, and what it is kept as."""

LONG = ["潮" * 100 + "a.md", "潮" * 100 + "b.md", "x" * 300 + ".md", "...", "....."]
"""Kept under names that are made for them, each one of its own."""


def payload(name: str, text: str) -> FilePayload:
    return {"name": name, "mimeType": "text/markdown", "buffer": text.encode()}


def written(folder: Path) -> set[Path]:
    """Where the dropped files are, wherever that may be."""
    return {file for file in folder.rglob("*") if file.is_file() and file.read_bytes().startswith(b"Dropped as")}


def is_untouched(page: Page) -> bool:
    """That nothing of a name has become a part of the page, or run."""
    return page.title() == "Vademecum" and page.locator("[src=x], [href*='evil.example']").count() == 0


def test_names_are_text_and_nothing_is_written_elsewhere(browser: Browser, tmp_path: Path) -> None:
    home = tmp_path / "some" / "where" / "home"
    uploads, absolute = home / "uploads", f"{tmp_path}/absolute.md"
    names = [*NAMES, *LONG, absolute]
    with serve(home) as url:
        page = new_page(browser, viewport={"width": 1280, "height": 800})
        hosts = Chat(page, url).hosts
        page.goto(f"{url}/library")
        dropped = [payload(name, f"Dropped as {number}.\n") for number, name in enumerate(names)]
        no_pdf = payload(f"{CODE}.pdf", "This is not a PDF at all.")
        drawn(page).locator("input[type=file]").set_input_files([*dropped, no_pdf])
        page.get_by_role("button", name="Add", exact=True).click()
        expect(page.get_by_text(f"{len(names)} added")).to_be_visible()
        refused = page.get_by_role("listitem").filter(has_text="not a PDF")
        expect(refused).to_have_count(1)
        expect(refused).to_contain_text(f"{AS_TEXT}.pdf: ")
        assert "\n" not in refused.inner_text().strip()

        kept = {file.name for file in written(tmp_path) if file.parent == uploads}
        assert written(tmp_path) == {uploads / name for name in kept}
        assert kept >= {*NAMES.values(), "absolute.md"}
        assert len(kept) == len(names)
        assert all(len(name.encode()) <= 255 for name in kept)

        expect(page.locator("tbody tr")).to_have_count(len(names))
        assert {shown.removeprefix("uploads/") for shown in page.locator("tbody .more").all_inner_texts()} == kept
        assert page.locator("table").evaluate("table => table.getBoundingClientRect().right <= innerWidth")
        assert is_untouched(page)
        assert violations(drawn(page)) == []

        page.locator("tbody").get_by_role("button").filter(has_text=AS_TEXT).click()
        expect(page.locator(".leaf")).to_contain_text("Dropped as")
        page.get_by_role("button", name="Remove").click()
        expect(page.get_by_role("dialog")).to_contain_text(f"{AS_TEXT}.md")
        assert is_untouched(page)
        page.get_by_role("dialog").get_by_role("button", name="Remove").click()
        expect(page.locator("tbody tr")).to_have_count(len(names) - 1)
        assert {file.name for file in written(tmp_path)} == kept - {f"{AS_TEXT}.md"}
        assert hosts == {url.removeprefix("http://")}
        page.close()
