"""What is fetched stays in the public web, and within bounds of size and time, however a server answers."""

import ipaddress
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, get_args

import httpx
import pytest
from replaying import Replay, Said, replaying

from vademecum.core.errors import DocumentError, ToolError
from vademecum.core.guarded_fetch import Bounds, FetchError, Problem, Reply, fetch
from vademecum.core.public_addresses import is_public
from vademecum.core.settings import Settings
from vademecum.retrieval import fetching
from vademecum.tools import _web
from vademecum.tools._web import Web, patience

PRIVATE = """127.0.0.1 ::1 0.0.0.0 0.1.2.3 :: 10.1.2.3 172.16.0.1 172.31.255.255 192.168.1.1 169.254.1.1 fe80::1%eth0
fd00::1 fc00::1 fec0::1 100.64.0.1 100.127.255.255 192.0.0.8 192.0.0.9 192.0.0.170 192.0.2.1 192.31.196.1 192.52.193.1
192.88.99.1 192.175.48.1 198.18.0.1 198.19.255.255 198.51.100.7 203.0.113.7 224.0.0.1 239.1.1.1 240.0.0.1
255.255.255.255 ff02::1 ff0e::1 ::7f00:1 ::808:808 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:0:808:808 64:ff9b::7f00:1
64:ff9b::a00:1 64:ff9b::a9fe:a9fe 64:ff9b:1::1 64:ff9b:1::808:808 2002:7f00:1:: 2002:a00:1:: 2002:808:808:: 2001::1
2001:0:7f00:1:0:0:80ff:fefe 2001:1::1 2001:2::1 2001:3::1 2001:4:112::1 2001:10::1 2001:20::1 2001:30::1 2001:db8::1
2620:4f:8000::1 3fff::1 3fff:fff::1 5f00::1 100::1 100:0:0:1::1 4000::1 8000::1 fe00::1""".split()
"""Of each line of IANA's registries of special addresses, and what cannot be public at all."""

METADATA = """169.254.169.254 169.254.170.2 fd00:ec2::254 fd20:ce::254 100.100.100.200 192.0.0.192 168.63.129.16
::ffff:169.254.169.254 ::a9fe:a9fe 64:ff9b::a83f:8110""".split()
"""Where a machine in a cloud asks for its own keys."""


@pytest.fixture
def server() -> Iterator[Replay]:
    answers = {
        "/well": Said(b"well"),
        "/large": Said(b"x" * 300_000),
        "/endless": Said(b"x" * 300_000, headers={"Content-Length": ""}),
        "/circle": Said(status=302, headers={"Location": "/circle"}),
        "/here": Said(status=301, headers={"Location": "/well"}),
        "/slow": Said(b"x", wait=2),
    }
    with replaying(answers) as replay:
        yield replay


def resolving(monkeypatch: pytest.MonkeyPatch, to: Callable[[str], list[str]]) -> list[str]:
    """Have host names resolve as `to` says; the names that were asked for."""
    asked: list[str] = []

    look_up = socket.getaddrinfo

    def resolve(host: str, port: int, *more: Any, **named: Any) -> list[Any]:
        if more:  # from `socket.create_connection`, with an address that was resolved before
            return look_up(host, port, *more, **named)
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in to(host)]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return asked


def inet(host: str) -> str:
    """The address that a number of any form stands for: 127.1, 0x7f000001."""
    return socket.inet_ntoa(socket.inet_aton(host))


@pytest.mark.parametrize("address", [*PRIVATE, *METADATA])
def test_no_address_of_this_machine_or_a_private_network_is_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address",
    """8.8.8.8 93.184.216.34 1.1.1.1 100.63.255.255 100.128.0.1 168.63.129.15 192.0.1.1 198.20.0.1 223.255.255.255
    2606:4700::1111 2001:200::1 2001:4860:4860::8888 2a00:1450::1 3fff:1000::1 ::ffff:8.8.8.8 64:ff9b::808:808
    """.split(),
)
def test_others_are(address: str) -> None:
    assert is_public(address)


@pytest.mark.slow
@pytest.mark.parametrize(
    "url",
    [
        "http://localhost/",
        "http://127.0.0.1:8000/",
        "http://127.1/",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://LOCALHOST./",
    ],
)
def test_this_machine_is_not_opened_however_it_is_written(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # As the C library reads them; the tests' own hook lets none but the plainest be looked up.
    spelled = {"localhost": "127.0.0.1", "localhost.": "127.0.0.1"}
    resolving(monkeypatch, lambda host: [host if ":" in host else spelled.get(host) or inet(host)])
    with pytest.raises(ToolError, match="on this machine or in a private network"):
        Web(20, 1000).get(url)


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://example.org", "gopher://x", "data:text/html,x", "", "//x"]
)
def test_only_http_is_spoken(url: str) -> None:
    with pytest.raises(ToolError, match="is not a web address"):
        Web(20, 1000).get(url)


