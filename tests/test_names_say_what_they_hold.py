"""A name says what it holds (`passages`, `row`, `source`): it is no bare participle or pronoun (see CONTRIBUTING)."""

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = sorted(
    {link.name for link in (ROOT / "vademecum").iterdir() if link.is_symlink()} - {"samples"} | {"vademecum"}
)

PARTICIPLES = frozenset(
    "found told kept said given wanted asked shown chosen made named known left taken drawn read done begun".split()
)
PRONOUNS = frozenset("one it each other those".split())
EMPTY = frozenset("value result item data obj out res info x".split())

MOST_PERCENT = {"participles": 0.5, "pronouns": 0.5, "empty words": 2.5}
"""Of all names in the rooms that `names` finds."""

KINDS = {"participles": PARTICIPLES, "pronouns": PRONOUNS, "empty words": EMPTY}


def names(tree: ast.AST) -> Iterator[str]:
    """Variables, parameters, attributes, fields and functions of the file, in the order of the tree."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.id if isinstance(node, ast.Name) else node.attr
        elif isinstance(node, ast.arg) and node.arg not in ("self", "cls"):
            yield node.arg
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name


@pytest.fixture(scope="module")
def counted() -> dict[str, list[str]]:
    files = [file for room in ROOMS for file in sorted((ROOT / room).rglob("*.py"))]
    return {file.relative_to(ROOT).as_posix(): list(names(ast.parse(file.read_text("utf-8")))) for file in files}


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_few_names_are(kind: str, counted: dict[str, list[str]]) -> None:
    total = sum(map(len, counted.values()))
    files = Counter({file: sum(name in KINDS[kind] for name in listed) for file, listed in counted.items()})
    share = 100 * files.total() / total
    assert share <= MOST_PERCENT[kind], (
        f"{share:.2f} % of {total} names are {kind}; most are in {files.most_common(10)}"
    )


def test_names_of_every_kind_are_seen() -> None:
    text = (
        "def told(one, *, given=1):\n    found: int = 2\n    self.kept = [it for it in one]\nclass A:\n    left: int\n"
    )
    assert sorted(names(ast.parse(text))) == ["found", "given", "it", "kept", "left", "one", "told"]
