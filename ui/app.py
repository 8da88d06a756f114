"""What `vade ui` runs: opens the notebook, and shows the page that the address names."""

import argparse
import sys
from functools import partial
from pathlib import Path
from types import ModuleType

import streamlit as st
from streamlit.navigation.page import Page

from core import plugins
from core.errors import VademecumError
from ui import escaping, opening, views

ASSETS = Path(__file__).parent / "assets"


def main() -> None:
    """Draw the whole page once, top to bottom."""
    st.set_page_config(page_title="Vademecum", page_icon=str(ASSETS / "icon.svg"), layout="wide")
    st.html(ASSETS / "page.css")
    home = _home(sys.argv[1:])
    found = [plugins.member(views, name) for name in plugins.member_names(views)]
    pages = [_page(module, home) for module in sorted(found, key=lambda module: module.POSITION)]
    st.navigation(pages, position="sidebar" if len(pages) > 1 else "hidden").run()


def _page(module: ModuleType, home: str | None) -> Page:
    name = module.__name__.rpartition(".")[2].replace("_", "-")
    return st.Page(
        partial(_show, module, home),
        title=module.TITLE,
        icon=module.ICON,
        url_path=name,
        default=module.POSITION == 1,
    )


def _show(module: ModuleType, home: str | None) -> None:
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
