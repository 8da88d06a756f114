"""Documents added on a page while another process writes the workspace wait for it, and the page says so."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from vademecum.retrieval.catalogue import database
from vademecum.ui import add_documents, shared_notebook

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
def test_it_waits_says_for_whom_and_goes_on(tmp_path: Path) -> None:
    at = AppTest.from_function(page, default_timeout=120, args=(str(tmp_path), TEXT))
    with database.hold(tmp_path):
        for _ in range(20):
            with pytest.raises(RuntimeError, match="timed out"):
                at.run(timeout=2)
            if (job := add_documents.running()) and job.latest_event:
                break
        assert job
        assert f"waits for process {os.getpid()}" in job.latest_event.waits  # ty: ignore
        assert (tmp_path / "uploads" / "comets.md").read_bytes() == TEXT
    at.run()
    assert not at.exception
    assert not at.error
    assert "1 added" in at.success[0].value
    assert at.text[0].value == "1 in the library"
