"""Libraries would read `.env` and `matplotlibrc` where a person is, and ask git, whose configuration runs programs."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

WATCHED = """
import json, os, sys

here, opened, started = os.getcwd(), set(), []

def watch(event, arguments):
    if event == "open" and isinstance(arguments[0], str):
        path = os.path.abspath(arguments[0])
        if path.startswith(here + os.sep):
            opened.add(os.path.relpath(path, here))
    elif event == "subprocess.Popen":
        started.append(str(arguments[0]))

sys.addaudithook(watch)
import numpy as np
from vademecum.cli import run
from vademecum.evaluation.report import plots
from vademecum.retrieval.stores._chroma_client import chroma

codes = [run(command) for command in (["ingest", "../notes"], ["ask", "How hot is green tea brewed?"], ["doctor"])]
plots.times(np.array([1.0, 2.0]))
settings = chroma().config.Settings()
print(json.dumps([codes, sorted(opened), started, settings.chroma_api_impl, settings.chroma_server_nofile]))
"""

ENVIRONMENT_FILE = """
CHROMA_API_IMPL=evil.Api
CHROMA_SERVER_NOFILE=many
CHROMA_CLIENT_AUTH_PROVIDER=evil.Provider
CHROMA_OTEL_COLLECTION_ENDPOINT=http://127.0.0.1:9
PERSIST_DIRECTORY=.
ANONYMIZED_TELEMETRY=true
VADE_MODEL=http://127.0.0.1:9/v1
LANGSMITH_TRACING=true
"""


def trap(repository: Path) -> None:
    """Make a repository in which git, asked whether anything has changed, runs a program."""
    program = repository.parent / "program"
    program.write_text(f"#!/bin/sh\ntouch {repository.parent / 'was-run'}\n", "utf-8")
    program.chmod(0o755)
    commit = ["-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "--quiet", "-m", "x"]
    for arguments in (["init", "--quiet"], ["add", "."], commit, ["config", "core.fsmonitor", str(program)]):
        subprocess.run(["git", *arguments], cwd=repository, check=True)
    (repository.parent / "was-run").unlink(missing_ok=True)


@pytest.mark.slow
def test_commands_open_nothing_else_there_and_run_nothing(tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "tea.md").write_text("# Tea\n\nGreen tea is brewed at 80 degrees.\n", "utf-8")
    folder = tmp_path / "downloads"
    folder.mkdir()
    (folder / "vade.toml").write_text('mode = "sparse"', "utf-8")
    (folder / ".env").write_text(ENVIRONMENT_FILE, "utf-8")
    (folder / "matplotlibrc").write_text("text.usetex: True\n", "utf-8")
    if shutil.which("git"):
        trap(folder)
    environment = {
        **os.environ,
        "VADE_HOME": str(tmp_path / "home"),
        "VADE_MODEL": "extractive",
        "VADE_TRACING": "local",
    }
    done = subprocess.run(
        [sys.executable, "-P", "-c", WATCHED], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    codes, opened, started, implementation, open_files = json.loads(done.stdout.splitlines()[-1])
    assert codes == [0, 0, 0]
    assert [path for path in opened if path != "matplotlibrc"] == ["vade.toml"]  # that is read, and outweighed
    assert not [program for program in started if "git" in program]
    assert (implementation.startswith("chromadb."), open_files) == (True, None)
    assert not (tmp_path / "was-run").exists()
