"""The chat as a person uses it, and the server behind it."""

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, Request

from vademecum import page_access

ROOT = Path(__file__).resolve().parent.parent.parent


STEADY = """
const style = new CSSStyleSheet();
style.replaceSync('[data-stale="true"] { pointer-events: none }');
document.adoptedStyleSheets.push(style);
"""
"""Nothing can be clicked that the script behind the page has not drawn anew yet: a person sees it fade and waits, and
Playwright waits where a click would not arrive. On a busy machine a click met the button of the page before."""


TOKENS: dict[str, str] = {}
"""Of the pages that were served, by address."""


class Chat:
    """The page as a person uses it; `hosts` are those that anything was asked of."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.hosts: set[str] = set()
        page.set_default_timeout(60_000)
        page.add_init_script(STEADY)
        page.on("request", self._note)

    def open(self, *, ready: bool = True) -> "Chat":
        """Go to the page, and wait until it can be asked."""
        self.page.goto(self.url)
        self.page.locator("textarea:enabled" if ready else "textarea").wait_for()
        return self

    def _note(self, request: Request) -> None:
        if not request.url.startswith(("data:", "blob:")):
            self.hosts.add(urlsplit(request.url).netloc)

    def ask(self, question: str) -> None:
        """Ask, and wait for the end of the answer."""
        answered = self.page.locator(".vade-note").count()
        self.page.locator("textarea").fill(question)
        self.page.keyboard.press("Enter")
        self.page.locator(".vade-note").nth(answered).wait_for()
        self.page.locator("textarea:enabled").wait_for()


def new_page(browser: Browser, **options: Any) -> Page:
    """A tab of a browser of its own, which knows the pages that are served."""
    page = browser.new_page(**options)
    for address, token in TOKENS.items():
        page.context.add_cookies([{"name": page_access.cookie_name(token), "value": token, "url": address}])
    return page


def free_port() -> str:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


@contextmanager
def serve(home: Path, *, port: str = "", **environment: str) -> Iterator[str]:
    """Run `vade ui` over `home`, on `port` or a free one; its address. An empty variable is left out.

    Not on one that it finds for itself, from 8501 on: servers of tests that start at once would find the same.
    """
    variables = {**os.environ, "PYTHONUNBUFFERED": "1", "VADE_MODEL": "extractive", **environment}
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "vademecum",
            "ui",
            "--headless",
            "--home",
            str(home),
            "--port",
            port or free_port(),
        ],
        cwd=ROOT,
        env={name: text for name, text in variables.items() if text},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout
        told = re.search(r"http://127\.0\.0\.1:\d+", process.stdout.readline())
        assert told
        TOKENS[told[0]] = page_access.token(home)
        yield told[0]
    finally:
        process.terminate()
        process.communicate(timeout=20)
