"""Adding documents: files, folders, archives, web addresses; how far it is, what came of it, what failed and why.

It is work of the process, one piece after another: it goes on when the page is left or closed, and every tab sees it.
"""

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import streamlit as st

from vademecum import Notebook
from vademecum.core.errors import DocumentError, VademecumError
from vademecum.retrieval.ingestion.ingest_report import FailedFile, IngestReport, Progress
from vademecum.ui import ingest_progress, uploads
from vademecum.ui.escaping import show_error
from vademecum.ui.jobs import Job
from vademecum.ui.shared_notebook import Reading

News = Reading | IngestReport
Tell = Callable[[Progress], None]

KINDS = "Files: text, PDF, office, web pages, books, mail, tables, pictures, zip archives of them"
NOTION = "In Notion: Settings, Export all workspace content, Markdown & CSV; then drop the zip here as it is."

WATCHED_SECONDS = 0.5


class Adding(Job[News]):
    """One piece of work; `again` begins the same anew, with what it keeps."""

    def __init__(self, work: "Callable[[Adding], None]", turn: threading.Lock) -> None:
        self.again: Callable[[], object] | None = None

        def in_turn(_: Job[News]) -> None:
            with turn:
                work(self)

        super().__init__(in_turn)

    def read(self, at: Progress) -> None:
        """Told by the ingestion."""
        self.tell(Reading(at.file, at.done, at.total, at.error))


class Floor:
    """What is being added in this process."""

    def __init__(self) -> None:
        self.turn = threading.Lock()
        self.latest: Adding | None = None


@st.cache_resource(show_spinner=False)
def _floor() -> Floor:
    return Floor()


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
        disabled=under_way() is not None or not given,
        on_click=_taken,
        args=(notes, key, how, round_),
    )
    if collection is None:
        progress()
    return st.session_state.pop("adding-begun", False)


def _collection(notes: Notebook, first: str, key: str) -> None:
    known = list(dict.fromkeys([first, "default", *notes.library.catalogue.collections()]))
    st.selectbox(
        "Into the collection", known, key=key, accept_new_options=True,
        help="Collections keep subjects apart: a search or a question can be held to one. A new name begins one.",
    )  # fmt: skip


def _taken(notes: Notebook, key: str, how: str, round_: int) -> None:
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

    def read(tell: Tell) -> IngestReport:
        if failed and not kept:
            raise DocumentError(failed[0].path, failed[0].error)
        return notes.ingest(*kept, collection=collection, progress=tell)

    _begin(read, failed)


def update(notes: Notebook, sources: Sequence[str]) -> None:
    """Start to read the files of these documents (by id) again."""
    _begin(lambda tell: notes.update(*sources, progress=tell), [])


def _begin(read: Callable[[Tell], IngestReport], failed: Sequence[FailedFile]) -> None:
    floor = _floor()

    def work(job: Adding) -> None:
        report = read(job.read)
        job.tell(report.model_copy(update={"failed": [*failed, *report.failed]}))

    job = Adding(work, floor.turn)
    job.again = lambda: _begin(read, failed)
    floor.latest = job
    st.session_state["adding"] = job


def under_way() -> Adding | None:
    """What is being added at the moment, in this tab or another one."""
    job = _floor().latest
    return job if job is not None and not job.finished else None


def current() -> Adding | None:
    """What is being added, or, in the tab that began or saw it, was added last."""
    if job := under_way():
        st.session_state["adding"] = job
    return st.session_state.get("adding")


def progress() -> None:
    """Follow what is being added to its end, then show what came of it."""
    if (job := current()) is None:
        return
    drawn = st.empty()
    for _ in job.follow():
        with drawn.container():
            ingest_progress.show_progress(job)
    drawn.empty()
    _outcome(job)


def watch() -> None:
    """As `progress`, beside a page that stays usable meanwhile, and is drawn again at the end."""
    job = current()
    if job is None:
        return
    if job.finished:
        with st.container(border=True, key="added", horizontal=True, vertical_alignment="top", gap="small"):
            with st.container(width="stretch"):
                _outcome(job)
            st.button("Close", icon=":material/close:", type="tertiary", key="close-added", on_click=_seen)
        return
    _watched(job)


@st.fragment(run_every=WATCHED_SECONDS)
def _watched(job: Adding) -> None:
    if job.finished:
        st.rerun()
    with st.container(border=True, key="adding-now"):
        ingest_progress.show_progress(job)
        st.html('<p class="vade-about">Goes on when you leave this page, or close it.</p>')


def _seen() -> None:
    st.session_state["adding"] = None


def _again(job: Adding) -> None:
    if job.again:
        job.again()


def _outcome(job: Adding) -> None:
    try:
        job.result()
    except VademecumError as error:
        show_error(error)
        st.caption("Nothing is lost: what you gave is kept, and can be tried again.")
        st.button("Try again", icon=":material/refresh:", key="add-again", on_click=_again, args=(job,))
        return
    report = job.latest
    if isinstance(report, IngestReport):
        ingest_progress.show(report)
