"""Foreign text (documents, models, file names, errors) shown as text: no HTML, no Markdown, no picture, no link."""

import html
import re

import streamlit as st

from vademecum.core.errors import VademecumError

_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
_LINKED = re.compile(r"https?:(?=//)|www(?=\.)|@(?=\w)", re.IGNORECASE)
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]+")


_JOINER = "\u2060"
"""Invisible, and no line break. It splits bare addresses, of which GitHub's Markdown makes links, escaped or not."""


def line(text: str, *, limit: int = 0) -> str:
    """`text` as one line, for places where Streamlit shows plain text (options, values); cut to `limit` characters."""
    single_line = _UNSEEN.sub(" ", text).strip()
    return single_line[: limit - 1].rstrip() + "…" if limit and len(single_line) > limit else single_line


def plain(text: str, *, limit: int = 0) -> str:
    """`text` as one line, for labels, where Streamlit reads Markdown: escaped, cut to `limit` characters.

    Source: CommonMark 2.4, any ASCII punctuation character may be escaped by a backslash.
    """
    without_links = _LINKED.sub(lambda match: match[0] + _JOINER, line(text, limit=limit))
    return _PUNCTUATION.sub(r"\\\1", without_links)


def markup(text: str) -> str:
    """`text` for use within HTML, elements and attributes alike."""
    return html.escape(text, quote=True)


def show_error(error: VademecumError) -> None:
    """Show an error as one message."""
    message = str(error)
    st.error(plain(message[:1].upper() + message[1:]), icon=":material/error:")


def count(number: int, noun: str) -> str:
    """How many there are: "1 page", "1,250 pages"."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
