"""The list of documents in the sidebar; documents can be added and removed there."""

import streamlit as st

from vademecum import Notebook
from vademecum.core.types import Source
from vademecum.ui import add_documents, remove_documents, source_panel
from vademecum.ui.escaping import plain

SHOWN = 60
"""Documents listed at once; a filter finds the others."""


def list_all(notebook: Notebook, count: int, thread: str | None) -> None:
    """Draw the list of the `count` documents; a click opens one beside the conversation `thread`."""
    st.html('<div class="vade-heading">Documents</div>')
    if st.button("Add documents", icon=":material/note_add:", width="stretch", key="add-documents"):
        _add(notebook)
    if add_documents.running():
        st.caption("Documents are being added.")
    if not count:
        return
    label = f"{count} document" + ("s" if count > 1 else "")
    # Drawn only once it is unfolded: rows of buttons would hold up the first paint, and every drawing after it.
    expander = st.expander(label, icon=":material/folder_open:", key="documents-unfolded", on_change="rerun")
    if not expander.open:
        return
    sources = notebook.sources()
    with expander:
        words = (
            st.text_input("Filter", key="filter-documents", placeholder="Filter by name") if len(sources) > 9 else ""
        )
        matches = [source for source in sources if words.lower() in f"{source.title} {source.path}".lower()]
        with st.container(key="documents", gap=None):
            for source in matches[:SHOWN]:
                _row(notebook, source, thread)
        if len(matches) > SHOWN:
            st.caption(f"and {len(matches) - SHOWN} more: type to find them")


def _row(notebook: Notebook, source: Source, thread: str | None) -> None:
    with st.container(horizontal=True, wrap=False, gap=None, vertical_alignment="center"):
        st.button(
            plain(source.title, limit=60),
            key=f"source-{source.id}",
            type="tertiary",
            width="stretch",
            help=plain(f"{source.root}/{source.path}"),
            on_click=source_panel.open_document,
            args=(thread, source),
        )
        if st.button("", icon=":material/close:", type="tertiary", key=f"forget-{source.id}", help="Remove"):
            remove_documents.ask(notebook, [notebook.sources.row(source.id)])


@st.dialog("Add documents", on_dismiss="rerun")
def _add(notebook: Notebook) -> None:
    add_documents.form(notebook, key="dialog")
