"""Removing documents: what will go is said first, and how far it is meanwhile."""

from collections.abc import Sequence

import streamlit as st

from vademecum import Notebook
from vademecum.core.errors import VademecumError
from vademecum.library_view import SourceRow
from vademecum.ui import uploads
from vademecum.ui.background import Job
from vademecum.ui.escaping import plain, show_error

NAMED = 8
"""Documents named in the question; of more the number is said."""


@st.dialog("Remove from the library?", width="medium")
def ask(notes: Notebook, chosen: Sequence[SourceRow]) -> None:
    """Say what removing these documents means, and do it if the person says so."""
    passages = sum(one.passages for one in chosen)
    what = "1 document" if len(chosen) == 1 else f"{len(chosen):,} documents"
    st.markdown(f"**{what}** with {passages:,} passages will be removed:")
    listed = [f"- {plain(one.source.title, limit=80)} ({plain(one.source.path, limit=120)})" for one in chosen[:NAMED]]
    listed += [f"- and {len(chosen) - NAMED:,} more"] if len(chosen) > NAMED else []
    st.markdown("\n".join(listed))
    copies = sum(uploads.is_ours(notes.settings.home, one.source.root) for one in chosen)
    st.markdown("What that means:")
    st.markdown(
        "- Texts, passages and vectors are deleted; no search and no answer finds them any more.\n"
        "- What conversations, remembered facts and traces quote from there becomes \\[forgotten\\].\n"
        + (f"- {copies:,} dropped on this page: the copies in the workspace are deleted too.\n" if copies else "")
        + ("- Your own files are not touched, and can be added again.\n" if copies < len(chosen) else "")
        + "- It cannot be undone."
    )
    if st.button("Remove", type="primary", icon=":material/delete:", key="remove-confirmed"):
        _remove(notes, chosen)


def _remove(notes: Notebook, chosen: Sequence[SourceRow]) -> None:
    def work(job: Job[int]) -> None:
        for number, one in enumerate(chosen):
            job.tell(number)
            source = one.source
            notes.forget(source.id)
            if not notes.sources.is_used(source.root, source.path):
                uploads.discard(notes.settings.home, source.root, source.path)

    job, bar = Job(work), st.empty()
    for _ in job.follow():
        bar.progress((job.latest or 0) / len(chosen), f"Removing {(job.latest or 0) + 1:,} of {len(chosen):,}")
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
