"""A web page or a site map becomes documents; addresses, redirects, size and time are bounded."""

import gzip
import http.server
import socket
import threading
import time
from typing import ClassVar

import pytest
from workspaces import open_library

from vademecum.core import guarded_fetch
from vademecum.core.errors import DocumentError
from vademecum.core.settings import Settings
from vademecum.retrieval.fetching import fetch
from vademecum.retrieval.ingestion.ingest import ingest
from vademecum.retrieval.maintenance.forget import forget

PAGE = b"<html><head><title>Caf\xe9</title></head><body><h1>Opening</h1><p>We open at eight.</p></body></html>"


class Site(http.server.BaseHTTPRequestHandler):
    """Pages by path: status, headers, body; counts what was asked for."""

    pages: ClassVar[dict[str, tuple[int, dict[str, str], bytes]]] = {}
    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        if self.path == "/slow":
            time.sleep(0.6)
        if self.path == "/endless":
            self.send_response(200)
            self.end_headers()
            while True:
                try:
                    self.wfile.write(b"x" * 65536)
                except OSError:
                    return
        status, headers, body = self.pages.get(self.path, (404, {}, b"none"))
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def site():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    html = {"Content-Type": "text/html; charset=iso-8859-1"}
    Site.asked = []
    Site.pages = {
        "/": (200, html, PAGE),
        "/menu?day=1": (200, html, PAGE.replace(b"eight", b"nine")),
        "/data": (200, {"Content-Type": "application/json"}, b'{"a": 1}'),
        "/note.md": (200, {}, b"# Note\n\nA note on the web."),
        "/moved": (302, {"Location": "/"}, b""),
        "/loop": (302, {"Location": "/loop"}, b""),
        "/to-file": (302, {"Location": "file:///etc/passwd"}, b""),
        "/packed": (200, {**html, "Content-Encoding": "gzip"}, gzip.compress(b"0" * 3_000_000)),
        "/broken": (500, {}, b""),
        "/locked": (401, {}, b""),
        "/map.xml": (200, {"Content-Type": "application/xml"}, site_map(address, "/", "/menu?day=1", "/gone", "/data")),
        "/index.xml": (
            200,
            {},
            f"<sitemapindex><sitemap><loc>{address}/map.xml</loc></sitemap></sitemapindex>".encode(),
        ),
    }
    yield address
    server.shutdown()
    server.server_close()


def site_map(address: str, *paths: str) -> bytes:
    entries = "".join(f"<url><loc>{address}{path}</loc></url>" for path in (*paths, ""))
    foreign = "<url><loc>http://elsewhere.example/</loc></url>"
    start = '<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
    return f"{start}{entries}{foreign}</urlset>".encode()


@pytest.fixture
def library(tmp_path):
    library = open_library(tmp_path / "home", web_private=True)
    yield library
    library.close()


OPEN = Settings.model_construct(web_private=True, web_seconds=5.0, web_max_mb=1.0)


@pytest.mark.slow
def test_a_page_is_a_document_that_is_fetched_once_and_again_when_asked(site, library):
    report = ingest(library, [f"{site}/", f"{site}/moved"])
    assert (report.added, report.failed) == (2, [])
    first, moved = library.catalogue.sources()
    assert (first.root, first.path, first.kind, first.title) == (site, "/", "html", "Café")
    assert (moved.path, moved.same_as) == ("moved", first.id)
    assert library.catalogue.text(first.id) == "Opening\n\nWe open at eight."
    assert library.catalogue.passages_of(first.id)[0].passage.place == "section “Opening”"
    assert len(Site.asked) <= 6  # once to find each, and once to read it, of which one is a redirect
    Site.pages["/"] = (200, {"Content-Type": "text/html"}, b"<p>Closed.</p>")
    assert ingest(library, [f"{site}/"]).updated == 1
    assert ingest(library, [f"{site}/"]).unchanged == 1
    assert [source.path for source in forget(library, f"{site}/moved")] == ["moved"]


@pytest.mark.slow
def test_a_site_map_stands_for_its_pages_and_follows_them(site, library):
    report = ingest(library, [f"{site}/index.xml"])
    assert [(failed.path, failed.error) for failed in report.failed] == [
        ("gone", "there is nothing at this address (404)")
    ]
    assert [(source.path, source.kind) for source in library.catalogue.sources()] == [
        ("/", "html"), ("data", "json"), ("menu?day=1", "html"),
    ]  # fmt: skip
    Site.pages["/map.xml"] = (200, {}, site_map(site, "/"))
    assert ingest(library, [f"{site}/index.xml"]).deleted == 2
    assert [source.path for source in forget(library, f"{site}/index.xml")] == ["/"]


@pytest.mark.slow
def test_a_long_site_map_is_cut_and_says_so(site, tmp_path):
    library = open_library(tmp_path / "few", web_private=True, max_site_pages=1)
    report = ingest(library, [f"{site}/map.xml"])
    assert report.added == 1
    assert "names 4 pages, of which the first 1 are read" in report.failed[0].error
    library.close()


REFUSED = {
    "/nothing": "there is nothing at this address",
    "/loop": "redirects more than 5 times",
    "/to-file": "not a web address",
    "/packed": "larger than the 1 MB allowed",
    "/endless": "larger than the 1 MB allowed",
    "/broken": "out of order",
    "/locked": "wants a login",
}


@pytest.mark.slow
@pytest.mark.parametrize("path", REFUSED)
def test_what_cannot_be_had_says_why(site, path):
    with pytest.raises(DocumentError, match=REFUSED[path]):
        fetch(site + path, OPEN)


@pytest.mark.slow
def test_a_slow_site_is_not_waited_for(site):
    with pytest.raises(DocumentError, match=r"did not answer within 0\.2 seconds"):
        fetch(f"{site}/slow", OPEN.model_copy(update={"web_seconds": 0.2}))


NO_WEB_ADDRESS = [
    *("ftp://example.org/a", "file:///etc/passwd", "http://", "http://user:pw@127.0.0.1/", "http://[::1"),
    "gopher://x",
]


@pytest.mark.slow
@pytest.mark.parametrize("url", NO_WEB_ADDRESS)
def test_only_web_addresses_are_opened(url):
    with pytest.raises(DocumentError, match=r"web address|user name or password"):
        fetch(url, OPEN)


CLOSED = Settings.model_construct()


@pytest.mark.slow
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "0.0.0.0"])
def test_this_machine_is_not_opened_unless_it_is_allowed(site, host):
    with pytest.raises(DocumentError, match=r"private network"):
        fetch(f"http://{host}:{site.rpartition(':')[2]}/", CLOSED)
    assert Site.asked == []


@pytest.mark.slow
def test_a_redirect_to_this_machine_is_not_followed(site, monkeypatch):
    port = int(site.rpartition(":")[2])
    genuine = socket.getaddrinfo
    addresses = {"site.example": "127.0.0.1", "inside.example": "10.0.0.1"}

    def lookup(host, *args, **kwargs):
        if host not in addresses:
            return genuine(host, *args, **kwargs)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (addresses[host], port))]

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    monkeypatch.setattr(guarded_fetch, "is_public", lambda address: address == "127.0.0.1")
    Site.pages["/away"] = (302, {"Location": f"http://inside.example:{port}/"}, b"")
    assert fetch(f"http://site.example:{port}/", CLOSED).body == PAGE
    with pytest.raises(DocumentError, match=r"inside\.example is on this machine or in a private network"):
        fetch(f"http://site.example:{port}/away", CLOSED)
