"""What `vade ui` runs: opens the notebook, and shows the page that the address names."""

import argparse
import sys
from functools import partial
from types import ModuleType

import streamlit as st
from streamlit.navigation.page import Page

from core import plugins
from core.errors import VademecumError
from ui import escaping, frame, opening, views


def main() -> None:
    """Draw the whole page once, top to bottom."""
    st.set_page_config(page_title="Vademecum", page_icon=str(frame.ASSETS / "icon.svg"), layout="wide")
    home = _home(sys.argv[1:])
    found = [plugins.member(views, name) for name in plugins.member_names(views)]
    pages = {_name(module): _page(module, home) for module in sorted(found, key=lambda module: module.POSITION)}
    frame.remember(pages)
    st.logo(frame.ASSETS / "wordmark.svg", icon_image=frame.ASSETS / "icon.svg", size="large")
    st.navigation(list(pages.values()), position="top").run()


def _page(module: ModuleType, home: str | None) -> Page:
    return st.Page(
        partial(_show, module, home),
        title=module.TITLE,
        icon=module.ICON,
        url_path=_name(module).replace("_", "-"),
        default=module.POSITION == 1,
    )


def _name(module: ModuleType) -> str:
    return module.__name__.rpartition(".")[2]


def _show(module: ModuleType, home: str | None) -> None:
    frame.dress(getattr(module, "WIDTH", frame.WIDTH))
    try:
        module.show(opening.notebook(home))
    except VademecumError as error:
        escaping.show_error(error)


def _home(arguments: list[str]) -> str | None:
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--home")
    return parser.parse_known_args(arguments)[0].home


if __name__ == "__main__":
    main()
