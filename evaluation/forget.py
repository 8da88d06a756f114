"""Removes a forgotten document from evaluations: experiments, labels, reports, and the workspaces made for variants."""

import html
import json
import shutil
import sqlite3
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

from vademecum.core.atomic_write import remedy, write_whole
from vademecum.core.errors import WorkspaceError
from vademecum.evaluation.experiments import FOLDER

Without = Callable[[Any], Any]
"""Returns plain data (dicts, lists, texts) without what was forgotten; the same object where there is nothing of it."""


def without_document(home: Path, without: Without, source_ids: Collection[str]) -> int:
    """Remove what was forgotten from the workspace's evaluations; returns how many files contained any of it.

    Reports that do are deleted (they can be written again from their experiment), and so are the workspaces of
    variants, which the next run makes again.

    Raises:
        WorkspaceError: a file cannot be written.
    """
    folder = home / FOLDER.parent
    try:
        changed = sum(_clean(file, without) for file in sorted(folder.rglob("*.json*")) if _is_ours(file, folder))
        for report in folder.rglob("*.html"):
            page = html.unescape(report.read_text("utf-8", "replace"))
            if without(page) is not page:
                report.unlink()
                changed += 1
        for catalogue in folder.glob("documents/*/catalogue.sqlite"):
            if _contains(catalogue, source_ids):
                shutil.rmtree(catalogue.parent)
                changed += 1
    except OSError as error:
        raise WorkspaceError(
            f"evaluations in {folder} cannot be written ({error.strerror}); {remedy(error)}, and forget it again"
        ) from error
    return changed


def _is_ours(file: Path, folder: Path) -> bool:
    return file.is_file() and file.relative_to(folder).parts[0] != "documents"


def _clean(file: Path, without: Without) -> bool:
    """Rewrite a file without what was forgotten; False where it contains nothing of it."""
    text = file.read_text("utf-8", "replace")
    try:
        lines = [json.loads(text)] if file.suffix == ".json" else [json.loads(line) for line in text.splitlines()]
    except ValueError:
        lines = [text]
    cleaned = without(lines)
    if cleaned is lines:
        return False
    texts = [line if line is text else json.dumps(line, ensure_ascii=False) for line in cleaned]
    write_whole(file, "".join(f"{line}\n" for line in texts).encode("utf-8", "replace"))
    return True


def _contains(catalogue: Path, source_ids: Collection[str]) -> bool:
    """Whether a variant's workspace has one of the sources: an id is that of a path, so it is the same there."""
    try:
        connection = sqlite3.connect(f"file:{catalogue}?mode=ro", uri=True)
        try:
            return any(row[0] in source_ids for row in connection.execute("SELECT id FROM sources"))
        finally:
            connection.close()
    except sqlite3.Error:
        return True  # a catalogue that cannot be read may contain it
