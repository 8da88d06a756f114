"""Opening a notebook from Python: `vademecum.open("notes/")`."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vademecum.notebook import Notebook

if TYPE_CHECKING:
    from vademecum.retrieval.ingestion.ingest_report import Progress
    from vademecum.retrieval.stores import StoreChoice


def open(
    *paths: str | Path,
    home: str | Path | None = None,
    progress: "Callable[[Progress], None] | None" = None,
    store: "StoreChoice | None" = None,
    **settings: Any,
) -> Notebook:
    """A notebook on `paths` (files and folders, brought up to date now), or on what its workspace already holds.

    The workspace is `home`, or what the settings name (`VADE_HOME`, `vade.toml`). Where nothing names one, paths get
    a workspace of their own, the same each time, so that two notebooks never mix; without paths it is the default
    one, which begins with the sample notebook. `settings` override the environment: `model="extractive"`.
    `progress` is called while documents are ingested. `store` is where vectors are kept: a name, as the setting takes
    it, a LangChain `VectorStore`, or a function (embeddings, name) that makes one. (`Notebook.store` is something else:
    the long-term memory.)

    Raises:
        SettingsError: a setting is unknown, or its value cannot be used.
        UsageError: none of the paths exists.
        WorkspaceError: the workspace cannot be used.
    """
    return Notebook.open(*paths, home=home, progress=progress, store=store, **settings)
