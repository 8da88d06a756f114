"""A row that an older version let in, or that a disk damaged, is shown as well as can be, and breaks no list."""

import contextlib
import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from langsmith import schemas
from traced_runs import client, run

from vademecum.cli import run as vade
from vademecum.tracing.store.database import FILE, Database
from vademecum.tracing.store.forgetting import without_document
from vademecum.tracing.traces import BY, Filters, Traces

FAR = 10**18
"""A `start_time` of 1e15 milliseconds, as versions before took it: the year 33,658."""

ODD: tuple[Any, ...] = (FAR, -FAR, 2**63 - 1, 1e300, "x", "[1]", b"\xff\xfe")
"""Put into every column: numbers no column is for, JSON of other kinds, bytes that are no text."""

NAMES = ("id", "key", "number", "run_id", "session_id", "trace_id", "dataset_id", "repo_id", "handle")
"""Columns that name a row: nothing finds it where they are damaged."""

LISTED = {
    "/sessions?include_stats=true": schemas.TracerSession,
    "/datasets": schemas.Dataset,
    "/examples": schemas.Example,
    "/feedback": schemas.Feedback,
}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    first, model = run("answer"), run("model", run_type="llm", outputs={"usage_metadata": {"input_tokens": 7}})
    step = run("step", parent=first, number=1)
    with Database(tmp_path) as database:
        web = client(database)
        assert web.post("/runs/batch", json={"post": [first, step, model]}).status_code == 202
        web.post("/feedback", json={"run_id": first["id"], "key": "helpful", "score": 1})
        dataset = web.post("/datasets", json={"name": "cases"}).json()["id"]
        web.post("/examples", json={"dataset_id": dataset, "inputs": {"x": 1}, "outputs": {"y": 2}})
        web.post("/repos", json={"repo_handle": "greeting"})
        web.post("/commits/-/greeting", json={"manifest": {"a": 1}})
    return tmp_path


def damage(home: Path, odd: Any, only: str = "") -> None:
    """Put something into every column, or into `only` one, of which a list shows something."""
    with contextlib.closing(sqlite3.connect(home / FILE, isolation_level=None)) as connection:
        for table in ("runs", "payloads", "feedback", "sessions", "datasets", "examples", "repos", "commits"):
            for _, column, *_ in connection.execute(f"PRAGMA table_info({table})").fetchall():
                if column == only or (not only and column not in NAMES):
                    with contextlib.suppress(sqlite3.IntegrityError):  # it may hold no such thing
                        connection.execute(f"UPDATE {table} SET {column} = ?", (odd,))


def every_list(web: TestClient, traces: Traces) -> None:
    """Ask for all there is; whatever it is, the SDK can read it."""
    for path, kind in LISTED.items():
        reply = web.get(path)
        assert reply.status_code == 200, (path, reply.text)
        for row in reply.json():
            kind(**row)
    for body in ({}, {"limit": 1}, {"filter": 'and(eq(input_key, "question"), gt(latency, 0))'}):
        page = web.post("/runs/query", json=body)
        assert page.status_code == 200, (body, page.text)
        for row in page.json()["runs"]:
            schemas.Run(**row)
        if cursor := page.json()["cursors"]["next"]:
            assert web.post("/runs/query", json={**body, "cursor": cursor}).status_code == 200
    assert web.post("/runs/stats", json={}).status_code == 200
    assert web.post("/v2/runs/query", json={"selects": ["NAME", "INPUTS"]}).status_code == 200
    for path in ("/repos", "/commits/-/greeting", "/examples?metadata={}&splits=base", '/datasets?metadata={"a":1}'):
        assert web.get(path).status_code == 200, path
    for row in traces.find(Filters(steps=True), limit=100):
        json.dumps(traces.tree(row["id"]), allow_nan=False)
        assert web.get(f"/runs/{row['id']}", headers={"accept": "text/html"}).status_code == 200
    traces.stats((*BY, "type", "hour"))
    traces.listing(order="latency")
    assert len(list(traces.export(Filters(steps=True)))) >= 3


@pytest.mark.slow
def test_no_row_that_is_damaged_breaks_a_list(home: Path) -> None:
    with Traces(home) as traces:
        web = client(traces.database)
        for odd in ODD:
            damage(home, odd)
            every_list(web, traces)


def test_a_time_that_an_older_version_let_in_is_shown_as_the_nearest(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for column, far in (("start_time", FAR), ("end_time", -FAR)):
        damage(home, far, column)
    for command in (["list", "--all"], ["stats"], ["export"], ["list", "--json"]):
        assert vade(["trace", *command, "--home", str(home)]) == 0
    assert "2100-01-01" in capsys.readouterr().out


def test_damaged_traces_are_forgotten_too(home: Path) -> None:
    damage(home, '{"question": "why?', "inputs")
    damage(home, b"\xff why?", "outputs")

    def without(kept: Any) -> Any:
        cleaned = json.loads(json.dumps(kept, default=str).replace("why?", "[forgotten]"))
        return kept if cleaned == kept else cleaned

    assert without_document(home, without) >= 3
    assert b"why?" not in (home / FILE).read_bytes()
