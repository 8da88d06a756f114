"""The tree of collections and folders; the selected one limits which documents are listed and searched."""

import json
from collections.abc import Sequence
from pathlib import PurePath
from typing import NamedTuple

import streamlit as st

from vademecum.retrieval.catalogue.listing import Folder
from vademecum.ui import row_list

SHOWN = 80
"""Folders shown at once; a search covers all of them."""


class Location(NamedTuple):
    """A part of the library: a collection, an added folder (`root`), a `folder` in it; None: all."""

    collection: str | None = None
    root: str | None = None
    folder: str = ""


def current() -> Location:
    """The location in the address."""
    query = st.query_params
    root = query.get("root") or None
    return Location(query.get("collection") or None, root, query.get("folder", "") if root else "")


def show_location(location: Location) -> None:
    """Put this location into the address, and go to its first page of documents."""
    for name, part in (("collection", location.collection), ("root", location.root), ("folder", location.folder)):
        if part:
            st.query_params[name] = part
        else:
            st.query_params.pop(name, None)
    st.session_state["library-page"] = 1


def show(folders: Sequence[Folder], location: Location) -> None:
    """Draw the tree, open along the path to `location`."""
    rows = folder_rows(folders, location)
    row_list.show(rows[:SHOWN], "shelves", label="Collections and folders",
              open_id=_id(location), on_pick=lambda row_id: show_location(Location(*json.loads(row_id))))  # fmt: skip
    if len(rows) > SHOWN:
        st.caption(f"and {len(rows) - SHOWN:,} more folders")


def folder_rows(folders: Sequence[Folder], location: Location) -> list[row_list.ListRow]:
    """The rows of the tree: all documents, each collection, and the folders of those that are open."""
    tops = [folder for folder in folders if not folder.path]
    rows = [row_list.ListRow(_id(Location()), "All documents", f"{sum(top.sources for top in tops):,}", mark="▣")]
    for collection in sorted({top.collection for top in tops}):
        count = sum(top.sources for top in tops if top.collection == collection)
        rows.append(row_list.ListRow(_id(Location(collection)), collection, f"{count:,}", 1, mark="▤"))
        subfolders = [folder for folder in folders if folder.collection == collection]
        rows += [_row(folder, subfolders, location) for folder in subfolders if _is_shown(folder, location)]
    return rows


def name(root: str) -> str:
    """The name of a root: the last part of its path; for a web site its address."""
    return root if "://" in root else PurePath(root).name or root


def _row(folder: Folder, subfolders: Sequence[Folder], location: Location) -> row_list.ListRow:
    label = folder.path.rpartition("/")[2] or name(folder.root)
    ambiguous = (
        folder.path == "" and sum(not sibling.path and name(sibling.root) == label for sibling in subfolders) > 1
    )
    own_location = Location(folder.collection, folder.root, folder.path)
    depth = 2 + folder.path.count("/") + bool(folder.path)
    on_the_way = location.root == folder.root and f"{location.folder}/".startswith(
        f"{folder.path}/" if folder.path else ""
    )
    label = f"{label} ({PurePath(folder.root).parent})" if ambiguous else label
    return row_list.ListRow(_id(own_location), label, f"{folder.sources:,}", depth, mark="▾" if on_the_way else "▸")


def _is_shown(folder: Folder, location: Location) -> bool:
    """Whether a folder has a row: the location's ancestors, their siblings, and its subfolders have."""
    if not folder.path:
        return location.collection in (None, folder.collection)
    if (location.collection, location.root) != (folder.collection, folder.root):
        return False
    parent = folder.path.rpartition("/")[0]
    return not parent or f"{location.folder}/".startswith(f"{parent}/")


def _id(location: Location) -> str:
    return json.dumps(list(location))
