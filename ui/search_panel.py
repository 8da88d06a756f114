"""Search in the documents while a person types: the field, the options, and the passages found."""

import re
from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from vademecum import Notebook, library_view
from vademecum.core.errors import VademecumError
from vademecum.core.types import Hit
from vademecum.retrieval.terms import terms
from vademecum.ui import frame, hit_list
from vademecum.ui.escaping import count, markup, show_error
from vademecum.ui.folders_panel import Location

MAX_HITS = 20
"""Passages shown."""

EXCERPT = 420
"""Characters of a passage that are shown."""

SHORTEST_MARKED = 3
"""Characters. Shorter words, such as "of", are in every passage, and would hide the others if they were marked."""

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
    """Draw the search field; its text."""
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


def search_options(notebook: Notebook, location: Location) -> tuple[str, dict[str, Any]]:
    """Draw the options of a search; the mode with its transforms, and the filters."""
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        modes = library_view.modes()
        mode = st.selectbox(
            "Mode", modes, key="mode", bind="query-params", persist_state="session", label_visibility="collapsed",
            width=140,
        )  # fmt: skip
        mode = mode or modes[0]
        st.html(f'<div class="vade-note">{markup(MODES.get(mode, ""))}</div>')
        st.space("stretch")
        with st.popover("Filters", icon=":material/filter_alt:"):
            transforms = st.pills(
                "On top of the mode", library_view.transforms(), selection_mode="multi", key="around",
                bind="query-params", persist_state="session",
                help="  \n".join(f"{name}: {effect}" for name, effect in TRANSFORMS.items()),
            )  # fmt: skip
            filters = _filters(notebook, location)
    return "+".join([mode, *transforms]), filters


def _filters(notebook: Notebook, location: Location) -> dict[str, Any]:
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
    kinds = ["", *notebook.sources.kinds(location.collection)]
    kind = st.selectbox(
        "Kind", kinds, key="in-kind", persist_state="session", format_func=lambda name: name or "Any kind"
    )
    first, last = st.columns(2)
    since = first.date_input("Changed since", value=None, key="since", bind="query-params", persist_state="session")
    until = last.date_input("Changed until", value=None, key="until", bind="query-params", persist_state="session")
    folder_pattern = f"{_as_pattern(location.folder)}/*" if location.folder else None
    return {
        "collection": location.collection, "path": path.strip() or folder_pattern, "heading": heading.strip() or None,
        "kind": kind or None, "since": since, "until": until,
    }  # fmt: skip


def search(notebook: Notebook, text: str, mode: str, filters: dict[str, Any], location: Location) -> list[Hit] | None:
    """The passages that match; None if the search failed, and the error is drawn."""
    try:
        hits = notebook.sources.find(text, k=MAX_HITS, mode=mode, **filters)
    except VademecumError as error:
        show_error(error)
        return None
    return [hit for hit in hits if location.root in (None, hit.root)]


def show(hits: Sequence[Hit], text: str, on_open: Callable[[Hit], None]) -> None:
    """Draw the passages; `on_open` is called with the one that is clicked."""
    if not hits:
        frame.empty("Nothing fits", "Other words, another mode, or fewer filters may find it.")
        return
    count_text = count(len(hits), "passage")
    limit_note = " (the best; there may be more)" if len(hits) == MAX_HITS else ""
    st.html(f'<div class="vade-note" role="status">{markup(count_text + limit_note)}</div>')

    stems = {stem for word in _WORD.findall(text) if len(word) >= SHORTEST_MARKED for stem in terms(word)}
    rows = [_shape(number, hit, stems) for number, hit in enumerate(hits)]
    hit_list.show(rows, lambda number: on_open(hits[number]), label="Passages found, best first")


def _shape(number: int, hit: Hit, stems: set[str]) -> dict[str, Any]:
    passage = hit.passage
    return {
        "number": number,
        "title": hit.title,
        "place": f"{hit.path}, {passage.where}",
        "above": " › ".join(passage.headings),
        "score": f"{hit.score:.2f}",
        "parts": excerpt(passage.text, stems),
    }


def excerpt(text: str, stems: set[str]) -> list[tuple[str, bool]]:
    """The part of a passage around the first word with one of `stems`, in pieces: text, whether it is such a word."""
    line = " ".join(text.split())
    first = next((word.start() for word in _WORD.finditer(line) if stems.intersection(terms(word.group()))), 0)
    start = 0 if first < EXCERPT // 2 else line.rfind(" ", 0, first - EXCERPT // 4) + 1
    cut = ("…" if start else "") + line[start : start + EXCERPT] + ("…" if start + EXCERPT < len(line) else "")
    parts, position = [], 0
    for word in _WORD.finditer(cut):
        if stems.intersection(terms(word.group())):
            parts += [(cut[position : word.start()], False), (word.group(), True)]
            position = word.end()
    return [part for part in (*parts, (cut[position:], False)) if part[0]]


def _as_pattern(folder: str) -> str:
    """A folder's name as a pattern that matches only that name."""
    return re.sub(r"([*?\[])", r"[\1]", folder)
