"""LangSmith's filter language finds the runs it means, and says where it cannot be read."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from traced_runs import client, run

from vademecum.core.errors import TraceError
from vademecum.tracing.store import ingest
from vademecum.tracing.store.database import Database
from vademecum.tracing.store.filters import Call, Field, parse
from vademecum.tracing.store.operations import Operation

ROOT = run(
    "graph",
    id="0d7d4b52-39a4-4f31-8f1c-0d8f5ba5d0b4",
    tags=["beta", "slow"],
    extra={"metadata": {"colour": "blue", "user": "ann", "n": 3}},
)
RUNS = [
    ROOT,
    run("node", parent=ROOT, number=1, end_time="2026-01-02T03:04:15+00:00", error="ValueError('it broke')"),
    run("model", parent=ROOT, number=2, run_type="llm", inputs={"question": "Was passiert über Nacht?"},
        outputs={"text": "a needle", "usage_metadata": {"input_tokens": 10, "output_tokens": 5}}),
    run("other", tags=["beta"], extra={"metadata": {"colour": "red", "user": "ann"}}, end_time=None, outputs={}),
]  # fmt: skip


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with Database(tmp_path_factory.mktemp("traces")) as database:
        database.write(lambda connection: ingest.apply(connection, [Operation("post", it["id"], it) for it in RUNS]))
        web = client(database)
        web.post("/feedback", json={"run_id": ROOT["id"], "key": "helpful", "score": 0.7, "comment": "fine"})
        web.post("/feedback", json={"run_id": ROOT["id"], "key": "right", "score": 0})
        yield web


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "names"),
    [
        ('eq(name, "node")', "node"),
        ("eq(name, 'node')", "node"),
        ('neq(name, "node")', "graph model other"),
        ('in(name, ["node", "model"])', "node model"),
        ('like(name, "%O%")', "node model other"),
        ('and(eq(is_root, true), has(tags, "beta"))', "graph other"),
        ('and(has(tags, "beta"), has(tags, "slow"))', "graph"),
        ('or(eq(run_type, "llm"), eq(status, "error"))', "node model"),
        ("not(eq(is_root, true))", "node model"),
        ("gt(latency, 5)", "node"),
        ('gte(latency, "1s")', "graph node model"),
        ("neq(error, null)", "node"),
        ("eq(error, null)", "graph model other"),
        ('eq(status, "pending")', "other"),
        ("and(gt(total_tokens, 10), lte(total_tokens, 15))", "graph model"),
        ('lt(start_time, "2026-01-02T03:04:06Z")', "graph node model other"),
        ('gt(start_time, "2026-01-02T03:04:05+00:00")', ""),
        ('has(metadata, \'{"colour": "blue"}\')', "graph"),
        ("has(metadata, '{\"n\": 3}')", "graph"),
        ('exists(metadata, "colour")', "graph other"),
        ('and(eq(metadata_key, "user"), eq(metadata_value, "ann"))', "graph other"),
        ('and(eq(metadata_key, "colour"), eq(metadata_value, "ann"))', ""),
        ('and(eq(feedback_key, "helpful"), gt(feedback_score, 0.5))', "graph"),
        ('and(eq(feedback_key, "right"), gt(feedback_score, 0.5))', ""),
        ('search("needle")', "model"),
        ('search("uber nacht")', "model"),
        ('search("it broke")', "node"),
        ('search("need*")', "model"),
        ('and(eq(input_key, "question"), like(input_value, "%Nacht%"))', "model"),
        ('has(outputs, "needle")', "model"),
        (f'eq(trace_id, "{ROOT["trace_id"]}")', "graph node model"),
        (f'eq(id, "{ROOT["id"]}")', "graph"),
        ("and()", "graph node model other"),
        ("or()", ""),
    ],
)
def test_a_filter_finds_what_it_means(web: TestClient, text: str, names: str) -> None:
    reply = web.post("/runs/query", json={"filter": text})
    assert reply.status_code == 200, reply.text
    assert {found["name"] for found in reply.json()["runs"]} == set(names.split())
    newer = web.post("/api/v2/runs/query", json={"filter": text, "selects": ["NAME"]}).json()
    assert {found["name"] for found in newer["items"]} == set(names.split())


def test_filters_on_the_trace_find_its_runs(web: TestClient) -> None:
    asked = {"filter": 'eq(run_type, "llm")', "trace_filter": 'eq(feedback_key, "helpful")'}
    assert [found["name"] for found in web.post("/runs/query", json=asked).json()["runs"]] == ["model"]
    asked = {"is_root": True, "tree_filter": 'eq(status, "error")'}
    assert [found["name"] for found in web.post("/runs/query", json=asked).json()["runs"]] == ["graph"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("eq(name", "ends too early"),
        ('eq(name, "x"', "ends too early"),
        ('eq(name, "x"))', "goes on"),
        ('"x"', "no expression"),
        ("", "ends too early"),
        ("eq(name; 1)", "cannot be read"),
        ("frobnicate(name, 1)", "no 'frobnicate'"),
        ("eq(nonsense, 1)", "cannot compare 'nonsense'"),
        ("eq(latency, fast)", "compares with"),
        ('gt(latency, "fast")', "not a number"),
        ('gt(start_time, "soon")', "ISO 8601"),
        ("eq(name)", "takes 2 arguments"),
        ("and(1)", "take expressions"),
        ('has(name, "x")', "has(...) for tags"),
        ("not(" * 60 + 'eq(name, "x")' + ")" * 60, "deep"),
        (f'eq(name, "{"x" * 30_000}")', "longer"),
        ('search("!?")', "nothing to search"),
    ],
)
def test_a_filter_that_cannot_be_read_says_where(web: TestClient, text: str, told: str) -> None:
    if text:
        reply = web.post("/runs/query", json={"filter": text})
        assert (reply.status_code, told in reply.json()["detail"]) == (400, True), reply.text
    else:
        with pytest.raises(TraceError, match=told):
            parse(text)


def test_values_are_read_as_they_are_written() -> None:
    tree = parse(r'and(eq(name, "a\"b\u00e9"), in(latency, [1, -2.5, 1e3]), eq(is_root, TRUE), eq(error, null))')
    name, latency, root, error = tree.arguments
    assert name == Call("eq", (Field("name"), 'a"bé'))
    assert latency.arguments[1] == [1, -2.5, 1000.0]
    assert (root.arguments[1], error.arguments[1]) == (True, None)


def test_opening_a_database_twice_is_harmless(tmp_path: Path) -> None:
    with Database(tmp_path) as one, Database(tmp_path) as two:
        one.write(lambda connection: ingest.apply(connection, [Operation("post", ROOT["id"], ROOT)]))
        assert two.row("SELECT name FROM runs")["name"] == "graph"
