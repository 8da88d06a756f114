"""Settings: models and keys, memory, privacy, health, appearance; each value with its origin."""

from collections.abc import Callable

import streamlit as st

from vademecum import Notebook, configuring
from vademecum.ui import appearance, figures, frame, health, keys_and_models, privacy, remembered_facts, setting_fields
from vademecum.ui.escaping import plain

TITLE = "Settings"
ICON = ":material/settings:"
POSITION = 7
WIDTH = "60rem"


def _all(notebook: Notebook) -> None:
    frame.section(
        "Every setting", f"Changes are written to {notebook.settings.home / 'vade.toml'}; comments in it stay."
    )
    words = st.text_input("Find", key="find-setting", placeholder="A name, or a word of what it means").lower()
    for setting in configuring.all_settings(notebook):
        if words in f"{setting.name} {setting.meaning}".lower():
            setting_fields.field(notebook, setting)


PARTS: dict[str, Callable[[Notebook], None]] = {
    "Models": keys_and_models.show,
    "Memory": remembered_facts.show,
    "Privacy": privacy.show,
    "Health": health.show,
    "Appearance": appearance.show,
    "All settings": _all,
}


def show(notebook: Notebook) -> None:
    """Draw the page."""
    figures.dress()
    frame.heading("Settings", "What answers, what is remembered, what leaves this machine, and whether all is well.")
    for line in notebook.settings.warnings:
        st.warning(plain(line), icon=":material/warning:")
    part = st.segmented_control(
        "Part",
        list(PARTS),
        default="Models",
        required=True,
        key="part",
        bind="query-params",
        label_visibility="collapsed",
    )
    PARTS[part or "Models"](notebook)
