"""Light, dark, or as the system is: kept in this browser."""

from vademecum import Notebook
from vademecum.ui import component, frame, views


def show(notebook: Notebook) -> None:  # noqa: ARG001 (as every part)
    """Draw the part."""
    frame.section("Theme", "Kept in this browser. “System” follows what your system says.")
    names = views.members.names()
    component.show(
        "theme", '<div class="themes" role="group" aria-label="Theme"></div>', data={"pages": ["", *names]}, key="theme"
    )
