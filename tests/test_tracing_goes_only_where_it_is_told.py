"""With `VADE_TRACING=langsmith` a run's tree arrives, node by node; otherwise nothing is sent.

The SDK is the real one, the server records, and each case is a process of its own, as its exit matters too.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from langsmith_recorder import ROOT, Recorder, recording, run


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    with recording() as server:
        yield server


CASES = {
    "callbacks": 'graph.invoke({"text": "hello"}, {"callbacks": tracing.callbacks(settings)})',
    "bound": 'graph.with_config(callbacks=tracing.callbacks(settings)).invoke({"text": "hello"})',
    "streamed": 'list(graph.stream({"text": "hello"}, {"callbacks": tracing.callbacks(settings)}))',
    "block": 'with tracing.runs(settings): graph.invoke({"text": "hello"})',
}


@pytest.mark.slow
@pytest.mark.parametrize("tracing", ["local", "off"])
def test_langsmith_variables_alone_send_nothing(tracing: str, recorder: Recorder, tmp_path: Path) -> None:
    done = run("\n".join(CASES.values()), tmp_path, recorder.url, VADE_TRACING=tracing, LANGCHAIN_TRACING_V2="true")
    assert (done.returncode, done.stderr) == (0, "")
    assert recorder.requests == []


@pytest.mark.slow
def test_the_recorder_would_have_seen_it(recorder: Recorder, tmp_path: Path) -> None:
    run('graph.invoke({"text": "hello"})', tmp_path, recorder.url)
    assert recorder.runs()


@pytest.mark.slow
def test_runs_arrive_with_the_names_of_their_nodes(recorder: Recorder, tmp_path: Path) -> None:
    code = "\n".join([*CASES.values(), "tracing.flush(30)"])
    done = run(code, tmp_path, recorder.url, VADE_TRACING="langsmith")
    assert (done.returncode, done.stderr) == (0, "")
    runs = recorder.runs()
    tree = [(found["name"], runs.get(found.get("parent_run_id") or "", {}).get("name")) for found in runs.values()]
    expected = [("toy", None), ("find", "toy"), ("inner", "find"), ("tell", "toy")]
    assert sorted(tree, key=str) == sorted(expected * len(CASES), key=str)
    assert all(found["end_time"] and not found.get("error") for found in runs.values())


@pytest.mark.slow
def test_secrets_are_redacted_in_inputs_outputs_and_errors(recorder: Recorder, tmp_path: Path) -> None:
    secret = "sk-ant-api03-" + "a1B2" * 20
    code = f"""
from langchain_core.runnables import RunnableLambda
def fail(text): raise ValueError("refused " + text)
config = {{"callbacks": tracing.callbacks(settings)}}
graph.invoke({{"text": "key {secret}"}}, config)
try: RunnableLambda(fail).invoke("{secret}", config)
except ValueError: pass
tracing.flush(30)
"""
    assert run(code, tmp_path, recorder.url, VADE_TRACING="langsmith").returncode == 0
    sent = b"".join(body for _, _, body in recorder.requests)
    assert b"refused" in sent
    assert secret.encode() not in sent


@pytest.mark.slow
def test_a_server_that_is_away_costs_one_line_and_no_time(tmp_path: Path) -> None:
    started = time.perf_counter()
    done = run(CASES["callbacks"] + "\nprint('done')", tmp_path, "http://127.0.0.1:9", VADE_TRACING="langsmith")
    assert done.stdout == "done\n"
    assert done.stderr.count("\n") == 1
    assert "http://127.0.0.1:9 does not answer" in done.stderr
    assert time.perf_counter() - started < 15


@pytest.mark.slow
def test_a_server_that_stops_answering_does_not_hold_up_the_exit(recorder: Recorder, tmp_path: Path) -> None:
    recorder.hang = True
    code = """
import time
for _ in range(20): graph.invoke({"text": "hello"}, {"callbacks": tracing.callbacks(settings)})
print(time.time())
"""
    done = run(code, tmp_path, recorder.url, VADE_TRACING="langsmith")
    assert done.returncode == 0
    assert time.time() - float(done.stdout) < 5
    assert "0123456789abcdef" not in done.stderr


@pytest.mark.slow
def test_the_state_is_told_in_words(tmp_path: Path) -> None:
    code = "print(tracing.state(settings)); print(tracing.state(load_settings(tracing='langsmith')))"
    local, remote = run(code, tmp_path, "http://127.0.0.1:9").stdout.splitlines()
    assert "nothing is sent" in local
    assert remote.startswith("(False, 'langsmith: http://127.0.0.1:9 does not answer")


def vade(tmp_path: Path, url: str, *arguments: str, tracing: str) -> dict:
    environment = {
        **os.environ, "VADE_HOME": str(tmp_path / "home"), "VADE_TRACING": tracing, "LANGSMITH_TRACING": "true",
        "LANGSMITH_ENDPOINT": url, "LANGSMITH_API_KEY": "lsv2_pt_0123456789", "VADE_MODEL": "extractive",
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "vademecum", *arguments, "--json"],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=100,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


@pytest.mark.slow
def test_a_question_arrives_node_by_node_under_the_id_that_the_answer_names(recorder: Recorder, tmp_path: Path) -> None:
    note = tmp_path / "cats.md"
    note.write_text("A cat sleeps up to sixteen hours a day.\n")
    question = "How many hours does a cat sleep?"
    vade(tmp_path, recorder.url, "ingest", str(note), tracing="local")
    vade(tmp_path, recorder.url, "ask", question, tracing="local")
    vade(tmp_path, recorder.url, "search", question, tracing="off")
    assert recorder.requests == []
    answer = vade(tmp_path, recorder.url, "ask", question, tracing="langsmith")
    runs = recorder.runs()
    root = runs[answer["run_id"]]
    assert root["name"] == "answer"
    assert root["inputs"] == {"question": question}
    children = sorted(
        (run for run in runs.values() if run.get("parent_run_id") == answer["run_id"]),
        key=lambda run: run["dotted_order"],
    )
    steps = ["condense_question", "retrieve", "compute", "grade_documents", "draft_extractive", "verify", "finish"]
    assert [run["name"] for run in children] == steps
    assert all(run["end_time"] for run in runs.values())
    before = len(recorder.requests)
    vade(tmp_path, recorder.url, "search", question, tracing="langsmith")
    assert len(recorder.requests) > before
