"""Library: the documents in collections and folders, what the index holds of each, and a live search."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import streamlit as st

from vademecum import Notebook
from vademecum.core.errors import UsageError
from vademecum.library_view import SourcePage, SourceRow
from vademecum.retrieval.catalogue.listing import ORDERS, Folder
from vademecum.ui import (
    add_documents,
    folders_panel,
    frame,
    remove_documents,
    search_panel,
    shared_notebook,
    source_view,
    sources_table,
)
from vademecum.ui.escaping import count, markup, show_error
from vademecum.ui.folders_panel import Location
from vademecum.ui.table import Actions

TITLE = "Library"
ICON = ":material/library_books:"
POSITION = 2

PAGE = 50
"""Documents on one page of the table."""

MOST_AT_ONCE = 5000
"""Documents that one click updates or removes."""


class TableFilters(NamedTuple):
    """Which documents of a location are listed, and in which order."""

    titled: str
    kind: str
    stale: bool
    order: str
    ascending: bool


def show(notebook: Notebook) -> None:
    """Draw the page: one document, the hits of a search, or the table, as the address says."""
    shared_notebook.prepare(notebook)
    if source := st.query_params.get("source"):
        _open(notebook, source)
        return
    frame.heading("Library", "Your documents, and what searches see of them.")
    folders = notebook.sources.folders()
    if not folders:
        _welcome(notebook)
        return
    location = folders_panel.current()
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        text = search_panel.field()
        if st.button("Add documents", type="primary", icon=":material/note_add:", key="add-to-library"):
            _add(notebook, location.collection or "default")
    add_documents.show_beside()
    folders_column, content_column = st.columns([3, 10], gap="medium")
    with folders_column, st.container(key="shelves-panel"):
        folders_panel.show(folders, location)
    with content_column:
        if text:
            _search(notebook, text, location)
        else:
            _document_table(notebook, location, folders)


def _open(notebook: Notebook, source: str) -> None:
    add_documents.show_beside()
    back_label = "What was found" if st.query_params.get("found") else "All documents"
    try:
        source_view.show(
            notebook,
            source,
            back=back_label,
            on_update=lambda row: _update(notebook, [row]),
            on_remove=lambda row: remove_documents.ask(notebook, [row]),
        )
    except UsageError as error:
        show_error(error)
        st.button("All documents", icon=":material/arrow_back:", on_click=source_view.close, key="back-to-all")


def _welcome(notebook: Notebook) -> None:
    frame.empty(
        "The library is empty",
        "Add documents: drop files, a folder or a Notion export, or name a folder on this machine or a web page. "
        f"They stay on this machine, in {notebook.settings.home}.",
    )
    add_documents.form(notebook, key="library", collection="default")
    add_documents.show_beside()


@st.dialog("Add documents", width="medium", on_dismiss="rerun")
def _add(notebook: Notebook, collection: str) -> None:
    if add_documents.form(notebook, key="library", collection=collection):
        st.rerun()  # closes the dialog: the progress is on the page


def _search(notebook: Notebook, text: str, location: Location) -> None:
    view = st.segmented_control(
        "Show", ["Passages", "Connections"], default=None if "found-as" in st.session_state else "Passages",
        required=True, key="found-as", bind="query-params", persist_state="session", label_visibility="collapsed",
    )  # fmt: skip
    if view == "Connections":
        source_view.connections(notebook, text, location.collection)
        return
    mode, search_filters = search_panel.search_options(notebook, location)
    hits = search_panel.search(notebook, text, mode, search_filters, location)
    if hits is not None:
        search_panel.show(hits, text, lambda hit: source_view.open_source(hit.passage.source_id, hit.passage.id, text))


def _document_table(notebook: Notebook, location: Location, folders: Sequence[Folder]) -> None:
    """Draw the table of the documents in a location, and its buttons."""
    filters = _table_filters(notebook, location)
    page = _read_page(notebook, location, filters)
    if location.collection and not any(folder.collection == location.collection for folder in folders):
        frame.empty("No such collection", "It may have been emptied; choose another one at the left.")
        return
    _actions(notebook, location, filters, page)
    if not page.rows:
        frame.empty("No document fits", "Another name, kind or folder may have it.")
        return
    marked_ids: list[str] = st.session_state.setdefault("marked-sources", [])
    actions = Actions(source_view.open_source, _sort, _mark)
    sources_table.show(page.rows, actions, order=filters.order, ascending=filters.ascending, marked_ids=marked_ids)
    if (pages := math.ceil(page.total / PAGE)) > 1:
        st.pagination(pages, key="library-page")


def _table_filters(notebook: Notebook, location: Location) -> TableFilters:
    order = st.query_params.get("order", "path")
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="listing"):
        titled = st.text_input(
            "Name", key="titled", bind="query-params", live=True, placeholder="Name or path", type="search",
            label_visibility="collapsed",
        )  # fmt: skip
        kinds = ["", *notebook.sources.kinds(location.collection)]
        kind = st.selectbox(
            "Kind", kinds, key="of-kind", format_func=lambda name: name or "Any kind", label_visibility="collapsed",
            width=140,
        )  # fmt: skip
        stale = st.toggle("Only what has changed", key="stale", help="Looks at the file of every document.")
    return TableFilters(
        titled.strip(), kind or "", stale, order if order in ORDERS else "path",
        st.query_params.get("ascending", "1") == "1",
    )  # fmt: skip


def _read_page(
    notebook: Notebook, location: Location, filters: TableFilters, *, offset: int | None = None, limit: int = PAGE
) -> SourcePage:
    read_rows = notebook.sources.attention if filters.stale else notebook.sources.page
    query = {
        **location._asdict(),
        "text": filters.titled,
        "kind": filters.kind or None,
        "order": filters.order,
        "descending": not filters.ascending,
        "limit": limit,
    }
    if offset is not None:
        return read_rows(offset=offset, **query)
    page_number = st.session_state.get("library-page") or 1
    page = read_rows(offset=(page_number - 1) * PAGE, **query)
    return page if page.rows or page_number == 1 else read_rows(offset=0, **query)


def _actions(notebook: Notebook, location: Location, filters: TableFilters, page: SourcePage) -> None:
    """Draw the counts, and buttons for the marked documents, or for all in the location."""
    marked_ids = st.session_state.setdefault("marked-sources", [])
    facts = [count(page.total, "document"), count(page.passage_count, "passage")]
    if location.root:
        facts.append(f"{location.root}/{location.folder}".rstrip("/"))
    facts += [f"{len(marked_ids)} marked"] if marked_ids else []
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.html(f'<div class="vade-note"><bdi>{markup(" · ".join(facts))}</bdi></div>')
        st.space("stretch")
        target = "marked" if marked_ids else "these"
        if st.button(f"Bring {target} up to date", icon=":material/sync:", type="tertiary", key="update-shelf",
                     disabled=not page.rows or add_documents.running() is not None):  # fmt: skip
            _update(notebook, _selected_rows(notebook, location, filters, marked_ids))
        if (marked_ids or location.root) and st.button(
            f"Remove {target}", icon=":material/delete:", type="tertiary", key="remove-shelf", disabled=not page.rows
        ):
            remove_documents.ask(notebook, _selected_rows(notebook, location, filters, marked_ids))


def _selected_rows(
    notebook: Notebook, location: Location, filters: TableFilters, marked_ids: Sequence[str]
) -> list[SourceRow]:
    """The marked documents, or else all that match the location and the filters."""
    if not marked_ids:
        return _read_page(notebook, location, filters, offset=0, limit=MOST_AT_ONCE).rows
    rows = []
    for source in marked_ids:
        try:
            rows.append(notebook.sources.row(source))
        except UsageError:
            continue  # another tab has removed it meanwhile
    return rows


def _update(notebook: Notebook, rows: Sequence[SourceRow]) -> None:
    add_documents.update(notebook, [row.source.id for row in rows])
    st.rerun()


def _sort(column: str) -> None:
    """Sort by this column; if it is the current one, in the other direction."""
    again = st.query_params.get("order", "path") == column
    ascending = not (again and st.query_params.get("ascending", "1") == "1")
    st.query_params["order"] = column
    st.query_params["ascending"] = "1" if ascending else "0"
    st.session_state["library-page"] = 1


def _mark(source: str, on: bool) -> None:
    marked_ids: list[str] = st.session_state.setdefault("marked-sources", [])
    if source in marked_ids:
        marked_ids.remove(source)
    if on:
        marked_ids.append(source)
