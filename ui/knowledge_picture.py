"""How things in the documents are connected: a drawing, and each connection with the words that state it."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from vademecum.core.types import Citation, Knowledge
from vademecum.ui import component, frame, hit_list
from vademecum.ui.citations import location

SPEAKS_OF = "speaks of"
"""The relation between a document and what it mentions; it is drawn without a label."""


def show(knowledge: Knowledge, on_choose: Callable[[str], None], on_open: Callable[[Citation], None]) -> None:
    """Draw it; `on_choose` gets the label of a thing that is clicked, `on_open` the citation."""
    if not knowledge.relations:
        frame.empty(
            "No connections found",
            "Name a thing or a person as the documents do, or ask how two of them are connected.",
        )
        return
    labels = {entity.name: entity.label for entity in knowledge.entities}

    def choose() -> None:
        if label := labels.get(st.session_state["knowledge"].chosen):
            on_choose(label)

    component.show(
        "knowledge", '<div class="knowledge"></div>', key="knowledge", data=shape(knowledge), on_chosen_change=choose
    )
    rows = [
        {
            "number": number,
            "title": f"{labels[relation.subject]} → {relation.label} → {labels[relation.object]}",
            "place": location(relation.citation),
            "above": "",
            "score": "",
            "parts": [(" ".join(relation.citation.quote.split()), False)],
        }
        for number, relation in enumerate(knowledge.relations)
    ]
    hit_list.show(rows, lambda number: on_open(knowledge.relations[number].citation), label="Connections")


def shape(knowledge: Knowledge) -> dict[str, Any]:
    """The data of the component."""
    centre = knowledge.about.casefold()
    return {
        "label": f"{len(knowledge.entities)} things and how they are connected",
        "nodes": [
            {
                "name": entity.name,
                "label": entity.label,
                "asked": entity.asked or entity.label.casefold() == centre,
            }
            for entity in knowledge.entities
        ],
        "edges": [
            {
                "subject": relation.subject,
                "object": relation.object,
                "label": relation.label,
                "said": relation.label != SPEAKS_OF,
            }
            for relation in knowledge.relations
        ],
    }