def test_an_address_with_a_password_is_not_opened() -> None:
    with pytest.raises(ToolError, match="user name or password"):
        Web(20, 1000).get("http://me:secret@example.org/")


def test_a_name_that_resolves_to_a_private_address_is_not_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    resolving(monkeypatch, lambda host: ["8.8.8.8", "10.0.0.1"])
    with pytest.raises(ToolError, match=r"innocent\.example is on this machine or in a private network"):
        Web(20, 1000).get("http://innocent.example/")


def test_a_redirect_to_a_private_address_is_not_followed(server: Replay, monkeypatch: pytest.MonkeyPatch) -> None:
    # The first host is allowed, as a service that a setting names would be; what it points to is not.
    server.answers["/away"] = Said(status=302, headers={"Location": "http://intranet.example/admin"})
    port = server.url.rpartition(":")[2]
    resolving(monkeypatch, lambda host: ["127.0.0.1"] if host == "service.example" else ["192.168.1.1"])
    web = Web(20, 1000, private=frozenset({f"service.example:{port}"}))
    with pytest.raises(ToolError, match=r"intranet\.example is on this machine or in a private network"):
        web.get(f"http://service.example:{port}/away", follow="anywhere")
    assert [asked.path for asked in server.asked] == ["/away"]


def test_the_connection_is_made_to_the_address_that_was_checked(
    server: Replay, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = server.url.rpartition(":")[2]
    answers = iter([["127.0.0.1"], ["10.0.0.1"], ["10.0.0.1"]])
    asked = resolving(monkeypatch, lambda host: next(answers))
    reply = Web(20, 1000, private=True).get(f"http://rebinding.example:{port}/well")
    assert reply.text == "well"
    assert asked == ["rebinding.example"]  # resolved once: a second answer would not have been used
    assert server.asked[0].headers["host"] == f"rebinding.example:{port}"


def test_the_next_address_is_tried_where_the_first_is_closed(server: Replay, monkeypatch: pytest.MonkeyPatch) -> None:
    port = server.url.rpartition(":")[2]
    resolving(monkeypatch, lambda host: ["127.0.0.2", "127.0.0.1"])
    assert Web(20, 1000, private=True).get(f"http://two.example:{port}/well").text == "well"


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/large", "larger than the 0.1 MB allowed"),
        ("/endless", "larger than the 0.1 MB allowed"),
        ("/circle", "redirects more than 5 times"),
        ("/nothing", r"there is nothing at http://127\.0\.0\.1:\d+/nothing \(404\)"),
    ],
)
def test_what_goes_wrong_is_said_in_words(server: Replay, path: str, words: str) -> None:
    with pytest.raises(ToolError, match=words):
        Web(20, 100_000, private=True).get(server.url + path)


@pytest.mark.slow
def test_one_that_does_not_answer_is_left(server: Replay) -> None:
    with pytest.raises(ToolError, match=r"did not answer within 0\.3 seconds"):
        Web(0.3, 100_000, private=True).get(f"{server.url}/slow")


def test_a_redirect_is_followed_and_the_reply_says_where_to(server: Replay) -> None:
    reply = Web(20, 1000, private=True).get(f"{server.url}/here")
    assert (reply.url, reply.text) == (f"{server.url}/well", "well")


def test_nobody_there_is_said() -> None:
    with pytest.raises(ToolError, match=r"127\.0\.0\.1 cannot be reached"):
        Web(20, 1000, private=True).get("http://127.0.0.1:9/")


@pytest.mark.slow
def test_a_server_that_dribbles_is_given_no_more_than_its_time() -> None:
    listening = socket.create_server(("127.0.0.1", 0))

    def dribble() -> None:
        connection, _ = listening.accept()
        connection.recv(1000)
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        try:
            for _ in range(100):
                connection.sendall(b"x")
                time.sleep(0.05)
        except OSError:
            pass
        connection.close()

    thread = threading.Thread(target=dribble, daemon=True)
    thread.start()
    began = time.perf_counter()
    with pytest.raises(ToolError, match=r"did not answer within 0\.4 seconds"):
        Web(0.4, 1000, private=True).get(f"http://127.0.0.1:{listening.getsockname()[1]}/")
    assert time.perf_counter() - began < 2
    listening.close()
    thread.join(3)


