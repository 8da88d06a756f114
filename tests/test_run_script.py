"""`./run` sets up once, from any folder, after interruptions and twice at once; with a stand-in for uv, so offline."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

UV = r"""#!/bin/sh
# Stands in for uv: notes what it is asked for, and makes the two files that `run` looks at.
echo "$*" >>"$CALLS"
case "$1 ${2:-}" in
"venv "*)
    for venv; do :; done
    mkdir -p "$venv/bin" && ln -s "$PYTHON" "$venv/bin/python" ;;
"pip sync")
    sleep "${SLOW:-0}"
    [ -z "${OFFLINE:-}" ] || { printf 'error: Request failed\n  Caused by: no network\n' >&2; exit 2; } ;;
"pip install")
    printf '#!/bin/sh\nprintf "%%s|" "$PWD" "$@"\n' >"$PWD/.venv/bin/vade" && chmod +x "$PWD/.venv/bin/vade" ;;
esac
"""


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    folder = tmp_path / "a clone"
    folder.mkdir()
    for name in ("run", "requirements.lock", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    return folder


@pytest.fixture
def run(clone: Path, tmp_path: Path) -> Callable[..., subprocess.Popen[str]]:
    tools = tmp_path / "bin"
    tools.mkdir()
    (tools / "uv").write_text(UV)
    (tools / "uv").chmod(0o755)
    (tools / "python3").symlink_to(sys.executable)

    def start(*arguments: str, cwd: Path = tmp_path, **environment: str) -> subprocess.Popen[str]:
        found = {"PATH": f"{tools}:{os.environ['PATH']}", "CALLS": str(tmp_path / "calls"), "PYTHON": sys.executable}
        return subprocess.Popen(
            [clone / "run", *arguments],
            cwd=cwd,
            env=found | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    return start


def calls(tmp_path: Path) -> list[str]:
    """What uv was asked to do, each time, less asking for its version."""
    log = tmp_path / "calls"
    return [line for line in log.read_text().splitlines() if line != "--version"] if log.exists() else []


@pytest.mark.slow
def test_it_hands_over_in_the_callers_folder_with_the_arguments_as_given(run, tmp_path: Path) -> None:
    out, err = run("ask", "two words", "").communicate()
    assert out == f"{tmp_path}|ask|two words||"
    assert err.splitlines()[-1].startswith("run: ready after")


@pytest.mark.slow
def test_without_arguments_it_opens_the_chat(run, tmp_path: Path) -> None:
    assert run().communicate()[0] == f"{tmp_path}|ui|"


def test_a_second_start_asks_uv_for_nothing_and_says_nothing(run, tmp_path: Path) -> None:
    run("x").communicate()
    before = calls(tmp_path)
    out, err = run("x").communicate()
    assert out.endswith("|x|")
    assert err == ""
    assert calls(tmp_path) == before


def test_bytecode_is_kept_even_where_the_image_forbids_it(run, clone: Path) -> None:
    run("x").communicate()
    (clone / ".venv" / "bin" / "vade").write_text('#!/bin/sh\necho "${PYTHONDONTWRITEBYTECODE-it is}"\n')
    assert run("x", PYTHONDONTWRITEBYTECODE="1").communicate()[0] == "it is\n"


def test_only_wheels_with_known_hashes_are_installed(run, tmp_path: Path) -> None:
    run("x").communicate()
    sync = next(call for call in calls(tmp_path) if call.startswith("pip sync"))
    assert "--require-hashes" in sync
    assert "--no-build" in sync


@pytest.mark.slow
def test_a_changed_lock_is_synced_again(run, clone: Path, tmp_path: Path) -> None:
    run("x").communicate()
    with (clone / "requirements.lock").open("a") as lock:
        lock.write("# changed\n")
    run("x").communicate()
    assert sum(call.startswith("pip sync") for call in calls(tmp_path)) == 2
    assert sum(call.startswith("venv") for call in calls(tmp_path)) == 1


@pytest.mark.slow
def test_extras_stay_through_later_syncs(run, clone: Path) -> None:
    run("setup", "ollama").communicate()
    with (clone / "requirements.lock").open("a") as lock:
        lock.write("\n")
    run("x").communicate()
    installed = (clone / ".uv" / "wanted.txt").read_text()
    assert "langchain-ollama==" in installed
    assert "langchain-anthropic==" not in installed


def test_an_unknown_extra_is_refused_with_those_there_are(run, tmp_path: Path) -> None:
    started = run("setup", "nonsense")
    assert "there are: anthropic faiss huggingface" in started.communicate()[1]
    assert started.returncode == 1
    assert calls(tmp_path) == []


@pytest.mark.slow
def test_a_failed_download_is_one_line_and_is_tried_again(run, tmp_path: Path) -> None:
    failed = run("x", OFFLINE="1")
    out, err = failed.communicate()
    errors = [line for line in err.splitlines() if "error" in line]
    assert failed.returncode == 1
    assert out == ""
    assert len(errors) == 1
    assert errors[0].startswith("run: error: set-up stopped: Request failed (no network)")
    assert run("x").communicate()[0].endswith("|x|")


@pytest.mark.slow
def test_a_failed_update_leaves_what_worked(run, clone: Path) -> None:
    run("x").communicate()
    lock = (clone / "requirements.lock").read_bytes()
    (clone / "requirements.lock").write_bytes(lock + b"# newer\n")
    run("x", OFFLINE="1").communicate()
    (clone / "requirements.lock").write_bytes(lock)
    out, err = run("x", OFFLINE="1").communicate()
    assert out.endswith("|x|")
    assert err == ""


@pytest.mark.slow
def test_an_interrupted_set_up_is_made_anew(run, clone: Path, tmp_path: Path) -> None:
    first = run("x", SLOW="20")
    for _ in range(200):
        if any(call.startswith("pip sync") for call in calls(tmp_path)):
            break
        time.sleep(0.05)
    os.killpg(first.pid, signal.SIGKILL)
    first.communicate()
    assert not (clone / ".venv" / "stamp").exists()
    assert run("x").communicate()[0].endswith("|x|")
    assert sum(call.startswith("venv") for call in calls(tmp_path)) == 2


@pytest.mark.slow
def test_two_starts_in_a_fresh_clone_set_up_once(run, tmp_path: Path) -> None:
    both = [run("a", SLOW="0.5"), run("b", SLOW="0.5")]
    assert [started.communicate()[0][-3:] for started in both] == ["|a|", "|b|"]
    assert sum(call.startswith("pip sync") for call in calls(tmp_path)) == 1


@pytest.mark.slow
def test_a_moved_clone_gets_a_new_environment(run, clone: Path, tmp_path: Path) -> None:
    run("x").communicate()
    moved = clone.rename(tmp_path / "elsewhere")
    clone.symlink_to(moved)
    run("x").communicate()
    assert sum(call.startswith("venv") for call in calls(tmp_path)) == 2


def test_without_a_fitting_python_it_says_which_is_needed(clone: Path, tmp_path: Path) -> None:
    few = tmp_path / "few"
    few.mkdir()
    for name in ("sh", "cat", "cmp", "mkdir", "dirname"):
        (few / name).symlink_to(str(shutil.which(name)))
    done = subprocess.run([clone / "run", "x"], env={"PATH": str(few)}, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("run: error: Python 3.11 to 3.14 is needed")


def test_the_scripts_are_plain_shell() -> None:
    shell = shutil.which("dash") or "sh"
    for script in ("run", ".ci/lock"):
        subprocess.run([shell, "-n", ROOT / script], check=True)
