"""How things are connected in the documents: a drawing, and each connection with the words that say so."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from vademecum.core.types import Citation, Knowledge
from vademecum.ui import component, frame, hit_list
from vademecum.ui.citations import place

SPEAKS_OF = "speaks of"
"""What joins a document to what it names: no words of its own, and drawn without any."""


def show(found: Knowledge, on_choose: Callable[[str], None], on_open: Callable[[Citation], None]) -> None:
    """Draw it; `on_choose` is called with the label of a thing that is clicked, `on_open` with what is cited."""
    if not found.relations:
        frame.empty(
            "No connections found",
            "Name a thing or a person as the documents do, or ask how two of them are connected.",
        )
        return
    labels = {entity.name: entity.label for entity in found.entities}

    def chosen() -> None:
        if label := labels.get(st.session_state["knowledge"].chosen):
            on_choose(label)

    component.show(
        "knowledge", '<div class="knowledge"></div>', key="knowledge", data=shape(found), on_chosen_change=chosen
    )
    told = [
        {
            "number": number,
            "title": f"{labels[one.subject]} → {one.label} → {labels[one.object]}",
            "place": place(one.citation),
            "above": "",
            "score": "",
            "parts": [(" ".join(one.citation.quote.split()), False)],
        }
        for number, one in enumerate(found.relations)
    ]
    hit_list.show(told, lambda number: on_open(found.relations[number].citation), label="Connections")


def shape(found: Knowledge) -> dict[str, Any]:
    """What the component is told, in plain data."""
    centre = found.about.casefold()
    return {
        "label": f"{len(found.entities)} things and how they are connected",
        "nodes": [
            {"name": it.name, "label": it.label, "asked": it.asked or it.label.casefold() == centre}
            for it in found.entities
        ],
        "edges": [
            {"subject": it.subject, "object": it.object, "label": it.label, "said": it.label != SPEAKS_OF}
            for it in found.relations
        ],
    }
