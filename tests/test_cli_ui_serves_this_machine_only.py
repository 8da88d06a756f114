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

from vademecum import page_access, web_server
from vademecum.cli import run
from vademecum.retrieval.maintenance.scratch import remove_left_overs

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
        with (
            web_server._listener(web_server.HOST, None) as first,
            web_server._listener(web_server.HOST, None) as second,
        ):
            ports = [listener.getsockname()[1] for listener in (taken, first, second)]
    assert sorted(set(ports)) == ports  # each is held from the moment that it was chosen


@pytest.mark.slow
@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGKILL, -9)])
def test_the_page_comes_up_and_goes_away(tmp_path: Path, number: signal.Signals, code: int) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "vademecum", "ui", "--headless", "--home", str(tmp_path)],
        cwd=ROOT,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout
    told = re.search(r"http://127\.0\.0\.1:(\d+)(?=/\?token=[0-9a-f]{32}$)", process.stdout.readline().rstrip())
    assert told
    with urllib.request.urlopen(f"{told[0]}/_stcore/health", timeout=5) as reply:
        assert reply.status == 200
    if number == signal.SIGINT:
        os.killpg(process.pid, number)  # as a terminal does: the page's process hears it, too
    else:
        process.send_signal(number)
    _, complaints = process.communicate(timeout=60)  # the page's process holds stderr, too, until it ends
    assert (process.returncode, complaints.strip()) == (code, "")
    if number == signal.SIGKILL:
        remove_left_overs(tmp_path, tmp_path)
    assert [file.name for file in tmp_path.glob(".page*")] == [page_access.TOKEN_FILE]
    with socket.socket() as probe:
        assert probe.connect_ex((web_server.HOST, int(told[1]))) != 0


def test_an_address_of_other_machines_is_one_clear_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert run(["ui", "--headless", "--host", "0.0.0.0", "--home", str(tmp_path)]) == 2
    assert capsys.readouterr().err == (
        "vade: error: the chat cannot listen at '0.0.0.0': it has no sign-in yet, so only this machine may ask; "
        "leave --host out, or name 127.0.0.1, ::1 or localhost\n"
    )
    (tmp_path / "vade.toml").write_text("mode = ")
    assert run(["ui", "--headless", "--home", str(tmp_path)]) == 2
    assert "cannot be read as TOML" in capsys.readouterr().err
