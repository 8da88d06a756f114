"""What all pages have in common: how wide they are, how they begin, what they say when empty, links between them.

frame.heading("Traces", "What was run, step by step.")
frame.link("traces", "Trace", icon=":material/account_tree:", run=answer.run_id)
"""

from pathlib import Path

import streamlit as st
from streamlit.navigation.page import Page

from vademecum.ui.escaping import markup

ASSETS = Path(__file__).parent / "assets"

WIDTH = "76rem"
"""Of a page that does not state its own `WIDTH`."""


def remember(pages: dict[str, Page]) -> None:
    """Keep the pages of the navigation, by the names of their files, for links from one to another."""
    st.session_state["pages"] = pages


def dress(width: str) -> None:
    """The style of every page, and how wide this one's column is."""
    st.html(f"<style>:root {{ --vade-width: {width}; }}\n{(ASSETS / 'page.css').read_text('utf-8')}</style>")


def heading(title: str, lead: str) -> None:
    """What the page is called, and what one does here."""
    st.html(f'<h1 class="vade-title">{markup(title)}</h1><p class="vade-lead">{markup(lead)}</p>')


def section(title: str, description: str = "") -> None:
    """The beginning of a part of the page."""
    paragraph = f'<p class="vade-about">{markup(description)}</p>' if description else ""
    st.html(f'<h2 class="vade-section">{markup(title)}</h2>{paragraph}')


def empty(title: str, advice: str) -> None:
    """What stands where there is nothing yet: what will be here, and what to do for it."""
    st.html(f'<div class="vade-empty"><h2>{markup(title)}</h2><p>{markup(advice)}</p></div>')


def link(page: str, label: str, *, icon: str | None = None, help: str | None = None, **query: str) -> None:
    """Draw a link to a page, by the name of its file, with what its address is to hold."""
    target = st.session_state.get("pages", {}).get(page)
    if target is not None:
        st.page_link(target, label=label, icon=icon, help=help, query_params=query)


def go(page: str, **query: str) -> None:
    """Show another page now, with what its address is to hold."""
    st.switch_page(st.session_state["pages"][page], query_params=query)
