"""The index is derived: whatever happens to it, it is set right from the catalogue, and readers see what is new."""

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from workspaces import HashEmbeddings, indexed, open_library, passage_ids

from vademecum.retrieval.catalogue import database
from vademecum.retrieval.ingestion.ingest import ingest
from vademecum.retrieval.stores._chroma_client import Client
from vademecum.retrieval.stores.chroma import FOLDER, ChromaIndex

OTHER_PROCESS = """
import sys
from pathlib import Path
sys.path[:0] = sys.argv[1:3]
from workspaces import open_library
from vademecum.retrieval.ingestion.ingest import ingest
library = open_library(Path(sys.argv[3]))
print(ingest(library, [sys.argv[4]]).model_dump_json())
"""


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    folder = tmp_path / "notes"
    folder.mkdir()
    for name in ("oak", "elm", "ash"):
        (folder / f"{name}.txt").write_text(f"The {name} is a tree.", "utf-8")
    return folder


@pytest.fixture
def library(tmp_path: Path, notes: Path):
    library = open_library(tmp_path / "home")
    ingest(library, [notes])
    yield library
    library.close()


def nearest(library, text: str) -> tuple[str, float]:
    vector = np.array(library.embeddings.embed_query(text), np.float32)
    identity, similarity = library.vectors.search(vector, 3)[0]
    return library.catalogue.passages(ids=[identity])[0].path, similarity


@pytest.mark.slow
def test_the_nearest_passage_comes_first_with_its_cosine(library):
    path, similarity = nearest(library, "oak. The oak is a tree.")
    assert path == "oak.txt"
    assert similarity == pytest.approx(1, abs=1e-5)
    vector = np.array(library.embeddings.embed_query("x"), np.float32)
    found = library.vectors.search(vector, 10)
    stored = {s.passage.id: s.key for s in library.catalogue.passages(ids=[identity for identity, _ in found])}
    vectors = library.catalogue.vectors(list(stored.values()))
    assert [score for _, score in found] == pytest.approx(
        sorted((float(v.passage @ vector) for v in vectors.values()), reverse=True), abs=1e-5
    )


def test_nothing_is_found_where_nothing_is(tmp_path):
    library = open_library(tmp_path / "empty")
    assert library.vectors.search(np.ones(16, np.float32), 5) == []
    assert library.vectors.search(np.ones(16, np.float32), 5, "no such collection") == []
    library.close()


@pytest.mark.slow
def test_a_collection_is_found_while_another_takes_its_place(library, monkeypatch):
    vector, seen = np.ones(16, np.float32), []
    drop = Client.drop

    def looked_at(client: Client, name: str) -> None:
        drop(client, name)
        seen.append(library.vectors.search(vector, 100))

    before = library.vectors.search(vector, 100)
    with database.hold(library.home):
        monkeypatch.setattr(Client, "drop", looked_at)
        library.vectors.rewrite(["default"])
    assert before
    assert seen == [
        before,
        before,
    ]  # after the leftover of a rewriting that broke off is dropped, and after the old one


@pytest.mark.slow
def test_a_reader_sees_what_another_process_wrote(library, notes):
    assert indexed(library) == passage_ids(library)
    (notes / "yew.txt").write_text("The yew is a tree.", "utf-8")
    (notes / "elm.txt").unlink()
    tests = Path(__file__).parent
    subprocess.run(
        [sys.executable, "-c", OTHER_PROCESS, tests, tests.parent, library.home, notes], check=True, timeout=120
    )
    assert nearest(library, "yew. The yew is a tree.")[0] == "yew.txt"
    assert indexed(library) == passage_ids(library)
    assert len(passage_ids(library)) == 3


@pytest.mark.slow
def test_an_index_that_fell_behind_is_set_right_by_the_next_reader(library):
    source = library.catalogue.sources()[0]
    library.catalogue.remove(source.id)  # as a crash between the two would leave it
    assert library.vectors.behind
    assert indexed(library) == passage_ids(library)
    assert not library.vectors.behind


@pytest.mark.slow
def test_an_index_that_was_removed_is_rebuilt_without_the_model(library, notes):
    library.close()
    shutil.rmtree(library.home / FOLDER)
    reopened = open_library(library.home)
    reopened.embeddings.embed_documents = None
    assert indexed(reopened) == passage_ids(reopened)
    reopened.close()


@pytest.mark.slow
def test_an_index_removed_before_an_ingestion_is_rebuilt_by_it(library, notes):
    library.close()
    shutil.rmtree(library.home / FOLDER)
    reopened = open_library(library.home)
    (notes / "yew.txt").write_text("The yew is a tree.", "utf-8")
    ingest(reopened, [notes])
    assert reopened.vectors.count("default") == 4
    reopened.close()


@pytest.mark.slow
def test_two_indexes_of_one_process_agree(library, notes):
    second = ChromaIndex(library.home, library.embeddings.fingerprint, library.catalogue)
    vector = np.ones(16, np.float32)
    assert second.search(vector, 5) == library.vectors.search(vector, 5)
    (notes / "yew.txt").write_text("The yew is a tree.", "utf-8")
    ingest(library, [notes])
    assert len(second.search(vector, 5)) == 4


@pytest.mark.slow
def test_vectors_of_two_models_never_meet(library):
    other = ChromaIndex(library.home, HashEmbeddings("other-16").fingerprint, library.catalogue)
    assert other.search(np.ones(16, np.float32), 5) == []
    assert indexed(library) == passage_ids(library)
