"""`vade eval` from end to end: into the local trace store, or to nowhere at all; labels; cases kept; regressions."""

import json
import os
import re
import socketserver
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from vademecum import trace_store, tracing
from vademecum.cli import run
from vademecum.core.settings import load_settings
from vademecum.tracing.traces import Filters, Traces

ROOT = Path(__file__).parent.parent
NOTE = """# Cats

A cat sleeps up to sixteen hours a day. The Turkish Van likes to swim.

# Tea

Green tea is brewed at eighty degrees Celsius, and for two minutes at most.
"""
CASES = [
    {"id": "cat", "question": "How many hours does a cat sleep?", "answer": ["sixteen hours"],
     "evidence": "A cat sleeps up to sixteen hours a day."},
    {"id": "tea", "question": "How hot is green tea brewed?", "answer": ["eighty degrees"],
     "evidence": "Green tea is brewed at eighty degrees Celsius"},
    {"id": "no", "question": "Who won the football world championship of 1954?", "evidence": None, "answer": None},
]  # fmt: skip


@pytest.fixture(scope="module")
def notes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("eval")
    (folder / "docs").mkdir()
    (folder / "docs" / "notes.md").write_text(NOTE)
    (folder / "cases.jsonl").write_text("\n".join(map(json.dumps, CASES)))
    return folder


