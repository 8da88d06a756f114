"""Adding documents: files, folders, archives, web addresses; with the progress, the report, and what failed and why.

Ingestions are jobs of the process, one after another: they go on when the page is left or closed, and every tab
sees them.
"""

import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from pathlib import Path

import streamlit as st

from vademecum import Notebook
from vademecum.core.errors import DocumentError, VademecumError
from vademecum.retrieval.ingestion.ingest_report import FailedFile, IngestReport, Progress
from vademecum.ui import ingest_progress, uploads
from vademecum.ui.escaping import show_error
from vademecum.ui.jobs import Job, Jobs

ReadFiles = Callable[[Callable[[Progress], None]], IngestReport]
"""An ingestion: is given what to call after each file."""

KINDS = "Files: text, PDF, office, web pages, books, mail, tables, pictures, zip archives of them"
NOTION = "In Notion: Settings, Export all workspace content, Markdown & CSV; then drop the zip here as it is."

REDRAW_SECONDS = 0.5


class IngestJob(Job[Progress, IngestReport]):
    """An ingestion in the background; files that `failed` before it began join its report."""

    def __init__(self, read: ReadFiles, failed: Sequence[FailedFile], queue: Executor) -> None:
        self.read = read
        self.failed = failed
        super().__init__(lambda _: self._run(), queue)

    def _run(self) -> IngestReport:
        report = self.read(self.report)
        return report.model_copy(update={"failed": [*self.failed, *report.failed]})


@st.cache_resource(show_spinner=False)
def _registry() -> Jobs[IngestJob]:
    """The ingestions of this process."""
    return Jobs(keep=0)


def form(notes: Notebook, *, key: str, collection: str | None = None) -> bool:
    """Draw what is needed to add documents; True where it has just been begun.

    `collection` is the one offered first. With None there is no choice of one, and how it goes is drawn right below.
    """
    round_ = st.session_state.get("adding-round", 0)
    most = notes.settings.max_file_mb
    how = "Files"
    if collection is not None:
        how = st.segmented_control(
            "What to add", ["Files", "A whole folder", "Notion export"], default="Files", required=True,
            key=f"{key}-how-{round_}", label_visibility="collapsed",
        ) or "Files"  # fmt: skip
    label = {"Files": KINDS, "Notion export": NOTION}.get(how, "A folder with all that is in it")
    st.file_uploader(
        label,
        accept_multiple_files="directory" if how == "A whole folder" else True,
        key=f"{key}-{how}-{round_}",
        max_upload_size=most,
    )
    st.text_input(
        "Or a folder (or file) on this machine, or a web address",
        key=f"{key}-folder-{round_}",
        placeholder="~/notes",
        help="It is read where it is; adding it again brings the notebook up to date with it.",
    )
    if collection is not None:
        _collection(notes, collection, f"{key}-collection-{round_}")
    given = st.session_state.get(f"{key}-{how}-{round_}") or st.session_state.get(f"{key}-folder-{round_}", "").strip()
    st.button(
        "Add",
        type="primary",
        key=f"{key}-add",
        disabled=running() is not None or not given,
        on_click=_submit,
        args=(notes, key, how, round_),
    )
    if collection is None:
        show_to_the_end()
    return st.session_state.pop("adding-begun", False)


def _collection(notes: Notebook, first: str, key: str) -> None:
    known = list(dict.fromkeys([first, "default", *notes.library.catalogue.collections()]))
    st.selectbox(
        "Into the collection", known, key=key, accept_new_options=True,
        help="Collections keep subjects apart: a search or a question can be held to one. A new name begins one.",
    )  # fmt: skip


def _submit(notes: Notebook, key: str, how: str, round_: int) -> None:
    """Begin with what the form holds, and have an empty form drawn next."""
    told = st.session_state
    files = told.get(f"{key}-{how}-{round_}") or []
    folder = told.get(f"{key}-folder-{round_}", "").strip()
    collection = (told.get(f"{key}-collection-{round_}") or "default").strip() or "default"
    told["adding-round"] = round_ + 1
    told["adding-begun"] = True  # the button itself is disabled by now, and so not pressed
    begin(
        notes, [(file.name, file.getvalue()) for file in files], folder, collection=collection,
        folders=how == "A whole folder",
    )  # fmt: skip


def begin(
    notes: Notebook,
    files: Sequence[tuple[str, bytes]],
    folder: str,
    *,
    collection: str = "default",
    folders: bool = False,
) -> None:
    """Start to read the files, by name and content, and the folder; with `folders` the names are paths to keep."""
    home = notes.settings.home
    kept: list[Path | str] = [folder] if folder else []
    failed: list[FailedFile] = []
    for name, data in files:
        try:
            store = uploads.keep_below if folders else uploads.keep
            place = store(home, name, data, collection)
        except DocumentError as error:
            failed.append(FailedFile(path=error.path, error=error.reason))
        else:
            kept += [place] if place is not None and place not in kept else []

    def read(report: Callable[[Progress], None]) -> IngestReport:
        if failed and not kept:
            raise DocumentError(failed[0].path, failed[0].error)
        return notes.ingest(*kept, collection=collection, progress=report)

    _enqueue(read, failed)


def update(notes: Notebook, sources: Sequence[str]) -> None:
    """Start to read the files of these documents (by id) again."""
    _enqueue(lambda report: notes.update(*sources, progress=report), [])


def _enqueue(read: ReadFiles, failed: Sequence[FailedFile]) -> None:
    """Have files read once the ingestions before have ended."""
    jobs = _registry()
    st.session_state["adding"] = jobs.start(uuid.uuid4().hex, lambda: IngestJob(read, failed, jobs.queue))


def running() -> IngestJob | None:
    """The latest ingestion that has not ended, of this tab or another one."""
    jobs = _registry().active()
    return jobs[-1] if jobs else None


def current() -> IngestJob | None:
    """The ingestion that is running, or, in a tab that started or saw it, the last one."""
    if job := running():
        st.session_state["adding"] = job
    return st.session_state.get("adding")


def show_to_the_end() -> None:
    """Draw the progress of an ingestion until it ends, then its report."""
    if (job := current()) is None:
        return
    place = st.empty()
    for _ in job.follow():
        with place.container():
            ingest_progress.show_progress(job)
    place.empty()
    _show_end(job)


def show_beside() -> None:
    """Draw the progress or the report of an ingestion on a page that stays usable; it is redrawn at the end."""
    job = current()
    if job is None:
        return
    if job.finished:
        with st.container(border=True, key="added", horizontal=True, vertical_alignment="top", gap="small"):
            with st.container(width="stretch"):
                _show_end(job)
            st.button("Close", icon=":material/close:", type="tertiary", key="close-added", on_click=_close)
        return
    _show_progress(job)


@st.fragment(run_every=REDRAW_SECONDS)
def _show_progress(job: IngestJob) -> None:
    if job.finished:
        st.rerun()
    with st.container(border=True, key="adding-now"):
        ingest_progress.show_progress(job)
        st.html('<p class="vade-about">Goes on when you leave this page, or close it.</p>')


def _close() -> None:
    st.session_state["adding"] = None


def _retry(job: IngestJob) -> None:
    _enqueue(job.read, job.failed)


def _show_end(job: IngestJob) -> None:
    try:
        report = job.result()
    except VademecumError as error:
        show_error(error)
        st.caption("Nothing is lost: what you gave is kept, and can be tried again.")
        st.button("Try again", icon=":material/refresh:", key="add-again", on_click=_retry, args=(job,))
        return
    ingest_progress.show(report)
