"""A forgotten document leaves evaluations too: experiments, labels, reports, and the workspaces made for variants."""

import html
import json
import shutil
import sqlite3
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

from vademecum.core.errors import WorkspaceError
from vademecum.core.writing import remedy, write_whole
from vademecum.evaluation.experiments import FOLDER

Without = Callable[[Any], Any]
"""Plain data (dicts, lists, texts) without what was forgotten; the very same where there is nothing of it."""


def without_document(home: Path, without: Without, source_ids: Collection[str]) -> int:
    """Take what was forgotten out of the workspace's evaluations; how many files held any of it.

    Reports that do are removed (they are made anew from their experiment), and so are the workspaces of variants, which
    are made anew by the next run.

    Raises:
        WorkspaceError: a file cannot be written.
    """
    folder = home / FOLDER.parent
    try:
        changed = sum(_of_file(file, without) for file in sorted(folder.rglob("*.json*")) if _is_ours(file, folder))
        for report in folder.rglob("*.html"):
            page = html.unescape(report.read_text("utf-8", "replace"))
            if without(page) is not page:
                report.unlink()
                changed += 1
        for catalogue in folder.glob("documents/*/catalogue.sqlite"):
            if _holds(catalogue, source_ids):
                shutil.rmtree(catalogue.parent)
                changed += 1
    except OSError as error:
        raise WorkspaceError(
            f"evaluations in {folder} cannot be written ({error.strerror}); {remedy(error)}, and forget it again"
        ) from error
    return changed


def _is_ours(file: Path, folder: Path) -> bool:
    return file.is_file() and file.relative_to(folder).parts[0] != "documents"


def _of_file(file: Path, without: Without) -> bool:
    text = file.read_text("utf-8", "replace")
    try:
        lines = [json.loads(text)] if file.suffix == ".json" else [json.loads(line) for line in text.splitlines()]
    except ValueError:
        lines = [text]
    cleaned = without(lines)
    if cleaned is lines:
        return False
    dumped = [one if one is text else json.dumps(one, ensure_ascii=False) for one in cleaned]
    write_whole(file, "".join(f"{one}\n" for one in dumped).encode("utf-8", "replace"))
    return True


def _holds(catalogue: Path, source_ids: Collection[str]) -> bool:
    """Whether a variant's workspace holds one of the sources: ids are of the place, so they are the same there."""
    try:
        connection = sqlite3.connect(f"file:{catalogue}?mode=ro", uri=True)
        try:
            return any(row[0] in source_ids for row in connection.execute("SELECT id FROM sources"))
        finally:
            connection.close()
    except sqlite3.Error:
        return True  # what cannot be read cannot be shown to be free of it
