"""A real page in a real browser: `vade ui` in a process of its own over three notes, and a Chromium to look at it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from chatting import Chat, new_page, serve
from playwright.sync_api import Browser, Page, expect, sync_playwright

import vademecum

NOTES = {
    "cats.md": "# Cats\n\nA cat sleeps up to sixteen hours a day. Its whiskers are as wide as its body.\n",
    "bridges.txt": "The bridge at Kirn was finished in 1874.\nIts engineer was Ada Voss, who had built none before.\n",
    "script.md": (
        "# Volcanoes\n\nThe volcano Ostra erupted in 1911 <script>document.title = 'taken over'</script> last.\n\n"
        "![a picture](http://pictures.example/volcano.png) <img src=x onerror=\"document.title = 'taken over'\">\n"
    ),
}
PATIENCE = 60_000
"""Milliseconds. Where CI runs, two cores may have a model, a browser and another test to serve at once; what is waited
for comes as soon as it can, so that only a failing test takes this long."""

ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """A Chromium for each file: as long as it is there, Playwright's event loop keeps others from running theirs."""
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def look(browser: Browser) -> Iterator[Callable[..., Chat]]:
    """Opens the page at an address, as often as wanted."""
    pages: list[Page] = []

    def opened(url: str, *, ready: bool = True) -> Chat:
        pages.append(new_page(browser, viewport={"width": 1280, "height": 800}))
        return Chat(pages[-1], url).open(ready=ready)

    yield opened
    for page in pages:
        page.close()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with three notes."""
    folder = tmp_path_factory.mktemp("notes")
    for name, text in NOTES.items():
        (folder / name).write_text(text, "utf-8")
    home = tmp_path_factory.mktemp("workspace")
    vademecum.open(folder, home=home, model="extractive").close()
    return home


@pytest.fixture(scope="module")
def address(home: Path, chromium: str) -> Iterator[str]:
    with serve(home) as url:
        yield url
