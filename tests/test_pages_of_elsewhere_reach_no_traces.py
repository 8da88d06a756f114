"""A page of another site, another port or a rebound name gets nothing of the traces, and leaves nothing there."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from traced_runs import KIND, client, multipart, run

from vademecum.core.settings import load_settings
from vademecum.tracing.server.app import build
from vademecum.tracing.store.database import Database

GOOD = run("planted")
JSON = {"content-type": "application/json"}
SIMPLE = ("text/plain", "text/plain; application/json", "application/x-www-form-urlencoded", KIND, "")
"""Types of a body that a page may send without asking first; the last: none at all."""


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with Database(tmp_path) as opened:
        yield opened


def browser(database: Database, **settings: str) -> TestClient:
    """A client as a browser is one: with neither a key nor the SDK's name."""
    app = build(database, load_settings(home=database.file.parent, **settings))
    return TestClient(app, base_url="http://127.0.0.1:1984", headers={"user-agent": "Mozilla/5.0"})


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.com"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:8501"},
        {"origin": "http://localhost:1984"},
        {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors", "sec-fetch-dest": "script"},
        {"sec-fetch-site": "same-site", "sec-fetch-mode": "cors", "sec-fetch-dest": "empty"},
        {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe"},
        {"host": "localhost.evil.com:1984"},
        {"host": "127.0.0.1.nip.io:1984"},
        {"host": "evil.com"},
    ],
)
def test_a_page_of_elsewhere_is_told_nothing_and_leaves_nothing(database: Database, headers: dict[str, str]) -> None:
    web = browser(database)
    for method, path in (
        ("GET", "/sessions"),
        ("GET", "/ok"),
        ("OPTIONS", "/runs"),
        ("POST", "/runs"),
        ("DELETE", "/"),
    ):
        reply = web.request(method, path, headers={**JSON, **headers}, content=json.dumps(GOOD))
        assert reply.status_code == 403
        assert not any(name.startswith("access-control") for name in reply.headers)
    assert browser(database).get("/sessions").json() == []


@pytest.mark.parametrize("kind", SIMPLE)
def test_a_body_that_a_page_could_send_unasked_is_refused(database: Database, kind: str) -> None:
    for path, content in (
        ("/runs", json.dumps(GOOD).encode()),
        ("/runs/batch", json.dumps({"post": [GOOD]}).encode()),
        ("/runs/multipart", multipart((f"post.{GOOD['id']}", GOOD))),
        ("/sessions", b'{"name": "planted"}'),
    ):
        headers = {"content-type": kind} if kind else {}
        assert browser(database).post(path, content=content, headers=headers).status_code == 415
    assert browser(database).get("/sessions").json() == []


def test_what_no_page_can_send_is_taken_whatever_type_it_says(database: Database) -> None:
    for number, headers in enumerate(
        ({"x-api-key": "any"}, {"authorization": "Bearer x"}, {"user-agent": "langsmith-py/0.1"}, {**JSON})
    ):
        reply = browser(database).post("/sessions", content=f'{{"name": "{number}"}}', headers=headers)
        assert reply.status_code == 200
    frame = multipart((f"post.{GOOD['id']}", GOOD))
    headers = {"x-api-key": "any", "content-type": KIND}
    assert browser(database).post("/runs/multipart", content=frame, headers=headers).status_code == 202


def test_its_own_page_and_a_link_to_it_are_answered(database: Database) -> None:
    assert client(database).post("/runs", json=GOOD).status_code == 202
    web, page = browser(database), f"/runs/{GOOD['id']}"
    for headers in (
        {"sec-fetch-site": "none", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"},
        {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"},
        {"origin": "http://127.0.0.1:1984", "sec-fetch-site": "same-origin"},
    ):
        reply = web.get(page, headers={"accept": "text/html", **headers})
        assert (reply.status_code, "planted" in reply.text) == (200, True)
        assert reply.headers["cross-origin-resource-policy"] == "same-origin"
        assert "frame-ancestors 'none'" in reply.headers["content-security-policy"]


def test_a_key_opens_other_names_but_not_other_pages(database: Database) -> None:
    web = browser(database, trace_key="a-long-key")
    key = {"x-api-key": "a-long-key", "host": "traces.example"}
    assert web.get("/sessions", headers=key).status_code == 200
    assert web.get("/sessions", headers={**key, "origin": "http://evil.com"}).status_code == 403
    assert web.get("/ok", headers={"origin": "http://evil.com"}).status_code == 403
