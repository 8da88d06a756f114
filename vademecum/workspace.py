"""One workspace, opened: its settings, documents, verifier, models and stored conversations.

Most modules of this package import this one, and their functions take a `Workspace`; it imports none of those.
`vademecum.notebook.Notebook` is one with verbs. Every part is opened when it is first used, and may be used from
several threads. `store` is the long-term memory; where vectors are kept is `vector_store`, or else the setting `store`.
"""

import hashlib
import re
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from vademecum import tracing
from vademecum.core.disk_errors import disk_problems_told
from vademecum.core.errors import UsageError
from vademecum.core.nearest_name import unknown_name
from vademecum.core.settings import Settings, from_here, keep_linear_algebra_single_threaded, load_settings, origins
from vademecum.lazy_part import LazyPart
from vademecum.plugin_folders import use

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langgraph.checkpoint.base import BaseCheckpointSaver
    from langgraph.checkpoint.memory import InMemorySaver
    from langgraph.store.base import BaseStore

    from vademecum.memory.conversation_index import ConversationIndex
    from vademecum.retrieval.ingestion.ingest_report import IngestReport, Progress
    from vademecum.retrieval.library import Library
    from vademecum.retrieval.stores import StoreChoice
    from vademecum.verification.verdict import Verifier

SAMPLES = (Path(__file__).parent / "samples" / "handbook").resolve()
"""The sample notebook; resolved, as documents go by their real path, and a checkout has a link in this place."""

_THREAD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@-]{0,99}")


