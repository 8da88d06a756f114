"""A browser that has opened the printed address once knows the page; one that has not, and other pages, see nothing."""

import http.server
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from accessible import drawn, violations
from chatting import TOKENS, serve
from playwright.sync_api import Browser, expect

pytestmark = pytest.mark.slow

PDF = Path(__file__).resolve().parent.parent.parent / "samples" / "handbook" / "10-fine-tuning.pdf"

PAGE = re.compile(r"^Page \d+ of ")

ATTACK = """<!doctype html><title>elsewhere</title><img id="picture"><iframe src="{chat}/"></iframe>
<script>
const heard = {{}};
const image = document.getElementById("picture");
image.onerror = () => heard.image = "nothing";
image.onload = () => heard.image = "seen";
image.src = "{chat}/favicon.png";
const socket = new WebSocket("{chat}/_stcore/stream".replace("http", "ws"), ["streamlit"]);
socket.onopen = () => heard.socket = "open";
socket.onerror = () => heard.socket ??= "nothing";
fetch("{chat}/_stcore/host-config", {{credentials: "include"}})
    .then(() => heard.fetch = "seen", () => heard.fetch = "nothing");
fetch("{chat}/_stcore/upload_file/a/b", {{method: "PUT", mode: "no-cors", body: "x", credentials: "include"}})
    .then(() => heard.put = "sent", () => heard.put = "nothing");
</script>"""


@pytest.fixture
def elsewhere(address: str) -> Iterator[str]:
    """The address of a page at another port of this machine, which tries to reach the chat."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(ATTACK.format(chat=address).encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_reload_second_tab_bookmark_upload_and_pictures_work(browser: Browser, tmp_path: Path) -> None:
    with serve(tmp_path / "home") as address:
        context = browser.new_context()
        page = context.new_page()
        page.goto(f"{address}/library?order=path")
        expect(page.get_by_role("heading")).to_have_text("This page opens from its own address")
        assert violations(page) == []
        page.goto(f"{address}/library?order=path&token={TOKENS[address]}")
        expect(page).to_have_url(f"{address}/library?order=path")
        drawn(page).locator("input[type=file]").set_input_files(PDF)
        page.get_by_role("button", name="Add", exact=True).click()
        expect(page.get_by_text("1 added")).to_be_visible()
        page.reload()
        page.get_by_label("Search the documents").press_sequentially("Fine-tuning")
        page.locator(".hits .row").first.click()
        expect(page).to_have_url(re.compile("source="))
        drawn(page).get_by_text("Pages", exact=True).click()
        expect(page.get_by_alt_text(PAGE)).to_be_visible()
        expect(page).to_have_url(re.compile("as="))
        bookmark, tab = page.url, context.new_page()
        assert TOKENS[address] not in bookmark
        tab.goto(bookmark)
        expect(tab.get_by_alt_text(PAGE)).to_be_visible()
        assert tab.evaluate("[...document.images].every(image => image.complete && image.naturalWidth > 0)")
        with serve(tmp_path / "other") as other:  # another workspace does not log this one out
            tab.goto(f"{other}/?token={TOKENS[other]}")
            tab.locator("textarea").wait_for()
            page.reload()
            expect(page.get_by_alt_text(PAGE)).to_be_visible()
            tab.reload()
            tab.locator("textarea").wait_for()
        assert page.evaluate("document.cookie").find(TOKENS[address]) == -1  # no script can read it
        context.close()


def test_a_page_at_another_port_gets_nothing_but_may_link(browser: Browser, address: str, elsewhere: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{address}/?token={TOKENS[address]}")
    page.locator("textarea").wait_for()  # from now on the browser has the cookie, and sends it to other ports, too
    page.goto(elsewhere)
    page.wait_for_function("heard.image && heard.socket && heard.fetch && heard.put")
    assert page.evaluate("heard") == {"image": "nothing", "socket": "nothing", "fetch": "nothing", "put": "nothing"}
    assert page.frames[1].url.startswith("chrome-error:") or "textarea" not in page.frames[1].content()
    page.evaluate("address => document.body.innerHTML = `<a href='${address}/library'>a link</a>`", address)
    page.get_by_text("a link").click()
    page.get_by_label("Search the documents").wait_for()
    assert page.evaluate("window.opener") is None
    context.close()


def test_a_link_with_the_token_on_another_site_lets_in(browser: Browser, address: str, elsewhere: str) -> None:
    page = browser.new_page()
    page.goto(elsewhere.replace("127.0.0.1", "localhost"))  # as in a terminal in the browser
    link = f"{address}/?token={TOKENS[address]}"
    page.evaluate("link => document.body.innerHTML = `<a href='${link}'>a link</a>`", link)
    page.get_by_text("a link").click()
    page.locator("textarea").wait_for()
    assert page.url == f"{address}/"
    page.close()
