"""The model: which one answers, whether it really does, and the keys that providers ask for."""

import streamlit as st

from vademecum import Notebook, model_check
from vademecum.core import keys
from vademecum.core.errors import VademecumError
from vademecum.ui import figures, frame, model_offer, page_jobs, setting_fields
from vademecum.ui.escaping import line, plain, show_error
from vademecum.ui.figures import Cell

ORIGINS = {
    "environment": "from the environment",
    "keyring": "kept in the system's keyring",
    "none": "none",
}


def show(notebook: Notebook) -> None:
    """Draw the part."""
    frame.section("Model", "Every sentence is checked against your documents, whichever model writes it.")
    setting_fields.fields(notebook, "model")
    _test(notebook)
    setting_fields.fields(notebook, "technique", "mode")
    model_offer.show_all(notebook)
    _keys()


def _test(notebook: Notebook) -> None:
    name = notebook.model_name()
    if st.button(f"Test {plain(line(name, limit=40))}", icon=":material/bolt:", key="test-model"):
        page_jobs.start(
            notebook, f"Asking {name}", "settings", lambda _: model_check.model(notebook, name), subject=name
        )
    job = page_jobs.find(notebook, "settings", name)
    if job is None or not page_jobs.show(job):
        return
    reply: model_check.Tested = job.result()
    numbers = figures.measures(
        ("Model", reply.model),
        ("Seconds", figures.number(reply.seconds)),
        ("Tokens", f"{reply.tokens:,}" if reply.tokens else ""),
    )
    with st.container(border=True, key="tested"):
        question = figures.text(reply.question, "vade-note") if reply.question else ""
        st.html(f'<div class="vade-card">{question}{figures.text(reply.answer)}{numbers}</div>')


def _keys() -> None:
    frame.section(
        "API keys",
        "For models of a provider. A key is kept in your system's keyring and never shown again; one in the "
        "environment comes first. Keys are not written to files, traces or conversations.",
    )
    key_states = keys.providers()
    rows = [
        [
            _provider(key_state.provider),
            Cell(ORIGINS[key_state.origin], style="good" if key_state.origin != "none" else "faint"),
            key_state.variable,
        ]
        for key_state in key_states
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
        stored_providers = [key_state.provider for key_state in key_states if key_state.origin == "keyring"]
        if stored_providers:
            with st.popover("Remove a key", icon=":material/key_off:"):
                provider = st.selectbox("Provider", stored_providers, format_func=_provider, key="key-gone")
                st.button("Remove it from the keyring", key="key-forget", on_click=_forget, args=(provider,))


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
    labels = {
        "openai": "OpenAI",
        "anthropic": "Anthropic",
        "google_genai": "Google",
        "mistralai": "Mistral",
        "groq": "Groq",
        keys.SERVER: "A server by its URL",
    }
    return labels.get(name, name)
