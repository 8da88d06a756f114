"""Imports go down the map of docs/architecture.md, never up; what is heavy, or not welcome everywhere, stays put."""

import ast
import graphlib
import pkgutil
import re
import subprocess
import sys
from collections.abc import Container, Iterator
from pathlib import Path

import pytest

import vademecum

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
    {"language"},
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


def bare(tree: ast.AST) -> list[tuple[str, int]]:
    """Imports of our rooms by another name than `vademecum.<room>`."""
    return [(module, line) for module, line in imports(tree) if module.partition(".")[0] in set(ROOMS) - {"vademecum"}]


def imports(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Every import anywhere in the file, as dotted name and line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: import by the full name, not by dots"
            if node.module == "vademecum":
                yield from ((f"vademecum.{alias.name}", node.lineno) for alias in node.names)
            else:
                yield node.module or "", node.lineno


def imported_names(tree: ast.AST) -> Iterator[str]:
    """What is imported, each name of a `from` import by its full one."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def module_of(file: Path) -> str:
    """The name by which the file is imported."""
    parts = file.relative_to(ROOT).with_suffix("").parts
    parts = parts[:-1] if parts[-1] == "__init__" else parts
    return ".".join(parts if parts[0] == "vademecum" else ("vademecum", *parts))


def known(name: str, modules: Container[str]) -> str | None:
    """The file that an imported name lies in; None where it is not ours."""
    return next((module for module in (name, name.rpartition(".")[0]) if module in modules), None)


def room_of(module: str) -> str:
    """The room of a module of ours; its top-level package where it is not ours."""
    top, _, inner = module.partition(".")
    room = inner.partition(".")[0]
    return room if top == "vademecum" and room in LEVEL else top


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
            top = room_of(module)
            below = LEVEL.get(top, -1) < LEVEL[room]
            assert below or top == room, f"{name}:{line} imports {module}, which does not lie below {room}/"


@pytest.mark.slow
@pytest.mark.parametrize("room", ROOMS)
def test_what_begins_with_an_underscore_stays_in_its_room(room: str) -> None:
    for name, tree in parsed(room):
        private = [other for other in imported_names(tree) if "._" in other and other.startswith("vademecum.")]
        assert [other for other in private if room_of(other) != room] == [], f"{name} imports it"


@pytest.mark.slow
def test_no_files_import_each_other_in_a_circle() -> None:
    # Every import counts, also inside functions and under TYPE_CHECKING: whoever reads one file must know the other.
    modules = {module_of(file): file for room in ROOMS for file in files(room)}
    arrows = {}
    for module, file in modules.items():
        tree = ast.parse(file.read_text("utf-8"))
        arrows[module] = {known(name, modules) for name in imported_names(tree)} - {None, module}
    try:
        graphlib.TopologicalSorter(arrows).prepare()
    except graphlib.CycleError as error:
        pytest.fail(" imports ".join(reversed(error.args[1])))


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


@pytest.mark.slow
@pytest.mark.parametrize("folder", [*ROOMS, "tests", "benchmarks", "docs"])
def test_rooms_are_imported_by_one_name(folder: str) -> None:
    # In a checkout `tools` can be imported, too: a second copy of every class in it, equal to none of the first.
    for name, tree in parsed(folder):
        assert bare(tree) == [], f"{name}: write `from vademecum.<room> import ...`"


def test_a_bare_import_is_seen() -> None:
    text = "import tools\nfrom graphs.answer import build\nfrom vademecum import tools, graphs\nimport toolsmith"
    assert bare(ast.parse(text)) == [("tools", 1), ("graphs.answer", 2)]


def test_the_map_is_drawn_as_it_is_held() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    drawn = re.findall(r"^\| (\d+) \| `(\w+)/` \|", text, re.MULTILINE)
    assert {room: int(level) - 1 for level, room in drawn} == LEVEL
    folders = {file.parent.name for file in (ROOT / "retrieval").glob("*/__init__.py")}
    assert set(re.findall(r"^\| `retrieval/(\w+)/` \|", text, re.MULTILINE)) == folders


def test_the_package_lists_its_rooms() -> None:
    listed = {module.name for module in pkgutil.iter_modules(vademecum.__path__) if module.ispkg}
    assert listed == {*ROOMS, "cli"} - {"vademecum"}
    for room in set(ROOMS) - {"vademecum"}:
        assert (ROOT / "vademecum" / room).readlink() == Path("..", room)


def test_nothing_but_the_front_door_is_at_the_top() -> None:
    assert sorted(vademecum.__all__) == ["Notebook", "open", "verify"]
    assert set(vademecum.__all__) <= set(dir(vademecum))
    with pytest.raises(AttributeError, match="has no attribute 'opne'"):
        vademecum.opne  # noqa: B018


@pytest.mark.slow
def test_importing_a_room_imports_no_other() -> None:
    code = "import sys, vademecum.core.errors; print(*[n for n in sys.modules if n.startswith('vademecum')])"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert loaded.stdout.split() == ["vademecum", "vademecum.core", "vademecum.core.errors"]


@pytest.mark.slow
def test_importing_the_front_door_loads_nothing_heavy() -> None:
    code = "import sys, vademecum; vademecum.open;"
    code += f"print(*[name for name in {FORBIDDEN_AT_START!r} if name in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert loaded.stdout.split() == []
