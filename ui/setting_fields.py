"""Settings as fields: what each means, where its value comes from, and why it may be fixed."""

from typing import Any

import streamlit as st

from vademecum import Notebook, configuring
from vademecum.configuring import Setting
from vademecum.core.errors import VademecumError
from vademecum.ui.escaping import markup, plain

NAMES = {
    "model": "Model",
    "technique": "How it is asked to draft",
    "mode": "How passages are ranked",
    "memory": "What a model is shown of a conversation",
    "memory_facts": "Facts about you",
    "memory_tokens": "Tokens of the conversation that a model is shown",
    "user": "Whose facts these are",
    "tracing": "Where runs are traced",
    "redact": "What traces leave out",
    "web_private": "Tools may open addresses of this machine and of private networks",
}
"""Labels of settings; others have their name in `vade.toml`."""

ORIGINS = {
    "default": "default",
    "vade.toml": "set in this workspace",
    "./vade.toml": "set by the working folder's file",
    "environment": "set by the environment",
    "argument": "given at the start",
}


def fields(notebook: Notebook, *names: str) -> None:
    """Draw these settings, one below the other."""
    by_name = {setting.name: setting for setting in configuring.all_settings(notebook)}
    for name in names:
        field(notebook, by_name[name])


def field(notebook: Notebook, setting: Setting) -> None:
    """Draw one setting; a change is written and takes effect at once."""
    key = f"setting-{setting.name}"
    with st.container(key=f"{key}-row", gap="xsmall"):
        if setting.fixed:
            _fixed(setting)
        else:
            _widget(notebook, setting, key)
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.html(_description(setting), width="stretch")
            if setting.origin == "vade.toml" and not setting.fixed:
                st.button(
                    "Back to default",
                    type="tertiary",
                    key=f"{key}-reset",
                    on_click=_reset,
                    args=(notebook, setting.name),
                )
        if error := st.session_state.get(f"{key}-error"):
            st.error(plain(error), icon=":material/error:")


def _description(setting: Setting) -> str:
    """Where the value comes from, what it means, and why it may be fixed; as markup."""
    start_note = "A change holds from the next start." if setting.at_start and not setting.fixed else ""
    fixed = f"Fixed: {setting.fixed}." if setting.fixed else ""
    text = " ".join(filter(None, (setting.meaning, start_note, fixed)))
    return f'<p class="vade-about"><span class="vade-tag">{markup(ORIGINS[setting.origin])}</span> {markup(text)}</p>'


def _fixed(setting: Setting) -> None:
    """A setting that cannot be changed here, as text."""
    label = markup(NAMES.get(setting.name, setting.name))
    st.html(f'<div class="vade-fixed"><span>{label}</span><b><bdi>{markup(setting.value or "not set")}</bdi></b></div>')


def _widget(notebook: Notebook, setting: Setting, key: str) -> None:
    label = NAMES.get(setting.name, setting.name)
    arguments: dict[str, Any] = {"key": key, "on_change": _change, "args": (notebook, setting.name)}
    if setting.form == "flag":
        st.toggle(label, bool(setting.raw), **arguments)
    elif setting.form == "number":
        is_integer = isinstance(setting.raw, int)
        st.number_input(
            label,
            value=setting.raw,
            step=1 if is_integer else 0.05,
            format="%d" if is_integer else "%.2f",
            **arguments,
        )
    elif setting.choices and setting.form in ("choice", "text"):
        choices = list(dict.fromkeys([*setting.choices, setting.value]))
        st.selectbox(
            label, choices, choices.index(setting.value), accept_new_options=setting.form == "text", **arguments
        )
    else:
        st.text_input(label, setting.value, **arguments)


def _change(notebook: Notebook, name: str) -> None:
    key = f"setting-{name}"
    new_value = st.session_state.get(key)
    try:
        configuring.change(notebook, name, new_value)
    except VademecumError as error:
        st.session_state[f"{key}-error"] = str(error)
        return
    st.session_state.pop(f"{key}-error", None)


def _reset(notebook: Notebook, name: str) -> None:
    key = f"setting-{name}"
    try:
        configuring.reset(notebook, name)
    except VademecumError as error:
        st.session_state[f"{key}-error"] = str(error)
        return
    for state_key in (key, f"{key}-error"):
        st.session_state.pop(state_key, None)
