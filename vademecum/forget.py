"""Forgetting a document everywhere: in what was said of it first, then in the workspace's documents.

What is quoted of it in conversations, facts, traces and experiments becomes `[forgotten]`. A server elsewhere
(LangSmith) is not reached: what was sent there is to be removed there.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from vademecum.core.types import Source
from vademecum.workspace import Workspace

if TYPE_CHECKING:
    from vademecum.retrieval.maintenance.redact_quotes import QuoteRedactor

UPLOADS = "uploads"
"""Folder of the workspace with the files that were dropped on the page: copies of ours, which go too."""


def forget(workspace: Workspace, name: str, collection: str | None = None) -> list[Source]:
    """Remove the documents called `name`, and every trace of them; returns them.

    Raises:
        UsageError: nothing is called so, or several are.
        WorkspaceError: something of the workspace cannot be written now; the documents are then still there.
    """
    from vademecum.retrieval.maintenance.forget import forget as forget_source

    gone = forget_source(
        workspace.library, name, collection=collection, quotes=lambda redactor: _quotes(workspace, redactor)
    )
    uploads = (workspace.settings.home / UPLOADS).resolve()
    for source in gone:
        if Path(source.root) == uploads and ".." not in Path(source.path).parts:
            (uploads / source.path).unlink(missing_ok=True)
    return gone


def _quotes(workspace: Workspace, redactor: "QuoteRedactor") -> None:
    """Take out what is quoted, wherever the workspace keeps what was said; what it has never kept is not opened."""
    from vademecum import tracing
    from vademecum.core.errors import TraceError, WorkspaceError
    from vademecum.evaluation import forget as experiments
    from vademecum.memory import checkpoints, forgetting, store
    from vademecum.tracing.store import forgetting as traces

    home, database = workspace.settings.home, workspace.settings.database
    tracing.flush()
    if database or (home / checkpoints.FILE).exists():
        forgetting.without_document(workspace.checkpointer, redactor.redact)
        workspace.conversation_index.clear()
    if database or (home / store.FILE).exists():
        forgetting.without_facts(workspace.store, redactor.redact)
    try:
        traces.without_document(home, redactor.redact)
    except TraceError as error:
        raise WorkspaceError(str(error)) from error
    experiments.without_document(home, redactor.redact, redactor.ids)
