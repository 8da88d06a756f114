"""A document in the library: its facts, its outline, and its text with the passages that the index holds."""

import base64
from collections.abc import Callable
from typing import Any

import streamlit as st

from vademecum import Notebook
from vademecum.core.types import Citation, Passage
from vademecum.library_view import SourceRow, SourceView
from vademecum.ui import component, folders_panel, knowledge_picture, text_with_passages
from vademecum.ui.escaping import count, markup, plain
from vademecum.ui.pdf_page import page_picture
from vademecum.ui.sources_table import STATES
from vademecum.ui.table import when

VIEWS = {"passages": "What the index sees", "text": "Text", "pages": "Pages", "connections": "Connections"}

RowAction = Callable[[SourceRow], None]


def open_source(source_id: str, passage: str = "", search: str = "") -> None:
    """Put a document into the address, with a passage of it and the `search` that led to it."""
    st.query_params["source"] = source_id
    if search:
        st.query_params["found"] = search
    for name, part in (("passage", passage), ("at", ""), ("page", "")):
        if part:
            st.query_params[name] = part
        else:
            st.query_params.pop(name, None)


def close() -> None:
    """Take the document out of the address, and go back to the search before it.

    "as" goes by itself, with the widget that it is bound to: Streamlit lets nobody else remove it.
    """
    if search := st.query_params.get("found"):
        st.session_state["search"] = search
    for name in ("source", "found", "passage", "at", "page"):
        st.query_params.pop(name, None)


def show(notebook: Notebook, source_id: str, *, back: str, on_update: RowAction, on_remove: RowAction) -> None:
    """Draw the document; `on_update` and `on_remove` are called when their buttons are pressed.

    Raises:
        UsageError: there is no document of that id.
    """
    document = notebook.sources.view(source_id)
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.button(back, icon=":material/arrow_back:", type="tertiary", on_click=close, key="close-leaf")
        st.space("stretch")
        if document.row.state in ("changed", "web page", "not encoded") and st.button(
            "Bring up to date", icon=":material/sync:", key="update-leaf"
        ):
            on_update(document.row)
        if st.button("Remove", icon=":material/delete:", key="remove-leaf"):
            on_remove(document.row)
    _show_facts(document)
    passage = document.passage(passage_id) if (passage_id := st.query_params.get("passage", "")) else None
    if passage_id and passage is None:
        st.info("The passage at this address is gone: the text has changed since. Here is the document as it is now.")
    views = [name for name in VIEWS if name != "pages" or document.row.source.kind == "pdf"]
    view = st.segmented_control(
        "View", views, default=None if "as" in st.session_state else views[0], required=True, key="as",
        bind="query-params", format_func=VIEWS.__getitem__, label_visibility="collapsed",
    )  # fmt: skip
    if not document.text.strip():
        st.info("No text could be read from this document, so no search finds it.")
    if view == "connections":
        connections(notebook, document.row.source.title, document.row.source.collection)
        return
    if passage:
        _show_passage(document, passage)
    if view == "pages" and _pages(document, passage):
        return
    _draw(document, text_shape(document, passage, _position(document, passage), with_passages=view == "passages"))


def connections(notebook: Notebook, subject: str, collection: str | None) -> None:
    """Draw how the things that `subject` names are connected with others in the documents."""

    def search_for(label: str) -> None:
        close()
        st.session_state["search"] = label
        st.session_state["found-as"] = "Connections"

    def open_citation(citation: Citation) -> None:
        open_source(citation.source_id, search=st.query_params.get("found") or st.query_params.get("search", ""))
        st.query_params["at"] = str(citation.start)
        st.session_state["as"] = "passages"

    knowledge_picture.show(notebook.knowledge(subject, collection=collection), search_for, open_citation)


def _show_facts(document: SourceView) -> None:
    source = document.row.source
    where = f"{folders_panel.name(source.root)}/{source.path}"
    _, _, meaning = STATES[document.row.state]
    facts = [source.kind] + ([count(source.pages, "page")] if source.pages else [])
    facts += [
        count(len(document.text), "character"),
        count(len(document.passages), "passage"),
        f"in {source.collection}",
    ]
    facts += [f"read {when(source.added_at.isoformat())}"]
    st.html(
        f'<h1 class="vade-title"><bdi>{markup(source.title)}</bdi></h1>'
        f'<p class="vade-about" title="{markup(f"{source.root}/{source.path}")}"><bdi>{markup(where)}</bdi></p>'
        f'<p class="vade-about">{markup(" · ".join(facts))}</p>'
    )
    if document.row.state not in ("current", "web page"):
        st.warning(meaning, icon=":material/info:")
    if source.same_as:
        st.caption("Another document holds the same text, and is the one that searches find.")


