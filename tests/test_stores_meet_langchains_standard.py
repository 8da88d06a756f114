"""The stores that are LangChain's, by LangChain's own tests: FAISS as we keep it."""

from pathlib import Path

import pytest
from langchain_core.embeddings import DeterministicFakeEmbedding
from langchain_core.vectorstores import VectorStore
from langchain_tests.integration_tests import VectorStoreIntegrationTests

from vademecum.core.errors import WorkspaceError
from vademecum.retrieval.stores._faiss_store import FaissStore

pytestmark = pytest.mark.extra("faiss")


class TestFaissStore(VectorStoreIntegrationTests):
    @pytest.fixture
    def vectorstore(self, tmp_path: Path) -> VectorStore:
        return FaissStore(tmp_path, "standard", self.get_embeddings())


def store(folder: Path) -> FaissStore:
    return FaissStore(folder, "notes", DeterministicFakeEmbedding(size=8))


def test_what_is_saved_is_seen_by_others_and_what_is_not_is_not_lost(tmp_path: Path) -> None:
    one, two = store(tmp_path), store(tmp_path)
    one.add_texts(["oak", "elm"], [{"n": 1}, {"n": 2}], ids=["1", "2"])
    assert two.similarity_search("oak") == []
    one.save()
    assert [(d.id, d.metadata) for d in two.similarity_search("oak", k=1)] == [("1", {"n": 1})]
    two.delete(["1"])
    two.save()
    assert [document.id for document in one.similarity_search("oak")] == ["2"]
    assert len(list(tmp_path.iterdir())) == 2  # no older vectors are left
    two.delete()
    two.save()
    assert one.similarity_search("oak") == []


def test_a_damaged_file_is_one_line(tmp_path: Path) -> None:
    one = store(tmp_path)
    one.add_texts(["oak"])
    one.save()
    next(tmp_path.glob("*.faiss")).write_bytes(b"damaged")
    with pytest.raises(WorkspaceError, match="made anew from the catalogue"):
        store(tmp_path).similarity_search("oak")


def test_nothing_is_pickled(tmp_path: Path) -> None:
    one = store(tmp_path)
    one.add_texts(["oak"])
    one.save()
    assert {file.suffix for file in tmp_path.iterdir()} == {".faiss", ".json"}
