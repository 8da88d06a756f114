"""What all pages share: their width, headings, the text of an empty page, and links between pages.

frame.heading("Traces", "What was run, step by step.")
frame.link("traces", "Trace", icon=":material/account_tree:", run=answer.run_id)
"""

from pathlib import Path

import streamlit as st
from streamlit.navigation.page import Page

from vademecum.ui.escaping import markup

ASSETS = Path(__file__).parent / "assets"

WIDTH = "76rem"
"""The width of a page without a `WIDTH` of its own."""


def remember(pages: dict[str, Page]) -> None:
    """Keep the pages of the navigation, by the names of their files, for `link` and `go`."""
    st.session_state["pages"] = pages


def dress(width: str) -> None:
    """Add the style of all pages, and set the width of this one's column."""
    st.html(f"<style>:root {{ --vade-width: {width}; }}\n{(ASSETS / 'page.css').read_text('utf-8')}</style>")


def heading(title: str, lead: str) -> None:
    """Draw the page's title and a sentence about its purpose."""
    st.html(f'<h1 class="vade-title">{markup(title)}</h1><p class="vade-lead">{markup(lead)}</p>')


def section(title: str, description: str = "") -> None:
    """Draw the heading of a part of the page."""
    paragraph = f'<p class="vade-about">{markup(description)}</p>' if description else ""
    st.html(f'<h2 class="vade-section">{markup(title)}</h2>{paragraph}')


def empty(title: str, advice: str) -> None:
    """Draw what a page shows while it is empty: what will be here, and how to get there."""
    st.html(f'<div class="vade-empty"><h2>{markup(title)}</h2><p>{markup(advice)}</p></div>')


def link(page: str, label: str, *, icon: str | None = None, help: str | None = None, **query: str) -> None:
    """Draw a link to a page, by the name of its file, with these query parameters."""
    target = st.session_state.get("pages", {}).get(page)
    if target is not None:
        st.page_link(target, label=label, icon=icon, help=help, query_params=query)


def go(page: str, **query: str) -> None:
    """Switch to another page, with these query parameters."""
    st.switch_page(st.session_state["pages"][page], query_params=query)
