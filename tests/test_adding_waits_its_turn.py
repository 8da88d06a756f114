"""Documents added on a page while another process writes the workspace: it is said, and what was given is not lost."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from vademecum.retrieval.catalogue import database
from vademecum.ui import shared_notebook

TEXT = b"# Comets\n\nHalley returns in 2061.\n"


def page(home: str, data: bytes) -> None:
    import streamlit as st

    from vademecum.ui import add_documents, shared_notebook

    notes = shared_notebook.notebook(home)
    if "begun" not in st.session_state:
        st.session_state["begun"] = True
        add_documents.begin(notes, [("comets.md", data)], "")
    add_documents.show_to_the_end()
    st.text(f"{len(notes.sources())} in the library")


@pytest.fixture(autouse=True)
def released() -> Iterator[None]:
    yield
    shared_notebook.notebook.clear()


@pytest.mark.slow
def test_it_is_told_who_writes_and_what_was_given_can_be_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = AppTest.from_function(page, default_timeout=120, args=(str(tmp_path), TEXT))
    with database.hold(tmp_path):
        monkeypatch.setattr(database, "PATIENCE", 0.1)
        at.run()
    assert not at.exception
    assert f"is being written by process {os.getpid()}" in at.error[0].value
    assert "Nothing is lost" in at.caption[0].value
    assert at.text[0].value == "0 in the library"
    assert (tmp_path / "uploads" / "comets.md").read_bytes() == TEXT
    monkeypatch.setattr(database, "PATIENCE", 60.0)
    at.button(key="add-again").click().run()
    assert not at.exception
    assert not at.error
    assert "1 added" in at.success[0].value
    assert at.text[0].value == "1 in the library"
