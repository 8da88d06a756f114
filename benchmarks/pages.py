"""What the benchmarks of pages share: servers on free ports, a Chromium, and how long a page takes to show something.

Times are the browser's own (`performance.now()`, from the start of the navigation), looked at before each frame that it
paints.
"""

import os
import shutil
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect

from benchmarks.measure import ROOT
from vademecum import page_access
from vademecum.web_server import wait_until_ready

HOST = "127.0.0.1"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
PATIENCE = 120_000
"""Milliseconds that anything may take."""

SHOWN = """selectors => {
    const seen = (root, selector) =>
        [...root.querySelectorAll(selector)].some(it => it.checkVisibility({visibilityProperty: true})) ||
        [...root.querySelectorAll("*")].some(it => it.shadowRoot && seen(it.shadowRoot, selector));
    return selectors.every(it => seen(document, it)) && performance.now();
}"""
"""The moment at which something is seen of each selector, in components too; false until then."""


TOKENS: dict[str, str] = {}
"""Of the applications that are served, by address."""

Pairs = list[tuple[float, float]]
"""Milliseconds of the one and of the other, measured one right after the other."""


def compared(pairs: Pairs, one: str, other: str) -> dict[str, float]:
    """What is reported of pairs: the median of their ratios, and of each side the median; `one` is ours.

    A ratio within each pair, since a busy machine slows both alike; `ratio_best` is that of the two least times.
    """
    ours, theirs = zip(*pairs, strict=True)
    return {
        "ratio": statistics.median(a / b for a, b in pairs),
        "ratio_best": min(ours) / min(theirs),
        f"{one}_ms": statistics.median(ours),
        f"{other}_ms": statistics.median(theirs),
    }


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
        TOKENS[url] = page_access.token(home)
        yield url


@contextmanager
def script(file: Path) -> Generator[str]:
    """The Streamlit script in `file`, served with the settings that `vade ui` gives; its address."""
    port = _free_port()
    options = [f"--server.address={HOST}", f"--server.port={port}", "--server.headless=true"]
    options += ["--server.fileWatcherType=none", "--browser.gatherUsageStats=false", "--client.toolbarMode=minimal"]
    with _served(["-m", "streamlit", "run", str(file), *options], port) as url:
        yield url


def open_page(context: BrowserContext, url: str, shown: Sequence[str]) -> tuple[float, Page]:
    """Open the page in a tab of its own; milliseconds until something of each selector was seen, and the tab."""
    for address, token in TOKENS.items():
        context.add_cookies([{"name": page_access.cookie_name(token), "value": token, "url": address}])
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(url, wait_until="commit")
    return page.wait_for_function(SHOWN, arg=list(shown)).json_value(), page


def first_content(context: BrowserContext, url: str, shown: Sequence[str]) -> float:
    """As `open_page`, of a tab that is closed again."""
    milliseconds, page = open_page(context, url, shown)
    page.close()
    return milliseconds


def script_ms(url: str, address: str = "/") -> float:
    """Milliseconds that the script behind an address takes, from asking for it to its end, without a browser."""
    parts = urlsplit(address)
    state = ClientState(page_name=parts.path.strip("/"), query_string=parts.query)
    wanted = BackMsg(rerun_script=state).SerializeToString()
    headers = {"Cookie": f"{page_access.cookie_name(TOKENS[url])}={TOKENS[url]}"} if url in TOKENS else {}
    stream = f"{url.replace('http', 'ws', 1)}/_stcore/stream"
    with connect(stream, additional_headers=headers, max_size=None, proxy=None) as socket:
        began = time.perf_counter()
        socket.send(wanted)
        while True:
            told = ForwardMsg.FromString(socket.recv(timeout=PATIENCE / 1000, decode=False))
            if told.WhichOneof("type") == "script_finished":
                return (time.perf_counter() - began) * 1000


@contextmanager
def _served(arguments: Sequence[str], port: str) -> Generator[str]:
    environment = {**os.environ, "VADE_MODEL": "extractive"}
    process = subprocess.Popen([sys.executable, *arguments], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    try:
        url = f"http://{HOST}:{port}"
        wait_until_ready(process, url)
        yield url
    finally:
        process.terminate()
        process.wait(20)


def _free_port() -> str:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return str(probe.getsockname()[1])
