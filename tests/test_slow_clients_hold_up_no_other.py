"""A client that dribbles, one that only connects, and much work for one request leave others answered."""

import json
import socket
import statistics
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from traced_runs import run

from vademecum.core.settings import load_settings
from vademecum.tracing.server import app, bodies, serving
from vademecum.tracing.server_address import NOTICE

pytestmark = pytest.mark.slow
HEADERS = {"x-api-key": "any", "content-type": "application/json"}


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The server, in a thread of this process so that its patience can be made short."""
    monkeypatch.setattr(serving, "POLL_SECONDS", 0.1)
    announced: list[str] = []
    settings = load_settings(home=tmp_path, redact="off")
    server = threading.Thread(target=serving.serve, args=(settings,), kwargs={"announce": announced.append})
    server.start()
    while not announced and server.is_alive():
        time.sleep(0.01)
    yield announced[0]
    (tmp_path / NOTICE).unlink(missing_ok=True)  # without it the server ends
    server.join()


def connected(url: str, begin: bytes = b"") -> socket.socket:
    host, _, port = url.removeprefix("http://").partition(":")
    connection = socket.create_connection((host, int(port)), timeout=60)
    connection.sendall(begin)
    return connection


def begun(url: str, path: str = "/runs", length: int = 1000) -> socket.socket:
    host = url.removeprefix("http://")
    head = (
        f"POST {path} HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{{"
    )
    return connected(url, head.encode())


def test_a_body_that_dribbles_is_given_up(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "BODY_SECONDS", 0.2)
    monkeypatch.setattr(serving, "HEAD_SECONDS", 0.1)
    with begun(url) as slow:
        assert slow.recv(1000).startswith(b"HTTP/1.1 408")
        slow.settimeout(30)
        while slow.recv(1000):
            pass  # and the connection is closed
    assert requests.get(f"{url}/ok", timeout=30).ok


def test_connections_without_a_request_are_closed(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "HEAD_SECONDS", 0.1)
    idle = [connected(url, b"" if number % 2 else b"GET /ok HTTP/1.1\r\nhost: ") for number in range(100)]
    assert requests.get(f"{url}/ok", timeout=30).ok
    for connection in idle:
        assert connection.recv(1000) == b""
        connection.close()


def test_a_head_without_end_is_refused(url: str) -> None:
    with connected(url, b"GET /ok HTTP/1.1\r\n" + b"a: b\r\n" * 20_000) as endless:
        assert endless.recv(1000).startswith(b"HTTP/1.1 400")


def test_too_many_at_once_are_asked_to_come_again(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "MOST_AT_ONCE", 3)
    under_way = [begun(url) for _ in range(3)]
    statuses = {200}
    for _ in range(200):
        statuses.add(requests.get(f"{url}/ok", timeout=30).status_code)
        if 503 in statuses:
            break
    assert statuses == {200, 503}
    for connection in under_way:
        connection.close()
    while requests.get(f"{url}/ok", timeout=30).status_code == 503:
        time.sleep(0.01)


def test_much_work_for_one_request_holds_up_no_other(url: str) -> None:
    """A ping beside a frame of much text takes a small part of the time that these take."""
    rows = [run(f"run-{number}", inputs={"rows": [[number, n] for n in range(5_000)]}) for number in range(40)]
    body = json.dumps({"post": rows}).encode()
    took, pings = [], []

    def send() -> None:
        began = time.perf_counter()
        assert requests.post(f"{url}/runs/batch", data=body, headers=HEADERS, timeout=300).status_code == 202
        took.append(time.perf_counter() - began)

    work = threading.Thread(target=send)
    work.start()
    while work.is_alive():
        began = time.perf_counter()
        assert requests.get(f"{url}/ok", timeout=300).ok
        pings.append(time.perf_counter() - began)
    assert statistics.median(pings) < took[0] / 3, (statistics.median(pings), took)
