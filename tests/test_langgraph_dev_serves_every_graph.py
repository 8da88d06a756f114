"""`langgraph dev` with our `langgraph.json` serves every graph; a client gives names, and the settings the rest."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import vademecum
from vademecum import graphs, langgraph_server

ROOT = Path(__file__).parent.parent
CONFIG = json.loads((ROOT / "langgraph.json").read_text("utf-8"))
QUESTION = "How long does a cat sleep?"

RUNS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "chain": ({"inputs": {"text": "Thank you, great work"}}, {"model": "embedded"}),
    "code": ({"question": "What is 2 to the power of 10?"}, {"model": "embedded"}),
    "plan": ({"question": "What is 12 * 12?"}, {"model": "embedded"}),
}
"""What a graph is given, and what the client chooses, where that is not a question to the documents."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running `langgraph dev`, over a workspace of one document."""
    command = shutil.which("langgraph", path=str(Path(sys.executable).parent))
    assert command
    folder, home, work = (tmp_path_factory.mktemp(name) for name in ("notes", "workspace", "work"))
    (folder / "cats.md").write_text("A cat sleeps up to sixteen hours a day.\n", "utf-8")
    vademecum.open(folder, home=home).close()
    # The server keeps its state in the working folder, and looks for our files from there.
    shutil.copy(ROOT / "langgraph.json", work)
    (work / "vademecum").symlink_to(ROOT / "vademecum")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    arguments = ["--no-browser", "--no-reload", "--allow-blocking", "--port", str(port)]
    environment = {**os.environ, "VADE_HOME": str(home), "VADE_MODEL": "extractive"}
    log = (work / "log").open("wb")
    process = subprocess.Popen(
        [command, "dev", *arguments, "--config", "langgraph.json"],
        cwd=work,
        env=environment,
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    try:
        yield _when_ready(process, f"http://127.0.0.1:{port}", work / "log")
    finally:
        process.terminate()
        process.wait(20)
        log.close()


@pytest.fixture
def client(server: str) -> Iterator[Any]:
    """LangGraph's own client of that server."""
    from langgraph_sdk import get_sync_client

    with get_sync_client(url=server) as client:
        yield client


def _when_ready(process: "subprocess.Popen[bytes]", url: str, log: Path) -> str:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text("utf-8", errors="replace")[-3000:]
        try:
            with urllib.request.urlopen(f"{url}/ok", timeout=2):
                return url
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise AssertionError(log.read_text("utf-8", errors="replace")[-3000:])


def test_every_graph_is_exported() -> None:
    module = "./vademecum/langgraph_server.py"
    assert CONFIG["graphs"] == {name: f"{module}:{name.replace('-', '_')}" for name in graphs.names()}


@pytest.mark.slow
@pytest.mark.parametrize("name", graphs.names())
def test_a_served_graph_has_no_checkpointer_and_offers_names_only(name: str) -> None:
    graph = getattr(langgraph_server, name.replace("-", "_"))()
    assert graph.checkpointer is None
    assert graph.store is None
    offered = graph.get_context_jsonschema()["properties"]
    assert "model" in offered
    assert not {"library", "verifier", "model_name"} & set(offered)
    assert graph.get_graph().draw_mermaid() == graphs.build(name).get_graph().draw_mermaid()


@pytest.mark.slow
@pytest.mark.extra("serve")
@pytest.mark.parametrize("name", graphs.names())
def test_each_graph_is_run_through_the_sdk(name: str, client: Any) -> None:
    given, chosen = RUNS.get(name, ({"question": QUESTION}, {}))
    state: Any = client.runs.wait(None, name, input=given, context=chosen)
    assert "__error__" not in state
    if not chosen:
        assert state["answer"]["citations" if "citations" in state["answer"] else "sentences"]
        assert "sixteen" in state["answer"]["text"]


@pytest.mark.slow
@pytest.mark.extra("serve")
def test_the_server_keeps_conversations_and_facts(client: Any) -> None:
    thread = client.threads.create()["thread_id"]
    for message in ("Hello!", "Remember that I live in Lisbon."):
        client.runs.wait(thread, "chat", input={"question": message}, context={"user": "ada"})
    told: Any = client.threads.get_state(thread)["values"]
    assert [message["type"] for message in told["messages"]] == ["human", "ai"] * 2
    for user, reply in (("ada", "You told me: “I live in Lisbon.”"), ("bob", "You have not told me that.")):
        state: Any = client.runs.wait(None, "chat", input={"question": "Where do I live?"}, context={"user": user})
        assert state["messages"][-1]["content"] == reply


@pytest.mark.slow
@pytest.mark.extra("serve")
def test_a_client_is_told_what_it_may_choose_and_a_wrong_choice_ends_the_run(client: Any) -> None:
    assistant = client.assistants.search(graph_id="chat")[0]["assistant_id"]
    offered: Any = client.assistants.get_schemas(assistant)["context_schema"]
    assert {"model", "technique", "memory", "user"} <= set(offered["properties"])
    with pytest.raises(Exception, match="UsageError"):
        client.runs.wait(
            None, "answer", input={"question": QUESTION}, context={"technique": "magic", "model": "embedded"}
        )
