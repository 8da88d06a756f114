"""Streamlit puts the folder of its script on the path: no module of ui/ is imported in the place of a library."""

import importlib.metadata
import os
import sys
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

import vademecum
from vademecum.ui import frame, shared_notebook

UI = Path(vademecum.__file__).parent / "ui"


def test_no_module_has_the_name_of_a_library() -> None:
    libraries = sys.stdlib_module_names | importlib.metadata.packages_distributions().keys()
    modules = {path.stem for path in UI.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    assert len(modules) > 50
    assert modules & libraries == set()


@pytest.mark.slow
def test_the_folder_is_not_on_the_path_of_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folders: list[str] = []
    remember = frame.remember
    monkeypatch.setattr(frame, "remember", lambda pages: (folders.extend(sys.path), remember(pages)))
    monkeypatch.setattr(sys, "argv", ["app.py", "--home", str(tmp_path)])
    vademecum.open(home=tmp_path, model="extractive").close()
    try:
        at = AppTest.from_file(str(UI / "app.py"), default_timeout=60).switch_page("views/settings.py").run()
    finally:
        shared_notebook.notebook.clear()
    assert not at.exception
    assert folders
    assert os.path.realpath(UI) not in map(os.path.realpath, folders)
