"""What a page failed at, for the person in one line, and in full in a file of the workspace."""

import traceback
from datetime import datetime
from pathlib import Path

import streamlit as st

from vademecum.core import private_files
from vademecum.core.secret_spans import without_secrets
from vademecum.ui.escaping import plain

FILE = "page-errors.log"
MAX_BYTES = 200_000
"""Size of the file, before it begins anew; the one before is kept beside it."""


def show(home: Path, page: str, error: Exception) -> None:
    """Say that the page called `page` has failed, and write down why: a traceback is for the file alone."""
    where = _note(home, page, error)
    st.error(
        f"This page has failed ({plain(type(error).__name__)}), and nothing of yours is lost: reload it, or go to "
        f"another page. {f'What happened is in {plain(str(where))}' if where else ''}",
        icon=":material/error:",
    )


def _note(home: Path, page: str, error: Exception) -> Path | None:
    """Append the traceback, without secrets; None where the file cannot be written."""
    trace = without_secrets("".join(traceback.format_exception(error)), "[secret]")
    file = home / FILE
    try:
        private_files.make_file(file)
        if file.stat().st_size > MAX_BYTES:
            file.replace(file.with_suffix(".old.log"))
            private_files.make_file(file)
        with file.open("a", encoding="utf-8", errors="backslashreplace") as log:
            log.write(f"{datetime.now().astimezone():%Y-%m-%d %H:%M:%S%z} {page}\n{trace}\n")
    except OSError:
        return None
    return file
