"""What is truncated, corrupt, too large or not what it says gets an honest status, and takes nothing that was kept."""

import gzip
import random
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
import zstandard
from fastapi.testclient import TestClient
from traced_runs import BOUNDARY, KIND, client, multipart, run

from vademecum.core.errors import UsageError, WorkspaceError
from vademecum.core.settings import load_settings
from vademecum.tracing.server.serving import serve
from vademecum.tracing.store.database import FILE, Database

SOMEBODY = "0d7d4b52-39a4-4f31-8f1c-0d8f5ba5d0b4"
NOBODY = "3c9b6f6e-7f0a-4a2e-9d43-2f9f2f4a1c11"
GOOD = run("good", id=SOMEBODY)
FRAME = multipart((f"post.{GOOD['id']}", GOOD))
ZSTD = zstandard.compress(FRAME)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with Database(tmp_path) as opened:
        yield opened


@pytest.fixture
def web(database: Database) -> TestClient:
    return client(database, trace_frame_mb=1)


def send(web: TestClient, body: bytes, kind: str = KIND, encoding: str = "") -> tuple[int, str]:
    headers = {"content-type": kind} | ({"content-encoding": encoding} if encoding else {})
    reply = web.post("/runs/multipart", content=body, headers=headers)
    return reply.status_code, reply.text


def names(web: TestClient) -> list[str]:
    return [found["name"] for found in web.post("/runs/query", json={}).json()["runs"]]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("body", "kind", "encoding", "status", "told"),
    [
        (FRAME[:-20], KIND, "", 400, "truncated"),
        (FRAME[: len(FRAME) // 2], KIND, "", 400, "truncated"),
        (FRAME.replace(b"answer", b"ansWer!"), KIND, "", 400, "not as long as it says"),
        (b"nothing", KIND, "", 400, "no part"),
        (b"", KIND, "", 400, "no part"),
        (FRAME, "application/json", "", 415, "multipart/form-data"),
        (FRAME, "multipart/form-data", "", 400, "boundary"),
        (ZSTD[:-7], KIND, "zstd", 400, "ends before its end"),
        (b"\x00" * 50, KIND, "zstd", 400, "not zstd"),
        (ZSTD[:20] + b"\xff" + ZSTD[21:], KIND, "zstd", 400, ""),
        (FRAME, KIND, "gzip", 400, "not gzip"),
        (FRAME, KIND, "br", 415, "not known"),
        (multipart(("post.not-a-uuid", {})), KIND, "", 422, "not a UUID"),
        (multipart((f"post.{NOBODY}", b"{broken")), KIND, "", 422, "not JSON"),
        (multipart((f"post.{NOBODY}", b"[" * 100_000)), KIND, "", 422, "not JSON"),
        (multipart((f"post.{NOBODY}", [1])), KIND, "", 422, "JSON object"),
        (multipart(("unknown.part", {})), KIND, "", 422, "no part"),
        (multipart((f"post.{NOBODY}", {"start_time": "yesterday"})), KIND, "", 422, "ISO 8601"),
        (multipart((f"post.{NOBODY}", {"tags": "a"})), KIND, "", 422, "tags"),
        (multipart((f"feedback.{NOBODY}", {"score": 1})), KIND, "", 422, "key"),
        (multipart((f"post.{NOBODY}.inputs", b'"' + b"x" * 1_100_000 + b'"')), KIND, "", 413, "1 MB"),
        (zstandard.compress(b"x" * 100_000_000), KIND, "zstd", 413, "1 MB"),
    ],
)
def test_a_bad_frame_is_refused_and_nothing_of_it_kept(
    web: TestClient, body: bytes, kind: str, encoding: str, status: int, told: str
) -> None:
    assert send(web, FRAME) == (202, "{}")
    found = send(web, body, kind, encoding)
    assert found[0] == status
    assert told in found[1]
    assert names(web) == ["good"]


def test_what_cannot_be_kept_of_a_frame_is_told_and_the_rest_is_kept(web: TestClient) -> None:
    other, bad = run("other"), run("bad", start_time=1e15)
    parts = [(f"post.{one['id']}", one) for one in (bad, other)]
    status, told = send(web, multipart(*parts, ("post.x", {}), (f"patch.{SOMEBODY}.outputs", b"{broken")))
    assert (status, names(web)) == (422, ["other"])
    assert all(part in told for part in (bad["id"], "1970 and 2100", "'x' is not a UUID", "the rest", "not JSON"))
    status = web.post("/runs/batch", json={"post": [bad, run("third"), 5, {"id": []}]}).status_code
    assert (status, sorted(names(web))) == (422, ["other", "third"])


def test_a_frame_of_too_many_parts_is_refused(web: TestClient) -> None:
    assert send(web, FRAME + f"--{BOUNDARY}".encode() * 20_001)[0] == 413
    assert send(web, FRAME.replace(b"Content-Type", b"x" * 20_000))[0] == 400


@pytest.mark.parametrize(
    "path", ["/runs", "/runs/batch", "/runs/multipart", "/feedback", "/sessions", "/examples/bulk"]
)
@pytest.mark.parametrize("encoding", ["zstd", "gzip", ""])
def test_no_body_is_larger_than_it_may_be_however_it_is_packed(web: TestClient, path: str, encoding: str) -> None:
    plain = b'{"id": "' + b"x" * 30_000_000 + b'"}'
    body = zstandard.compress(plain) if encoding == "zstd" else gzip.compress(plain, 1) if encoding else plain
    headers = {"content-type": "application/json"} | ({"content-encoding": encoding} if encoding else {})
    assert web.post(path, content=body, headers=headers).status_code == 413


def test_packed_nothing_without_end_is_refused(web: TestClient) -> None:
    assert send(web, zstandard.compress(b"") * 2000, encoding="zstd")[0] == 400
    assert send(web, zstandard.compress(b"") * 200_000, encoding="zstd")[0] in (400, 413)


@pytest.mark.slow
def test_random_damage_never_breaks_the_server(web: TestClient) -> None:
    random.seed(7)
    for _ in range(150):
        body = bytearray(random.choice([FRAME, ZSTD]))
        for _ in range(random.randint(1, 4)):
            body[random.randrange(len(body))] = random.randrange(256)
        status, _ = send(web, bytes(body), KIND, "zstd" if body[:4] == ZSTD[:4] else "")
        assert status in (202, 400, 413, 422)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/runs/not-a-uuid", 422),
        (f"/runs/{NOBODY}", 404),
        ("/sessions/1", 422),
        (f"/datasets/{NOBODY}", 404),
        ("/examples?dataset=x", 422),
        ("/feedback/x", 422),
        ("/repos/-/none", 404),
        ("/commits/someone/none/latest", 404),
        ("/sessions?limit=many", 422),
        ("/sessions?metadata={", 422),
        ("/attachments/none", 404),
        ("/nothing", 404),
    ],
)
def test_what_is_not_there_is_said_not_to_be(web: TestClient, path: str, status: int) -> None:
    for prefix in ("", "/api/v1"):
        reply = web.get(prefix + path)
        assert (reply.status_code, "detail" in reply.json()) == (status, True)


