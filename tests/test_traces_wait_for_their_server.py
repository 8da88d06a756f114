"""Runs made while the server is away are delivered later, in order, and leave the disk only once acknowledged."""

import hashlib
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from langsmith_recorder import GRAPH, ROOT, Recorder, recording, run
from traced_runs import KIND, client, multipart
from traced_runs import run as a_run

from vademecum.tracing import courier
from vademecum.tracing.spool import Frame, Spool
from vademecum.tracing.store.catching_up import FOLDER, catch_up
from vademecum.tracing.store.database import Database
from vademecum.tracing.traces import Filters, Traces

FLUSH = "\ntracing.flush(30)"
INVOKE = 'for n in range({count}): graph.invoke({{"text": str(n)}}, {{"callbacks": tracing.callbacks(settings)}})'


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    with recording() as server:
        yield server


def frame(name: str) -> Frame:
    made = a_run(name)
    return Frame("/runs/multipart", KIND, multipart((f"post.{made['id']}", made)))


def test_frames_come_in_order_and_stay_until_they_are_kept(tmp_path: Path) -> None:
    spool, seen = Spool(tmp_path / "spool"), []
    for number in range(5):
        spool.add(frame(f"run-{number}"))

    def keep(one: Frame) -> bool:
        seen.append(one.body)
        return len(seen) < 3

    assert spool.deliver(keep) == 2
    assert len(spool.waiting()) == 3
    assert spool.deliver(lambda one: seen.append(one.body) is None) == 3
    assert spool.is_empty()
    names = [body.split(b'"name": "')[1][:5] for body in [*seen[:2], *seen[3:]]]
    assert names == [b"run-0", b"run-1", b"run-2", b"run-3", b"run-4"]


