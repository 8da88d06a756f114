"""What is remembered of a person: show, correct, forget and add facts."""

from collections.abc import Sequence

import streamlit as st

from vademecum import Notebook
from vademecum.core.errors import VademecumError
from vademecum.memory.facts import MAX_CHARS, Fact, Facts
from vademecum.ui import figures, frame, setting_fields
from vademecum.ui.escaping import markup, plain, show_error

SHOWN = 50


def show(notebook: Notebook) -> None:
    """Draw the part."""
    facts = notebook.facts()
    all_facts = facts.all()
    frame.section(
        "What is remembered of you",
        f"{_count(all_facts)} about “{facts.user}”. They help to understand what you say; an answer is never drawn "
        "from them. They are kept only as you agree.",
    )
    _add(facts)
    if not all_facts:
        frame.empty("Nothing yet", "Say “remember that …” in a conversation, or write a sentence above.")
    words = st.text_input("Find", key="find-fact").lower() if len(all_facts) > 9 else ""
    matches = [fact for fact in reversed(all_facts) if words in fact.text.lower()]
    with st.container(key="facts", gap=None):
        for fact in matches[:SHOWN]:
            _fact(facts, fact)
    if len(matches) > SHOWN:
        figures.note(f"and {len(matches) - SHOWN} more: type to find them")
    if all_facts and st.button("Forget everything", icon=":material/delete_sweep:", type="tertiary", key="forget-all"):
        _confirm(facts, len(all_facts))
    frame.section("How it remembers")
    setting_fields.fields(notebook, "memory_facts", "memory", "memory_tokens", "user")


def _count(facts: Sequence[Fact]) -> str:
    return {0: "No facts", 1: "1 fact"}.get(len(facts), f"{len(facts)} facts")


def _add(facts: Facts) -> None:
    with st.form("add-fact", clear_on_submit=True, border=False):
        text_column, button_column = st.columns([5, 1], vertical_alignment="bottom")
        text = text_column.text_input(
            "Something to remember", max_chars=MAX_CHARS, placeholder="I prefer short answers.", key="fact-new"
        )
        if button_column.form_submit_button("Remember", width="stretch") and text:
            try:
                facts.add(text)
            except VademecumError as error:
                show_error(error)
                return
            st.rerun()


def _fact(facts: Facts, fact: Fact) -> None:
    with st.container(horizontal=True, wrap=False, vertical_alignment="center", gap="small"):
        date = f"{fact.added:%d %b %Y}"
        st.html(f'<div class="vade-said">{markup(fact.text)}</div><div class="vade-note">{date}</div>', width="stretch")
        with st.popover("Correct", type="tertiary", key=f"edit-{fact.id}"):
            st.text_area("Correct it", fact.text, max_chars=MAX_CHARS, key=f"text-{fact.id}")
            st.button("Keep", type="primary", key=f"keep-{fact.id}", on_click=_edit, args=(facts, fact.id))
        st.button("Forget", type="tertiary", key=f"gone-{fact.id}", on_click=_forget, args=(facts, fact.id))


def _edit(facts: Facts, fact_id: str) -> None:
    """Keep what stands in the field now: what it held when the page was drawn may be older."""
    try:
        facts.edit(fact_id, st.session_state[f"text-{fact_id}"])
    except VademecumError as error:
        st.toast(plain(str(error)), icon=":material/error:")


def _forget(facts: Facts, fact_id: str) -> None:
    try:
        facts.forget(fact_id)
    except VademecumError as error:  # another tab was quicker
        st.toast(plain(str(error)), icon=":material/error:")


@st.dialog("Forget everything?")
def _confirm(facts: Facts, count: int) -> None:
    st.markdown(f"All {count} facts about “{plain(facts.user)}” are deleted. Conversations and documents stay.")
    if st.button("Forget everything", type="primary", key="forget-all-confirmed"):
        for fact in facts.all():
            facts.forget(fact.id)
        st.rerun()
