"""Every way to rank is a LangChain retriever, and finds what it should."""

from pathlib import Path
from typing import Any

import pytest
from langchain_core.retrievers import BaseRetriever
from langchain_tests.integration_tests import RetrieversIntegrationTests

from vademecum.core.errors import EmptyWorkspaceError, UsageError
from vademecum.core.settings import load_settings
from vademecum.core.types import Scope
from vademecum.retrieval import retrievers, transforms
from vademecum.retrieval.ingestion.ingest import ingest
from vademecum.retrieval.library import Library

MODES = [
    *retrievers.members.names(),
    *(f"dense+{name}" for name in transforms.members.names()),
    "late+multi-query+rerank+section",
]
NOTES = {
    "cells.md": "# Cells\n\nCells divide 😀. Mitochondria make energy.\n\n## Plants\n\nChloroplasts catch light.",
    "ships.txt": "Ships\n\nA keel keeps a ship upright. The rudder steers it.\r\n\r\nSails catch the wind.",
    "tea.txt": "Tea\n\nGreen tea is steamed. Black tea is oxidised. Water just off the boil suits both.",
}

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    folder = tmp_path_factory.mktemp("notes")
    for name, text in NOTES.items():
        (folder / name).write_bytes(text.encode())
    made = Library(tmp_path_factory.mktemp("home"), load_settings())
    ingest(made, [folder])
    return made


@pytest.mark.parametrize("mode", MODES)
def test_the_right_passage_comes_first(library: Library, mode: str) -> None:
    hits = library.search("What steers a ship?", k=2, mode=mode)
    assert "rudder" in hits[0].passage.text
    assert hits[0].path == "ships.txt"
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


@pytest.mark.parametrize("mode", MODES)
def test_a_hit_is_the_source_s_text_at_its_place(library: Library, mode: str) -> None:
    for hit in library.search("energy light ship tea", k=9, mode=mode):
        text = library.catalogue.text(hit.passage.source_id)
        assert text[hit.passage.start : hit.passage.end] == hit.passage.text
        assert text == NOTES[hit.path]


@pytest.mark.parametrize("mode", MODES)
def test_ranking_is_the_same_each_time(library: Library, mode: str) -> None:
    first, second = (library.search("What do cells do?", k=5, mode=mode) for _ in range(2))
    assert first == second


@pytest.mark.parametrize("mode", MODES)
def test_an_unknown_collection_is_an_error_that_names_those_there_are(library: Library, mode: str) -> None:
    with pytest.raises(UsageError, match="default"):
        library.search("anything", mode=mode, scope=Scope(collection="recipes"))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("within", "paths"),
    [
        ({"path": "*.txt"}, {"ships.txt", "tea.txt"}),
        ({"kind": "markdown"}, {"cells.md"}),
        ({"heading": "PLANTS"}, {"cells.md"}),
        ({"until": "2001-01-01"}, set()),
        ({"since": "2001-01-01", "path": "s*"}, {"ships.txt"}),
    ],
)
def test_a_filter_at_call_time_lets_all_inside_it_through_and_nothing_else(
    library: Library, mode: str, within: dict[str, str], paths: set[str]
) -> None:
    hits = library.retriever(mode).hits("ship tea light cells plants", k=9, **within)
    assert {hit.path for hit in hits} == paths


def test_a_filter_that_cannot_be_read_is_an_error_that_names_it(library: Library) -> None:
    with pytest.raises(UsageError, match="since"):
        library.retriever("best").invoke("tea", since="yesterday-ish")
    with pytest.raises(UsageError, match="colour"):
        library.retriever("best").invoke("tea", colour="green")
    with pytest.raises(UsageError, match="exchange the two"):
        library.retriever("best").invoke("tea", since="2026-02-01", until="2026-01-31")
    with pytest.raises(UsageError, match="there are: markdown, text"):
        library.search("tea", scope=Scope(kind="pdf"))


def test_an_unknown_mode_is_an_error_that_lists_the_modes(library: Library) -> None:
    with pytest.raises(UsageError, match="best, dense"):
        library.search("anything", mode="magic")


@pytest.mark.parametrize(("question", "k"), [("", 3), (" \n", 3), ("tea", 0)])
def test_an_empty_question_or_k_is_a_usage_error(library: Library, question: str, k: int) -> None:
    with pytest.raises(UsageError):
        library.search(question, k=k)


@pytest.mark.parametrize("question", ["?!", "NEAR(a b)", 'tea" OR "', "the of and", "😀", "\x00tea"])
def test_any_question_can_be_searched_for(library: Library, question: str) -> None:
    assert len(library.search(question, k=3)) <= 3


def test_an_empty_workspace_says_how_to_fill_it(tmp_path: Path) -> None:
    with pytest.raises(EmptyWorkspaceError, match="vade ingest"):
        Library(tmp_path, load_settings()).search("anything")


class _Standard(RetrieversIntegrationTests):
    mode = ""

    @pytest.fixture(autouse=True)
    def _library(self, library: Library) -> None:
        self.library = library

    @property
    def retriever_constructor(self) -> Any:
        return lambda k=3: self.library.retriever(self.mode, k=k)

    @property
    def retriever_constructor_params(self) -> dict[str, Any]:
        return {}

    @property
    def retriever_query_example(self) -> str:
        return "What do cells, ships and tea have in common?"


def _standard_suite(mode: str) -> type[_Standard]:
    name = f"Test{mode.title().replace('+', '').replace('-', '')}"
    return type(name, (_Standard,), {"mode": mode, "__doc__": f"`{mode}` under the standard suite."})


for _mode in MODES:
    _suite = _standard_suite(_mode)
    globals()[_suite.__name__] = _suite
del _suite


def test_each_mode_is_a_langchain_retriever(library: Library) -> None:
    assert all(isinstance(library.retriever(mode), BaseRetriever) for mode in MODES)
