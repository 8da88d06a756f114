"""What `vade eval` measures: a notebook under a variant, as a target that the room `evaluation` can run."""

import hashlib
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import vademecum
from vademecum import graph_runs, tracing
from vademecum.core.settings import load_settings
from vademecum.core.types import Answer
from vademecum.evaluation.spending import Spending
from vademecum.evaluation.target import Target
from vademecum.evaluation.variants import Variant
from vademecum.notebook import Notebook

if TYPE_CHECKING:
    from collections.abc import Callable

    from langchain_core.language_models import BaseChatModel

    from vademecum.retrieval.ingestion.ingest_report import Progress

INDEXED = ("embeddings", "splitter", "chunk_size", "chunk_overlap", "max_file_mb", "max_text_chars")
"""Settings that change what an ingestion stores: variants that differ in them need workspaces of their own."""


class Measured(Notebook):
    """A notebook whose chat models tell the log-probability of each token, where they can and it is wanted."""

    log_probabilities = False

    def model(self, name: str | None = None) -> "BaseChatModel | None":
        """As `Notebook.model`."""
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
    """The notebook that `vademecum.open` gives, with the variant's settings; `offline`: whose runs are traced nowhere.

    With `paths`, their documents get a workspace of their own below `home`, the same each time for the same settings.
    Without, where the variant would store documents otherwise than the workspace has them (another splitter, other
    embeddings), it gets a copy of the workspace that is stored so.

    Raises:
        SettingsError: the variant gives a setting a value that cannot be used.
        UsageError: it names a mode, technique, model or graph that does not exist.
    """
    untraced = {"tracing": "off"} if offline else {}
    place = _own_home(load_settings(home=home).home, variant, paths) if paths else home
    opened = vademecum.open(*paths, home=place, progress=progress, **variant.settings, **untraced)
    notebook = Measured(opened.settings, samples=opened.samples, progress=progress)
    opened.close()
    if not paths and any(name in INDEXED for name in variant.settings):
        notebook = _stored_anew(notebook, variant)
    notebook.log_probabilities = log_probabilities
    return notebook


def target(notebook: Notebook, graph: str = "answer", collection: str | None = None) -> Target:
    """The notebook as something to be measured, everything loaded, so that the first case takes no longer than others.

    Raises:
        UsageError: there is no such graph, technique, mode or collection.
        EmptyWorkspaceError: there are no documents.
    """
    notebook.check(collection=collection)
    notebook.library.retriever(notebook.settings.mode)
    prepared = graph_runs.prepare(notebook, graph, thread=None, collection=collection)
    _load(notebook)

    def ask(question: str, spending: Spending) -> Answer | None:
        config = graph_runs.config(None)
        config["callbacks"] = [spending]
        state: dict[str, Any] = prepared.graph.invoke({"question": question}, config)
        answer = state.get("answer")
        return answer.model_copy(update={"run_id": str(config.get("run_id", ""))}) if answer else None

    return Target(notebook.library, notebook.verifier, notebook.settings, ask, collection)


def _stored_anew(notebook: Measured, variant: Variant) -> Measured:
    """The notebook, or a copy of it below its home whose documents are stored as the variant says."""
    from vademecum.retrieval.catalogue.database import CATALOGUE
    from vademecum.retrieval.maintenance.copy_and_reembed import copy_documents, store_anew

    notebook.add_samples()
    library, home = notebook.library, notebook.settings.home
    if not library.catalogue.stale(library.recipe):
        return notebook
    place = _own_home(home, variant, (home,))
    place = place.with_name(f"{place.name}-{library.catalogue.generation}")
    for old in place.parent.glob(f"{place.name.partition('-')[0]}-*"):
        if old != place:
            shutil.rmtree(old, ignore_errors=True)
    if not (place / CATALOGUE).exists():
        copy_documents(home, place)
    notebook.close()
    copied = Measured(notebook.settings.model_copy(update={"home": place}), progress=notebook.progress)
    store_anew(copied.library)
    return copied


def _own_home(home: Path, variant: Variant, paths: "tuple[str | Path, ...]") -> Path:
    """The workspace of documents that are ingested for a variant."""
    places = sorted(str(Path(path).expanduser().resolve()) for path in paths)
    indexed = [f"{key}={value}" for key, value in sorted(variant.settings.items()) if key in INDEXED]
    key = hashlib.sha256("\n".join([*places, *indexed]).encode("utf-8", "surrogateescape")).hexdigest()[:12]
    return home / "evaluation" / "documents" / key


def _load(notebook: Notebook) -> None:
    """Load what the first question would wait for; traced nowhere, as nobody asked."""
    with tracing.runs(notebook.settings.model_copy(update={"tracing": "off"})):
        notebook.library.search("anything", k=1)
    model = notebook.model()
    if load := getattr(model, "load", None):
        load()
