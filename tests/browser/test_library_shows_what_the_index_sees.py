"""The library in a real browser: look through it, search, read what the index sees, add, bring up to date, remove."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from accessible import drawn, violations
from chatting import Chat, new_page, serve
from playwright.sync_api import Browser, FilePayload, Page, expect

import vademecum

pytestmark = pytest.mark.slow

HARBOURS = (
    "# Harbours\n\n## Tides\n\nThe spring tide at Brest is 7.3 m.\n\n## Lights\n\nThe light at Ar-Men burns white.\n"
)
DROPPED: list[FilePayload] = [
    {"name": "comets.md", "mimeType": "text/markdown", "buffer": b"# Comets\n\nHalley returns in 2061.\n"},
    {"name": "../../evil.pdf", "mimeType": "application/pdf", "buffer": b"This is not a PDF at all."},
]

LARGE: FilePayload = {"name": "large.txt", "mimeType": "text/plain", "buffer": b"A word. " * 150_000}


@pytest.fixture(scope="module")
def shelf(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in a collection of its own, beside the three notes."""
    folder = tmp_path_factory.mktemp("shelf")
    (folder / "sea").mkdir()
    (folder / "sea" / "harbours.md").write_text(HARBOURS)
    (folder / "soil.md").write_text("# Soil\n\nClay holds water.\n")
    with vademecum.open(home=home) as notes:
        notes.ingest(folder, collection="sea")
    return folder


@pytest.fixture(scope="module")
def library(home: Path, shelf: Path, chromium: str) -> Iterator[str]:
    """The address of the page, over both."""
    with serve(home) as url:
        yield f"{url}/library"


def opened(browser: Browser, url: str, **shape: int) -> tuple[Page, set[str]]:
    page = new_page(browser, viewport={"width": 1280, "height": 800, **shape})
    chat = Chat(page, url)
    page.goto(url)
    return page, chat.hosts


def host(url: str) -> set[str]:
    return {url.removeprefix("http://").partition("/")[0]}


def test_a_hit_opens_its_passage_and_the_address_is_all_it_takes(browser: Browser, library: str) -> None:
    page, hosts = opened(browser, library)
    expect(page.locator("tbody tr")).to_have_count(5)
    page.locator(".rows .row").filter(has_text="sea").first.click()
    expect(page.locator("tbody tr")).to_have_count(2)
    assert "collection=sea" in page.url
    assert violations(drawn(page)) == []
    page.get_by_label("Search the documents").press_sequentially("light at Ar-Men")  # no Enter: as one types
    page.locator(".hits .row").filter(has_text="burns white").first.click()
    expect(page.locator(".leaf .stretch.open")).to_contain_text("The light at Ar-Men burns white.")
    expect(page.locator(".leaf .stretch.open .label")).to_have_text(re.compile(r"^\d+ · line \d+$"))
    assert violations(drawn(page)) == []
    again, _ = opened(browser, page.url)
    expect(again.locator(".leaf .stretch.open")).to_contain_text("Ar-Men")
    again.close()
    page.get_by_role("button", name="Tides", exact=True).click()
    expect(page.locator(".leaf .stretch").filter(has_text="spring tide")).to_be_in_viewport()
    drawn(page).get_by_role("radio", name="Text", exact=True).click()
    expect(page).to_have_url(re.compile(r"as=Text"))
    drawn(page).get_by_role("button", name="What was found").click()
    expect(page.locator(".hits .row").first).to_contain_text("burns white")
    expect(page.get_by_text("failed")).to_have_count(0)
    assert not re.search(r"[?&]as=", page.url)
    assert hosts == host(library)
    page.close()


def test_what_a_document_holds_is_text_and_loads_nothing(browser: Browser, library: str) -> None:
    page, hosts = opened(browser, f"{library}?search=volcano&mode=sparse")
    page.locator(".hits .row").filter(has_text="<script>").first.click()
    expect(page.locator(".leaf")).to_contain_text("http://pictures.example/volcano.png")
    assert page.locator(".leaf img, .leaf a, .leaf script").count() == 0
    assert page.title() != "taken over"
    assert hosts == host(library)
    page.close()


def test_connections_are_drawn_with_what_says_so(browser: Browser, library: str) -> None:
    page, hosts = opened(browser, f"{library}?search=Ada+Voss&found-as=Connections")
    expect(page.locator(".knowledge .node.asked")).to_contain_text("Ada Voss")
    assert violations(drawn(page)) == []
    page.locator(".knowledge .node:not(.asked)").first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Search the documents")).not_to_have_value("Ada Voss")
    page.locator(".hits .row").first.click()
    expect(page.locator(".leaf")).to_contain_text("Its engineer was Ada Voss")
    assert hosts == host(library)
    page.close()


def test_documents_are_added_brought_up_to_date_and_removed(
    browser: Browser, library: str, home: Path, shelf: Path
) -> None:
    page, hosts = opened(browser, library)
    page.get_by_role("button", name="Add documents").click()
    page.get_by_role("dialog").locator("input[type=file]").set_input_files(DROPPED)
    page.get_by_role("dialog").get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_text("1 added").first).to_be_visible()
    expect(page.get_by_text("not a PDF").first).to_be_visible()
    (shelf / "soil.md").write_text("# Soil\n\nSand lets water through, and is changed.\n")
    page.goto(f"{library}?titled=soil")
    expect(page.locator("tbody tr")).to_contain_text("file changed")
    page.get_by_role("button", name="Bring these up to date").click()
    expect(page.locator("tbody tr")).to_contain_text("up to date")
    page.goto(f"{library}?titled=comets")
    page.locator("tbody tr").get_by_role("button").click()
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_role("dialog")).to_contain_text("1 document with 1 passage")
    assert (home / "uploads" / "comets.md").exists()
    assert violations(drawn(page)) == []
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(page.locator(".vade-empty")).to_contain_text("No document fits")
    assert not (home / "uploads" / "comets.md").exists()
    with vademecum.open(home=home) as notes:
        assert "comets.md" not in {source.path for source in notes.sources()}
    assert hosts == host(library)
    page.close()


def test_an_empty_library_says_how_to_fill_it_and_what_it_does_not_take(
    browser: Browser, tmp_path: Path, shelf: Path
) -> None:
    with serve(tmp_path / "empty", VADE_MAX_FILE_MB="1") as url:
        page, hosts = opened(browser, f"{url}/library", width=390)
        expect(page.locator(".vade-empty")).to_contain_text("The library is empty")
        assert violations(drawn(page)) == []
        drawn(page).locator("input[type=file]").set_input_files(LARGE)
        expect(page.get_by_text("File must be 1")).to_be_visible()
        drawn(page).get_by_placeholder("~/notes").fill(str(shelf))
        page.keyboard.press("Enter")
        page.get_by_role("button", name="Add", exact=True).click()
        expect(page.locator("tbody tr")).to_have_count(2)
        assert not (tmp_path / "empty" / "uploads").exists()
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert hosts == host(url)
        page.close()
