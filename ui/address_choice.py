"""A select box whose choice is in the address by name, and on the page in words (`bind` would put the words there)."""

from collections.abc import Mapping

import streamlit as st

from vademecum.ui.escaping import line


def pick(label: str, options: Mapping[str, str], parameter: str, default: int = 0) -> str:
    """Draw the select box; `options` maps names to words, at least one. Returns the chosen name."""
    key, name_in_address = f"pick-{parameter}", st.query_params.get(parameter)
    if name_in_address in options:
        st.session_state[key] = name_in_address
    elif st.session_state.get(key) not in options:
        st.session_state.pop(key, None)

    def write_address() -> None:
        st.query_params[parameter] = st.session_state[key]

    return st.selectbox(
        label, list(options), default, format_func=lambda name: line(options[name]), key=key, on_change=write_address
    )
