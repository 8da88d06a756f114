"""Chat models as the command and the page show them: those of this machine, the one in use, and what else could be."""

import importlib.util
import json
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import NamedTuple

from vademecum import configuring, doctor
from vademecum.core.errors import SettingsError, WorkspaceError
from vademecum.core.settings import Settings
from vademecum.models.local_models import (
    AUTO,
    EMBEDDED,
    LocalModel,
    better_than_embedded,
    encoders,
    is_in_process,
    local_models,
    resolved,
)
from vademecum.workspace import Workspace

OFFER_NOTE = "model-offer"
"""Under which the catalogue keeps that this workspace's person was told of a better model."""

MODELS_OF_PROVIDERS = {
    "openai": ("langchain_openai", "openai:gpt-5-mini"),
    "anthropic": ("langchain_anthropic", "anthropic:claude-sonnet-4-5"),
    "google_genai": ("langchain_google_genai", "google_genai:gemini-2.5-flash"),
    "mistralai": ("langchain_mistralai", "mistralai:mistral-small-latest"),
    "groq": ("langchain_groq", "groq:llama-3.3-70b-versatile"),
}
"""For each provider whose key can be kept, the package that it needs and a model to begin with."""

OLLAMA = "http://127.0.0.1:11434"
LM_STUDIO = "http://127.0.0.1:1234"

MAX_NAMES = 8
"""Models of a server that are offered."""

LOOK_SECONDS = 2.0
"""How long a server on this machine is waited for."""

_LOOK_BYTES = 1_000_000
_MODEL_NAME = re.compile(r"[A-Za-z0-9][\w./:@-]{0,79}", re.ASCII)


class Row(NamedTuple):
    """A model of the catalogue here. `here` is how many of its bytes have come; `fits`: into the machine's memory."""

    model: LocalModel
    here: int
    fits: bool
    in_use: bool

    @property
    def state(self) -> str:
        """Whether it is installed, in words."""
        if self.model.is_installed:
            return "installed"
        return f"{100 * self.here // self.model.size} % here" if self.here else "not installed"


class Alternative(NamedTuple):
    """A chat model that could be used. `name` is as `--model` takes it, `where` says who runs it, in words.

    `leaves`: questions and passages would leave this machine.
    """

    name: str
    where: str
    leaves: bool


def rows(settings: Settings) -> list[Row]:
    """Every chat model of the catalogue, and how it stands on this machine."""
    return _rows(local_models().values(), resolved(settings.model))


def encoder_rows(settings: Settings) -> list[Row]:
    """Every model of the catalogue that makes vectors of texts, and how it stands on this machine."""
    return _rows(encoders().values(), settings.embeddings)


def _rows(models: Iterable[LocalModel], used: str) -> list[Row]:
    from vademecum.models.cores import total_memory
    from vademecum.models.downloads import bytes_here

    memory = total_memory()
    return [Row(model, bytes_here(model), model.memory <= memory, used == model.name) for model in models]


def name_in_use(settings: Settings) -> str:
    """The name of the model that is used, without a password that it may hold."""
    return doctor.shown(resolved(settings.model))


def use(workspace: Workspace, name: str) -> configuring.Setting:
    """Have the workspace use the chat model called `name`, whatever the form of the name; "auto": the default.

    The name of an encoder of the catalogue sets `embeddings` instead, from the next start on.

    Raises:
        UsageError: no such form of name.
        ModelError: the model is not installed, or cannot be set up.
        SettingsError: something else sets the model, and comes first.
        WorkspaceError: the workspace's file cannot be written.
    """
    if encoder := encoders().get(name):
        encoder.verified_path()
        return configuring.change(workspace, "embeddings", name)
    if name != AUTO:
        workspace.model(name)
        return configuring.change(workspace, "model", name)
    if fixed := configuring.find(workspace, "model").fixed:
        raise SettingsError(f"setting 'model' cannot be changed here: {fixed}")
    return configuring.reset(workspace, "model")


