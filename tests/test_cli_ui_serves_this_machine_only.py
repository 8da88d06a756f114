"""`vade ui` announces the page when it is there, listens on this machine only, and leaves nothing running."""

import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from vademecum import web_server
from vademecum.cli import run

ROOT = Path(__file__).resolve().parent.parent


def test_a_port_that_is_taken_is_one_clear_line(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind((web_server.HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert run(["ui", "--headless", "--port", str(port)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err == f"vade: error: port {port} is taken; name another with --port, or leave it out to have one chosen\n"


def test_without_a_port_a_free_one_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind((web_server.HOST, 0))
        taken.listen()
        monkeypatch.setattr(web_server, "FIRST_PORT", taken.getsockname()[1])
        assert web_server._free_port() > taken.getsockname()[1]


@pytest.mark.slow
def test_the_page_comes_up_and_goes_away(tmp_path: Path) -> None:
    if not (ROOT / "ui" / "app.py").exists():
        pytest.skip("ui/app.py is not there")
    process = subprocess.Popen(
        [sys.executable, "-m", "vademecum", "ui", "--headless", "--home", str(tmp_path)],
        cwd=ROOT,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    told = re.search(r"http://127\.0\.0\.1:(\d+)", process.stdout.readline())
    assert told
    with urllib.request.urlopen(f"{told[0]}/_stcore/health", timeout=5) as reply:
        assert reply.status == 200
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=20)
    assert process.returncode == 143
    with socket.socket() as probe:
        assert probe.connect_ex((web_server.HOST, int(told[1]))) != 0
