"""The documents of one workspace in another, cut and encoded as that one's settings say; no file is read again."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from vademecum.core import private_files
from vademecum.core.errors import WorkspaceError
from vademecum.retrieval.catalogue.database import CATALOGUE, hold

if TYPE_CHECKING:
    from vademecum.retrieval.library import Library


def copy_documents(source: Path, target: Path) -> None:
    """Copy the catalogue of the workspace `source` into the folder `target`, which holds none yet.

    Raises:
        WorkspaceError: it cannot be read, or not be written there.
    """
    try:
        private_files.make_folder(target)
        private_files.make_file(target / f"{CATALOGUE}.part")
        with (
            closing(sqlite3.connect(source / CATALOGUE)) as old,
            closing(sqlite3.connect(target / f"{CATALOGUE}.part", isolation_level=None)) as new,
        ):
            old.backup(new)
            # The indexes are not copied: so that they are made, none may be said to have followed.
            new.execute("DELETE FROM meta WHERE name LIKE 'index:%'")
            new.execute("PRAGMA journal_mode = DELETE")
        (target / f"{CATALOGUE}.part").replace(target / CATALOGUE)
    except (OSError, sqlite3.Error) as error:
        raise WorkspaceError(f"the documents of {source} cannot be copied to {target} ({error})") from error


def store_anew(library: "Library") -> None:
    """Cut and encode anew what is stored by other settings than the library's; at once where nothing is.

    Raises:
        WorkspaceError: the workspace cannot be written, or another process is writing it.
    """
    from vademecum.retrieval.ingestion.ingestion_run import encode_stale

    if library.catalogue.stale(library.recipe) or library.vectors.behind:
        with hold(library.home):
            encode_stale(library)
            if library.catalogue.passage_count():
                library.score_baseline()