def test_sql_in_a_filter_is_a_value(web: TestClient) -> None:
    send(web, FRAME)
    attack = "x' OR 1=1; DROP TABLE runs; --"
    for text in (
        f'eq(name, "{attack}")',
        f'has(tags, "{attack}")',
        f'search("{attack}")',
        f'eq(metadata_key, "{attack}")',
    ):
        assert web.post("/runs/query", json={"filter": text}).json()["runs"] == []
    assert web.post("/runs/query", json={"filter": f'eq("{attack}", 1)'}).status_code == 400
    assert web.post("/runs/query", json={"cursor": attack}).status_code == 400
    assert web.post("/runs/query", json={"session": [attack]}).status_code == 422
    assert names(web) == ["good"]


@pytest.mark.slow
def test_a_full_disk_is_said_and_loses_nothing_acknowledged(database: Database, web: TestClient) -> None:
    database.write(lambda connection: connection.execute("SELECT 1"))
    pages = database.rows("PRAGMA page_count")[0][0]
    database._writer.execute(f"PRAGMA max_page_count = {pages + 60}")
    acknowledged = []
    for number in range(100):
        one = run(f"run-{number}", inputs={"text": "words " * 300})
        status, told = send(web, multipart((f"post.{one['id']}", one)))
        if status != 202:
            break
        acknowledged.append(one["name"])
    assert (status, "disk is full" in told) == (507, True)
    assert acknowledged
    assert set(names(web)) == set(acknowledged)
    database._writer.execute("PRAGMA max_page_count = 1000000")
    assert send(web, FRAME)[0] == 202


def test_traces_of_a_newer_version_are_left_alone(tmp_path: Path) -> None:
    Database(tmp_path).close()
    with sqlite3.connect(tmp_path / FILE) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(WorkspaceError, match=r"version 99.*update vademecum"):
        Database(tmp_path)


def test_a_file_that_is_no_database_is_one_line(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"not a database" * 100)
    with pytest.raises(WorkspaceError, match="cannot be kept"):
        Database(tmp_path)


def test_only_this_machine_or_who_has_the_key_is_answered(database: Database) -> None:
    web = client(database)
    assert web.get("/info", headers={"host": "localhost:1984"}).status_code == 200
    locked = client(database, trace_key="a-long-key")
    assert locked.get("/info").status_code == 401
    assert locked.get("/info", headers={"x-api-key": "wrong"}).status_code == 401
    assert locked.get("/info", headers={"x-api-key": "a-long-key", "host": "evil.example"}).status_code == 200


def test_listening_beyond_this_machine_needs_a_key(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="needs a key"):
        serve(load_settings(home=tmp_path), host="0.0.0.0")
