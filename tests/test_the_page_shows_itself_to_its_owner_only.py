"""The chat answers who holds its token, and no page of elsewhere in the browser of who does."""

import contextlib
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from page_client import cookie, request, run_script
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from vademecum import page_access, web_server
from vademecum.core.errors import UsageError, WorkspaceError
from vademecum.web_server import Page

PATHS = (
    "/",
    "/library",
    "/index.html",
    "/media/0.png",
    "/component/x/index.html",
    "/static/js/index.js",
    "/_stcore/host-config",
    "/_stcore/metrics",
    "/_stcore/upload_file/a/b",
    "/_stcore/bidi-components/x/y.js",
    "/_stcore/agent/openapi.json",
    "/_stcore/health/",
    "/_stcore/health/../host-config",
    "//_stcore/health",
)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with web_server.start(home=str(tmp_path_factory.mktemp("workspace"))) as page:
        yield page


@pytest.mark.slow
@pytest.mark.parametrize("path", PATHS)
def test_without_the_token_nothing_is_shown(page: Page, path: str) -> None:
    wrong = f"{page_access.cookie_name(page.token)}={'0' * 32}"
    other = f"{page_access.cookie_name('another')}={page.token}; vademecum={page.token}"
    for headers in ({}, {"Cookie": wrong}, {"Cookie": other}, {"Cookie": "=;;\xff=\xff; a"}):
        status, _, body = request(page, path, **headers)
        assert (status, "vade ui" in body) == (403, True)
        assert request(page, path, method="POST", **headers)[0] == 403
    assert request(page, f"{path}?token={page.token[:-1]}")[0] == 403
    assert request(page, f"{path}?token=", Cookie=f"{page_access.cookie_name(page.token)}=")[0] == 403


@pytest.mark.slow
def test_a_browser_is_told_what_to_do_and_only_the_health_is_open(page: Page) -> None:
    status, headers, body = request(page, "/", Accept="text/html,*/*")
    assert (status, headers["content-type"]) == (403, "text/html; charset=utf-8")
    assert "Open the address that <code>vade ui</code> printed" in body
    assert page.token not in body
    assert request(page, "/_stcore/health")[::2] == (200, "ok")


@pytest.mark.slow
def test_the_token_becomes_a_cookie_and_leaves_the_address(page: Page) -> None:
    status, headers, _ = request(page, f"/library?search=a%26b&token={page.token}&collection=")
    assert (status, headers["location"]) == (303, "/library?search=a%26b&collection=")
    given = {part.strip().lower() for part in headers["set-cookie"].split(";")}
    assert {"httponly", "samesite=strict", "path=/"} < given
    assert f"{page_access.cookie_name(page.token)}={page.token}" in given
    assert request(page, "/library", **cookie(page))[0] == 200
    assert request(page, f"//evil.example/?token={page.token}")[1]["location"] == "/evil.example/"
    assert request(page, "/?token=old", **cookie(page))[1]["location"] == "/"
    assert request(page, f"/?token={page.token}", method="POST")[0] == 403
    status, headers, body = request(page, f"/?token={page.token}", Sec_Fetch_Site="cross-site", **NAVIGATION)
    assert (status, 'content="0;url=/"' in body) == (200, True)  # or the cookie would not come with the next request
    assert page.token in headers["set-cookie"]


