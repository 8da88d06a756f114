"""Collections and their folders, one below another: the one chosen says which documents are listed and searched."""

import json
from collections.abc import Sequence
from pathlib import PurePath
from typing import NamedTuple

import streamlit as st

from vademecum.retrieval.catalogue.listing import Folder
from vademecum.ui import row_list

SHOWN = 80
"""Folders listed at once; what is searched for is found in all."""


class Place(NamedTuple):
    """Where in the library the person is: a collection, a folder that was added, one inside it; None: everywhere."""

    collection: str | None = None
    root: str | None = None
    folder: str = ""


def here() -> Place:
    """The place that the address names."""
    told = st.query_params
    root = told.get("root") or None
    return Place(told.get("collection") or None, root, told.get("folder", "") if root else "")


def go(place: Place) -> None:
    """Have the address name this place, and its first page of documents."""
    for name, value in (("collection", place.collection), ("root", place.root), ("folder", place.folder)):
        if value:
            st.query_params[name] = value
        else:
            st.query_params.pop(name, None)
    st.session_state["library-page"] = 1


def show(folders: Sequence[Folder], place: Place) -> None:
    """Draw them, unfolded along the way to `place`."""
    found = shelves(folders, place)
    row_list.show(found[:SHOWN], "shelves", label="Collections and folders",
              picked=_id(place), on_pick=lambda said: go(Place(*json.loads(said))))  # fmt: skip
    if len(found) > SHOWN:
        st.caption(f"and {len(found) - SHOWN:,} more folders")


def shelves(folders: Sequence[Folder], place: Place) -> list[row_list.Row]:
    """The rows: all documents, each collection, in the open one its folders, in each open folder those inside it."""
    tops = [folder for folder in folders if not folder.path]
    found = [row_list.Row(_id(Place()), "All documents", f"{sum(top.sources for top in tops):,}", mark="▣")]
    for collection in sorted({top.collection for top in tops}):
        count = sum(top.sources for top in tops if top.collection == collection)
        found.append(row_list.Row(_id(Place(collection)), collection, f"{count:,}", 1, mark="▤"))
        inside = [folder for folder in folders if folder.collection == collection]
        found += [_row(folder, inside, place) for folder in inside if _is_shown(folder, place)]
    return found


def name(root: str) -> str:
    """What a root is called: the last part of its path; a site by its address."""
    return root if "://" in root else PurePath(root).name or root


def _row(folder: Folder, inside: Sequence[Folder], place: Place) -> row_list.Row:
    called = folder.path.rpartition("/")[2] or name(folder.root)
    beside = folder.path == "" and sum(not it.path and name(it.root) == called for it in inside) > 1
    mine = Place(folder.collection, folder.root, folder.path)
    depth = 2 + folder.path.count("/") + bool(folder.path)
    way = place.root == folder.root and f"{place.folder}/".startswith(f"{folder.path}/" if folder.path else "")
    label = f"{called} ({PurePath(folder.root).parent})" if beside else called
    return row_list.Row(_id(mine), label, f"{folder.sources:,}", depth, mark="▾" if way else "▸")


def _is_shown(folder: Folder, place: Place) -> bool:
    """Whether a folder is on the way to the place, beside that way, or right inside the place."""
    if not folder.path:
        return place.collection in (None, folder.collection)
    if (place.collection, place.root) != (folder.collection, folder.root):
        return False
    parent = folder.path.rpartition("/")[0]
    return not parent or f"{place.folder}/".startswith(f"{parent}/")


def _id(place: Place) -> str:
    return json.dumps(list(place))
