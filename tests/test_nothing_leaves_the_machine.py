"""The main job, with every socket but loopback refused: it works, and it does not even try.

In a process of its own, as libraries phone home at import, at start and at exit. Python's audit hook sees what Python
code connects to; where the system lets us, a network namespace without any network shuts out compiled code, too.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from commands import in_one_process

ROOT = Path(__file__).resolve().parent.parent
GUARD = """
import ipaddress, os, sys

def local(host):
    name = host.decode() if isinstance(host, bytes) else str(host or "localhost")
    try:
        return ipaddress.ip_address(name).is_loopback or ipaddress.ip_address(name).is_unspecified
    except ValueError:
        return name == "localhost"

def refuse(event, arguments):
    if event in ("socket.connect", "socket.sendto") and isinstance(arguments[1], tuple):
        host = arguments[1][0]
    elif event == "socket.getaddrinfo":
        host = arguments[0]
    else:
        return
    if not local(host):
        with open(os.environ["GUARD_LOG"], "a") as log:
            log.write(f"{event} {host}\\n")
        raise OSError(f"refused: {host}")

sys.addaudithook(refuse)
"""
CHAPTERS = ("05-lstm-and-gru.md", "10-fine-tuning.pdf", "16-language-models-faq.txt")
"""One of each kind that the sample notebook has."""

HELLO = "import urllib.request as u\ntry: u.urlopen('https://example.com', timeout=2)\nexcept OSError as e: print(e)"
EVERYTHING_ON = {
    "LANGSMITH_TRACING": "true", "LANGCHAIN_TRACING_V2": "true", "LANGSMITH_API_KEY": "lsv2_pt_0123456789",
    "ANONYMIZED_TELEMETRY": "true", "CHROMA_OTEL_COLLECTION_ENDPOINT": "", "VADE_TRACING": "local",
}  # fmt: skip


class Guarded:
    """Runs `vade` with a guard at its sockets, everything switched on that would phone home."""

    def __init__(self, folder: Path, prefix: list[str]) -> None:
        (folder / "guard").mkdir()
        (folder / "guard" / "sitecustomize.py").write_text(GUARD)
        self.log = folder / "guard.log"
        self.prefix = prefix
        self.environment = {
            **os.environ,
            **EVERYTHING_ON,
            "PYTHONPATH": str(folder / "guard"),
            "GUARD_LOG": str(self.log),
            "VADE_HOME": str(folder / "home"),
        }

    def python(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [*self.prefix, sys.executable, *arguments]
        return subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=300)

    def vade(self, *commands: list[str]) -> list[dict]:
        return in_one_process(*commands, environment=self.environment, prefix=self.prefix)

    def attempts(self) -> str:
        return self.log.read_text() if self.log.exists() else ""


def _no_network() -> list[str]:
    """A prefix that takes the network away from a command; empty where the system does not allow it."""
    prefix = ["unshare", "--user", "--map-root-user", "--net"]
    if not shutil.which("unshare") or subprocess.run([*prefix, "true"], capture_output=True).returncode:
        return []
    return prefix


@pytest.fixture(params=["guard", "no network"])
def guarded(request: pytest.FixtureRequest, tmp_path: Path) -> Guarded:
    prefix = _no_network() if request.param == "no network" else []
    if request.param == "no network" and not prefix:
        pytest.skip("this system does not let a user take the network away from a process (unshare --net)")
    return Guarded(tmp_path, prefix)


@pytest.mark.slow
def test_the_main_job_runs_and_reaches_for_nothing(guarded: Guarded) -> None:
    report, answer, found, checked, drawn = guarded.vade(
        ["ingest", *(f"samples/handbook/{name}" for name in CHAPTERS)],
        ["ask", "Why do LSTMs need a forget gate?", "--model", "extractive", "--thread", "t1"],
        ["search", "attention"],
        ["doctor"],
        ["graph", "answer"],
    )
    assert (report["added"], report["failed"]) == (len(CHAPTERS), [])
    assert not answer["abstained"]
    assert answer["citations"]
    assert found["hits"]
    assert checked["ok"]
    assert "verify" in drawn["picture"]
    assert guarded.attempts() == ""


@pytest.mark.slow
def test_the_embedded_model_and_the_agent_reach_for_nothing(guarded: Guarded) -> None:
    _, answer, worked = guarded.vade(
        ["ingest", "samples/handbook/05-lstm-and-gru.md"],
        ["ask", "Why do LSTMs need a forget gate?", "--model", "embedded"],
        ["agent", "What is 17.5% of 2,340?"],
    )
    assert answer["citations"]
    assert "409.5" in worked["answer"]
    assert [call["tool"] for call in worked["calls"]] == ["calculator"]
    assert guarded.attempts() == ""


@pytest.mark.slow
def test_prompts_chains_and_tools_reach_for_nothing(tmp_path: Path) -> None:
    guarded = Guarded(tmp_path, [])
    (tmp_path / "cases.jsonl").write_text('{"id": "1", "question": "What is 17.5% of 2,340?"}\n', "utf-8")
    called, replied, chained, *others = guarded.vade(
        ["tools", "--batch", str(tmp_path / "cases.jsonl")],
        ["prompts", "try", "tasks/classify-sentiment", "-i", "text=I love it"],
        ["chain", "reply", "-i", "text=Thank you, great work!"],
        ["code", "How many primes are below 100?"],
        ["plan", "Work out 17.5% of 2,340, then divide it by 3."],
        ["chat", "Remember that my name is Ada."],
    )
    assert called["call"]["name"] == "calculator"
    assert replied["reply"]
    assert chained["output"]
    assert len(others) == 3
    assert all(others)
    assert guarded.attempts() == ""


def test_the_guard_would_have_seen_it(tmp_path: Path) -> None:
    guarded = Guarded(tmp_path, [])
    assert "refused" in guarded.python("-c", HELLO).stdout
    assert "example.com" in guarded.attempts()
