"""A choice that the address holds by name, while the page shows it in words (binding would put the words there)."""

from collections.abc import Mapping

import streamlit as st

from vademecum.ui.escaping import line


def pick(label: str, options: Mapping[str, str], parameter: str, default: int = 0) -> str:
    """Draw the choice among `options` (at least one), by name with its words; the chosen name."""
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