def test_an_error_while_delivering_loses_nothing(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.add(frame("one"))

    def broken(_: Frame) -> bool:
        raise ConnectionError("away")

    with pytest.raises(ConnectionError):
        spool.deliver(broken)
    assert len(spool.waiting()) == 1


def test_the_oldest_go_where_there_are_too_many(tmp_path: Path) -> None:
    spool = Spool(tmp_path, max_bytes=3_000)
    for number in range(8):
        spool.add(Frame("/runs/multipart", KIND, f"{number}".encode() * 900))
    assert spool.trim() == 5
    kept: list[bytes] = []
    spool.deliver(lambda one: kept.append(one.body[:1]) is None)
    assert kept == [b"5", b"6", b"7"]


def test_what_waits_is_in_the_store_before_it_is_read(tmp_path: Path) -> None:
    Spool(tmp_path / FOLDER).add(frame("waited"))
    with Traces(tmp_path) as traces:
        assert [found["name"] for found in traces.find()] == ["waited"]
    assert Spool(tmp_path / FOLDER).is_empty()


def test_a_damaged_frame_is_set_aside_and_holds_up_none(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    spool = Spool(tmp_path / FOLDER)
    spool.add(Frame("/runs/multipart", KIND, b"damaged"))
    spool.add(frame("sound"))
    (tmp_path / FOLDER / "00.frame").write_bytes(b"torn")
    with Traces(tmp_path) as traces:
        assert [found["name"] for found in traces.find()] == ["sound"]
    assert len(Spool(tmp_path / "spool" / "refused").waiting()) == 2
    assert "set aside" in caplog.text
    assert "00.frame is damaged" in caplog.text


@pytest.mark.parametrize(
    "head", [b'["/runs/multipart", null, "", {}]', b'["/runs/multipart", "a\\nb", "", {}]', b'["http://x", "", "", {}]',
             b'["/runs/multipart", "x", "", {"a\\r": "b"}]', b'["/runs/multipart", "x", "", []]', b"[" * 100_000],
)  # fmt: skip
def test_what_is_no_frame_is_set_aside_and_never_sent(tmp_path: Path, head: bytes) -> None:
    spool = Spool(tmp_path / "spool" / "server")
    spool.add(frame("sound"))
    (spool.folder / "00.frame").write_bytes(head + b"\nbody")
    assert spool.deliver(lambda _: True) == 1
    assert spool.is_empty()
    assert [path.name for path in (tmp_path / "spool" / "refused").iterdir()] == ["00.frame"]


def test_runs_that_cannot_be_kept_are_set_aside_and_the_others_kept(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    far, sound = a_run("far", start_time=1e15), a_run("sound \ud800")
    parts = multipart((f"post.{far['id']}", far), (f"post.{sound['id']}", sound))
    Spool(tmp_path / FOLDER).add(Frame("/runs/multipart", KIND, parts))
    with Traces(tmp_path) as traces:
        assert [found["name"] for found in traces.find()] == ["sound ?"]
    assert "1970 and 2100" in caplog.text
    assert len(Spool(tmp_path / "spool" / "refused").waiting()) == 1


def test_a_frame_at_which_a_server_always_fails_holds_up_no_other(
    recorder: Recorder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(courier, "ASK_AGAIN_SECONDS", 0.0)
    recorder.fails_at = "poison"
    bearer = courier.Courier(recorder.url, tmp_path, 10**9)
    for name in ("poison", "sound"):
        bearer.spool.add(frame(name))
    bearer.spool.add(Frame("/runs/multipart", KIND, b"torn"))
    bearer.start()
    for _ in range(3000):
        if bearer.spool.is_empty():
            break
        time.sleep(0.01)
    assert [found["name"] for found in recorder.runs().values()] == ["sound"]
    assert len(bearer.refused.waiting()) == 2
    assert len(recorder.requests) >= courier.ATTEMPTS


def test_runs_follow_no_redirect(recorder: Recorder, tmp_path: Path) -> None:
    recorder.redirect = "http://127.0.0.1:9/elsewhere"
    bearer = courier.Courier(recorder.url, tmp_path, 10**9)
    bearer.spool.add(frame("secret"))
    assert bearer._deliver() is False
    assert not bearer.spool.is_empty()


def test_a_full_disk_leaves_what_waits_waiting(tmp_path: Path) -> None:
    with Database(tmp_path) as database:
        pages = database.rows("PRAGMA page_count")[0][0]
        database._writer.execute(f"PRAGMA max_page_count = {pages}")
        spool = Spool(tmp_path / FOLDER)
        made = a_run("large", inputs={"text": "words " * 50_000})
        spool.add(Frame("/runs/multipart", KIND, multipart((f"post.{made['id']}", made))))
        with pytest.raises(Exception, match="disk is full"):
            catch_up(database, tmp_path)
        assert len(spool.waiting()) == 1


def waiting(home: Path) -> int:
    return len(list((home / "spool").rglob("*.frame")))


@pytest.mark.slow
def test_runs_made_while_the_server_was_away_arrive_at_the_next_start(recorder: Recorder, tmp_path: Path) -> None:
    port = recorder.server_port
    away = run(INVOKE.format(count=3), tmp_path, "http://127.0.0.1:9", VADE_TRACING="langsmith")
    assert away.returncode == 0
    assert "runs wait in" in away.stderr
    (folder,) = [path for path in (tmp_path / "home" / "spool").iterdir() if path.is_dir()]
    assert waiting(tmp_path / "home") > 0
    # The same destination, now with a server: spools are kept apart by address.
    folder.rename(folder.with_name(hashlib.sha256(f"http://127.0.0.1:{port}".encode()).hexdigest()[:12]))
    back = run(INVOKE.format(count=1) + FLUSH, tmp_path, recorder.url, VADE_TRACING="langsmith")
    assert (back.returncode, back.stderr) == (0, "")
    assert waiting(tmp_path / "home") == 0
    roots = [found for found in recorder.runs().values() if found["name"] == "toy"]
    assert [found["inputs"]["text"] for found in roots] == ["0", "1", "2", "0"]
    sent = b"".join(path.read_bytes() for path in (tmp_path / "home").rglob("*") if path.is_file())
    assert b"lsv2_pt_" not in sent


@pytest.mark.slow
def test_a_server_that_hangs_loses_none(recorder: Recorder, tmp_path: Path) -> None:
    recorder.hang = True
    code = INVOKE.format(count=5) + "\nimport time; print(time.time())"
    done = run(code, tmp_path, recorder.url, VADE_TRACING="langsmith")
    assert done.returncode == 0
    assert waiting(tmp_path / "home") > 0
    recorder.hang = False
    recorder.released.set()
    recorder.requests.clear()
    run(INVOKE.format(count=1) + FLUSH, tmp_path, recorder.url, VADE_TRACING="langsmith")
    assert waiting(tmp_path / "home") == 0
    assert len([found for found in recorder.runs().values() if found["name"] == "toy"]) == 6


@pytest.mark.slow
def test_local_runs_are_recorded_and_nothing_is_sent(recorder: Recorder, tmp_path: Path) -> None:
    done = run(INVOKE.format(count=4) + FLUSH, tmp_path, recorder.url, VADE_TRACING="local")
    assert (done.returncode, done.stderr) == (0, "")
    assert recorder.requests == []
    with Traces(tmp_path / "home") as traces:
        assert len(traces.find(Filters(name="toy", project="vademecum"))) == 4


@pytest.mark.slow
def test_a_terminated_process_leaves_its_runs(tmp_path: Path) -> None:
    code = GRAPH + INVOKE.format(count=20) + "\nimport time; print('made', flush=True); time.sleep(60)"
    environment = {**os.environ, "VADE_HOME": str(tmp_path), "VADE_TRACING": "local"}
    process = subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "made\n"
    process.send_signal(signal.SIGTERM)
    began = time.perf_counter()
    assert process.wait(20) == -signal.SIGTERM
    process.stdout.close()
    assert time.perf_counter() - began < 5
    with Traces(tmp_path) as traces:
        found = traces.find(limit=100)
    assert len(found) == 20
    assert all(one["status"] == "success" for one in found)


@pytest.mark.slow
def test_a_run_inside_an_evaluation_is_part_of_it(tmp_path: Path) -> None:
    code = textwrap.dedent("""
        from langsmith import Client, traceable, tracing_context
        from vademecum.tracing.langsmith_sdk import destination
        client = destination(settings).client
        outer = traceable(lambda x: graph.invoke({"text": x}, {"callbacks": tracing.callbacks(settings)}), name="outer")
        with tracing_context(enabled=True, client=client, project_name="experiment"): outer("hello")
    """)
    assert run(code, tmp_path, "http://127.0.0.1:9", VADE_TRACING="local").returncode == 0
    with Traces(tmp_path / "home") as traces:
        (root,) = traces.find()
        tree = traces.tree(root["id"])
    assert [one["name"] for one in tree] == ["outer", "toy", "find", "inner", "tell"]


@pytest.fixture
def web(tmp_path: Path) -> Iterator[tuple[TestClient, Callable[[], int]]]:
    with Database(tmp_path) as database:
        yield client(database), lambda: len(database.rows("SELECT 1 FROM runs"))


def test_the_protocol_without_multipart_is_spoken_too(web: tuple[TestClient, Callable[[], int]]) -> None:
    site, count = web
    one, two = a_run("one"), a_run("two")
    assert site.post("/runs", json={**one, "outputs": {}, "end_time": None}).status_code == 202
    assert site.post("/api/runs/batch", json={"post": [two], "patch": []}).status_code == 202
    ended = {"end_time": one["end_time"], "outputs": {"answer": "late"}}
    assert site.patch(f"/api/v1/runs/{one['id']}/", json=ended).status_code == 202
    assert count() == 2
    assert site.get(f"/runs/{one['id']}").json()["outputs"] == {"answer": "late"}
