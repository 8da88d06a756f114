"""Makes docs/chat.png: the chat over the sample notebook, with a citation open beside the answer.

python docs/screenshot.py        needs Chromium on PATH
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parent.parent
QUESTION = "Why do LSTMs need a forget gate?"
ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]


def main() -> None:
    """Ask, open the first citation, and take the picture."""
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
            take(told[0], ROOT / "docs" / "chat.png")
        finally:
            server.terminate()
            server.wait(20)


def take(address: str, target: Path) -> None:
    """The picture of the page at `address`."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.set_default_timeout(60_000)
        page.goto(address)
        page.get_by_role("button", name=QUESTION).click()
        page.locator(".answer .cite").first.click()
        page.locator("mark").first.wait_for()
        page.wait_for_timeout(1500)  # scrolling to the passage is animated
        page.screenshot(path=target)
        browser.close()


if __name__ == "__main__":
    main()