NAVIGATION = {"Sec_Fetch_Mode": "navigate", "Sec_Fetch_Dest": "document"}
ELSEWHERE = (
    {"Origin": "http://evil.example"},
    {"Origin": "http://127.0.0.1:1"},
    {"Origin": "http://localhost.evil.example"},
    {"Origin": "null"},
    {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "no-cors", "Sec_Fetch_Dest": "image"},
    {"Sec_Fetch_Site": "same-site", "Sec_Fetch_Mode": "cors", "Sec_Fetch_Dest": "empty"},
    {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate", "Sec_Fetch_Dest": "iframe"},
    {"Host": "evil.example"},
    {"Host": "localhost.evil.example:8501"},
    {"Host": "127.0.0.1.nip.io"},
    {"Host": "127.0.0.1:8501@evil.example"},
)


@pytest.mark.slow
@pytest.mark.parametrize("headers", ELSEWHERE, ids=str)
def test_a_page_of_elsewhere_gets_nothing_though_the_browser_is_known(page: Page, headers: dict[str, str]) -> None:
    for path in ("/", "/_stcore/health", "/media/x.png"):
        assert request(page, path, **headers, **cookie(page))[0] == 403
    if "Host" not in headers:  # a client that is no browser cannot take this one's place
        with pytest.raises(InvalidStatus, match="403"):
            run_script(page, **headers, **cookie(page))


@pytest.mark.slow
def test_a_session_is_for_who_is_known_only(page: Page) -> None:
    with pytest.raises(InvalidStatus, match="403"):
        run_script(page)
    with pytest.raises(InvalidStatus, match="403"), connect(f"ws{page.address[4:]}/_stcore/stream?token={page.token}"):
        pass
    run_script(page, Origin=page.address, **cookie(page))
    run_script(page, **cookie(page))


@pytest.mark.slow
def test_a_head_is_taken_with_many_cookies_but_not_without_end(page: Page) -> None:
    assert request(page, page_access.HEALTH, Cookie="a=" + "b" * 50_000)[0] == 200
    host, _, port = page.address.removeprefix("http://").partition(":")
    bytes_sent = 0
    with socket.create_connection((host, int(port)), timeout=60) as endless, contextlib.suppress(ConnectionError):
        endless.sendall(b"GET / HTTP/1.1\r\n")
        while bytes_sent < 50_000_000:
            endless.sendall(b"a: " + b"b" * 60_000 + b"\r\n")
            bytes_sent += 60_000
    assert bytes_sent < 50_000_000


@pytest.mark.slow
def test_no_other_page_can_frame_it_or_guess_what_it_sends(page: Page) -> None:
    _, headers, _ = request(page, "/", **cookie(page))
    assert headers["content-security-policy"] == "frame-ancestors 'self'"
    assert headers["x-frame-options"] == "SAMEORIGIN"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-opener-policy"] == headers["cross-origin-resource-policy"] == "same-origin"
    assert "access-control-allow-origin" not in headers


def test_the_token_is_the_workspaces_and_of_nobody_else(tmp_path: Path) -> None:
    home, file = tmp_path / "home", tmp_path / "home" / page_access.TOKEN_FILE
    token = page_access.token(home)
    assert page_access.token(home) == token
    assert file.stat().st_mode & 0o777 == 0o600
    assert page_access.cookie_name(page_access.token(tmp_path / "other")) != page_access.cookie_name(token)
    file.chmod(0o644)  # somebody may have read it
    assert page_access.token(home) != token
    assert file.stat().st_mode & 0o777 == 0o600
    for damaged in ("", "short", "0" * 31 + "\n", "é" * 32):
        file.write_text(damaged, "utf-8")
        assert len(page_access.token(home)) == 32
    file.unlink()
    file.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(WorkspaceError, match="page's token cannot be kept in"):
        page_access.token(home)
    with pytest.raises(WorkspaceError, match="correct it, or --home"):
        page_access.token(Path("/proc/nowhere"))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.4", "localhost.evil.example", "box.local", "", "127.1"])
def test_the_chat_listens_on_this_machine_only(tmp_path: Path, host: str) -> None:
    with (
        pytest.raises(UsageError, match="no sign-in yet, so only this machine may ask"),
        web_server.start(home=str(tmp_path), host=host),
    ):
        pass


@pytest.mark.slow
def test_other_addresses_of_this_machine_will_do(tmp_path: Path) -> None:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6")
    with web_server.start(home=str(tmp_path), host="::1") as page:
        assert page.address.startswith("http://[::1]:")
        run_script(page, Origin=page.address, **cookie(page))
    assert not list(tmp_path.glob(".page-*/"))  # the folder in which the process ran