@pytest.fixture(scope="module")
def home(notes: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("workspace")
    assert run(["ingest", str(notes / "docs"), "--home", str(home)]) == 0
    return home


@pytest.fixture
def vade(home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs `vade eval` with `--json`, without a trace store; what it said, or its error."""
    monkeypatch.setenv("VADE_TRACING", "off")
    monkeypatch.setenv("VADE_MODEL", "extractive")

    def call(*arguments: str, code: int = 0) -> Any:
        capsys.readouterr()
        assert run(["eval", *arguments, "--json", "--home", str(home)]) == code
        shown = capsys.readouterr()
        return json.loads(shown.out) if code == 0 else shown.err

    return call


@pytest.mark.slow
def test_two_variants_are_run_and_compared(vade: Any, notes: Path, tmp_path: Path) -> None:
    cases = str(notes / "cases.jsonl")
    first = vade("run", cases, "-v", "mode=best,name=one", "--report", str(tmp_path / "one.html"))
    assert (first["cases"], first["errors"]) == (3, [])
    assert first["metrics"]["evidence_covered"]["value"] == 1
    assert first["metrics"]["abstention_recall"]["value"] == 1
    assert "one on cases" in (tmp_path / "one.html").read_text()
    second = vade("run", cases, "-v", "mode=sparse,name=two", "--seed", "4")
    assert (second["seed"], second["settings"]["mode"]) == (4, "sparse")
    compared = vade("compare", "one", "two")
    assert compared["first"] == first["experiment"]
    assert compared["cases"] == 3
    assert Path(compared["report"]).read_text().startswith("<!doctype html>")
    listed = [it["name"] for it in vade("list")["experiments"]]
    assert listed[-2:] == [first["experiment"], second["experiment"]]


@pytest.mark.slow
def test_documents_get_a_workspace_of_their_own(vade: Any, notes: Path, tmp_path: Path, home: Path) -> None:
    (tmp_path / "other.md").write_text("Ravens live for up to twenty years.\n")
    question = {"id": "r", "question": "How long do ravens live?", "evidence": "Ravens live for up to twenty years."}
    (tmp_path / "q.jsonl").write_text(json.dumps(question))
    told = vade("run", str(tmp_path / "q.jsonl"), "--documents", str(tmp_path / "other.md"))
    assert told["metrics"]["mrr@10"]["value"] == 1
    assert "does not hold" not in str(told["notes"])
    assert "do not hold the evidence of 1 cases" in str(vade("run", str(tmp_path / "q.jsonl"))["notes"])


@pytest.mark.slow
def test_people_label_with_one_key_a_case_and_go_on_where_they_stopped(
    vade: Any, notes: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made = vade("run", str(notes / "cases.jsonl"), "-v", "name=labelled")["experiment"]

    def press(keys: str) -> None:
        waiting = list(keys)
        monkeypatch.setattr(click, "getchar", lambda: waiting.pop(0))

    def label(person: str) -> str:
        capsys.readouterr()
        assert run(["eval", "label", made, "--person", person, "--home", str(load_settings().home)]) == 0
        return capsys.readouterr().out

    monkeypatch.setenv("VADE_HOME", str(Path(vade("show", made)["report"]).parents[2]))
    press("yxq")
    assert "1 of 3 cases" in label("ann")
    press("nbyn")  # of the second case: no, back, yes; of the third: no
    told = label("ann")
    assert "3 of 3 cases" in told
    assert CASES[0]["question"] not in told
    assert vade("agreement", made, code=2).count("needs two people; 1 labelled")
    press("yyy")
    label("bob")
    kappa = vade("agreement", made)["agreement"]
    assert kappa == [{"people": ["ann", "bob"], "kappa": 0.0, "cases": 3}]
    assert vade("show", made)["metrics"]["labelled_right"]["value"] == pytest.approx((1 + 1 + 0.5) / 3, abs=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("run", "none.jsonl"), "none.jsonl cannot be read"),
        (("run", "cases.txt"), "is not a data set; give a .jsonl file"),
        (("run", "CASES", "-v", "speed=3"), "a variant has no 'speed'"),
        (("run", "CASES", "-v", "mode=slow"), "named 'slow'"),
        (("run", "CASES", "-v", "model=nonsense"), "no model named 'nonsense'"),
        (("run", "CASES", "-v", "graph=tree"), "no graphs named 'tree'"),
        (("run", "CASES", "--judge", "embedded"), "'embedded' cannot judge answers"),
        (("run", "CASES", "--judge", "auto"), "'embedded' cannot judge answers"),
        (("compare", "a", "b"), "no experiment named 'a'"),
        (("label", "a"), "no experiment named 'a'"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(vade: Any, notes: Path, arguments: tuple, told: str) -> None:
    error = vade(*(str(notes / "cases.jsonl") if it == "CASES" else it for it in arguments), code=2)
    assert told in error
    assert error.count("\n") == 1


@pytest.mark.slow
def test_without_traces_nothing_is_kept_from_them(vade: Any) -> None:
    run_id = "01a212ec-875d-7eb1-9584-8cfa44710520"
    assert "tracing is off" in vade("keep", run_id, "--to", "a.jsonl", code=1)


def test_the_metrics_are_listed_with_their_formulas(vade: Any) -> None:
    listed = {it["name"]: it for it in vade("metrics")["metrics"]}
    assert {"mrr@10", "bleu", "rougeL", "perplexity", "groundedness", "calibration_error", "correctness"} <= set(listed)
    assert all(it["formula"] and it["source"] for it in listed.values())


class Recorder(socketserver.ThreadingTCPServer):
    """Takes every connection for a proxy's or a server's, and keeps the first bytes of what is sent."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Keep)
        self.seen: list[bytes] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Keep(socketserver.BaseRequestHandler):
    server: Recorder

    def handle(self) -> None:
        self.request.settimeout(5)
        try:
            self.server.seen.append(self.request.recv(200))
            self.request.sendall(b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        except OSError:
            self.server.seen.append(b"(nothing)")


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    with Recorder() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def outside(recorder: Recorder, home: Path, **more: str) -> dict[str, str]:
    """An environment that would send everything everywhere, all of it through the recorder."""
    proxies = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"), recorder.url)
    return {
        **os.environ, **proxies, "LANGSMITH_ENDPOINT": recorder.url, "LANGSMITH_API_KEY": "lsv2_pt_0123456789",
        "LANGSMITH_TRACING": "true", "LANGCHAIN_TRACING_V2": "true", "VADE_HOME": str(home), "VADE_MODEL": "extractive",
        **more,
    }  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("traced", "more"), [("local", ["--offline"]), ("local", [])])
def test_nothing_leaves_whatever_the_environment_says(
    recorder: Recorder, home: Path, notes: Path, traced: str, more: list[str]
) -> None:
    command = [sys.executable, "-m", "vademecum", "eval", "run", str(notes / "cases.jsonl"), "--json", *more]
    environment = outside(recorder, home, VADE_TRACING=traced)
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=200)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["metrics"]["evidence_covered"]["value"] == 1
    assert recorder.seen == []


@pytest.mark.slow
def test_compiled_code_does_not_phone_home_either(recorder: Recorder, home: Path) -> None:
    # onnxruntime does, some seconds after a model is loaded, where no audit hook of Python sees it.
    code = (
        "import time; from vademecum.core.settings import load_settings; from vademecum.models import embedding_model;"
        "embedding_model('embedded', load_settings()).embed_query('x'); time.sleep(8)"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=outside(recorder, home), check=True, timeout=100)
    assert recorder.seen == []


@pytest.mark.slow
def test_the_recorder_would_have_seen_it(recorder: Recorder, home: Path) -> None:
    # LangSmith's own way to keep an evaluation to itself does not keep what LangChain runs inside.
    code = """
from langchain_core.runnables import RunnableLambda
from langsmith import Client, evaluate
from langsmith.schemas import Example
import datetime, uuid, os
now = datetime.datetime.now()
one = Example(id=uuid.uuid4(), inputs={"q": "x"}, dataset_id=uuid.uuid4(), created_at=now, modified_at=now)
def target(inputs): return {"a": RunnableLambda(lambda x: x).invoke(inputs["q"])}
evaluate(target, data=[one], upload_results=False, client=Client(api_url="http://127.0.0.1:9", api_key="x"))
os._exit(0)
"""
    subprocess.run([sys.executable, "-c", code], env=outside(recorder, home), capture_output=True, timeout=100)
    if not recorder.seen:  # whether it is sent before the exit is a matter of time: then it is sent when flushed
        flushed = code.replace("os._exit(0)", "from langchain_core.tracers.langchain import wait_for_all_tracers\n"
                               "import time; time.sleep(2); wait_for_all_tracers(); os._exit(0)")  # fmt: skip
        subprocess.run([sys.executable, "-c", flushed], env=outside(recorder, home), capture_output=True, timeout=100)
    assert recorder.seen


@pytest.fixture
def stored(home: Path, notes: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """`vade eval` in a home whose trace server runs; it is stopped at the end."""
    monkeypatch.setenv("VADE_TRACING", "local")
    monkeypatch.setenv("VADE_MODEL", "extractive")
    settings = load_settings(home=home)
    # By another process, which leaves it running: ours would be told that it dropped a child.
    start = "import sys, tracing.local as t, core.settings as c; t.ensure(c.load_settings(home=sys.argv[1]))"
    subprocess.run([sys.executable, "-c", start, str(home)], cwd=ROOT, check=True, timeout=100)
    yield trace_store.client_of(settings)
    from vademecum.tracing.server_address import place

    if found := place(home):
        os.kill(found.pid, 15)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Function get_test_results is in beta")
def test_an_experiment_is_in_the_trace_store(
    stored: Any, home: Path, notes: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    client = stored
    cases = str(notes / "cases.jsonl")
    assert run(["eval", "run", cases, "-v", "name=kept", "--json", "--home", str(home)]) == 0
    told = json.loads(capsys.readouterr().out)
    project = client.read_project(project_name=told["experiment"])
    assert project.reference_dataset_id is not None
    held = list(client.list_examples(dataset_id=project.reference_dataset_id))
    assert sorted(it.metadata["id"] for it in held) == ["cat", "no", "tea"]
    table = client.get_test_results(project_name=told["experiment"])
    assert len(table) == 3
    assert float(table["feedback.evidence_covered"].mean()) == 1
    with Traces(home) as traces:
        runs = traces.find(Filters(project=told["experiment"]), limit=9)
        assert [it["name"] for it in runs] == ["eval answer"] * 3
        assert {it["extra"]["metadata"]["case"] for it in runs} == {"cat", "no", "tea"}
        steps = {step["name"] for step in traces.tree(runs[0]["id"])}
        assert {"answer", "retrieve", "finish"} <= steps
    again = client.read_dataset(dataset_id=project.reference_dataset_id).name
    assert run(["eval", "run", f"langsmith:{again}", "-v", "name=again", "--json", "--home", str(home)]) == 0
    repeated = json.loads(capsys.readouterr().out)
    assert repeated["metrics"]["mrr@10"] == told["metrics"]["mrr@10"]
    assert run(["eval", "run", "langsmith:none", "--home", str(home)]) == 2
    assert f"no data set named 'none'; there are: {again}" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Creating feedback for a run without session_id")
def test_answers_are_kept_as_cases_from_their_traces(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VADE_TRACING", "local")
    monkeypatch.setenv("VADE_MODEL", "extractive")
    monkeypatch.setenv("VADE_HOME", str(home))

    def vade(*arguments: str, code: int = 0) -> Any:
        capsys.readouterr()
        assert run([*arguments, "--json"]) == code
        shown = capsys.readouterr()
        return json.loads(shown.out) if code == 0 else shown.err

    right, refused = (vade("ask", CASES[at]["question"])["run_id"] for at in (0, 2))
    disliked = vade("ask", CASES[1]["question"])["run_id"]
    tracing.feedback(load_settings(), disliked, key="thumbs", score=0)
    tracing.flush()
    file = str(tmp_path / "kept.jsonl")
    added = vade("eval", "keep", right, "--to", file)["added"]
    assert added[0]["question"] == CASES[0]["question"]
    assert CASES[0]["evidence"] in added[0]["evidence"]
    assert vade("eval", "keep", right, "--to", file)["known"] == 1
    assert vade("eval", "keep", refused, "--to", file)["added"][0]["evidence"] is None
    other = vade("eval", "keep", disliked, "--to", file, "--answer", "80 degrees")["added"][0]
    assert other["answer"] == ["80 degrees"]
    assert vade("eval", "run", file, "--offline")["cases"] == 3
    assert "no run" in vade("eval", "keep", "01a212ec-875d-7eb1-9584-8cfa44710520", "--to", file, code=1)

    failed = vade("eval", "from-traces", "--failed", "--to", str(tmp_path / "failed.jsonl"))["added"]
    kinds = {it["question"]: it["kind"] for it in failed}
    assert kinds == {CASES[2]["question"]: "from traces: refused", CASES[1]["question"]: "from traces: disliked"}
    every = vade("eval", "from-traces", "--to", str(tmp_path / "all.jsonl"))["added"]
    assert len(every) == 3


REGRESSIONS = """
import pytest

@pytest.mark.vade_eval("cases.jsonl", variant="extractive", documents="docs")
def test_answers_stay_right(vade_case):
    vade_case.check()
    assert vade_case.scores["calibration_error"] < 0.6
"""


@pytest.mark.slow
def test_a_data_set_is_a_suite_of_regression_tests(notes: Path, tmp_path: Path) -> None:
    (tmp_path / "test_answers.py").write_text(REGRESSIONS)
    (tmp_path / "docs").symlink_to(notes / "docs")
    wrong = [
        {"id": "swim", "question": "Which cat likes to swim?", "evidence": "The Siamese loves long walks at night."},
        {"id": "asked", "question": "How many hours does a cat sleep?", "evidence": None},
    ]
    (tmp_path / "cases.jsonl").write_text("\n".join(map(json.dumps, [*CASES, *wrong])))
    plugin = ["-p", "vademecum.pytest_plugin"]
    command = [sys.executable, "-m", "pytest", "-q", *plugin, "-W", "ignore", "--strict-markers"]
    if entry_point_is_installed():
        command[4:6] = []
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "VADE_HOME": str(tmp_path / "home")}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=200)
    assert "2 failed, 3 passed" in done.stdout, done.stdout + done.stderr
    assert re.search(r"'Which cat likes to swim\?': said .* right is: “The Siamese", done.stdout)
    assert "the documents do not answer this, but it said: A cat sleeps" in done.stdout
    assert "pytest_plugin.py" not in done.stdout


def entry_point_is_installed() -> bool:
    from importlib.metadata import entry_points

    return any(it.value == "vademecum.pytest_plugin" for it in entry_points(group="pytest11"))


@pytest.mark.slow
def test_a_marker_that_names_no_data_set_is_a_usage_error(tmp_path: Path) -> None:
    (tmp_path / "test_answers.py").write_text(REGRESSIONS)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "vademecum.pytest_plugin"]
    if entry_point_is_installed():
        command[4:6] = []
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=100)
    assert done.returncode != 0
    assert "cases.jsonl cannot be read" in done.stdout + done.stderr
