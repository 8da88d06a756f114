"""The source beside the chat: its text, or the page of a PDF, scrolled to the passage, which is marked."""

import base64
from typing import Any, NamedTuple

import streamlit as st

from vademecum import Notebook
from vademecum.core.types import Citation, Source
from vademecum.ui import component
from vademecum.ui.citations import location
from vademecum.ui.escaping import markup
from vademecum.ui.pdf_page import page_picture
from vademecum.ui.source_text import lines_around


class OpenPassage(NamedTuple):
    """A passage that is open beside a conversation (`thread`: None for one that has not begun)."""

    thread: str | None
    citation: Citation


def open_passage(thread: str | None, citation: Citation) -> None:
    """Open a passage beside the conversation; close it if it is open."""
    passage = OpenPassage(thread, citation)
    st.session_state["opened"] = None if st.session_state.get("opened") == passage else passage


def open_document(thread: str | None, source: Source) -> None:
    """Open a document at its beginning."""
    beginning = Citation(
        path=source.path, title=source.title, start=0, end=0, quote="", root=source.root, source_id=source.id,
        page=1 if source.pages else None, line=1,
    )  # fmt: skip
    open_passage(thread, beginning)


def opened_beside(thread: str | None) -> Citation | None:
    """The passage that is open beside the conversation."""
    passage = st.session_state.get("opened")
    return passage.citation if passage and passage.thread == thread else None


def close() -> None:
    """Close the panel."""
    st.session_state["opened"] = None


def show(notebook: Notebook, citation: Citation) -> None:
    """Draw the panel."""
    with st.container(key="source-panel", gap="small"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.html(
                f'<div class="vade-source-title"><bdi>{markup(citation.title)}</bdi></div>'
                f'<div class="vade-note"><bdi>{markup(location(citation))}</bdi></div>'
            )
            st.button("Close", icon=":material/close:", on_click=close, type="tertiary", key="close-source")
        source = notebook.library.catalogue.source(citation.source_id)
        if source is None:
            st.info("This document is no longer in the notebook. What was cited:")
        component.show(
            "source",
            '<div class="source" tabindex="0" role="region" aria-label="Source"></div>',
            key="source",
            data=shape(notebook, source, citation),
        )


def shape(notebook: Notebook, source: Source | None, citation: Citation) -> dict[str, Any]:
    """The data of the component."""
    if source is None:
        return {"lines": [["text", [[citation.quote, True]]]]}
    picture = page_picture(source, citation.page, citation.quote) if source.kind == "pdf" and citation.page else None
    if picture and (picture.boxes or not citation.quote):
        return {
            "picture": "data:image/png;base64," + base64.b64encode(picture.png).decode("ascii"),
            "alt": f"Page {citation.page} of {citation.title}. {citation.quote}",
            "boxes": [list(box) for box in picture.boxes],
        }
    lines = lines_around(notebook.text(source), citation.start, citation.end)
    return {"lines": [[line.kind, [list(part) for part in line.parts]] for line in lines]}
