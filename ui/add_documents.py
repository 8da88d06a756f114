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
"""Runs an ingestion; its argument is to be called after each file."""

KINDS = "Files: text, PDF, office, web pages, books, mail, tables, pictures, zip archives of them"
NOTION = "In Notion: Settings, Export all workspace content, Markdown & CSV; then drop the zip here as it is."

REDRAW_SECONDS = 0.5


class IngestJob(Job[Progress, IngestReport]):
    """An ingestion in the background; `failures` from before its start are added to its report."""

    def __init__(self, read_files: ReadFiles, failures: Sequence[FailedFile], executor: Executor) -> None:
        self.read_files = read_files
        self.failures = failures
        super().__init__(lambda _: self._run(), executor)

    def _run(self) -> IngestReport:
        report = self.read_files(self.report)
        return report.model_copy(update={"failed": [*self.failures, *report.failed]})


@st.cache_resource(show_spinner=False)
def _registry() -> Jobs[IngestJob]:
    """The ingestions of this process."""
    return Jobs(keep=0)


def form(notebook: Notebook, *, key: str, collection: str | None = None) -> bool:
    """Draw the form that adds documents; True if an ingestion has just been started.

    `collection` is the default of its field. None: there is no such field, and the progress is drawn below the form.
    """
    round_ = st.session_state.get("adding-round", 0)
    upload_kind = "Files"
    if collection is not None:
        upload_kind = st.segmented_control(
            "What to add", ["Files", "A whole folder", "Notion export"], default="Files", required=True,
            key=f"{key}-how-{round_}", label_visibility="collapsed",
        ) or "Files"  # fmt: skip
    label = {"Files": KINDS, "Notion export": NOTION}.get(upload_kind, "A folder with all that is in it")
    st.file_uploader(
        label,
        accept_multiple_files="directory" if upload_kind == "A whole folder" else True,
        key=f"{key}-{upload_kind}-{round_}",
        max_upload_size=notebook.settings.max_file_mb,
    )
    st.text_input(
        "Or a folder (or file) on this machine, or a web address",
        key=f"{key}-folder-{round_}",
        placeholder="~/notes",
        help="It is read where it is; adding it again brings the notebook up to date with it.",
    )
    if collection is not None:
        _collection(notebook, collection, f"{key}-collection-{round_}")
    folder = st.session_state.get(f"{key}-folder-{round_}", "").strip()
    has_input = st.session_state.get(f"{key}-{upload_kind}-{round_}") or folder
    st.button(
        "Add",
        type="primary",
        key=f"{key}-add",
        disabled=running() is not None or not has_input,
        on_click=_submit,
        args=(notebook, key, upload_kind, round_),
    )
    if collection is None:
        show_to_the_end()
    return st.session_state.pop("adding-begun", False)


def _collection(notebook: Notebook, first: str, key: str) -> None:
    names = list(dict.fromkeys([first, "default", *notebook.library.catalogue.collections()]))
    st.selectbox(
        "Into the collection", names, key=key, accept_new_options=True,
        help="Collections keep subjects apart: a search or a question can be held to one. A new name begins one.",
    )  # fmt: skip


def _submit(notebook: Notebook, key: str, upload_kind: str, round_: int) -> None:
    """Start an ingestion with the values of the form, and have an empty form drawn next."""
    state = st.session_state
    files = state.get(f"{key}-{upload_kind}-{round_}") or []
    folder = state.get(f"{key}-folder-{round_}", "").strip()
    collection = (state.get(f"{key}-collection-{round_}") or "default").strip() or "default"
    state["adding-round"] = round_ + 1
    state["adding-begun"] = True  # the button is disabled by now, and so returns False
    begin(
        notebook, [(file.name, file.getvalue()) for file in files], folder, collection=collection,
        folders=upload_kind == "A whole folder",
    )  # fmt: skip


def begin(
    notebook: Notebook,
    files: Sequence[tuple[str, bytes]],
    folder: str,
    *,
    collection: str = "default",
    folders: bool = False,
) -> None:
    """Start to ingest files (name and content) and a folder or address; with `folders`, the names are paths to keep."""
    home = notebook.settings.home
    paths: list[Path | str] = [folder] if folder else []
    failures: list[FailedFile] = []
    for name, content in files:
        try:
            store = uploads.keep_below if folders else uploads.keep
            path = store(home, name, content, collection)
        except DocumentError as error:
            failures.append(FailedFile(path=error.path, error=error.reason))
        else:
            paths += [path] if path is not None and path not in paths else []

    def read_files(report: Callable[[Progress], None]) -> IngestReport:
        if failures and not paths:
            raise DocumentError(failures[0].path, failures[0].error)
        result = notebook.ingest(*paths, collection=collection, progress=report)
        uploads.discard_refused([path for path in paths if path != folder], result.failed, notebook.sources.is_used)
        return result

    _enqueue(read_files, failures)


def update(notebook: Notebook, sources: Sequence[str]) -> None:
    """Start to read the files of these documents (ids) again."""
    _enqueue(lambda report: notebook.update(*sources, progress=report), [])


def _enqueue(read_files: ReadFiles, failures: Sequence[FailedFile]) -> None:
    """Start an ingestion that runs after those before it."""
    jobs = _registry()
    st.session_state["adding"] = jobs.start(
        uuid.uuid4().hex, lambda: IngestJob(read_files, failures, jobs.serial_executor)
    )


def running() -> IngestJob | None:
    """The latest ingestion that has not ended, of this tab or another one."""
    jobs = _registry().active_jobs()
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
    _enqueue(job.read_files, job.failures)


def _show_end(job: IngestJob) -> None:
    try:
        report = job.result()
    except VademecumError as error:
        show_error(error)
        st.caption("Nothing is lost: what you gave is kept, and can be tried again.")
        st.button("Try again", icon=":material/refresh:", key="add-again", on_click=_retry, args=(job,))
        return
    ingest_progress.show(report)
