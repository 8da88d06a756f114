"""What others wrote (documents, models, file names, errors) as text: no HTML, no Markdown, no picture, no link."""

import html
import re

import streamlit as st

from core.errors import VademecumError

_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
_UNSEEN = re.compile(r"[\x00-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069]+")


def line(text: str, *, limit: int = 0) -> str:
    """`text` for where Streamlit shows it as it is (options, values): one line; cut to `limit` characters."""
    told = _UNSEEN.sub(" ", text).strip()
    return told[: limit - 1].rstrip() + "…" if limit and len(told) > limit else told


def plain(text: str, *, limit: int = 0) -> str:
    """`text` for a label, where Streamlit reads Markdown: one line, shown as it is; cut to `limit` characters.

    Source: CommonMark 2.4, any ASCII punctuation character may be escaped by a backslash.
    """
    return _PUNCTUATION.sub(r"\\\1", line(text, limit=limit))


def markup(text: str) -> str:
    """`text` for use within HTML, elements and attributes alike."""
    return html.escape(text, quote=True)


def show_error(error: VademecumError) -> None:
    """One clear message."""
    message = str(error)
    st.error(plain(message[:1].upper() + message[1:]), icon=":material/error:")
