"""A document open in the library: what is known of it, its outline, its text with the passages that a search finds."""

import base64
from collections.abc import Callable
from typing import Any

import streamlit as st

from vademecum import Notebook
from vademecum.core.types import Citation, Passage
from vademecum.library_view import SourceRow, SourceView
from vademecum.ui import component, folders_panel, knowledge_picture, leaf_text
from vademecum.ui.escaping import markup, plain
from vademecum.ui.pdf_page import page_picture
from vademecum.ui.sources_table import STATES
from vademecum.ui.table import when

VIEWS = {"passages": "What the index sees", "text": "Text", "pages": "Pages", "connections": "Connections"}

Doing = Callable[[SourceRow], None]


def open_(source_id: str, passage: str = "", found: str = "") -> None:
    """Have the address name a document, a passage of it, and what was searched for when it was `found`."""
    st.query_params["source"] = source_id
    if found:
        st.query_params["found"] = found
    for name, value in (("passage", passage), ("at", ""), ("page", "")):
        if value:
            st.query_params[name] = value
        else:
            st.query_params.pop(name, None)


def close() -> None:
    """Have the address name no document, but what was searched for before."""
    if found := st.query_params.get("found"):
        st.session_state["search"] = found
    for name in ("source", "found", "passage", "at", "as", "page"):
        st.query_params.pop(name, None)


def show(notes: Notebook, source_id: str, *, back: str, on_update: Doing, on_remove: Doing) -> None:
    """Draw the document; `on_update` and `on_remove` are called when the person wants it read again, or removed.

    Raises:
        UsageError: there is no document of that id.
    """
    leaf = notes.sources.view(source_id)
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.button(back, icon=":material/arrow_back:", type="tertiary", on_click=close, key="close-leaf")
        st.space("stretch")
        if leaf.row.state in ("changed", "web page", "not encoded") and st.button(
            "Bring up to date", icon=":material/sync:", key="update-leaf"
        ):
            on_update(leaf.row)
        if st.button("Remove", icon=":material/delete:", key="remove-leaf"):
            on_remove(leaf.row)
    _about(leaf)
    picked = leaf.passage(wanted) if (wanted := st.query_params.get("passage", "")) else None
    if wanted and picked is None:
        st.info("The passage at this address is gone: the text has changed since. Here is the document as it is now.")
    views = [name for name in VIEWS if name != "pages" or leaf.row.source.kind == "pdf"]
    view = st.segmented_control(
        "View", views, default=None if "as" in st.session_state else views[0], required=True, key="as",
        bind="query-params", format_func=VIEWS.__getitem__, label_visibility="collapsed",
    )  # fmt: skip
    if not leaf.text.strip():
        st.info("No text could be read from this document, so no search finds it.")
    if view == "connections":
        connections(notes, leaf.row.source.title, leaf.row.source.collection)
        return
    if picked:
        _facts(leaf, picked)
    if view == "pages" and _pages(leaf, picked):
        return
    _draw(leaf, text_shape(leaf, picked, _at(leaf, picked), drawn=view == "passages"))


def connections(notes: Notebook, about: str, collection: str | None) -> None:
    """Draw how what `about` names is connected with other things in the documents, with what says so."""

    def chosen(label: str) -> None:
        close()
        st.session_state["search"] = label
        st.session_state["found-as"] = "Connections"

    def opened(citation: Citation) -> None:
        open_(citation.source_id, found=st.query_params.get("found") or st.query_params.get("search", ""))
        st.query_params["at"] = str(citation.start)
        st.session_state["as"] = "passages"

    knowledge_picture.show(notes.knowledge(about, collection=collection), chosen, opened)


def _about(leaf: SourceView) -> None:
    source = leaf.row.source
    where = f"{folders_panel.name(source.root)}/{source.path}"
    _, _, meaning = STATES[leaf.row.state]
    said = [source.kind] + ([f"{source.pages:,} pages"] if source.pages else [])
    said += [f"{len(leaf.text):,} characters", f"{len(leaf.passages):,} passages", f"in {source.collection}"]
    said += [f"read {when(source.added_at.isoformat())}"]
    st.html(
        f'<h1 class="vade-title"><bdi>{markup(source.title)}</bdi></h1>'
        f'<p class="vade-about" title="{markup(f"{source.root}/{source.path}")}"><bdi>{markup(where)}</bdi></p>'
        f'<p class="vade-about">{markup(" · ".join(said))}</p>'
    )
    if leaf.row.state not in ("current", "web page"):
        st.warning(meaning, icon=":material/info:")
    if source.same_as:
        st.caption("Another document holds the same text, and is the one that searches find.")


