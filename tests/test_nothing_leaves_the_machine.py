"""The main job, with every socket but loopback refused: it works, and it does not even try.

In a process of its own, as libraries phone home at import, at start and at exit. Python's audit hook sees what Python
code connects to (`guarded.py`); where the system lets us, a network namespace without any network shuts out compiled
code, too. The commands of the README run under the same hook: `test_readme_commands_run_as_written.py`.
"""

import shutil
import subprocess
from pathlib import Path

import pytest
from guarded import Guarded

CHAPTERS = ("05-lstm-and-gru.md", "10-fine-tuning.pdf", "16-language-models-faq.txt")
"""One of each kind that the sample notebook has."""

HELLO = "import urllib.request as u\ntry: u.urlopen('https://example.com', timeout=2)\nexcept OSError as e: print(e)"


def _no_network() -> list[str]:
    """A prefix that takes the network away from a command; empty where the system does not allow it."""
    prefix = ["unshare", "--user", "--map-root-user", "--net"]
    if not shutil.which("unshare") or subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode:
        return []
    return prefix


@pytest.fixture
def guarded(tmp_path: Path) -> Guarded:
    """Runs commands without a network where that can be had, and with refused sockets in any case."""
    return Guarded(tmp_path, _no_network())


@pytest.mark.slow
def test_the_main_job_runs_and_reaches_for_nothing(guarded: Guarded) -> None:
    question = "Why do LSTMs need a forget gate?"
    report, quoted, written, worked, passages, checked, drawn = guarded.vade(
        ["ingest", *(f"samples/handbook/{name}" for name in CHAPTERS)],
        ["ask", question, "--model", "extractive", "--thread", "t1"],
        ["ask", question, "--model", "embedded"],
        ["agent", "What is 17.5% of 2,340?"],
        ["search", "attention"],
        ["doctor"],
        ["graph", "answer"],
    )
    assert (report["added"], report["failed"]) == (len(CHAPTERS), [])
    assert not quoted["abstained"]
    assert quoted["citations"]
    assert written["citations"]
    assert "409.5" in worked["answer"]
    assert [call["tool"] for call in worked["calls"]] == ["calculator"]
    assert passages["hits"]
    assert checked["ok"]
    assert "verify" in drawn["picture"]
    assert guarded.attempts() == ""


def test_the_guard_would_have_seen_it(tmp_path: Path) -> None:
    guarded = Guarded(tmp_path, [])
    assert "refused" in guarded.python("-c", HELLO).stdout
    assert "example.com" in guarded.attempts()
