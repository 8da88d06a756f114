"""What README.md and CONTRIBUTING.md say of the code, and nothing else would notice if it ceased to be so."""

import ast
import importlib
import re
import tomllib
from pathlib import Path

import pytest

from vademecum import graphs
from vademecum.cli.search import MODE_HELP
from vademecum.core import plugins
from vademecum.retrieval import retrievers, transforms

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text("utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
ROOMS = sorted(
    {link.name for link in (ROOT / "vademecum").iterdir() if link.is_symlink()} - {"samples"} | {"vademecum"}
)

ELSEWHERE = {
    "FetchError": "never leaves the two rooms that fetch, which make a DocumentError or a ToolError of it",
    "ChildError": "never leaves those that have a child work for them, which say in their words what it means",
    "CancelledError": "no fault: how a job's work learns that its person has stopped it",
    "Stopped": "no fault either, and must not be caught as one",
}
"""Exceptions outside core/errors.py that other modules may see, with the reason."""


def test_readme_and_help_list_every_way_to_search() -> None:
    [listed] = re.findall(r"`--mode` takes (.*?)\.\n", README, re.DOTALL)
    named = set(re.findall(r"`([^`]+)`", listed))
    modes, around = retrievers.members.names(), transforms.members.names()
    assert named == {*modes, *(f"+{name}" for name in around)}
    assert [name for name in (*modes, *around) if not re.search(rf"\b{name}\b", MODE_HELP)] == []


def test_the_readme_lists_every_graph() -> None:
    [table] = re.findall(r"\| graph \| does \| run it \|\n\|[-|]+\|\n((?:\|.*\n)+)", README)
    assert set(re.findall(r"^\| `([a-z-]+)`", table, re.MULTILINE)) == set(graphs.names())


def test_the_readme_lists_every_extra() -> None:
    [listed] = re.findall(r"`\./run setup EXTRA\.\.\.` adds an optional part: (.*?)\.\n", README, re.DOTALL)
    named = set(re.findall(r"`([a-z]+)`", listed))
    assert named == set(PROJECT["project"]["optional-dependencies"])


def test_every_folder_that_the_readme_names_is_there() -> None:
    [table] = re.findall(r"\| folder \| holds \|\n\|[-|]+\|\n((?:\|.*\n)+)", README)
    folders = re.findall(r"`([a-z]+)/`", table)
    assert [folder for folder in folders if not (ROOT / folder).is_dir()] == []
    assert set(ROOMS) <= set(folders)


def test_readme_and_run_name_the_same_versions_of_python() -> None:
    [(least, most)] = re.findall(r"Python 3\.(\d+) to 3\.(\d+)", README)
    assert f"(3, {least}) <= sys.version_info < (3, {int(most) + 1})" in (ROOT / "run").read_text("utf-8")
    assert PROJECT["project"]["requires-python"] == f">=3.{least}"


@pytest.mark.parametrize("room", plugins.ROOMS)
def test_every_room_says_in_its_docstring_how_to_add_to_it(room: str) -> None:
    about = importlib.import_module(room if room.startswith("vademecum.") else f"vademecum.{room}").__doc__ or ""
    assert re.search(r"\b[Tt]o add (?:a|one)\b", about), f"{room} does not say how to add a member"
    needed = [part for part in plugins.ROOMS[room] if part not in about]
    assert needed == [], f"{room} does not say what a member needs"


@pytest.mark.slow
def test_errors_come_from_one_file() -> None:
    others = {}
    for room in ROOMS:
        for file in sorted((ROOT / room).rglob("*.py")):
            if file != ROOT / "core" / "errors.py":
                for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                    if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                        bases = [ast.unparse(base) for base in node.bases]
                        if any(re.search(r"(?:Error|Exception)$", base) for base in bases):
                            others[node.name] = file.relative_to(ROOT).as_posix()
    assert {name: file for name, file in others.items() if name not in ELSEWHERE} == {}
    assert set(ELSEWHERE) == set(others)