@pytest.mark.slow
def test_a_server_that_asks_for_patience_is_asked_again_if_that_is_soon(server: Replay) -> None:
    server.answers["/busy"] = [Said(status=429, headers={"Retry-After": "0.2"}), Said(b"unreadable")]
    server.answers["/soon"] = [Said(status=429, headers={"Retry-After": "1"}), Said(b"now")]
    server.answers["/later"] = Said(status=429, headers={"Retry-After": "3600"})
    server.answers["/always"] = Said(status=503, headers={"Retry-After": "0"})
    web = Web(20, 1000, private=True)
    began = time.perf_counter()
    assert web.get(f"{server.url}/soon").text == "now"
    assert time.perf_counter() - began >= 1
    with pytest.raises(ToolError, match=r"too many requests \(429\); it may be asked again in 3,600 seconds"):
        web.get(f"{server.url}/later")
    with pytest.raises(ToolError, match="out of order"):
        web.get(f"{server.url}/always")
    with pytest.raises(ToolError, match="asked again later"):
        web.get(f"{server.url}/busy")  # no number and no date: nothing to wait for
    paths = [asked.path for asked in server.asked]
    assert paths == ["/soon", "/soon", "/later", "/always", "/always", "/busy"]


def test_patience_may_be_a_date_and_is_never_negative() -> None:
    def asked(value: str) -> float | None:
        return patience(Reply("http://x", 429, httpx.Headers({"Retry-After": value}), b""))

    assert asked("Wed, 21 Oct 2015 07:28:00 GMT") == 0
    assert (asked("Wed, 21 Oct 2099 07:28:00 GMT") or 0) > 1_000_000
    assert asked("soon") is None
    assert ipaddress.ip_address("100.64.0.1").is_private is False  # why `is_public` asks for is_global


FREELY = Bounds(20, 100_000, private=True)


def test_nothing_is_read_of_the_body_of_a_redirect() -> None:
    # httpx would read it whole before it goes on: an endless one would never end.
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]

    def serve() -> None:
        for start in (b"302 Found\r\nLocation: /well\r\n\r\n", b"200 OK\r\nContent-Length: 4\r\n\r\nwell"):
            connection, _ = listening.accept()
            connection.recv(1000)
            connection.sendall(b"HTTP/1.1 " + start)
            if start.startswith(b"200"):
                connection.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    began = time.perf_counter()
    assert fetch("GET", f"http://127.0.0.1:{port}/", FREELY, follow="anywhere").body == b"well"
    assert time.perf_counter() - began < 5
    listening.close()
    thread.join(3)


@pytest.mark.slow
def test_the_time_is_for_all_redirects_together(server: Replay) -> None:
    server.answers["/circle"] = Said(status=302, headers={"Location": "/circle"}, wait=0.3)
    began = time.perf_counter()
    with pytest.raises(FetchError) as caught:
        fetch("GET", f"{server.url}/circle", Bounds(0.7, 1000, private=True), follow="anywhere")
    assert caught.value.problem == "slow"
    assert time.perf_counter() - began < 1.5


def test_a_redirect_that_is_not_followed_is_the_answer(server: Replay) -> None:
    reply = fetch("GET", f"{server.url}/here", FREELY)
    assert (reply.status, reply.headers["location"]) == (301, "/well")


def test_the_body_of_an_error_is_read_on_demand(server: Replay) -> None:
    server.answers["/broken"] = Said(b"x" * 300_000, status=500)
    with pytest.raises(FetchError, match="too large"):
        fetch("GET", f"{server.url}/broken", FREELY)
    assert fetch("GET", f"{server.url}/broken", FREELY, error_bodies=False).body == b""


def test_a_password_in_an_address_is_not_repeated() -> None:
    with pytest.raises(FetchError) as caught:
        fetch("GET", "http://me:secret@example.org/", FREELY)
    assert caught.value.problem == "credentials"
    assert "secret" not in f"{caught.value} {caught.value.url}"


@pytest.mark.parametrize(
    ("content_type", "charset", "text"),
    [
        ("text/plain; charset=ISO-8859-1", "iso-8859-1", "cafÃ©"),
        ('text/plain; charset="utf-8"', "utf-8", "café"),
        ("text/plain", None, "café"),
        ("text/plain; charset=klingon", "klingon", "café"),
        ("", None, "café"),
    ],
)
def test_text_is_read_in_the_charset_that_the_server_names(content_type: str, charset: str | None, text: str) -> None:
    reply = Reply("http://x", 200, httpx.Headers({"Content-Type": content_type}), "café".encode())
    assert (reply.charset, reply.text) == (charset, text)


@pytest.mark.parametrize("problem", get_args(Problem))
def test_each_problem_has_words_for_a_person_and_for_a_model(problem: Problem, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> Reply:
        raise FetchError(problem, "http://site.example/{host}", "no {route}")

    monkeypatch.setattr(fetching, "guarded_fetch", fail)
    monkeypatch.setattr(_web, "fetch", fail)
    with pytest.raises(DocumentError) as for_a_person:
        fetching.fetch("http://site.example/", Settings.model_construct())
    with pytest.raises(ToolError) as for_a_model:
        Web(20, 1000).get("http://site.example/")
    for message in (for_a_person.value.reason, str(for_a_model.value)):
        assert len(message) > 20
        assert "\n" not in message
