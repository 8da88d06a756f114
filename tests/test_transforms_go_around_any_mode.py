"""Rewriting, several wordings, reranking and widening around a retriever: filters and exact places stay."""

import itertools
from pathlib import Path

import pytest
from langchain_core.documents import BaseDocumentCompressor, Document
from scripted import Scripted
from workspaces import open_library

from vademecum.core.errors import ModelError, SettingsError
from vademecum.core.settings import load_settings
from vademecum.core.types import Scope
from vademecum.retrieval.ingestion.ingest import ingest
from vademecum.retrieval.library import Library
from vademecum.retrieval.transforms.multi_query import MultiQuery
from vademecum.retrieval.transforms.rerank import Rerank
from vademecum.retrieval.transforms.rewrite import Rewrite

LONG = "It was there that {0}, and nobody in the whole of the village has ever been able to say why it was so. " * 4
BOOK = "\n\n".join(
    ["# Boats", *(LONG.format(f"boat number {i} sank") for i in range(5)), "# Rivers"]
    + [LONG.format(f"river number {i} froze") for i in range(3)]
)
OTHER = "A note of a single line on otters."


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    folder = tmp_path_factory.mktemp("book")
    (folder / "book.md").write_text(BOOK, "utf-8")
    (folder / "other.txt").write_text(OTHER, "utf-8")
    made = open_library(tmp_path_factory.mktemp("home"), model="extractive")
    ingest(made, [folder])
    return made


@pytest.mark.slow
@pytest.mark.parametrize(("mode", "sections"), [("sparse+neighbours", False), ("sparse+section", True)])
def test_a_widened_hit_is_the_source_s_text_within_one_section(library: Library, mode: str, sections: bool) -> None:
    [narrow] = library.search("boat number 2", k=1, mode="sparse")
    [wide] = library.search("boat number 2", k=1, mode=mode)
    assert wide.passage.id == narrow.passage.id
    assert wide.passage.text == BOOK[wide.passage.start : wide.passage.end]
    assert wide.passage.start < narrow.passage.start < narrow.passage.end < wide.passage.end
    assert wide.passage.line == BOOK[: wide.passage.start].count("\n") + 1
    assert "river" not in wide.passage.text
    assert all(f"boat number {i}" in wide.passage.text for i in (1, 2, 3))
    assert ("boat number 0" in wide.passage.text and "boat number 4" in wide.passage.text) is sections


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["sparse+neighbours", "dense+section", "hybrid+neighbours+section"])
def test_nothing_is_shown_twice_and_the_next_ones_move_up(library: Library, mode: str) -> None:
    hits = library.search("number otters", k=3, mode=mode)
    places = sorted((hit.path, hit.passage.start, hit.passage.end) for hit in hits)
    assert len(hits) == 3
    assert all(a[0] != b[0] or a[2] <= b[1] for a, b in itertools.pairwise(places))
    for hit in hits:
        assert library.catalogue.text(hit.passage.source_id)[hit.passage.start : hit.passage.end] == hit.passage.text


def test_what_is_shown_around_a_hit_meets_the_filter_too(library: Library) -> None:
    hits = library.search("number", k=9, mode="sparse+section", scope=Scope(heading="rivers"))
    assert hits
    assert all("boat" not in hit.passage.text for hit in hits)


def test_a_widened_hit_can_be_weighed_and_cited(library: Library) -> None:
    hits = library.search("Which boat sank: boat number 2?", mode="sparse+neighbours")
    for sentence in library.weigh("Which boat sank: boat number 2?", hits).sentences:
        assert (
            sentence.text
            == library.catalogue.text(sentence.citation.source_id)[sentence.citation.start : sentence.citation.end]
        )


def test_the_question_is_reworded_before_the_search(library: Library) -> None:
    model = Scripted(script=['1. "otters"'])
    found = Rewrite.around(library.retriever("sparse"), model=model).hits("Do you know that animal of the river?", k=1)
    assert [hit.path for hit in found] == ["other.txt"]
    assert "that animal" in model.seen[0][-1].text


