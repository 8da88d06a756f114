"""Settings as fields that can be changed: what each means, where its value came from, and why one may be fixed."""

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
"""Names of settings in words; others are called as in `vade.toml`."""

ORIGINS = {
    "default": "default",
    "vade.toml": "set in this workspace",
    "environment": "set by the environment",
    "argument": "given at the start",
}


def fields(notes: Notebook, *names: str) -> None:
    """Draw these settings, one below the other."""
    known = {it.name: it for it in configuring.listed(notes)}
    for name in names:
        field(notes, known[name])


def field(notes: Notebook, setting: Setting) -> None:
    """Draw one setting; a change is written, and in force, as soon as it is made."""
    key = f"setting-{setting.name}"
    with st.container(key=f"{key}-row", gap="xsmall"):
        if setting.fixed:
            _fixed(setting)
        else:
            _widget(notes, setting, key)
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.html(_about(setting), width="stretch")
            if setting.origin == "vade.toml" and not setting.fixed:
                st.button(
                    "Back to default", type="tertiary", key=f"{key}-reset", on_click=_reset, args=(notes, setting.name)
                )
        if error := st.session_state.get(f"{key}-error"):
            st.error(plain(error), icon=":material/error:")


def _about(setting: Setting) -> str:
    """Where the value came from, what it means, and why it is fixed where it is; as markup."""
    elsewhere = setting.fixed and setting.origin == "vade.toml"
    origin = "set by the working folder's file" if elsewhere else ORIGINS[setting.origin]
    later = "A change holds from the next start." if setting.at_start and not setting.fixed else ""
    fixed = f"Fixed: {setting.fixed}." if setting.fixed else ""
    told = " ".join(filter(None, (setting.meaning, later, fixed)))
    return f'<p class="vade-about"><span class="vade-tag">{markup(origin)}</span> {markup(told)}</p>'


def _fixed(setting: Setting) -> None:
    """A setting that is not to be changed here, as text."""
    label = markup(NAMES.get(setting.name, setting.name))
    st.html(f'<div class="vade-fixed"><span>{label}</span><b><bdi>{markup(setting.value or "not set")}</bdi></b></div>')


def _widget(notes: Notebook, setting: Setting, key: str) -> None:
    label = NAMES.get(setting.name, setting.name)
    given: dict[str, Any] = {"key": key, "on_change": _change, "args": (notes, setting.name)}
    if setting.form == "flag":
        st.toggle(label, bool(setting.given), **given)
    elif setting.form == "number":
        whole = isinstance(setting.given, int)
        st.number_input(
            label, value=setting.given, step=1 if whole else 0.05, format="%d" if whole else "%.2f", **given
        )
    elif setting.choices and setting.form in ("choice", "text"):
        choices = list(dict.fromkeys([*setting.choices, setting.value]))
        st.selectbox(label, choices, choices.index(setting.value), accept_new_options=setting.form == "text", **given)
    else:
        st.text_input(label, setting.value, **given)


def _change(notes: Notebook, name: str) -> None:
    key = f"setting-{name}"
    value = st.session_state.get(key)
    try:
        configuring.change(notes, name, value)
    except VademecumError as error:
        st.session_state[f"{key}-error"] = str(error)
        return
    st.session_state.pop(f"{key}-error", None)


def _reset(notes: Notebook, name: str) -> None:
    key = f"setting-{name}"
    try:
        configuring.reset(notes, name)
    except VademecumError as error:
        st.session_state[f"{key}-error"] = str(error)
        return
    for one in (key, f"{key}-error"):
        st.session_state.pop(one, None)
