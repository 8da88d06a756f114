"""Makes the pictures of the pages (docs/chat.png, library, graphs, traces) over the sample notebook.

python docs/screenshot.py [chat] [library] [graphs] [traces]        needs Chromium on PATH
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
QUESTION = "Why do LSTMs need a forget gate?"
ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
PATIENCE = 240_000
"""Milliseconds that a step may take: the first start reads the sample notebook."""


def chat(page: Page, address: str) -> None:
    """An answer with a citation open beside it."""
    page.goto(address)
    page.get_by_role("button", name=QUESTION).click()
    page.locator(".answer .cite").first.click()
    page.locator("mark").first.wait_for()


def graphs(page: Page, address: str) -> None:
    """A run that has lit up its path, with the state around one of its nodes."""
    page.goto(f"{address}/graphs")
    page.locator(".stForm input").fill(QUESTION)
    page.keyboard.press("Enter")
    page.locator(".graph .node.ran[data-node=verify]").wait_for()
    page.locator(".st-key-to-checkpoints").wait_for()
    page.locator(".rows .row").filter(has_text="draft").click()
    page.locator(".graph .node.open").filter(has_text="draft").wait_for()


def traces(page: Page, address: str) -> None:
    """The steps of that run with their times, and what one of them gave."""
    page.goto(f"{address}/traces")
    page.locator("tbody tr").first.get_by_role("button").click()
    page.locator(".rows .row").filter(has_text="retrieve").first.click()
    page.locator(".value .card").first.wait_for()


def library(page: Page, address: str) -> None:
    """A document with its outline and its passages, opened from what a search found."""
    page.goto(f"{address}/library?search=How+many+bytes+does+full+fine-tuning+take%3F")
    page.locator(".hits .row").first.click()
    page.locator(".leaf .stretch.open").wait_for()


PICTURES: dict[str, Callable[[Page, str], None]] = {
    "chat": chat,
    "library": library,
    "graphs": graphs,
    "traces": traces,
}


def main() -> None:
    """Take the pictures that are named, or all."""
    wanted = sys.argv[1:] or list(PICTURES)
    with tempfile.TemporaryDirectory() as home:
        server = subprocess.Popen(
            [sys.executable, "-m", "vademecum", "ui", "--headless"],
            cwd=ROOT,
            env={**os.environ, "HOME": home, "XDG_DATA_HOME": home, "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert server.stdout
            told = re.search(r"http://\S+", server.stdout.readline())
            assert told, "the page did not come up"
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
                for name in wanted:
                    page = browser.new_page(viewport={"width": 1280, "height": 800})
                    page.set_default_timeout(PATIENCE)
                    PICTURES[name](page, told[0])
                    page.wait_for_timeout(2500)  # scrolling to a passage, and lighting up a path, are animated
                    page.screenshot(path=ROOT / "docs" / f"{name}.png")
                browser.close()
        finally:
            server.terminate()
            server.wait(20)


if __name__ == "__main__":
    main()
