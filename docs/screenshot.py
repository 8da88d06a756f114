"""Makes the pictures of the pages (docs/chat.png, library, graphs, traces, comparison) over the sample notebook.

python docs/screenshot.py [chat] [library] [graphs] [traces] [comparison]        needs Chromium on PATH
"""

import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, ViewportSize, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
VADE = [sys.executable, "-m", "vademecum"]
ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]

SIZE: ViewportSize = {"width": 1280, "height": 800}
SCALE = 2
"""Pixels of a picture for each of the page: for screens that have as many."""

COLOURS = 256
"""As many as letters in grey and a few colours need; a picture then takes a third of the bytes."""

PATIENCE = 240_000
"""Milliseconds that a step may take: the first start reads the sample notebook."""

VARIANTS = ("mode=dense,model=extractive,name=by-meaning", "mode=best,model=extractive,name=best")
"""What `comparison` compares: search by vectors alone, and the default."""


def chat(page: Page, address: str) -> None:
    """An answer with a citation open beside it."""
    page.goto(address)
    page.locator("textarea:enabled").fill("Why do language models hallucinate?")
    page.keyboard.press("Enter")
    page.locator(".answer .cite").first.click()
    page.locator("mark").first.wait_for()
    page.locator(".st-key-follow-ups").wait_for()
    page.wait_for_timeout(2500)  # it scrolls to the passage, and to the end of the chat
    page.evaluate("document.querySelector('.stMain').scrollTop = 0")


def library(page: Page, address: str) -> None:
    """A document with its outline and its passages, opened from what a search found."""
    page.set_viewport_size({"width": SIZE["width"], "height": 776})  # the outline ends between two headings
    page.goto(f"{address}/library?search=How+many+bytes+does+full+fine-tuning+take%3F")
    page.locator(".hits .row").first.click()
    page.locator(".leaf .stretch.open").wait_for()
    page.wait_for_timeout(2500)  # it scrolls to the passage


def graphs(page: Page, address: str) -> None:
    """A run under way: its path lit up, and the state around one of its nodes."""
    page.goto(f"{address}/graphs")
    page.locator(".stForm input").fill("Why do LSTMs need a forget gate?")
    page.keyboard.press("Enter")
    page.locator(".graph .node.running").filter(has_text="draft").wait_for()
    page.locator(".rows .row").filter(has_text="retrieve").click()
    page.locator(".graph .node.open").filter(has_text="retrieve").wait_for()
    page.locator(".value .entry.marked .card").first.wait_for()


def traces(page: Page, address: str) -> None:
    """The steps of a report with their times, and what one of them gave."""
    page.goto(f"{address}/graphs?graph=research")
    page.locator(".stForm input").fill("How do LoRA and full fine-tuning differ in memory and in quality?")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Its trace").click()
    page.locator(".rows .row").filter(has_text="BestRetriever").first.click()
    page.locator(".value .card").first.wait_for()


def comparison(page: Page, address: str) -> None:
    """Two ways to search, measured: what is better, how sure that is, and where the answers changed."""
    page.goto(f"{address}/evaluation?part=Compare")
    page.locator("summary").nth(3).wait_for()
    page.wait_for_timeout(1000)
    page.evaluate("document.querySelector('.stMain').scrollTop = 150")


PICTURES: dict[str, Callable[[Page, str], None]] = {
    "chat": chat,
    "library": library,
    "graphs": graphs,
    "traces": traces,
    "comparison": comparison,
}


def main() -> None:
    """Take the pictures that are named, or all."""
    wanted = sys.argv[1:] or list(PICTURES)
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "HOME": home, "XDG_DATA_HOME": home, "PYTHONUNBUFFERED": "1"}
        for variant in VARIANTS if "comparison" in wanted else ():
            command = [*VADE, "eval", "run", "samples/questions.jsonl", "--variant", variant, "--json"]
            subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, check=True)
        server = subprocess.Popen(
            [*VADE, "ui", "--headless"], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
        )
        try:
            assert server.stdout
            told = re.search(r"http://\S+", server.stdout.readline())
            assert told, "the page did not come up"
            take(told[0], wanted)
        finally:
            server.terminate()
            server.wait(20)


def take(url: str, wanted: list[str]) -> None:
    """Open each page, and write its picture."""
    address = url.partition("/?")[0]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
        for name in wanted:
            page = browser.new_page(viewport=SIZE, device_scale_factor=SCALE)
            page.set_default_timeout(PATIENCE)
            page.goto(url)  # with the token, which the browser then keeps
            PICTURES[name](page, address)
            page.mouse.move(SIZE["width"] - 2, SIZE["height"] - 2)  # over nothing
            page.wait_for_timeout(600)  # what lights up or scrolls comes to rest
            drawn = Image.open(io.BytesIO(page.screenshot(animations="disabled")))
            drawn.convert("RGB").quantize(COLOURS, Image.Quantize.MAXCOVERAGE).save(
                ROOT / "docs" / f"{name}.png", optimize=True
            )
            page.close()
        browser.close()


if __name__ == "__main__":
    main()
