"""Functions have up to 40 lines and files up to 300, but for those listed here with their reason.

Counted are a function's lines from `def` to its last, signature and docstring included (decorators are not), and all
lines of a file: what a reader scrolls through.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LINKS = {link.name for link in (ROOT / "vademecum").iterdir() if link.is_symlink()}
FOLDERS = sorted(LINKS | {"vademecum", "benchmarks", "docs"})

FUNCTION_LINES, FILE_LINES = 40, 300

LONGER = {
    "core/types.py": "the contract's types, which are read together",
    "core/settings.py": "one entry for each setting, and nothing else grows in it",
    "vademecum/notebook.py": "one method for each thing that a notebook does; what it does is elsewhere",
}
"""Files by path, functions as "path:name", that may be longer, each with the reason."""


def sources() -> Iterator[tuple[str, str]]:
    for folder in FOLDERS:
        for file in sorted((ROOT / folder).rglob("*.py")):
            yield file.relative_to(ROOT).as_posix(), file.read_text("utf-8")


def too_long() -> dict[str, int]:
    """Lines of every file and function above its bound."""
    lengths = {}
    for path, text in sources():
        if (lines := len(text.splitlines())) > FILE_LINES:
            lengths[path] = lines
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
                lines = node.end_lineno - node.lineno + 1
                if lines > FUNCTION_LINES:
                    lengths[f"{path}:{node.name}"] = lines
    return lengths


@pytest.mark.slow
def test_functions_and_files_stay_short_but_for_those_with_a_reason() -> None:
    lengths = too_long()
    assert {name: lines for name, lines in lengths.items() if name not in LONGER} == {}
    assert [name for name in LONGER if name not in lengths] == []  # it has become short, and needs no exception


def test_every_folder_of_ours_is_looked_at() -> None:
    seen = {path.partition("/")[0] for path, _ in sources()}
    assert seen == set(FOLDERS)