def _show_passage(document: SourceView, passage: Passage) -> None:
    """An expander with the index entry of a passage: its place, and the words that become its vector."""
    number = document.passages.index(passage) + 1
    title = f"Passage {number} of {len(document.passages)}, {passage.where}, {len(passage.text):,} characters"
    with st.expander(plain(title), icon=":material/data_object:"):
        heading_path = " › ".join((document.row.source.title, *passage.headings))
        st.html(
            '<div class="vade-note">What is read for its vector: the title and headings above it, and its words. '
            f"Characters {passage.start:,} to {passage.end:,}; id {markup(passage.id)}.</div>"
            f'<div class="vade-said"><strong><bdi>{markup(heading_path)}</bdi></strong>\n{markup(passage.text)}</div>'
        )


def _position(document: SourceView, passage: Passage | None) -> int | None:
    """The character to scroll to: the one in the address, or the start of the passage."""
    character = st.query_params.get("at", "")
    if character.isdecimal() and len(character) < 12:
        return min(int(character), len(document.text))
    return passage.start if passage else None


def text_shape(
    document: SourceView, passage: Passage | None, position: int | None, *, with_passages: bool
) -> dict[str, Any]:
    """The text as data of the component; `with_passages`: with the borders of its passages."""
    text_window = text_with_passages.window(document.text, position or 0)
    labelled_numbers: set[int] = set()
    open_number = document.passages.index(passage) if passage else -1
    shapes = []
    for stretch in text_with_passages.stretches(document.text, document.passages, text_window):
        first_shown = [number for number in stretch.passages if number not in labelled_numbers]
        labelled_numbers.update(first_shown)
        labelled_passage = document.passages[first_shown[0]] if first_shown else None
        shapes.append({
            "start": stretch.start,
            "lines": [list(line) for line in stretch.lines],
            "passages": list(stretch.passages),
            "id": labelled_passage.id if labelled_passage else "",
            "label": f"{first_shown[0] + 1} · {labelled_passage.where}" if labelled_passage else "",
            "open": open_number in stretch.passages,
        })  # fmt: skip
    return {
        "stretches": shapes,
        "start": text_window.start,
        "end": text_window.end,
        "length": text_window.length,
        "at": position,
        "drawn": with_passages,
    }


def _pages(document: SourceView, passage: Passage | None) -> bool:
    """Draw a page of a PDF; False if the file has changed or is gone, so that there is no picture of it."""
    source = document.row.source
    parameter = st.query_params.get("page", "")
    number = passage.page if passage and passage.page else 1
    if parameter.isdecimal() and len(parameter) < 9:
        number = int(parameter)
    count = source.pages or 1
    number = min(max(1, number), count)
    if count > 1:
        st.pagination(count, default=number, key=f"pdf-page-{number}", on_change=_turn, args=(f"pdf-page-{number}",))
    quote = passage.text if passage and passage.page == number else ""
    picture = page_picture(source, number, quote)
    if picture is None:
        st.info("The file is gone, has changed or cannot be drawn; here is the text that was read.")
        return False
    png = "data:image/png;base64," + base64.b64encode(picture.png).decode("ascii")
    boxes = [list(box) for box in picture.boxes]
    alt = f"Page {number} of {source.title}"
    _draw(document, {"picture": png, "alt": alt, "boxes": boxes, "start": number, "end": number, "at": None})
    return True


def _draw(document: SourceView, content: dict[str, Any]) -> None:
    outline = [heading._asdict() for heading in document.outline()]

    def pick() -> None:
        if document.passage(passage_id := st.session_state["leaf"].picked):
            is_open = passage_id == st.query_params.get("passage")
            open_source(document.row.source.id, "" if is_open else passage_id)

    def jump() -> None:
        start = st.session_state["leaf"].jumped
        if isinstance(start, int):
            st.query_params["at"] = str(start)
            _turn_to(document, start)

    component.show(
        "leaf",
        '<div class="leaf"></div>',
        key="leaf",
        data={"subject": document.row.source.id, "outline": outline, **content},
        on_picked_change=pick,
        on_jumped_change=jump,
    )


def _turn_to(document: SourceView, start: int) -> None:
    """If pages are shown, go to the one with this character."""
    passage = next((passage for passage in document.passages if passage.end > start), None)
    if passage and passage.page and st.session_state.get("as") == "pages":
        st.query_params["page"] = str(passage.page)


def _turn(key: str) -> None:
    """Put the selected page into the address."""
    st.query_params["page"] = str(st.session_state[key])
