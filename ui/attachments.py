"""Files attached to a message: images for the model, and documents, which are added to the notebook."""

import base64
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from vademecum import Notebook
from vademecum.attaching import SUFFIXES, image_block
from vademecum.core.errors import DocumentError, UsageError
from vademecum.events import Event, Step
from vademecum.memory.checkpoints import Turn
from vademecum.retrieval.ingestion.ingest_report import FailedFile
from vademecum.ui import uploads
from vademecum.ui.escaping import plain
from vademecum.ui.pending_questions import PendingQuestion

File = tuple[str, bytes]
"""A file's name as the browser reports it, and its content."""

ABOUT_IMAGES = "What is in this picture?"
"""The question if somebody attaches an image without one."""


def images(files: Sequence[File]) -> list[File]:
    """The files that the model looks at; the others are documents."""
    return [file for file in files if Path(file[0]).suffix.lower() in SUFFIXES]


def take(
    notebook: Notebook, pending: PendingQuestion, files: Sequence[File], blocks: list[dict[str, Any]]
) -> Iterator[Event]:
    """Ingest the documents, and append the images to `blocks`; refused files are added to `pending.refused`."""
    yield Step("attach", done=False)
    image_files, paths = images(files), list[Path | str]()
    for name, content in files:
        try:
            if (name, content) in image_files:
                blocks.append(image_block(io.BytesIO(content), uploads.fit_name(name)))
            else:
                paths.append(uploads.keep(notebook.settings.home, name, content))
        except DocumentError as error:
            pending.refused.append(FailedFile(path=error.path, error=error.reason))
        except UsageError as error:
            pending.refused.append(FailedFile(path=uploads.fit_name(name), error=str(error)))
    if paths:
        failed = notebook.ingest(*paths).failed
        uploads.discard_refused(paths, failed, notebook.sources.is_used)
        pending.refused.extend(failed)
    yield Step("attach", done=True)


def show_images(turn: Turn) -> None:
    """Draw the images that came with a question, for as long as the conversation keeps them."""
    content = turn.messages[0].content if turn.messages else ""
    for block in content if isinstance(content, list) else ():
        if isinstance(block, dict) and block.get("type") == "image" and block.get("base64"):
            st.image(base64.b64decode(block["base64"]), width=240)


def show_refused(refused: Sequence[FailedFile]) -> None:
    """Say which files were not taken, and why."""
    if refused:
        lines = "\n".join(f"- **{plain(file.path)}**: {plain(file.error)}" for file in refused)
        st.warning(f"Not taken:\n\n{lines}", icon=":material/warning:")