def _facts(leaf: SourceView, passage: Passage) -> None:
    """What the index has of a passage, folded: its place, and the words that become its vector."""
    number = leaf.passages.index(passage) + 1
    title = f"Passage {number} of {len(leaf.passages)}, {passage.where}, {len(passage.text):,} characters"
    with st.expander(plain(title), icon=":material/data_object:"):
        above = " › ".join((leaf.row.source.title, *passage.headings))
        st.html(
            '<div class="vade-note">What is read for its vector: the title and headings above it, and its words. '
            f"Characters {passage.start:,} to {passage.end:,}; id {markup(passage.id)}.</div>"
            f'<div class="vade-said"><strong><bdi>{markup(above)}</bdi></strong>\n{markup(passage.text)}</div>'
        )


def _at(leaf: SourceView, picked: Passage | None) -> int | None:
    """The character to bring into view: the one in the address, or where the passage begins."""
    told = st.query_params.get("at", "")
    if told.isdecimal() and len(told) < 12:
        return min(int(told), len(leaf.text))
    return picked.start if picked else None


def text_shape(leaf: SourceView, picked: Passage | None, at: int | None, *, drawn: bool) -> dict[str, Any]:
    """What the component is told of the text, in plain data; `drawn`: with its passages."""
    seen = leaf_text.window(leaf.text, at or 0)
    begun: set[int] = set()
    open_ = leaf.passages.index(picked) if picked else -1
    told = []
    for stretch in leaf_text.stretches(leaf.text, leaf.passages, seen):
        new = [number for number in stretch.passages if number not in begun]
        begun.update(new)
        named = leaf.passages[new[0]] if new else None
        told.append({
            "start": stretch.start,
            "lines": [list(line) for line in stretch.lines],
            "passages": list(stretch.passages),
            "id": named.id if named else "",
            "label": f"{new[0] + 1} · {named.where}" if named else "",
            "open": open_ in stretch.passages,
        })  # fmt: skip
    return {"stretches": told, "start": seen.start, "end": seen.end, "length": seen.length, "at": at, "drawn": drawn}


def _pages(leaf: SourceView, picked: Passage | None) -> bool:
    """Draw a page of a PDF; False where its file is not what was read, so that there is no picture of it."""
    source = leaf.row.source
    told = st.query_params.get("page", "")
    asked = int(told) if told.isdecimal() and len(told) < 9 else picked.page if picked and picked.page else 1
    count = source.pages or 1
    number = min(max(1, asked), count)
    if count > 1:
        st.pagination(count, default=number, key=f"pdf-page-{number}", on_change=_turn, args=(f"pdf-page-{number}",))
    quote = picked.text if picked and picked.page == number else ""
    drawn = page_picture(source, number, quote)
    if drawn is None:
        st.info("The file is gone or has changed, so its pages cannot be shown; here is the text that was read.")
        return False
    picture = "data:image/png;base64," + base64.b64encode(drawn.png).decode("ascii")
    boxes = [list(box) for box in drawn.boxes]
    alt = f"Page {number} of {source.title}"
    _draw(leaf, {"picture": picture, "alt": alt, "boxes": boxes, "start": number, "end": number, "at": None})
    return True


def _draw(leaf: SourceView, told: dict[str, Any]) -> None:
    outline = [heading._asdict() for heading in leaf.outline()]

    def picked() -> None:
        if leaf.passage(chosen := st.session_state["leaf"].picked):
            again = chosen == st.query_params.get("passage")
            open_(leaf.row.source.id, "" if again else chosen)

    def jumped() -> None:
        start = st.session_state["leaf"].jumped
        if isinstance(start, int):
            st.query_params["at"] = str(start)
            _turn_to(leaf, start)

    component.show(
        "leaf",
        '<div class="leaf"></div>',
        key="leaf",
        data={"subject": leaf.row.source.id, "outline": outline, **told},
        on_picked_change=picked,
        on_jumped_change=jumped,
    )


def _turn_to(leaf: SourceView, start: int) -> None:
    """Where pages are shown, show the one with this character."""
    under = next((it for it in leaf.passages if it.end > start), None)
    if under and under.page and st.session_state.get("as") == "pages":
        st.query_params["page"] = str(under.page)


def _turn(key: str) -> None:
    """Have the address name the page that was turned to."""
    st.query_params["page"] = str(st.session_state[key])
