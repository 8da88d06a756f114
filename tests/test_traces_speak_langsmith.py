"""The unmodified SDK traces to the local server, reads back, evaluates; a kill loses nothing that was acknowledged."""

import os
import shutil
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from langchain_core.prompts import ChatPromptTemplate
from langsmith import Client, evaluate, traceable, tracing_context

from benchmarks.trace_load import Recording, load, stored, whole
from vademecum.core.settings import load_settings
from vademecum.tracing.local import ensure, running, start
from vademecum.tracing.server_address import place

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::langsmith.utils.LangSmithWarning"),
    pytest.mark.filterwarnings("ignore:.*removed after Jan 31, 2027"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    home = tmp_path / "server"
    yield ensure(load_settings(home=home), idle_seconds=120)
    end(home)


def end(home: Path, how: int = signal.SIGTERM) -> None:
    """End the server of this home, and wait for that."""
    if notice := place(home):
        os.kill(notice.pid, how)
        deadline = time.monotonic() + 10
        while running(home) and time.monotonic() < deadline:
            time.sleep(0.05)


def test_the_whole_protocol_conforms(url: str, shared: Path) -> None:
    command = [sys.executable, str(shared / "eval" / "langsmith" / "conformance.py"), url]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) for _ in range(2)]
    for process in both:
        out, _ = process.communicate(timeout=300)
        assert out.strip().splitlines()[-1].endswith("passed, 0 failed"), out


def test_runs_data_sets_and_experiments_come_back(url: str) -> None:
    client = Client(api_url=f"{url}/api/v1", api_key="any")
    dataset = client.create_dataset("doubles")
    client.create_examples(
        dataset_id=dataset.id, examples=[{"inputs": {"x": n}, "reference_outputs": {"y": 2 * n}} for n in (1, 2)]
    )

    @traceable(name="inner")
    def inner(x: int) -> int:
        return 2 * x

    def right(outputs: dict, reference_outputs: dict) -> bool:
        return outputs["y"] == reference_outputs["y"]

    with tracing_context(enabled=True, client=client):
        done = evaluate(lambda inputs: {"y": inner(inputs["x"])}, data="doubles", evaluators=[right], client=client)
    rows = list(done)
    client.flush()
    assert all(row["evaluation_results"]["results"][0].score for row in rows)
    project = client.read_project(project_name=done.experiment_name, include_stats=True)
    assert project.feedback_stats is not None
    assert project.feedback_stats["right"]["n"] == 2
    roots = list(client.list_runs(project_id=project.id, is_root=True))
    tree = client.read_run(roots[0].id, load_child_runs=True)
    assert [run.name for run in tree.child_runs or []] == ["inner"]


def test_every_kind_of_request_is_taken_without_a_key_too(url: str) -> None:
    client, run_id = Client(api_url=url, api_key="", auto_batch_tracing=False), uuid.uuid4()
    now = datetime.now(UTC)
    client.create_run("single", {"a": 1}, "chain", id=run_id, project_name="bare")
    client.update_run(run_id, outputs={"b": 2}, end_time=now)
    for send in (client.batch_ingest_runs, client.multipart_ingest):
        other = str(uuid.uuid4())
        placed = {"id": other, "trace_id": other, "dotted_order": f"{now:%Y%m%dT%H%M%S%fZ}{other}"}
        send(create=[{**placed, "name": "b", "run_type": "chain", "start_time": now, "session_name": "bare"}])
    client.create_feedback(run_id, "liked", score=True, value={"a": 1}, correction={"b": 1}, source_info={"by": "me"})
    (liked,) = client.list_feedback(run_ids=[run_id])
    client.update_feedback(liked.id, comment="fine")
    dataset = client.create_dataset("bare", metadata={"m": 1})
    files = {"f": ("text/plain", b"hello")}
    client.create_examples(dataset_id=dataset.id, examples=[{"inputs": {"x": 1}, "attachments": files}])
    example = client.create_example({"x": 2}, dataset_id=dataset.id, source_run_id=run_id, split="train")
    client.update_examples(dataset_id=dataset.id, updates=[{"id": example.id, "inputs": {"x": 3}}])
    client.update_dataset_splits(dataset_id=dataset.id, split_name="test", example_ids=[str(example.id)])
    client.push_prompt("bare", object=ChatPromptTemplate.from_messages([("human", "{x}")]), tags=["t"])
    assert client.pull_prompt("bare").invoke({"x": "hello"}).to_string() == "Human: hello"
    assert len(list(client.list_examples(dataset_id=dataset.id))) == 2
    assert len(list(client.list_runs(project_name="bare", start_time=datetime(1, 1, 1)))) == 3
    client.delete_prompt("bare")
    client.delete_dataset(dataset_id=dataset.id)


def test_eight_threads_lose_none(url: str) -> None:
    client, ids = load(url, 800, 8, Recording())
    client.flush()
    found = stored(url)
    assert {run["id"] for run in found} == set(ids)
    assert whole(found) == (True, True)


def test_a_killed_server_has_all_that_it_acknowledged(tmp_path: Path) -> None:
    settings, session = load_settings(home=tmp_path), Recording()
    client, _ = load(ensure(settings, idle_seconds=120), 800, 8, session, readable=True)
    while len(session.acknowledged) < 100:
        time.sleep(0.01)
    end(tmp_path, signal.SIGKILL)
    client.flush(timeout=1)
    acknowledged = set(session.acknowledged)
    url = ensure(settings, idle_seconds=120)
    try:
        assert acknowledged - {run["id"] for run in stored(url)} == set()
    finally:
        end(tmp_path)


def test_one_server_a_workspace_which_ends_when_nobody_asks(tmp_path: Path) -> None:
    settings = load_settings(home=tmp_path)
    url = ensure(settings, idle_seconds=120)
    second = start(settings, idle_seconds=1)
    assert second.wait(120) != 0
    assert "served already" in (tmp_path / "traces.log").read_text()
    assert ensure(settings) == url
    end(tmp_path)
    assert start(settings, idle_seconds=1).wait(120) == 0
    assert place(tmp_path) is None


def test_a_server_whose_home_is_gone_ends(tmp_path: Path) -> None:
    home = tmp_path / "home"
    server = start(load_settings(home=home), idle_seconds=300)
    deadline = time.monotonic() + 60
    while running(home) is None and time.monotonic() < deadline:
        time.sleep(0.1)
    shutil.rmtree(home)
    assert server.wait(60) == 0
