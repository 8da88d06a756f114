"""The model: which one answers, whether it really does, and the keys that providers ask for."""

import streamlit as st

from vademecum import Notebook, model_check
from vademecum.core import keys
from vademecum.core.errors import VademecumError
from vademecum.ui import figures, frame, setting_fields, works
from vademecum.ui.escaping import line, plain, show_error
from vademecum.ui.figures import Cell

ORIGINS = {
    "environment": "from the environment",
    "keyring": "kept in the system's keyring",
    "none": "none",
}


def show(notes: Notebook) -> None:
    """Draw the part."""
    frame.section("Model", "Every sentence is checked against your documents, whichever model writes it.")
    setting_fields.fields(notes, "model")
    _test(notes)
    setting_fields.fields(notes, "technique", "mode")
    _keys()


def _test(notes: Notebook) -> None:
    name = notes.settings.model
    if st.button(f"Test {plain(line(name, limit=40))}", icon=":material/bolt:", key="test-model"):
        works.open_at(
            works.works(notes).begin(f"Asking {name}", "settings", lambda _: model_check.model(notes, name), about=name)
        )
    work = works.opened(notes, "settings", name)
    if work is None or not works.follow(work):
        return
    told: model_check.Tested = work.made
    numbers = figures.measures(
        ("Model", told.model),
        ("Seconds", figures.number(told.seconds)),
        ("Tokens", f"{told.tokens:,}" if told.tokens else ""),
    )
    with st.container(border=True, key="tested"):
        asked = figures.text(told.question, "vade-note") if told.question else ""
        st.html(f'<div class="vade-card">{asked}{figures.text(told.answer)}{numbers}</div>')


def _keys() -> None:
    frame.section(
        "API keys",
        "For models of a provider. A key is kept in your system's keyring and never shown again; one in the "
        "environment comes first. Keys are not written to files, traces or conversations.",
    )
    known = keys.providers()
    rows = [
        [
            _provider(it.provider),
            Cell(ORIGINS[it.origin], style="good" if it.origin != "none" else "faint"),
            it.variable,
        ]
        for it in known
    ]
    figures.table(["Provider", "Key", "Or set in the environment"], rows)
    if reason := keys.why_not_kept():
        st.info(
            f"{plain(reason[:1].upper() + reason[1:])}. Set the variable before you start, instead.",
            icon=":material/info:",
        )
        return
    with st.container(horizontal=True):
        with st.popover("Keep a key", icon=":material/key:"):
            _form()
        held = [it.provider for it in known if it.origin == "keyring"]
        if held:
            with st.popover("Remove a key", icon=":material/key_off:"):
                which = st.selectbox("Provider", held, format_func=_provider, key="key-gone")
                st.button("Remove it from the keyring", key="key-forget", on_click=_forget, args=(which,))


def _form() -> None:
    with st.form("keep-key", clear_on_submit=True, border=False):
        provider = st.selectbox("Provider", list(keys.VARIABLES), format_func=_provider, key="key-provider")
        key = st.text_input("Key", type="password", key="key-text", autocomplete="off")
        if st.form_submit_button("Keep it", type="primary"):
            try:
                keys.keep(provider, key)
            except VademecumError as error:
                show_error(error)
                return
            st.rerun()


def _forget(provider: str) -> None:
    try:
        keys.forget(provider)
    except VademecumError as error:
        st.toast(plain(str(error)), icon=":material/error:")


def _provider(name: str) -> str:
    known = {
        "openai": "OpenAI",
        "anthropic": "Anthropic",
        "google_genai": "Google",
        "mistralai": "Mistral",
        "groq": "Groq",
        keys.SERVER: "A server by its URL",
    }
    return known.get(name, name)