class Workspace:
    """The workspace that `settings.home` names.

    `settings` name the chat model that is used; in `settings_as_set` that may be "auto".
    `samples`: where the workspace has never held anything, the sample notebook is ingested at the first question.
    `vector_store`: where vectors are kept; None for what the setting `store` names. `documents_of`: another workspace
    whose documents and verifier this one works on; it is then not to be closed.
    Methods raise WorkspaceError where the workspace cannot be used, and UsageError for a name that does not exist.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        samples: bool = False,
        progress: "Callable[[Progress], None] | None" = None,
        vector_store: "StoreChoice | None" = None,
        documents_of: "Workspace | None" = None,
    ) -> None:
        self.settings = self.settings_as_set = settings
        self.vector_store = vector_store
        self.samples = samples
        self.progress = progress
        self._opening = lock = threading.RLock()
        self._library: LazyPart[Library] = documents_of._library if documents_of else LazyPart(lock, self._open_library)
        self._verifier: LazyPart[Verifier] = (
            documents_of._verifier if documents_of else LazyPart(lock, self._open_verifier)
        )
        self._checkpointer: LazyPart[Any] = LazyPart(lock, self._open_checkpointer)
        self._in_memory_checkpointer: LazyPart[InMemorySaver] = LazyPart(lock, _in_process)
        self._long_term_memory: LazyPart[Any] = LazyPart(lock, self._open_long_term_memory)
        self._conversation_index: LazyPart[ConversationIndex] = LazyPart(lock, self._open_conversation_index)
        self.use_settings(settings)

    @classmethod
    def open(
        cls,
        *paths: str | Path,
        home: str | Path | None = None,
        progress: "Callable[[Progress], None] | None" = None,
        store: "StoreChoice | None" = None,
        **settings: Any,
    ) -> Self:
        """As `vademecum.open`, which says what the arguments mean and what is raised.

        The argument `store` is where vectors are kept, as the setting of that name; the property `store` of what is
        returned is the long-term memory.
        """
        keep_linear_algebra_single_threaded()
        arguments = {"home": home, "store": store if isinstance(store, str) else None, **settings}
        loaded = load_settings(**arguments)
        use(loaded)
        by_default = origins(loaded, arguments)["home"] == "default"
        if by_default and paths:
            loaded = loaded.model_copy(update={"home": _own_home(loaded.home, paths)})
        workspace = cls(loaded, samples=by_default and not paths, progress=progress, vector_store=store)
        if paths:
            workspace.ingest(*paths)
        return workspace

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close files, and send what is waiting to be traced (for at most two seconds)."""
        tracing.flush()
        with self._opening:
            if library := self._library.detach():
                library.close()
            self._conversation_index.detach()
            for database in (self._checkpointer.detach(), self._long_term_memory.detach()):
                if database is not None:
                    database.conn.close()

    # What it is made of

    @property
    def library(self) -> "Library":
        """The documents."""
        return self._library()

    @property
    def verifier(self) -> "Verifier":
        """What checks sentences against their quotes."""
        return self._verifier()

    @property
    def checkpointer(self) -> "BaseCheckpointSaver[Any]":
        """Where stored conversations are kept."""
        return self._checkpointer()

    @property
    def in_memory_checkpointer(self) -> "InMemorySaver":
        """Where conversations are kept that end with the process."""
        return self._in_memory_checkpointer()

    @property
    def store(self) -> "BaseStore":
        """The long-term memory: what is remembered of people. (Where vectors are kept is `vector_store`.)"""
        return self._long_term_memory()

    @property
    def conversation_index(self) -> "ConversationIndex":
        """What is known of all stored conversations without reading them again."""
        return self._conversation_index()

    def model(self, name: str | None = None) -> "BaseChatModel | None":
        """The chat model called `name`, or the settings' one; None for "extractive"."""
        from vademecum.models import chat_model

        return chat_model(self.model_name(name), self.settings)

    def model_name(self, name: str | None = None) -> str:
        """The name of the chat model for a run that begins now: `name`, or the settings' one; never "auto".

        What "auto" stands for is decided anew for each run, as a model may have been fetched or removed since the last.
        """
        from vademecum.models.local_models import resolved

        if name:
            return resolved(name)
        if self.settings.model != resolved(self.settings_as_set.model):
            self.use_settings(self.settings_as_set)
        return self.settings.model

    def use_settings(self, settings: Settings) -> None:
        """Use other settings from now on; a part that is open already stays as it was opened."""
        from vademecum.models.local_models import resolved

        self.settings_as_set = settings
        names = {name: resolved(getattr(settings, name)) for name in ("model", "graph_model")}
        self.settings = settings.model_copy(update=names)
        if library := self._library.opened:
            library.settings = self.settings

    # Before anything is asked

    @disk_problems_told()
    def ingest(
        self,
        *paths: str | Path,
        collection: str = "default",
        progress: "Callable[[Progress], None] | None" = None,
    ) -> "IngestReport":
        """Bring the collection to what `paths` hold now; see `vademecum.retrieval.ingestion.ingest`."""
        from vademecum.retrieval.ingestion.ingest import ingest

        return ingest(self.library, paths, collection=collection, progress=progress or self.progress)

    def add_samples(self) -> bool:
        """Ingest the sample notebook, where it is wanted and the workspace has never held anything; True if it was.

        The first question does this by itself.
        """
        if not self.samples:
            return False
        with self._opening:
            added = self.library.catalogue.generation == 0 and SAMPLES.is_dir()
            if added:
                self.ingest(SAMPLES)
            self.samples = False
        return added

    def check(
        self,
        question: str | None = None,
        *,
        thread: str | None = None,
        technique: str | None = None,
        collection: str | None = None,
        documents: bool = True,
        samples: bool = True,
    ) -> None:
        """Raise what is wrong with a question (None: with any) before a model or an index is loaded for it.

        With `samples` the sample notebook may be ingested first (`add_samples`), which loads the embedding model.
        With `documents` an empty workspace is an error.

        Raises:
            EmptyWorkspaceError: there are no documents.
            UsageError: an empty or overlong question, a name that no conversation can have, or an unknown technique or
                collection.
        """
        from vademecum.language.questions import validated_question

        if question is not None:
            validated_question(question, self.settings.max_question_chars)
        require_name(thread)
        _require_technique(technique or self.settings.technique)
        if samples:
            self.add_samples()
        if documents:
            self.library.require_documents(collection)

    # How the parts are opened

    def _open_library(self) -> "Library":
        from vademecum.retrieval.library import Library

        return Library(self.settings.home, self.settings, self.vector_store)

    def _open_verifier(self) -> "Verifier":
        from vademecum.verification.verdict import Verifier

        return Verifier(self.library.embeddings)

    def _open_checkpointer(self) -> "BaseCheckpointSaver[Any]":
        from vademecum.memory.checkpoints import open_checkpointer

        return open_checkpointer(self.settings.home, self.settings.database)

    def _open_long_term_memory(self) -> "BaseStore":
        from vademecum.memory.store import open_store

        return open_store(self.library, self.settings.database)

    def _open_conversation_index(self) -> "ConversationIndex":
        from vademecum.memory.conversation_index import ConversationIndex

        return ConversationIndex(self.checkpointer)


def require_name(thread: str | None) -> None:
    """Raise UsageError where a conversation cannot have this name."""
    if thread is not None and not _THREAD.fullmatch(thread):
        raise UsageError(
            f"{thread[:120]!r} cannot name a conversation; take up to 100 letters, digits and . _ : @ - (no blanks)"
        )


def _require_technique(technique: str) -> None:
    from vademecum import prompts

    if technique not in (techniques := prompts.names("answer")):
        raise UsageError(unknown_name("technique", technique, techniques))


def _in_process() -> "InMemorySaver":
    from vademecum.memory.checkpoints import in_process

    return in_process()


def _own_home(default: Path, paths: tuple[str | Path, ...]) -> Path:
    """The workspace of these paths: the same each time, and no other's."""
    places = sorted({str(from_here(path).resolve()) for path in paths})
    key = hashlib.sha256("\n".join(places).encode("utf-8", "surrogateescape")).hexdigest()[:12]
    return default / "notebooks" / f"{Path(places[0]).name}-{key}"
