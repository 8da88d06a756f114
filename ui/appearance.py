"""Light, dark, or as the system is: kept in this browser."""

import sys
from functools import cache
from typing import Any

import streamlit as st

from core import plugins
from ui import frame
from vademecum import Notebook


@cache
def _component() -> Any:
    return st.components.v2.component(
        "vade_theme",
        html='<div class="themes" role="group" aria-label="Theme"></div>',
        css=(frame.ASSETS / "theme.css").read_text("utf-8"),
        js=(frame.ASSETS / "theme.js").read_text("utf-8"),
    )


def show(notes: Notebook) -> None:  # noqa: ARG001 (as every part)
    """Draw the part."""
    frame.section("Theme", "Kept in this browser. “System” follows what your system says.")
    names = plugins.member_names(sys.modules["ui.views"])
    _component()(data={"pages": ["", *names]}, key="theme")
