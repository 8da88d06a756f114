"""Parts of a page that our own scripts draw in the browser: Streamlit components, with a style and a script each.

component.show("rows", '<ol class="rows"></ol>', key="steps", data={...}, on_picked_change=opened)
"""

from functools import cache
from typing import Any

from streamlit.components import v2

from vademecum.ui.frame import ASSETS


def show(name: str, html: str, **arguments: Any) -> None:
    """Draw `assets/NAME.js` in `html`, styled by `assets/NAME.css`; `arguments` are those of Streamlit's components."""
    _component(name, html)(**arguments)


@cache
def _component(name: str, html: str) -> Any:
    script = "\n".join((ASSETS / file).read_text("utf-8") for file in ("elements.js", f"{name}.js"))
    style = (ASSETS / f"{name}.css").read_text("utf-8")
    return v2.component(f"vade_{name}", html=html, css=style, js=script)
