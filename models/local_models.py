"""Models of `catalogue.toml`, which `downloads.py` fetches: what each is, where it is kept, whether it is here.

Their files lie in the person's data folder, and all workspaces share them. Which one the name `auto` stands for is
decided here.
"""

import functools
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from vademecum.core.errors import ModelError, UsageError
from vademecum.core.nearest_name import unknown_name
from vademecum.core.settings import from_here, models_folder
from vademecum.models.cores import total_memory
from vademecum.models.weights import require_pinned
from vademecum.models.wheel_weights import Wheel

CATALOGUE = Path(__file__).with_name("catalogue.toml")

GGUF = ".gguf"
"""How the name of a file of llama.cpp's ends."""

AUTO = "auto"
"""The name that leaves the choice of the chat model to the program."""

EMBEDDED = "embedded"
"""The very small model that comes with the program."""


class Part(NamedTuple):
    """A piece of a model's file: `file` in the wheel, which holds the bytes from `begin` on."""

    wheel: Wheel
    file: str
    begin: int


class LocalModel(NamedTuple):
    """A model that runs in this process. `size` and `memory` are bytes, `context` is tokens.

    `memory` is what the process needs with a context of 4096 tokens. `rank`: of those installed, `auto` is the one with
    the highest. `offered`: proposed to a person who has none. `embeds`: it makes vectors of texts, and no answers.
    `url` is the publisher's address, where it has this file.
    """

    name: str
    title: str
    publisher: str
    licence: str
    size: int
    memory: int
    context: int
    rank: int
    sha256: str
    parts: tuple[Part, ...]
    url: str = ""
    offered: bool = False
    embeds: bool = False

    @property
    def path(self) -> Path:
        """Where its file lies once it is whole."""
        # By content: two installations with different pins do not replace each other's files.
        return models_folder() / f"{self.name}-{self.sha256[:8]}" / (self.url or self.parts[0].file).rpartition("/")[2]

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
    """All chat models of the catalogue by name, in its order."""
    return {name: model for name, model in read(CATALOGUE).items() if not model.embeds}


def encoders() -> Mapping[str, LocalModel]:
    """All models of the catalogue that make vectors of texts, by name."""
    return {name: model for name, model in read(CATALOGUE).items() if model.embeds}


def names_at_hand() -> list[str]:
    """Names of chat models that need nothing more: "auto", those that come with the program, and the installed ones."""
    return [AUTO, EMBEDDED, "extractive", *(model.name for model in local_models().values() if model.is_installed)]


def local_model(name: str) -> LocalModel:
    """The model called `name`, a chat model or an encoder.

    Raises:
        UsageError: there is none; the message offers the nearest name.
    """
    if name not in (models := read(CATALOGUE)):
        raise UsageError(unknown_name("model to pull", name, models))
    return models[name]


def resolved(name: str) -> str:
    """`name`, or for "auto" the name of the chat model that it stands for now: see `automatic`."""
    return automatic().name if name == AUTO else name


class Choice(NamedTuple):
    """The chat model that `auto` stands for, and why, in words."""

    name: str
    reason: str


def automatic() -> Choice:
    """The best installed chat model that fits all of the machine's memory, else the embedded one.

    It follows from what files there are, never from the memory that happens to be free.
    """
    memory = total_memory()
    installed = sorted((model for model in local_models().values() if model.is_installed), key=_rank, reverse=True)
    for model in installed:
        if model.memory <= memory:
            return Choice(model.name, "the best that is installed and fits this machine's memory")
    if installed:
        smallest = min(installed, key=lambda model: model.memory)
        needed = f"{smallest.name} needs {smallest.memory / 1e9:.1f} GB of memory"
        return Choice(EMBEDDED, f"{needed}, and this machine has {memory / 1e9:.1f} GB")
    return Choice(EMBEDDED, "no larger model is installed")


def better_than_embedded() -> LocalModel | None:
    """The chat model to propose to a person whose `auto` is the embedded one; None where it is not, or none fits."""
    memory = total_memory()
    offers = [model for model in local_models().values() if model.offered and model.memory <= memory]
    return max(offers, key=_rank, default=None) if automatic().name == EMBEDDED else None


def _rank(model: LocalModel) -> int:
    return model.rank


def is_in_process(name: str) -> bool:
    """Whether the chat model called `name` runs in this process, so that nothing of a run leaves the machine by it."""
    if name.startswith(("http://", "https://")):
        return False
    base, adapter = split_adapter(name)
    return base in (AUTO, EMBEDDED, "extractive", *local_models()) or bool(adapter) or base.lower().endswith(GGUF)


def split_adapter(name: str) -> tuple[str, str]:
    """The model and the LoRA adapter that a name means; "" without. A "+" may also be a part of a path."""
    base, plus, adapter = name.partition("+")
    if plus and base in local_models():
        return base, adapter
    end = name.lower().find(f"{GGUF}+")
    if end < 0 or from_here(name).is_file():
        return name, ""
    end += len(GGUF)
    return name[:end], name[end + 1 :]


@functools.cache
def read(catalogue: Path) -> Mapping[str, LocalModel]:
    """The models of a catalogue file, by name."""
    entries = tomllib.loads(catalogue.read_text("utf-8"))
    return {name: _model(name, entry) for name, entry in entries.items()}


def _model(name: str, entry: dict[str, Any]) -> LocalModel:
    parts = _parts(entry["parts"], entry["size"]) if "parts" in entry else ()
    return LocalModel(name=name, parts=parts, **{key: field for key, field in entry.items() if key != "parts"})


def _parts(entry: dict[str, Any], size: int) -> tuple[Part, ...]:
    step, platform = entry["part_size"], entry.get("platform", "")
    parts = []
    for number, (sha256, packed) in enumerate(entry["wheels"], 1):
        begin = (number - 1) * step
        package = entry["package"].format(number=number)
        wheel = Wheel(
            package, entry["version"], sha256, size=packed, unpacked=min(step, size - begin), platform=platform
        )
        parts.append(Part(wheel, f"{package.replace('-', '_')}/{entry['file'].format(number=number)}", begin))
    return tuple(parts)