def test_wordings_are_searched_for_together(library: Library) -> None:
    model = Scripted(script=["- otters\n- boat number 1\n\n- otters\n- boat number 3\n- river number 1"])
    found = MultiQuery.around(library.retriever("sparse"), model=model).hits("river number 2", k=20)
    assert {"other.txt", "book.md"} == {hit.path for hit in found}
    alone = library.search("river number 2", k=20, mode="sparse")
    assert {hit.passage.id for hit in alone} < {hit.passage.id for hit in found}


@pytest.mark.parametrize("name", ["rewrite", "multi-query"])
@pytest.mark.parametrize("model", ["extractive", "embedded"])
def test_without_a_capable_model_the_question_is_searched_for_as_asked(library: Library, name: str, model: str) -> None:
    changed = Library(library.home, library.settings.model_copy(update={"model": model}))
    changed.embeddings = library.embeddings
    assert changed.search("otters", mode=f"sparse+{name}") == library.search("otters", mode="sparse")
    changed.close()


@pytest.mark.parametrize("reply", ["", "\n - \n"])
def test_an_empty_reply_changes_nothing(library: Library, reply: str) -> None:
    for transform in (Rewrite, MultiQuery):
        found = transform.around(library.retriever("sparse"), model=Scripted(script=[reply])).hits("otters")
        assert found == library.search("otters", mode="sparse")


def test_a_model_that_does_not_answer_is_one_line(library: Library) -> None:
    broken = Rewrite.around(library.retriever("sparse"), model=Scripted(script=[ValueError("out of paper")]))
    with pytest.raises(ModelError, match="out of paper"):
        broken.invoke("otters")


class Longest(BaseDocumentCompressor):
    """Keeps two documents, the longest first, shortened, and forgets their ids."""

    def compress_documents(self, documents, query, callbacks=None):
        ordered = sorted(documents, key=lambda document: -len(document.page_content))[:2]
        return [Document(document.page_content[:9], metadata=document.metadata) for document in ordered]


class Broken(BaseDocumentCompressor):
    """Does not answer."""

    def compress_documents(self, documents, query, callbacks=None):
        raise ValueError("no such reranker")


def test_any_compressor_orders_and_chooses_and_the_text_stays_whole(library: Library) -> None:
    found = Rerank.around(library.retriever("sparse"), compressor=Longest()).hits("otters boat number", k=5)
    assert len(found) == 2
    assert [hit.score for hit in found] == [1.0, 0.5]
    assert all(BOOK[hit.passage.start : hit.passage.end] == hit.passage.text for hit in found)
    with pytest.raises(ModelError, match="no such reranker"):
        Rerank.around(library.retriever("sparse"), compressor=Broken()).invoke("otters")


@pytest.mark.parametrize("name", ["magic", "community:retrievers.TFIDFRetriever", "community:nowhere.Thing"])
def test_a_reranker_that_does_not_exist_is_one_line(library: Library, name: str) -> None:
    changed = Library(library.home, library.settings.model_copy(update={"rerank": name}))
    changed.embeddings = library.embeddings
    with pytest.raises(SettingsError) as raised:
        changed.search("otters", mode="sparse+rerank")
    assert "\n" not in str(raised.value)
    changed.close()


@pytest.mark.slow
def test_reranking_by_token_vectors_puts_the_answer_first(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(
        "# Ships\n\nA keel keeps a ship upright.\n\n# Steering\n\nThe rudder steers it.\n", "utf-8"
    )
    made = Library(tmp_path / "home", load_settings())
    ingest(made, [tmp_path / "a.md"])
    hits = made.search("What steers a ship?", mode="sparse+rerank")
    assert "rudder" in hits[0].passage.text
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    made.close()
