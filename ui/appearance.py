"""Light, dark, or as the system is: kept in this browser."""

import sys

from vademecum import Notebook
from vademecum.core import plugins
from vademecum.ui import component, frame


def show(notes: Notebook) -> None:  # noqa: ARG001 (as every part)
    """Draw the part."""
    frame.section("Theme", "Kept in this browser. “System” follows what your system says.")
    names = plugins.member_names(sys.modules["vademecum.ui.views"])
    component.show(
        "theme", '<div class="themes" role="group" aria-label="Theme"></div>', data={"pages": ["", *names]}, key="theme"
    )
