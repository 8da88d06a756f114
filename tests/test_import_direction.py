"""Imports go down the map of docs/architecture.md, never up; what is heavy, or not welcome everywhere, stays put."""

import ast
import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

MAP = (
    {"ui"},
    {"vademecum"},
    {"evaluation"},
    {"graphs"},
    {"agents"},
    {"tools", "memory"},
    {"verification"},
    {"retrieval"},
    {"prompts"},
    {"models", "tracing"},
    {"core"},
)
"""The rooms, level by level. Each imports only from levels below its own; rooms of one level do not know each other."""

LEVEL = {room: height for height, rooms in enumerate(reversed(MAP)) for room in rooms}
ROOMS = sorted(room for room in LEVEL if (ROOT / room).is_dir())

HEAVY = ("onnxruntime", "xllamacpp", "chromadb", "streamlit", "langchain_openai", "langchain_community")
"""Packages that take long to import: only the function that needs one imports it."""

FORBIDDEN_AT_START = (*HEAVY, "langgraph.prebuilt", "torch", "transformers")


def files(room: str) -> list[Path]:
    return sorted((ROOT / room).rglob("*.py"))


def imports(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Every import anywhere in the file, as dotted name and line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: import by the full name, not by dots"
            yield node.module or "", node.lineno


def at_import(tree: ast.Module) -> Iterator[ast.stmt]:
    """Statements that run when the module is imported: not those inside functions, nor under TYPE_CHECKING."""
    waiting: list[ast.stmt] = list(tree.body)
    while waiting:
        statement = waiting.pop()
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if isinstance(statement, ast.If) and "TYPE_CHECKING" in ast.unparse(statement.test):
            continue
        yield statement
        waiting.extend(child for child in ast.iter_child_nodes(statement) if isinstance(child, ast.stmt))


def parsed(room: str) -> Iterator[tuple[str, ast.Module]]:
    for file in files(room):
        yield str(file.relative_to(ROOT)), ast.parse(file.read_text("utf-8"))


@pytest.mark.slow
@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_what_lies_below_it(room: str) -> None:
    for name, tree in parsed(room):
        for module, line in imports(tree):
            top = module.partition(".")[0]
            below = LEVEL.get(top, -1) < LEVEL[room]
            assert below or top == room, f"{name}:{line} imports {module}, which does not lie below {room}/"


@pytest.mark.slow
@pytest.mark.parametrize("room", ROOMS)
def test_heavy_packages_are_imported_where_they_are_needed(room: str) -> None:
    for name, tree in parsed(room):
        for statement in at_import(tree):
            if isinstance(statement, ast.Import | ast.ImportFrom):
                heavy = [module for module, _ in imports(statement) if module.partition(".")[0] in HEAVY]
                assert not heavy or room == "ui", f"{name}:{statement.lineno} imports {heavy[0]} at import time"


@pytest.mark.slow
@pytest.mark.parametrize("room", ROOMS)
def test_no_room_does_the_work_of_another(room: str) -> None:
    for name, tree in parsed(room):
        used = {ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Attribute | ast.Name)}
        modules = {module.partition(".")[0] for module, _ in imports(tree)}
        if name != "core/settings.py":
            assert not {"os.environ", "os.environb", "os.getenv", "environ", "getenv"} & used, (
                f"{name} reads the environment itself"
            )
        if room != "ui":
            assert "streamlit" not in modules, f"{name} imports streamlit, which is for ui/ alone"
        if room != "prompts":
            assert not [it for it in used if it.endswith("PromptTemplate")], f"{name} holds a prompt: they are files"
        if not name.startswith("vademecum/cli"):
            printing = {"print", "sys.stdout", "sys.stderr", "click.echo"} & used
            assert not printing, f"{name} prints, which is for vademecum/cli alone"


@pytest.mark.parametrize("room", ROOMS)
def test_each_room_is_this_repositorys(room: str) -> None:
    # Other distributions ship packages of these names: `agents` is what the OpenAI Agents SDK imports as.
    found = importlib.import_module(room).__file__
    assert found is not None
    assert Path(found).is_relative_to(ROOT)


@pytest.mark.slow
def test_importing_the_front_door_loads_nothing_heavy() -> None:
    code = f"import sys, vademecum; print(*[name for name in {FORBIDDEN_AT_START!r} if name in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert loaded.stdout.split() == []
