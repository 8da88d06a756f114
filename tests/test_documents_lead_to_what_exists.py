"""The documents are found from one index, their links lead somewhere, and the code that they name is there."""

import ast
import functools
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
INDEX = DOCS / "README.md"
TOP = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"]
DOCUMENTS = [*TOP, *sorted(str(file.relative_to(ROOT)) for file in DOCS.rglob("*.md"))]
NAMING = [name for name in DOCUMENTS if name not in ("CHANGELOG.md", "docs/commands.md")]
"""Documents that name code as it is now."""

LINK = re.compile(r"\]\((?!https?://)([^)\s]+)")
PATH = re.compile(r"`((?:[\w.-]+/)+[\w.-]+\.(?:py|md|yaml|toml|txt|json|jsonl|onnx))(?::\s+([\w.]+))?`")
"""A file, with or without what is in it: `core/types.py: Hit.cite`. Capitals stand for any name: `tools/NAME.py`."""

EXAMPLE = "tests/test_words_are_counted.py"
"""The test that CONTRIBUTING.md has a reader write."""


def read(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def anchors(file: Path) -> set[str]:
    """The anchors of a document's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", file.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


def leads(file: Path, link: str) -> bool:
    """Whether a link of the document `file` leads to a file, and to a heading of it where it names one."""
    path, _, anchor = link.partition("#")
    target = (file.parent / path).resolve() if path else file
    return target.exists() and (not anchor or anchor in anchors(target))


@functools.cache
def definitions(file: Path) -> frozenset[str]:
    """What a module defines, by dotted name: functions, classes, their methods, and constants."""
    return frozenset(_defined(ast.parse(file.read_text("utf-8")).body, ""))


def _defined(body: list[ast.stmt], above: str) -> list[str]:
    names: list[str] = []
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.append(above + node.name)
        if isinstance(node, ast.ClassDef):
            names += _defined(node.body, f"{above}{node.name}.")
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        names += [above + target.id for target in targets if isinstance(target, ast.Name)]
    return names


def missing(text: str) -> list[str]:
    """Files, and names in them, that a text names and that do not exist."""
    wrong = []
    for path, name in PATH.findall(text):
        if path == EXAMPLE or re.search(r"/[A-Z]+\.", f"/{path}"):
            continue
        file = ROOT / path
        if not file.is_file() or (name and name not in definitions(file)):
            wrong.append(f"{path}: {name}" if name else path)
    return wrong


@pytest.mark.parametrize("name", DOCUMENTS)
def test_links_between_documents_lead_somewhere(name: str) -> None:
    assert [link for link in LINK.findall(read(name)) if not leads(ROOT / name, link)] == []


def test_every_document_is_in_the_index() -> None:
    linked = {(DOCS / link.partition("#")[0]).resolve() for link in LINK.findall(INDEX.read_text("utf-8"))}
    documents = [file for kind in ("*.md", "*.py") for file in DOCS.rglob(kind) if file != INDEX]
    assert [str(file.relative_to(ROOT)) for file in documents if file.resolve() not in linked] == []
    assert "(docs/README.md)" in read("README.md")


def test_every_other_file_of_the_documents_is_named_in_one() -> None:
    text = "\n".join(read(name) for name in DOCUMENTS)
    files = [file for file in DOCS.rglob("*") if file.is_file() and file.suffix not in (".md", ".py", ".pyc")]
    assert [str(file.relative_to(ROOT)) for file in files if file.name not in text] == []


def test_decisions_are_numbered_one_after_another() -> None:
    files = sorted((DOCS / "decisions").glob("*.md"))
    assert [file.name[:5] for file in files] == [f"{number:04}-" for number in range(1, len(files) + 1)]
    for number, file in enumerate(files, 1):
        text = file.read_text("utf-8")
        assert text.startswith(f"# {number}. "), file.name
        assert re.findall(r"^## (.+)$", text, re.MULTILINE)[:2] == ["Context", "Decision"], file.name


@pytest.mark.parametrize("name", NAMING)
def test_a_document_names_only_code_that_exists(name: str) -> None:
    assert missing(read(name)) == []


def test_what_is_gone_is_seen() -> None:
    there = "`core/types.py: Hit.cite`, `tools/NAME.py`, `core/plugins.py:\nROOMS`"
    gone = "`core/types.py: Hit.sing`, `core/typos.py`"
    assert missing(f"{there}, {gone}") == ["core/types.py: Hit.sing", "core/typos.py"]
