"""Removing documents: a dialog states what will be deleted, then shows the progress."""

from collections.abc import Sequence

import streamlit as st

from vademecum import Notebook
from vademecum.core.errors import VademecumError
from vademecum.library_view import SourceRow
from vademecum.ui import uploads
from vademecum.ui.escaping import count, plain, show_error
from vademecum.ui.jobs import Job

NAMED = 8
"""Documents that the dialog names; of the others it states the number."""


@st.dialog("Remove from the library?", width="medium")
def ask(notebook: Notebook, rows: Sequence[SourceRow]) -> None:
    """State what removing these documents means, and remove them if the person agrees."""
    passages = count(sum(row.passage_count for row in rows), "passage")
    st.markdown(f"**{count(len(rows), 'document')}** with {passages} will be removed:")
    lines = [f"- {plain(row.source.title, limit=80)} ({plain(row.source.path, limit=120)})" for row in rows[:NAMED]]
    lines += [f"- and {len(rows) - NAMED:,} more"] if len(rows) > NAMED else []
    st.markdown("\n".join(lines))
    copies = sum(uploads.is_ours(notebook.settings.home, row.source.root) for row in rows)
    st.markdown("What that means:")
    st.markdown(
        "- Texts, passages and vectors are deleted; no search and no answer finds them any more.\n"
        "- What conversations, remembered facts and traces quote from there becomes \\[forgotten\\].\n"
        + (f"- {copies:,} dropped on this page: the copies in the workspace are deleted too.\n" if copies else "")
        + ("- Your own files are not touched, and can be added again.\n" if copies < len(rows) else "")
        + "- It cannot be undone."
    )
    if st.button("Remove", type="primary", icon=":material/delete:", key="remove-confirmed"):
        _remove(notebook, rows)


def _remove(notebook: Notebook, rows: Sequence[SourceRow]) -> None:
    def forget_each(job: Job[int, None]) -> None:
        for number, row in enumerate(rows):
            job.report(number)
            source = row.source
            notebook.forget(source.id)
            if not notebook.sources.is_used(source.root, source.path):
                uploads.discard(notebook.settings.home, source.root, source.path)

    job, bar = Job[int, None](forget_each), st.empty()
    for _ in job.follow():
        removed_count = job.latest_event or 0
        bar.progress(removed_count / len(rows), f"Removing {removed_count + 1:,} of {len(rows):,}")
    bar.empty()
    try:
        job.result()
    except VademecumError as error:
        show_error(error)
        st.caption("What has not been removed is as it was.")
        return
    st.query_params.pop("source", None)
    st.session_state["marked-sources"] = []
    st.rerun()
