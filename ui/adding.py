"""Adding documents, by dropping files or naming a folder: how far it is, what came of it, what failed and why."""

from pathlib import Path

import streamlit as st

from core.errors import DocumentError, VademecumError
from retrieval.ingest import FailedFile, IngestReport
from ui import uploads
from ui.background import Job
from ui.escaping import plain, show_error
from ui.opening import Reading
from vademecum import Notebook

News = Reading | IngestReport

KINDS = "Files: text, PDF, office, web pages, books, mail, tables, pictures, zip archives of them"
FAILURES_SHOWN = 50


def form(notes: Notebook, *, key: str) -> None:
    """Draw what is needed to add documents, and, once begun, how it goes; goes on when the page is left."""
    round_ = st.session_state.get("adding-round", 0)
    files = st.file_uploader(
        KINDS,
        accept_multiple_files=True,
        key=f"{key}-files-{round_}",
        max_upload_size=notes.settings.max_file_mb,
    )
    folder = st.text_input(
        "Or a folder (or file) on this machine, or a web address",
        key=f"{key}-folder-{round_}",
        placeholder="~/notes",
        help="It is read where it is; adding it again brings the notebook up to date with it.",
    )
    st.button(
        "Add",
        type="primary",
        key=f"{key}-add",
        disabled=under_way() is not None or not (files or folder.strip()),
        on_click=_taken,
        args=(notes, key, round_),
    )
    progress()


def _taken(notes: Notebook, key: str, round_: int) -> None:
    """Begin with what the form holds, and have an empty form drawn next."""
    files = st.session_state.get(f"{key}-files-{round_}") or []
    folder = st.session_state.get(f"{key}-folder-{round_}", "").strip()
    st.session_state["adding-round"] = round_ + 1
    begin(notes, [(file.name, file.getvalue()) for file in files], folder)


def begin(notes: Notebook, files: list[tuple[str, bytes]], folder: str) -> None:
    """Start to read the files, by name and content, and the folder."""

    def work(job: Job[News]) -> None:
        paths: list[Path | str] = [folder] if folder else []
        failed: list[FailedFile] = []
        for name, data in files:
            try:
                paths.append(uploads.keep(notes.settings.home, name, data))
            except DocumentError as error:
                failed.append(FailedFile(path=error.path, error=error.reason))
        report = notes.ingest(*paths, progress=lambda at: job.tell(Reading(at.file, at.done, at.total)))
        job.tell(report.model_copy(update={"failed": [*failed, *report.failed]}))

    st.session_state["adding"] = Job(work)


def under_way() -> "Job[News] | None":
    """What this session is adding at the moment."""
    job = st.session_state.get("adding")
    return job if job is not None and not job.finished else None


def progress() -> None:
    """Follow what is being added to its end, then show what came of it."""
    job: Job[News] | None = st.session_state.get("adding")
    if job is None:
        return
    bar = st.empty()
    for _ in job.follow():
        at = job.latest
        if isinstance(at, Reading):
            bar.progress(at.done / max(at.total, 1), f"{at.done} of {at.total}: {plain(at.file, limit=60)}")
        else:
            bar.progress(0.0, "Reading…")
    bar.empty()
    _outcome(job)


def _outcome(job: "Job[News]") -> None:
    try:
        job.result()
    except VademecumError as error:
        show_error(error)
        return
    report = job.latest
    if isinstance(report, IngestReport):
        _show_report(report)


def _show_report(report: IngestReport) -> None:
    done = ", ".join(
        f"{count} {what}" for what in ("added", "updated", "unchanged", "deleted") if (count := getattr(report, what))
    )
    if done:
        st.success(f"{done.capitalize()} in {report.seconds:.1f} s", icon=":material/check:")
    if report.failed:
        shown = [f"- **{plain(one.path)}**: {plain(one.error)}" for one in report.failed[:FAILURES_SHOWN]]
        if more := len(report.failed) - FAILURES_SHOWN:
            shown += [f"- and {more} more"] if more > 0 else []
        st.warning("Not added:\n\n" + "\n".join(shown), icon=":material/warning:")
    if report.notes:
        noted = [f"- **{plain(one.path)}**: {plain(one.note)}" for one in report.notes[:FAILURES_SHOWN]]
        st.info("Good to know:\n\n" + "\n".join(noted), icon=":material/info:")
