"""Diary: a page of one's own."""

import streamlit as st

from vademecum import Notebook
from vademecum.ui import frame

TITLE = "Diary"
ICON = ":material/book:"
POSITION = 3.5


def show(notes: Notebook) -> None:
    frame.heading("Diary", "What I did.")
    st.text(f"{len(notes.sources())} documents")
