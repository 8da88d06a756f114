"""What `vade eval` measures: a workspace under a variant, as a target that the room `evaluation` can run."""

import hashlib
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vademecum import graph_runs, tracing
from vademecum.core.settings import from_here, load_settings
from vademecum.core.types import Answer
from vademecum.evaluation.spending import Spending
from vademecum.evaluation.target import Target
from vademecum.evaluation.variants import Variant
from vademecum.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable

    from langchain_core.language_models import BaseChatModel

    from vademecum.retrieval.ingestion.ingest_report import Progress

INDEXED = ("embeddings", "splitter", "chunk_size", "chunk_overlap", "max_file_mb", "max_text_chars")
"""Settings that change what an ingestion stores: variants that differ in them need workspaces of their own."""


class Measured(Workspace):
    """A workspace whose chat models report the log-probability of each token, where they can and it is wanted."""

    log_probabilities = False

    def model(self, name: str | None = None) -> "BaseChatModel | None":
        """As `Workspace.model`."""
        model = super().model(name)
        if model is None or not self.log_probabilities or "logprobs" not in type(model).model_fields:
            return model
        return model.model_copy(update={"logprobs": True})


def open_variant(
    variant: Variant,
    *paths: "str | Path",
    home: "str | Path | None" = None,
    offline: bool = False,
    log_probabilities: bool = False,
    progress: "Callable[[Progress], None] | None" = None,
) -> Measured:
    """The workspace that `vademecum.open` opens, by the variant's settings; `offline`: whose runs are traced nowhere.

    With `paths`, their documents get a workspace of their own below `home`, the same each time for the same settings.
    Without, where the variant would store documents otherwise than the workspace has them (another splitter, other
    embeddings), it gets a copy of the workspace that is stored so.

    Raises:
        SettingsError: the variant gives a setting a value that cannot be used.
        UsageError: it names a mode, technique, model or graph that does not exist.
    """
    untraced = {"tracing": "off"} if offline else {}
    place = _own_home(load_settings(home=home).home, variant, paths) if paths else home
    workspace = Measured.open(*paths, home=place, progress=progress, **variant.settings, **untraced)
    if not paths and any(name in INDEXED for name in variant.settings):
        workspace = _stored_anew(workspace, variant)
    workspace.log_probabilities = log_probabilities
    return workspace


def target(workspace: Workspace, graph: str = "answer", collection: str | None = None) -> Target:
    """The workspace as something to be measured, everything loaded, so that the first case takes no longer than others.

    Raises:
        UsageError: there is no such graph, technique, mode or collection.
        EmptyWorkspaceError: there are no documents.
    """
    workspace.check(collection=collection)
    workspace.library.retriever(workspace.settings.mode)
    prepared = graph_runs.prepare(workspace, graph, thread=None, collection=collection)
    _load(workspace)

    def ask(question: str, spending: Spending) -> Answer | None:
        config = graph_runs.new_config(None)
        config["callbacks"] = [spending]
        state: dict[str, Any] = prepared.graph.invoke({"question": question}, config)
        answer = state.get("answer")
        return answer.model_copy(update={"run_id": str(config.get("run_id", ""))}) if answer else None

    return Target(workspace.library, workspace.verifier, workspace.settings, ask, collection)


def _stored_anew(workspace: Measured, variant: Variant) -> Measured:
    """The workspace, or a copy of it below its home whose documents are stored as the variant says."""
    from vademecum.retrieval.catalogue.database import CATALOGUE
    from vademecum.retrieval.maintenance.copy_and_reembed import copy_documents, store_anew

    workspace.add_samples()
    library, home = workspace.library, workspace.settings.home
    if not library.catalogue.stale(library.recipe):
        return workspace
    place = _own_home(home, variant, (home,))
    place = place.with_name(f"{place.name}-{library.catalogue.generation}")
    for old in place.parent.glob(f"{place.name.partition('-')[0]}-*"):
        if old != place:
            shutil.rmtree(old, ignore_errors=True)
    if not (place / CATALOGUE).exists():
        copy_documents(home, place)
    workspace.close()
    copied = Measured(workspace.settings.model_copy(update={"home": place}), progress=workspace.progress)
    store_anew(copied.library)
    return copied


def _own_home(home: Path, variant: Variant, paths: "tuple[str | Path, ...]") -> Path:
    """The workspace of documents that are ingested for a variant."""
    places = sorted(str(from_here(path).resolve()) for path in paths)
    indexed = [f"{key}={value}" for key, value in sorted(variant.settings.items()) if key in INDEXED]
    key = hashlib.sha256("\n".join([*places, *indexed]).encode("utf-8", "surrogateescape")).hexdigest()[:12]
    return home / "evaluation" / "documents" / key


def _load(workspace: Workspace) -> None:
    """Load what the first question would wait for; traced nowhere, as nobody asked."""
    with tracing.runs(workspace.settings.model_copy(update={"tracing": "off"})):
        workspace.library.search("anything", k=1)
    model = workspace.model()
    if load := getattr(model, "load", None):
        load()
