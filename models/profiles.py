"""What was measured of a chat model by `vade models probe`: kept by the model's name and by what its weights are.

Profiles lie beside the models, for all workspaces. Those of models that were probed for the catalogue come with the
program, in `measured/`; one that was measured on this machine is used instead.
"""

import functools
import hashlib
import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, ValidationError

from vademecum.core.atomic_write import write_whole
from vademecum.core.settings import from_here, models_folder
from vademecum.models.local_models import EMBEDDED, is_in_process, local_models, resolved, split_adapter
from vademecum.models.weights import SMOLLM2

SHIPPED = Path(__file__).with_name("measured")

_ENDS = 1 << 20
"""Bytes at each end of a file that say which weights it holds: to read gigabytes would take as long as to load them."""


class Result(BaseModel):
    """One task. `said`: the reply, cut short; `wanted`: what would have been right; `seconds` it took."""

    model_config = ConfigDict(frozen=True)

    task: str
    ability: str
    passed: bool
    said: str = ""
    wanted: str = ""
    seconds: float = 0.0


class Profile(BaseModel):
    """What a model can do. `tasks` and `fingerprint` name the tasks and the weights, `day` is ISO.

    `read` and `written` are tokens a second on the machine where it was probed, `context` the most tokens of a text in
    which it found a line; 0: not measured.
    """

    model_config = ConfigDict(frozen=True)

    model: str
    fingerprint: str
    tasks: str
    day: str
    results: tuple[Result, ...] = ()
    read: float = 0.0
    written: float = 0.0
    context: int = 0

    def counts(self) -> Mapping[str, tuple[int, int]]:
        """For each ability how many tasks were passed, and how many there were."""
        request = Counter(result.ability for result in self.results)
        passed = Counter(result.ability for result in self.results if result.passed)
        return {ability: (passed[ability], count) for ability, count in request.items()}

    def share(self, ability: str) -> float:
        """Share of the ability's tasks that were passed; 0 where none was asked."""
        passed, request = self.counts().get(ability, (0, 0))
        return passed / request if request else 0.0

    @property
    def failed(self) -> list[Result]:
        """The tasks that were not passed."""
        return [result for result in self.results if not result.passed]


def profile_of(name: str) -> Profile | None:
    """What was measured of the chat model called `name`, here or for the catalogue; None where nothing was."""
    file = file_of(name)
    return _read(file) or _read(SHIPPED / file.name)


def is_from_here(name: str) -> bool:
    """Whether the profile was measured on this machine."""
    return _read(file_of(name)) is not None


def unfinished(name: str) -> Profile | None:
    """What a probe that was interrupted had measured."""
    return _read(_partial(name))


def store(name: str, profile: Profile, *, whole: bool) -> None:
    """Keep a profile, in one step; one that is not `whole` beside what is there, for the next probe to go on from.

    Raises:
        OSError: it cannot be written; what was there stays.
    """
    content = profile.model_dump_json(indent=1).encode()
    write_whole(file_of(name) if whole else _partial(name), content)
    if whole:
        _partial(name).unlink(missing_ok=True)


def file_of(name: str) -> Path:
    """Where the profile of the model is kept."""
    return models_folder() / "profiles" / f"{_label(resolved(name))}-{fingerprint(name)[:8]}.json"


def shown(name: str) -> str:
    """The name without a password that it may hold."""
    return re.sub(r"(?<=://)[^/@\s]+@", "***@", name)


def fingerprint(name: str) -> str:
    """Which weights the name means, as SHA-256 in hex; of a server or provider, which does not tell, the name."""
    name = resolved(name)
    base, adapter = split_adapter(name)
    parts = [_weights(base), adapter and _weights(adapter)]
    return parts[0] if not adapter else hashlib.sha256(":".join(parts).encode()).hexdigest()


def _weights(name: str) -> str:
    if name == EMBEDDED:
        return SMOLLM2.sha256
    if model := local_models().get(name):
        return model.sha256
    path = from_here(name)
    try:
        stat = path.stat()
        return _ends(path, stat.st_size, stat.st_mtime_ns)
    except OSError:
        return hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()


@functools.lru_cache(maxsize=64)
def _ends(path: Path, size: int, changed: int) -> str:  # noqa: ARG001 (a file that changed is read anew)
    with path.open("rb") as file:
        digest = hashlib.sha256(f"{size} ".encode() + file.read(_ENDS))
        file.seek(max(0, size - _ENDS))
        return digest.hexdigest() if size <= _ENDS else hashlib.sha256(digest.digest() + file.read()).hexdigest()


def _label(name: str) -> str:
    """The name as part of a file's name."""
    text = (urlsplit(name).hostname or "server") if name.startswith(("http://", "https://")) else name
    text = Path(text).name if is_in_process(name) else text
    return re.sub(r"[^A-Za-z0-9.+-]+", "-", text)[-60:]


def _partial(name: str) -> Path:
    return file_of(name).with_suffix(".part.json")


def _read(file: Path) -> Profile | None:
    try:
        stat = file.stat()
        return _parsed(file, stat.st_size, stat.st_mtime_ns)
    except OSError:
        return None


@functools.lru_cache(maxsize=64)
def _parsed(file: Path, size: int, changed: int) -> Profile | None:  # noqa: ARG001 (as above)
    try:
        return Profile.model_validate_json(file.read_bytes())
    except ValidationError:  # damaged, or of another version: as if it were not there
        return None
