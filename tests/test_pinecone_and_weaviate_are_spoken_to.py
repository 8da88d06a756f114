"""Pinecone's own client against its wire on this machine; Weaviate's as far as it goes without a server."""

from pathlib import Path

import numpy as np
import pytest
from pinecone_server import pinecone_server
from workspaces import indexed, open_library, passage_ids

from vademecum.core.errors import SettingsError, WorkspaceError
from vademecum.retrieval.ingestion.ingest import ingest
from vademecum.retrieval.maintenance.forget import forget

pytestmark = pytest.mark.slow


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    folder = tmp_path / "notes"
    folder.mkdir()
    for name in ("oak", "elm", "ash"):
        (folder / f"{name}.txt").write_text(f"The {name} is a tree.", "utf-8")
    return folder


@pytest.mark.extra("pinecone")
@pytest.mark.filterwarnings("ignore::ResourceWarning")  # Pinecone's client leaves its pool to the garbage collector
def test_a_pinecone_index_follows_the_catalogue_by_namespace(tmp_path: Path, notes: Path) -> None:
    with pinecone_server() as server:
        store = f"pinecone:http://127.0.0.1:{server.server_address[1]}"
        libraries = [open_library(tmp_path / name, store=store, store_key="s3cret") for name in ("one", "two")]
        for library in libraries:
            ingest(library, [notes])
            assert indexed(library) == passage_ids(library)
        forget(libraries[0], "oak.txt")
        assert [len(indexed(library)) for library in libraries] == [2, 3]
        assert sorted(map(len, server.spaces.values())) == [2, 3]
        assert server.keys == {"s3cret"}
        row = next(iter(next(iter(server.spaces.values())).values()))
        assert list(row["metadata"]) == ["text"]
        assert row["metadata"]["text"].startswith("vade_")  # no text of a person
        for library in libraries:
            library.close()
        other = open_library(tmp_path / "one", "other-16", store=store, store_key="s3cret")
        ingest(other, [notes])
        assert indexed(other) == passage_ids(other)
        assert sorted(map(len, server.spaces.values())) == [0, 3, 3]
        other.close()


@pytest.mark.extra("pinecone", "weaviate")
def test_what_they_lack_is_said_in_a_line(tmp_path: Path) -> None:
    for store, kind, told in (
        ("pinecone:notes", SettingsError, "needs an index and a key"),
        ("weaviate", SettingsError, "needs a server"),
    ):
        library = open_library(tmp_path, store=store)
        with pytest.raises(kind, match=told):
            library.vectors.search(np.ones(16, np.float32), 5)
        library.close()


@pytest.mark.extra("weaviate")
def test_a_weaviate_server_that_is_away_is_one_line(tmp_path: Path, notes: Path) -> None:
    library = open_library(tmp_path / "home", store="weaviate:http://127.0.0.1:1")
    with pytest.raises(WorkspaceError, match=r"store 'weaviate:http://127\.0\.0\.1:1' cannot be used") as raised:
        ingest(library, [notes])
    assert "\n" not in str(raised.value)
    library.close()
