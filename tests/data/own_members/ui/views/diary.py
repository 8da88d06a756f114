"""Diary: a page of one's own."""

import streamlit as st

from ui import frame
from vademecum import Notebook

TITLE = "Diary"
ICON = ":material/book:"
POSITION = 3.5


def show(notes: Notebook) -> None:
    frame.heading("Diary", "What I did.")
    st.text(f"{len(notes.sources())} documents")
