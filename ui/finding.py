"""Searching the documents as one types: how, where, and what was found."""

import re
from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from vademecum import Notebook, library_view
from vademecum.core.errors import VademecumError
from vademecum.core.types import Hit
from vademecum.retrieval.terms import terms
from vademecum.ui import frame
from vademecum.ui import hits as hit_list
from vademecum.ui.escaping import markup, show_error
from vademecum.ui.folders_panel import Place

FOUND = 20
"""Passages shown."""

EXCERPT = 420
"""Characters of a passage that are shown; the document has them all."""

SHORTEST_MARKED = 3
"""Characters; words as short as "of" are in every passage, and marking them hides the others."""

MODES = {
    "best": "by words, meaning and sentences",
    "dense": "by meaning, passage by passage",
    "sparse": "by words (BM25)",
    "hybrid": "by words and meaning, ranks fused",
    "late": "by meaning, word by word",
    "mmr": "by meaning, each hit different",
    "tfidf": "by words (TF-IDF)",
    "graph": "along what connects people and things",
}
TRANSFORMS = {
    "multi-query": "ask in several ways",
    "rewrite": "reword the question",
    "rerank": "look at the best again, closely",
    "neighbours": "show what stands around",
    "section": "show whole sections",
}

_WORD = re.compile(r"\w+")


def field() -> str:
    """Draw the field to search in; what is in it."""
    return st.text_input(
        "Search the documents",
        key="search",
        bind="query-params",
        type="search",
        live=True,
        placeholder="Search in all passages",
        icon=":material/search:",
        label_visibility="collapsed",
    ).strip()


def ways(notes: Notebook, place: Place) -> tuple[str, dict[str, Any]]:
    """Draw how and where to search: the mode with its transforms, and filters."""
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        known = library_view.modes()
        mode = st.selectbox(
            "Mode", known, key="mode", bind="query-params", persist_state="session", label_visibility="collapsed",
            width=140,
        )  # fmt: skip
        mode = mode or known[0]
        st.html(f'<div class="vade-note">{markup(MODES.get(mode, ""))}</div>')
        st.space("stretch")
        with st.popover("Filters", icon=":material/filter_alt:"):
            around = st.pills(
                "On top of the mode", library_view.transforms(), selection_mode="multi", key="around",
                bind="query-params", persist_state="session",
                help="  \n".join(f"{name}: {about}" for name, about in TRANSFORMS.items()),
            )  # fmt: skip
            within = _filters(notes, place)
    return "+".join([mode, *around]), within


def _filters(notes: Notebook, place: Place) -> dict[str, Any]:
    path = st.text_input(
        "Path",
        key="in-path",
        bind="query-params",
        persist_state="session",
        placeholder="letters/*.pdf",
        help="A pattern as in a shell.",
    )
    heading = st.text_input(
        "Words in a heading or title", key="in-heading", bind="query-params", persist_state="session"
    )
    kinds = ["", *notes.sources.kinds(place.collection)]
    kind = st.selectbox(
        "Kind", kinds, key="in-kind", persist_state="session", format_func=lambda name: name or "Any kind"
    )
    first, last = st.columns(2)
    since = first.date_input("Changed since", value=None, key="since", bind="query-params", persist_state="session")
    until = last.date_input("Changed until", value=None, key="until", bind="query-params", persist_state="session")
    below = f"{_as_pattern(place.folder)}/*" if place.folder else None
    return {
        "collection": place.collection, "path": path.strip() or below, "heading": heading.strip() or None,
        "kind": kind or None, "since": since, "until": until,
    }  # fmt: skip


def found(notes: Notebook, text: str, mode: str, within: dict[str, Any], place: Place) -> list[Hit] | None:
    """The passages that fit, drawn being looked for; None where it cannot be searched so, which is said."""
    try:
        hits = notes.sources.find(text, k=FOUND, mode=mode, **within)
    except VademecumError as error:
        show_error(error)
        return None
    return [hit for hit in hits if place.root in (None, hit.root)]


def show(hits: Sequence[Hit], text: str, on_open: Callable[[Hit], None]) -> None:
    """Draw what was found; `on_open` is called with the one that is clicked."""
    if not hits:
        frame.empty("Nothing fits", "Other words, another mode, or fewer filters may find it.")
        return
    said = f"{len(hits)} passages" if len(hits) > 1 else "1 passage"
    most = " (the best; there may be more)" if len(hits) == FOUND else ""
    st.html(f'<div class="vade-note" role="status">{markup(said + most)}</div>')

    wanted = {stem for word in _WORD.findall(text) if len(word) >= SHORTEST_MARKED for stem in terms(word)}
    told = [_shape(number, hit, wanted) for number, hit in enumerate(hits)]
    hit_list.show(told, lambda number: on_open(hits[number]), label="Passages found, best first")


def _shape(number: int, hit: Hit, wanted: set[str]) -> dict[str, Any]:
    passage = hit.passage
    return {
        "number": number,
        "title": hit.title,
        "place": f"{hit.path}, {passage.where}",
        "above": " › ".join(passage.headings),
        "score": f"{hit.score:.2f}",
        "parts": excerpt(passage.text, wanted),
    }


def excerpt(text: str, wanted: set[str]) -> list[tuple[str, bool]]:
    """The part of a passage with the first of the wanted words (stems), in pieces, each with whether it is one."""
    line = " ".join(text.split())
    first = next((word.start() for word in _WORD.finditer(line) if wanted.intersection(terms(word.group()))), 0)
    start = 0 if first < EXCERPT // 2 else line.rfind(" ", 0, first - EXCERPT // 4) + 1
    shown = ("…" if start else "") + line[start : start + EXCERPT] + ("…" if start + EXCERPT < len(line) else "")
    parts, at = [], 0
    for word in _WORD.finditer(shown):
        if wanted.intersection(terms(word.group())):
            parts += [(shown[at : word.start()], False), (word.group(), True)]
            at = word.end()
    return [part for part in (*parts, (shown[at:], False)) if part[0]]


def _as_pattern(folder: str) -> str:
    """A folder's name as a pattern that fits only it."""
    return re.sub(r"([*?\[])", r"[\1]", folder)
