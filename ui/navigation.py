"""Opens the notebook, and shows the page that the address names."""

import argparse
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from types import ModuleType

import streamlit as st
from streamlit.errors import StreamlitAPIException
from streamlit.navigation.page import Page

from vademecum.core import plugins
from vademecum.core.disk_errors import disk_problems_told
from vademecum.core.errors import VademecumError
from vademecum.ui import escaping, frame, page_errors, shared_notebook, views


def show(arguments: Sequence[str]) -> None:
    """Draw the whole page once, top to bottom; `arguments` are those of the script (`--home FOLDER`)."""
    st.set_page_config(page_title="Vademecum", page_icon=str(frame.ASSETS / "icon.svg"), layout="wide")
    home = _home(arguments)
    with suppress(VademecumError):  # the page that is shown says so
        shared_notebook.notebook(home)  # from now on a person's own pages are there, too
    pages = _pages(home)
    frame.remember(pages)
    st.logo(frame.ASSETS / "wordmark.svg", icon_image=frame.ASSETS / "icon.svg", size="large")
    st.navigation(list(pages.values()), position="top").run()


def _pages(home: str | None) -> dict[str, Page]:
    """The pages by the names of their files, in the order of their positions; the first is one that ships."""
    first = min((module for _, module in views.members.items(own=False)), key=_position)
    pages: dict[str, Page] = {}
    for module in sorted((module for _, module in views.members.items()), key=_position):
        try:
            pages[_name(module)] = _page(module, home, first=module is first)
        except StreamlitAPIException as error:
            plugins.leave_out(module, error)
    return pages


def _position(module: ModuleType) -> float:
    return module.POSITION


def _page(module: ModuleType, home: str | None, *, first: bool) -> Page:
    return st.Page(
        partial(_show, module, home),
        title=module.TITLE,
        icon=module.ICON,
        url_path=_name(module).replace("_", "-"),
        default=first,
    )


def _name(module: ModuleType) -> str:
    return module.__name__.rpartition(".")[2]


def _show(module: ModuleType, home: str | None) -> None:
    frame.dress(getattr(module, "WIDTH", frame.WIDTH))
    try:
        with disk_problems_told():
            module.show(shared_notebook.notebook(home))
    except VademecumError as error:
        escaping.show_error(error)
    except Exception as error:  # noqa: BLE001 (whatever a page fails at, the others go on)
        page_errors.show(shared_notebook.notebook(home).settings.home, _name(module), error)


def _home(arguments: Sequence[str]) -> str | None:
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--home")
    return parser.parse_known_args(arguments)[0].home
