"""Library: the documents in collections and folders, what the index sees of each, and search as one types."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import streamlit as st

from vademecum import Notebook
from vademecum.core.errors import UsageError
from vademecum.library_view import SourcePage, SourceRow
from vademecum.retrieval.catalogue.listing import ORDERS, Folder
from vademecum.ui import adding, finding, folders_panel, frame, leaf, opening, removing, sources_table
from vademecum.ui.escaping import markup, show_error
from vademecum.ui.folders_panel import Place
from vademecum.ui.table import Actions

TITLE = "Library"
ICON = ":material/library_books:"
POSITION = 2

PAGE = 50
"""Documents on one page of the table."""

MOST_AT_ONCE = 5000
"""Documents that one click brings up to date, or removes."""


class Listing(NamedTuple):
    """Which documents of a place are listed, and in which order."""

    titled: str
    kind: str
    stale: bool
    order: str
    ascending: bool


def show(notes: Notebook) -> None:
    """Draw the page: one document, what a search found, or what there is, as the address says."""
    opening.prepare(notes)
    if source := st.query_params.get("source"):
        _open(notes, source)
        return
    frame.heading("Library", "Your documents, and what searches see of them.")
    folders = notes.sources.folders()
    if not folders:
        _welcome(notes)
        return
    place = folders_panel.here()
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        text = finding.field()
        if st.button("Add documents", type="primary", icon=":material/note_add:", key="add-to-library"):
            _add(notes, place.collection or "default")
    adding.watch()
    left, right = st.columns([3, 10], gap="medium")
    with left, st.container(key="shelves-panel"):
        folders_panel.show(folders, place)
    with right:
        if text:
            _search(notes, text, place)
        else:
            _shelf(notes, place, folders)


def _open(notes: Notebook, source: str) -> None:
    adding.watch()
    back = "What was found" if st.query_params.get("found") else "All documents"
    try:
        leaf.show(
            notes,
            source,
            back=back,
            on_update=lambda one: _update(notes, [one]),
            on_remove=lambda one: removing.ask(notes, [one]),
        )
    except UsageError as error:
        show_error(error)
        st.button("All documents", icon=":material/arrow_back:", on_click=leaf.close, key="back-to-all")


def _welcome(notes: Notebook) -> None:
    frame.empty(
        "The library is empty",
        "Add documents: drop files, a folder or a Notion export, or name a folder on this machine or a web page. "
        f"They stay on this machine, in {notes.settings.home}.",
    )
    adding.form(notes, key="library", collection="default")
    adding.watch()


@st.dialog("Add documents", width="medium", on_dismiss="rerun")
def _add(notes: Notebook, collection: str) -> None:
    if adding.form(notes, key="library", collection=collection):
        st.rerun()  # closes the dialog: how it goes is on the page


def _search(notes: Notebook, text: str, place: Place) -> None:
    shown = st.segmented_control(
        "Show", ["Passages", "Connections"], default=None if "found-as" in st.session_state else "Passages",
        required=True, key="found-as", bind="query-params", persist_state="session", label_visibility="collapsed",
    )  # fmt: skip
    if shown == "Connections":
        leaf.connections(notes, text, place.collection)
        return
    mode, within = finding.ways(notes, place)
    hits = finding.found(notes, text, mode, within, place)
    if hits is not None:
        finding.show(hits, text, lambda hit: leaf.open_(hit.passage.source_id, hit.passage.id, text))


def _shelf(notes: Notebook, place: Place, folders: Sequence[Folder]) -> None:
    """The table of what is in the place, and what can be done with it."""
    listing = _listing(notes, place)
    shelf = _look(notes, place, listing)
    if place.collection and not any(one.collection == place.collection for one in folders):
        frame.empty("No such collection", "It may have been emptied; choose another one at the left.")
        return
    _actions(notes, place, listing, shelf)
    if not shelf.rows:
        frame.empty("No document fits", "Another name, kind or folder may have it.")
        return
    marked: list[str] = st.session_state.setdefault("marked-sources", [])
    actions = Actions(leaf.open_, _sort, _mark)
    sources_table.show(shelf.rows, actions, order=listing.order, ascending=listing.ascending, marked=marked)
    if (pages := math.ceil(shelf.total / PAGE)) > 1:
        st.pagination(pages, key="library-page")


def _listing(notes: Notebook, place: Place) -> Listing:
    order = st.query_params.get("order", "path")
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="listing"):
        titled = st.text_input(
            "Name", key="titled", bind="query-params", live=True, placeholder="Name or path", type="search",
            label_visibility="collapsed",
        )  # fmt: skip
        kinds = ["", *notes.sources.kinds(place.collection)]
        kind = st.selectbox(
            "Kind", kinds, key="of-kind", format_func=lambda name: name or "Any kind", label_visibility="collapsed",
            width=140,
        )  # fmt: skip
        stale = st.toggle("Only what has changed", key="stale", help="Looks at the file of every document.")
    return Listing(
        titled.strip(), kind or "", stale, order if order in ORDERS else "path",
        st.query_params.get("ascending", "1") == "1",
    )  # fmt: skip


def _look(
    notes: Notebook, place: Place, listing: Listing, *, offset: int | None = None, limit: int = PAGE
) -> SourcePage:
    look = notes.sources.attention if listing.stale else notes.sources.page
    wanted = {
        **place._asdict(),
        "text": listing.titled,
        "kind": listing.kind or None,
        "order": listing.order,
        "descending": not listing.ascending,
        "limit": limit,
    }
    if offset is not None:
        return look(offset=offset, **wanted)
    page = st.session_state.get("library-page") or 1
    found = look(offset=(page - 1) * PAGE, **wanted)
    return found if found.rows or page == 1 else look(offset=0, **wanted)


def _actions(notes: Notebook, place: Place, listing: Listing, shelf: SourcePage) -> None:
    """How many there are, and what can be done with those marked, or with all in the place."""
    marked = st.session_state.setdefault("marked-sources", [])
    said = [f"{shelf.total:,} document{'' if shelf.total == 1 else 's'}", f"{shelf.passages:,} passages"]
    if place.root:
        said.append(f"{place.root}/{place.folder}".rstrip("/"))
    said += [f"{len(marked)} marked"] if marked else []
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.html(f'<div class="vade-note"><bdi>{markup(" · ".join(said))}</bdi></div>')
        st.space("stretch")
        which = "marked" if marked else "these"
        if st.button(f"Bring {which} up to date", icon=":material/sync:", type="tertiary", key="update-shelf",
                     disabled=not shelf.rows or adding.under_way() is not None):  # fmt: skip
            _update(notes, _chosen(notes, place, listing, marked))
        if (marked or place.root) and st.button(
            f"Remove {which}", icon=":material/delete:", type="tertiary", key="remove-shelf", disabled=not shelf.rows
        ):
            removing.ask(notes, _chosen(notes, place, listing, marked))


def _chosen(notes: Notebook, place: Place, listing: Listing, marked: Sequence[str]) -> list[SourceRow]:
    """The documents that are marked, or else all that fit the place and the filters."""
    if not marked:
        return _look(notes, place, listing, offset=0, limit=MOST_AT_ONCE).rows
    found = []
    for source in marked:
        try:
            found.append(notes.sources.row(source))
        except UsageError:
            continue  # another tab has removed it meanwhile
    return found


def _update(notes: Notebook, chosen: Sequence[SourceRow]) -> None:
    adding.update(notes, [one.source.id for one in chosen])
    st.rerun()


def _sort(column: str) -> None:
    """Order by this column; by the one that is in use already, the other way round."""
    again = st.query_params.get("order", "path") == column
    ascending = not (again and st.query_params.get("ascending", "1") == "1")
    st.query_params["order"] = column
    st.query_params["ascending"] = "1" if ascending else "0"
    st.session_state["library-page"] = 1


def _mark(source: str, on: bool) -> None:
    marked: list[str] = st.session_state.setdefault("marked-sources", [])
    if source in marked:
        marked.remove(source)
    if on:
        marked.append(source)