def offer(workspace: Workspace) -> LocalModel | None:
    """The model to propose, where the choice is left to the program and it has only the very small one."""
    return better_than_embedded() if workspace.settings_as_set.model == AUTO else None


def first_offer(workspace: Workspace) -> str:
    """One line on how to get a better model, for the first time in this workspace; else empty."""
    model = offer(workspace)
    if model is None or workspace.library.catalogue.noted(OFFER_NOTE):
        return ""
    with suppress(WorkspaceError):  # it cannot be written now: then it is said once more
        workspace.library.catalogue.note(OFFER_NOTE, model.name)
    return (
        f"answers are written by a very small model; a better one, on this machine too: vade models pull {model.name} "
        f"({gigabytes(model.size)}, once, {model.licence})"
    )


def gigabytes(size: int) -> str:
    """Bytes as people read them: "1.1 GB"."""
    return f"{size / 1e9:.1f} GB"


def of_providers() -> list[Alternative]:
    """A model of each provider whose key and package are here. Nobody is asked."""
    from vademecum.core import keys

    return [
        Alternative(
            name, f"{key.variable} is set" if key.origin == "environment" else "key in the keyring", leaves=True
        )
        for key in keys.providers()
        if key.origin != "none" and key.provider in MODELS_OF_PROVIDERS
        for package, name in [MODELS_OF_PROVIDERS[key.provider]]
        if importlib.util.find_spec(package)
    ]


def of_servers() -> list[Alternative]:
    """Models of an Ollama and an LM Studio that run on this machine at their usual ports: both are asked, briefly."""
    ollama = list(_names(f"{OLLAMA}/api/tags", "models", "name"))
    if importlib.util.find_spec("langchain_ollama"):
        named = [Alternative(f"ollama:{name}", "Ollama, on this machine", leaves=False) for name in ollama]
    else:  # by URL, the first one that it lists is used
        named = [_first_of(f"{OLLAMA}/v1", "Ollama", ollama)] if ollama else []
    studio = list(_names(f"{LM_STUDIO}/v1/models", "data", "id"))
    return [*named, *([_first_of(f"{LM_STUDIO}/v1", "LM Studio", studio)] if studio else [])]


def _first_of(url: str, program: str, names: list[str]) -> Alternative:
    return Alternative(url, f"{names[0]}, by {program}, on this machine", leaves=False)


def _names(url: str, rows_at: str, name_at: str) -> Iterator[str]:
    """Names of the models that a server on this machine lists; whoever listens there may answer anything."""
    from vademecum.core import guarded_fetch

    here = frozenset({url.split("/")[2]})
    bounds = guarded_fetch.Bounds(LOOK_SECONDS, _LOOK_BYTES, private=here)
    with suppress(guarded_fetch.FetchError, ValueError, RecursionError):
        reply = guarded_fetch.fetch("GET", url, bounds, error_bodies=False)
        listed = json.loads(reply.body) if reply.status == 200 else None
        models = listed.get(rows_at) if isinstance(listed, dict) else None
        names = [row.get(name_at) for row in models if isinstance(row, dict)] if isinstance(models, list) else []
        fit = (name for name in names if isinstance(name, str) and _MODEL_NAME.fullmatch(name))
        yield from list(dict.fromkeys(fit))[:MAX_NAMES]


def about(name: str) -> str:
    """What a person should know of the chat model called `name`, in a sentence or two."""
    if name == EMBEDDED:
        return (
            "SmolLM2 135M, inside this program. Very small: what it writes is checked sentence by sentence, and "
            "replaced by a quotation where it fails."
        )
    if name == "extractive":
        return "No language model: the best sentences of your documents, word for word. The fastest."
    if model := local_models().get(name):
        return f"{model.title}, inside this program: nothing leaves this machine."
    if is_in_process(name):
        return "A model file of yours, inside this program."
    return "Answers as this model does; needs it to be reachable."
