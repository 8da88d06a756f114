"""The commit-msg hook takes subjects up to 72 characters, and the commits made since it is there keep to it."""

import os
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
HOOK = ".ci/commit_message.py"
SUBJECT = "Cite the page a quote begins on"
VERBOSE = "# ------------------------ >8 ------------------------\ndiff --git a/b b/b\n" + "+" * 100


fault = runpy.run_path(str(ROOT / HOOK))["fault"]


@pytest.mark.parametrize(
    "message",
    [
        f"{SUBJECT}\n",
        "a" * 72,
        "ü" * 72,  # characters, not bytes
        f"{SUBJECT}\n\n{'The body may have longer lines. ' * 4}\n",
        f"\n\n{SUBJECT}\n# Please enter the commit message for your changes.\n# {'x' * 80}\n",
        f"# {'x' * 80}\n{SUBJECT}\n#\n\nWhy.\n",
        f"{SUBJECT}\n{VERBOSE}\n",
        f"Merge branch '{'b' * 80}'\n",
        f'Revert "{"a" * 72}"\n\nThis reverts commit 1234567.\n',
        f"fixup! {'a' * 72}\n",
        f"{SUBJECT}  \n  \nWhy.\n",
        "# nothing but comments: git itself refuses an empty message\n",
    ],
)
def test_a_good_message_is_taken(message: str) -> None:
    assert fault(message) == ""


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("a" * 73, "73 characters"),
        ("ü" * 73, "73 characters"),
        (f"# a comment\n\n{'a' * 73}\n\nWhy.\n", "73 characters"),
        (f"{SUBJECT}\nWhy, without an empty line.\n", "second line"),
        (f"{SUBJECT}\n# a comment is no empty line\nWhy.\n", "second line"),
        (f"Merge what two readers found into one list, {'a' * 40}\n", "characters"),
    ],
)
def test_a_bad_message_is_refused_in_one_line(message: str, told: str) -> None:
    assert told in fault(message)
    assert "\n" not in fault(message)


@pytest.mark.parametrize(("message", "status"), [("ü" * 72, 0), ("ü" * 73, 1)])
def test_the_script_tells_git_by_its_exit_status(message: str, status: int, tmp_path: Path) -> None:
    file = tmp_path / "COMMIT_EDITMSG"
    file.write_text(message, "utf-8")
    # git says nothing of an encoding: in the plainest locale, too, characters are counted.
    done = subprocess.run(
        [sys.executable, HOOK, str(file)], cwd=ROOT, env={"LC_ALL": "C"}, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr.count("\n")) == (status, status)


@pytest.mark.slow
def test_the_hook_is_installed_and_stops_a_commit(tmp_path: Path) -> None:
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))
    hooks = [hook for hook in config["repos"][0]["hooks"] if hook.get("stages") == ["commit-msg"]]
    hooks[0]["entry"] = f"{sys.executable} {ROOT / HOOK}"
    config["repos"][0]["hooks"] = hooks  # the others would lint, and run these tests again
    (tmp_path / ".pre-commit-config.yaml").write_text(yaml.safe_dump(config), "utf-8")
    pre_commit = shutil.which("pre-commit", path=str(Path(sys.executable).parent))
    assert pre_commit
    git("init", "--quiet", folder=tmp_path)
    subprocess.run([pre_commit, "install"], cwd=tmp_path, env=environment(), check=True, capture_output=True)
    assert {hook.name for hook in (tmp_path / ".git" / "hooks").iterdir()} >= {"pre-commit", "commit-msg"}
    commit = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org", "commit", "--allow-empty", "-m")
    assert git(*commit, "a" * 73, folder=tmp_path).returncode == 1
    assert git(*commit, SUBJECT, folder=tmp_path).returncode == 0
    assert git("log", "--format=%s", folder=tmp_path).stdout == f"{SUBJECT}\n"


def test_commits_since_the_hook_is_there_keep_to_it() -> None:
    if git("rev-parse", "--show-toplevel").stdout.strip() != str(ROOT):
        pytest.skip("not a git checkout, so there is no history")
    if git("rev-parse", "--is-shallow-repository").stdout.strip() != "false":
        pytest.skip("a shallow clone, which does not hold the history")
    added = git("log", "--diff-filter=A", "--format=%H", "--", HOOK).stdout.split()
    if not added:
        pytest.skip(f"the commit that adds {HOOK} is not in the history")
    # Of those that descend from it: a branch begun before had no hook.
    since = git("log", "--ancestry-path", "--no-merges", "--format=%B%x00", f"{added[-1]}..HEAD").stdout
    messages = [message.strip("\n") for message in since.split("\0") if message.strip()]
    assert {message.partition("\n")[0]: fault(message) for message in messages if fault(message)} == {}


def git(*arguments: str, folder: Path = ROOT) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["git", *arguments], cwd=folder, env=environment(), capture_output=True, text=True, check=False
    )


def environment() -> dict[str, str]:
    """Without what git tells a hook of its own repository, where these tests are run by one."""
    return {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
