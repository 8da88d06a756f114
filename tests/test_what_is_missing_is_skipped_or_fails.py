"""A test that lacks an extra, a browser or a model is skipped with the reason; with `--complete`, as in CI, fails."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
NEEDY = """
import pytest

@pytest.mark.extra("nowhere")
def test_needs_an_extra():
    import nowhere

def test_needs_a_browser(chromium):
    pass

def test_needs_the_data(shared):
    pass

def test_needs_a_model(small_model):
    pass

def test_needs_nothing():
    pass
"""


@pytest.fixture
def tests(tmp_path: Path) -> Path:
    """A project of one needy test file, with our conftest."""
    folder = tmp_path / "project" / "tests"
    folder.mkdir(parents=True)
    (folder / "test_needy.py").write_text(NEEDY, "utf-8")
    for name in ("conftest.py", "isolation.py"):
        shutil.copy(ROOT / "tests" / name, folder)
    declared = (ROOT / "pyproject.toml").read_text("utf-8")
    extras = "[project.optional-dependencies]\n"
    (folder.parent / "pyproject.toml").write_text(
        declared.replace(extras, extras + 'nowhere = ["nowhere>=1"]\n'), "utf-8"
    )
    return folder


def summary(tests: Path, *arguments: str) -> tuple[int, str]:
    """Exit status and output of a run in which no browser is on PATH."""
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-rsf", *arguments]
    environment = {**os.environ, "PATH": "/nowhere", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=tests.parent, env=environment, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


@pytest.mark.slow
def test_each_is_skipped_with_its_reason_and_fails_where_nothing_may_be_missing(tests: Path) -> None:
    status, out = summary(tests)
    assert status == 0, out
    assert "1 passed, 4 skipped" in out
    reasons = (
        "the extra nowhere is not installed: ./run setup nowhere",
        "no browser",
        "no evaluation data",
        "no model qwen-0.5b: ./run models pull qwen-0.5b",
    )
    assert [reason for reason in reasons if reason not in out] == []
    status, out = summary(tests, "--complete", "-m", "extra or browser or model or shared")
    assert status == 1, out
    assert "1 deselected, 4 errors" in out
    assert [reason for reason in reasons if reason not in out] == []
