"""A folder may hold modules of the names that ours, and those we use, have: nothing in it is taken for one of them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from page_client import cookie, run_script

from vademecum import web_server

VADE = Path(sys.executable).parent / "vade"

NAMES = ("core", "memory", "streamlit", "models", "prompts", "chromadb", "langchain_core", "views", "frame")
FOLDERS = ("tools", "graphs", "ui", "vademecum_notes")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "own application"
    place.mkdir()
    for name in NAMES:
        (place / f"{name}.py").write_text("raise SystemExit('executed')\n", "utf-8")
    for name in FOLDERS:
        (place / name).mkdir()
        (place / name / "__init__.py").write_text(f"OWN = {name!r}\n", "utf-8")
    (place / "notes").mkdir()
    (place / "notes" / "tea.md").write_text("# Tea\n\nGreen tea is brewed at 80 degrees.\n", "utf-8")
    return place


def environment(folder: Path) -> dict[str, str]:
    return {**os.environ, "VADE_HOME": str(folder.parent / "home"), "VADE_MODEL": "extractive"}


@pytest.mark.slow
def test_the_command_answers_there(folder: Path) -> None:
    for arguments in (["ingest", "notes"], ["ask", "How hot is green tea brewed?"]):
        command = [VADE, *arguments]
        done = subprocess.run(command, cwd=folder, env=environment(folder), capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    assert "80 degrees" in done.stdout


@pytest.mark.slow
def test_an_application_with_rooms_of_its_own_imports_the_library(folder: Path) -> None:
    for name in NAMES:
        if name not in ("core", "memory", "models", "prompts"):
            (folder / f"{name}.py").unlink()  # a script's own folder comes first, and these would be its wish
    (folder / "core.py").write_text("OWN = 'core'\n", "utf-8")
    (folder / "main.py").write_text(
        "import core, tools, vademecum as vade\n"
        "with vade.open('notes', home='../home', model='extractive') as notes:\n"
        "    print(notes.ask('How hot is green tea brewed?').text, core.OWN, tools.OWN)\n",
        "utf-8",
    )
    done = subprocess.run([sys.executable, "main.py"], cwd=folder, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()[-12:]) == (0, ". core tools"), done.stderr


@pytest.mark.slow
def test_the_page_comes_up_there(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    with web_server.start(home=str(folder.parent / "home")) as page:
        run_script(page, **cookie(page))
        assert page.process.poll() is None
