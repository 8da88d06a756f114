"""Headers tell a request of this machine from one of elsewhere, however much that looks like this machine."""

import pytest

from vademecum.core.local_requests import is_local_host, is_of_another_site, is_same_origin, sign_of_elsewhere

OURS = ("localhost", "LOCALHOST:8501", "127.0.0.1", "127.0.0.1:8501", "127.3.2.1:80", "[::1]", "[::1]:8501")
ELSEWHERE = (
    None, "", ":8501", "localhost.evil.com", "localhost.evil.com:8501", "127.0.0.1.nip.io", "127.0.0.1:8501@evil.com",
    "evil.com", "evil@localhost", "localhost:8501, evil.com", "localhost/", "localhost#", "localhost?", " localhost",
    "localhost\n", "localhost:", "localhost:x", "localhost:١", "127.1", "127.0.0.01", "2130706433", "0x7f000001",
    "0.0.0.0", "[::]", "[::1", "::1]", "[127.0.0.1]x", "[::ffff:127.0.0.1]", "[::1%25lo]", "128.0.0.1", "localhost.",
    "evil.localhost", "１２７.0.0.1", "ⓛocalhost", "127.0.0.1:99999999999", "10.0.0.1", "file://",
)  # fmt: skip


@pytest.mark.parametrize("host", OURS)
def test_this_machine_has_few_names(host: str) -> None:
    assert is_local_host(host)


@pytest.mark.parametrize("host", ELSEWHERE)
def test_what_only_looks_like_this_machine_is_not(host: str | None) -> None:
    assert not is_local_host(host)


@pytest.mark.parametrize(
    ("origin", "host", "scheme"),
    [
        ("http://127.0.0.1:8501", "127.0.0.1:8501", "http"),
        ("http://127.0.0.1:8501", "127.0.0.1:8501", "ws"),
        ("http://localhost", "LocalHost:80", "http"),
        ("https://localhost", "localhost:443", "wss"),
        ("http://[::1]:8501", "[::1]:8501", "http"),
    ],
)
def test_a_page_of_ours_has_the_origin_that_it_asks(origin: str, host: str, scheme: str) -> None:
    assert is_same_origin(origin, host, scheme)


@pytest.mark.parametrize(
    "origin",
    [
        None, "", "null", "http://evil.com", "http://127.0.0.1:8502", "http://127.0.0.1", "https://127.0.0.1:8501",
        "http://localhost:8501", "http://127.0.0.1:8501@evil.com", "http://evil.com@127.0.0.1:8501", "127.0.0.1:8501",
        "http://127.0.0.1:8501.evil.com", "http://127.0.0.1:8501/", "http://127.0.0.1:8501, http://evil.com",
        "file://", "http://[::1", "ws://127.0.0.1:8501", "HTTP://127.0.0.1:8501#", "chrome-extension://abc",
    ],
)  # fmt: skip
def test_every_other_origin_is_foreign(origin: str | None) -> None:
    assert not is_same_origin(origin, "127.0.0.1:8501", "http")


def test_another_site_may_only_be_left_for_ours() -> None:
    assert not any(is_of_another_site(site, "cors", "empty") for site in (None, "none", "same-origin"))
    assert all(is_of_another_site(site, "cors", "empty") for site in ("cross-site", "same-site", "", "odd"))
    assert not is_of_another_site("cross-site", "navigate", "document")
    assert is_of_another_site("cross-site", "navigate", "iframe")
    assert is_of_another_site("same-site", "websocket", "empty")


def test_all_headers_of_a_request_count_in_any_case_and_twice() -> None:
    ours = [(b"Host", b"127.0.0.1:8501")]
    for more in ([], [(b"origin", b"http://127.0.0.1:8501")], [(b"Sec-Fetch-Site", b"same-origin")]):
        assert sign_of_elsewhere([*ours, *more]) is None
    for more in (
        [(b"ORIGIN", b"http://127.0.0.1:8502")],
        [(b"origin", b"http://127.0.0.1:8501"), (b"origin", b"http://evil.com")],
        [(b"host", b"evil.com")],
        [(b"sec-fetch-site", b"same-site"), (b"sec-fetch-mode", b"no-cors"), (b"sec-fetch-dest", b"image")],
    ):
        assert sign_of_elsewhere([*ours, *more])
    assert sign_of_elsewhere([(b"host", b"evil.com")]) == "the host 'evil.com' is not this machine"
    assert sign_of_elsewhere([])
    assert sign_of_elsewhere([(b"host", b"box.lan")], any_host=True) is None
    assert sign_of_elsewhere([(b"host", b"box.lan"), (b"origin", b"http://evil.com")], any_host=True)
