"""What the benchmarks of pages share: servers on free ports, a Chromium, and how long a page takes to show something.

Times are the browser's own (`performance.now()`, from the start of the navigation), looked at before each frame that it
paints.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import Browser, BrowserContext, Page, WebSocket, sync_playwright
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from benchmarks.measure import ROOT

HOST = "127.0.0.1"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
PATIENCE = 120_000
"""Milliseconds that anything may take."""

SHOWN = """selectors => selectors.every(selector => {
    const found = document.querySelector(selector);
    return found && found.checkVisibility({opacityProperty: true, visibilityProperty: true});
}) && performance.now()"""
"""The moment at which something is seen of each selector; false until then."""


class Opened(NamedTuple):
    """How long a page took, in milliseconds: until it showed what was waited for, and its script behind it."""

    shown: float
    script: float


@contextmanager
def chromium() -> Generator[Browser]:
    """A browser.

    Raises:
        SystemExit: there is none on PATH.
    """
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        raise SystemExit(f"no browser: none of {', '.join(BROWSERS)} is on PATH")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
        yield browser
        browser.close()


@contextmanager
def application(home: Path) -> Generator[str]:
    """`vade ui` over `home`, without a language model; its address."""
    port = _free_port()
    with _served(["-m", "vademecum", "ui", "--headless", "--home", str(home), "--port", port], port) as url:
        yield url


@contextmanager
def script(file: Path) -> Generator[str]:
    """The Streamlit script in `file`, served with the settings that `vade ui` gives; its address."""
    port = _free_port()
    options = [f"--server.address={HOST}", f"--server.port={port}", "--server.headless=true"]
    options += ["--server.fileWatcherType=none", "--browser.gatherUsageStats=false", "--client.toolbarMode=minimal"]
    with _served(["-m", "streamlit", "run", str(file), *options], port) as url:
        yield url


def open_page(context: BrowserContext, url: str, shown: Sequence[str], *, keep: bool = False) -> tuple[Opened, Page]:
    """Open the page in a tab of its own until something of each selector is seen; closes it, unless it is to be kept."""
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    runs = ScriptRuns(page)
    page.goto(url, wait_until="commit")
    seen = page.wait_for_function(SHOWN, arg=list(shown)).json_value()
    runs.settle()
    if not keep:
        page.close()
    return Opened(seen, runs.seconds[0] * 1000), page


class ScriptRuns:
    """Seconds of each run of the script behind a page, from what it tells the page over its socket."""

    def __init__(self, page: Page) -> None:
        self.seconds: list[float] = []
        self._page = page
        self._began = 0.0
        page.on("websocket", self._listen)

    def settle(self) -> None:
        """Wait for the end of the first run."""
        while not self.seconds:
            self._page.wait_for_timeout(5)

    def _listen(self, socket: WebSocket) -> None:
        socket.on("framereceived", self._read)

    def _read(self, payload: str | bytes) -> None:
        if isinstance(payload, str):
            return
        match ForwardMsg.FromString(payload).WhichOneof("type"):
            case "new_session":
                self._began = time.perf_counter()
            case "script_finished":
                self.seconds.append(time.perf_counter() - self._began)


@contextmanager
def _served(arguments: Sequence[str], port: str) -> Generator[str]:
    environment = {**os.environ, "VADE_MODEL": "extractive"}
    process = subprocess.Popen([sys.executable, *arguments], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    try:
        url = f"http://{HOST}:{port}"
        _wait_for(process, url)
        yield url
    finally:
        process.terminate()
        process.wait(20)


def _wait_for(process: "subprocess.Popen[bytes]", url: str) -> None:
    while process.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise SystemExit(f"the server of {url} ended at once")


def _free_port() -> str:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return str(probe.getsockname()[1])
