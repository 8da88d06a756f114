"""Whatever keeps the vectors holds what the catalogue says: found by name, shared, switched, interrupted, emptied."""

import gc
import os
import shutil
import signal
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from langchain_core.embeddings import Embeddings
from langchain_core.vectorstores import InMemoryVectorStore
from running_stores import chroma_server, postgres_server
from workspaces import HashEmbeddings, indexed, open_library, passage_ids

from vademecum.core.errors import SettingsError, UsageError, VademecumError, WorkspaceError
from vademecum.core.settings import load_settings
from vademecum.retrieval.ingestion.ingest import ingest
from vademecum.retrieval.library import Library
from vademecum.retrieval.maintenance.forget import forget
from vademecum.retrieval.stores import parsed

Open = Callable[..., Library]

SERVED = ["chroma", "postgres"]
STORES = [
    "class",
    "function",
    "instance",
    pytest.param("faiss", marks=pytest.mark.extra("faiss")),
    pytest.param("embedded", marks=pytest.mark.slow),
    pytest.param("chroma", marks=pytest.mark.slow),
    pytest.param("postgres", marks=[pytest.mark.slow, pytest.mark.extra("postgres")]),
]


class Keeping:
    """In-memory stores that outlast a library, as a server would; `broken` has them fail after so many batches."""

    def __init__(self) -> None:
        self.stores: dict[str, InMemoryVectorStore] = {}
        self.broken = -1
        self.added: list[str] = []

    def __call__(self, embeddings: Embeddings, name: str) -> InMemoryVectorStore:
        made = self.stores.setdefault(name, InMemoryVectorStore(embeddings))
        made.embedding = embeddings
        add = InMemoryVectorStore.add_texts

        def counted(texts: list[str], *given: Any, **more: Any) -> list[str]:
            if self.broken == 0:
                raise ConnectionError("the server has gone away")
            self.broken -= 1
            self.added += texts
            return add(made, texts, *given, **more)

        object.__setattr__(made, "add_texts", counted)
        return made


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], str]]:
    """Starts what a test asks for, once."""
    running: dict[str, Any] = {}
    start = {"chroma": chroma_server, "postgres": postgres_server}

    def address(name: str) -> str:
        if name not in running:
            manager = start[name](tmp_path_factory.mktemp(name))
            running[name] = (manager, manager.__enter__())
        return running[name][1]

    yield address
    for manager, _ in running.values():
        manager.__exit__(None, None, None)


@pytest.fixture(params=STORES)
def opened(request: pytest.FixtureRequest, servers: Callable[[str], str]) -> Iterator[Open]:
    """Opens libraries over one kind of store."""
    name, libraries, given, settings = request.param, [], None, {}
    if name in ("function", "instance"):
        given = Keeping() if name == "function" else InMemoryVectorStore(HashEmbeddings("of its own"))
    else:
        settings["store"] = {
            "class": "langchain_core.vectorstores:InMemoryVectorStore", "embedded": "chroma", "faiss": "faiss",
        }.get(name, "postgres")  # fmt: skip
        if name in SERVED:
            address = servers(name)
            settings["store" if name == "chroma" else "database"] = address

    def open_one(home: Path, fingerprint: str = "hash-16") -> Library:
        library = open_library(home, fingerprint, **settings)
        library.store = given or library.store
        libraries.append(library)
        return library

    yield open_one
    for library in libraries:
        library.close()
    if name == "chroma":
        collect_chromas_sockets(libraries)


def collect_chromas_sockets(libraries: list[Library]) -> None:
    """Chroma's client leaves sockets to the garbage collector: here, so that no other test is blamed for them."""
    libraries.clear()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    folder = tmp_path / "notes"
    folder.mkdir()
    for name in ("oak", "elm", "ash"):
        (folder / f"{name}.txt").write_text(f"The {name} is a tree.", "utf-8")
    return folder


def in_step(library: Library) -> bool:
    """Whether the store finds what the catalogue holds, and counts it."""
    found = {collection: indexed(library, collection) for collection in library.catalogue.collections()}
    counts = {collection: library.vectors.count(collection) for collection in found}
    return set().union(*found.values()) == passage_ids(library) and counts == {c: len(f) for c, f in found.items()}


def vector(library: Library, text: str) -> np.ndarray:
    return np.array(library.embeddings.embed_query(text), np.float32)


@pytest.mark.slow
def test_it_holds_what_was_ingested_changed_and_not_forgotten(opened: Open, tmp_path: Path, notes: Path) -> None:
    library = opened(tmp_path / "home")
    assert library.vectors.search(np.ones(16, np.float32), 5) == []
    ingest(library, [notes])
    assert in_step(library)
    [(identity, cosine), *others] = library.vectors.search(vector(library, "oak. The oak is a tree."), 3)
    assert library.catalogue.passages(ids=[identity])[0].path == "oak.txt"
    assert cosine == pytest.approx(1, abs=1e-5)
    assert [score for _, score in others] == sorted((score for _, score in others), reverse=True)
    (notes / "elm.txt").write_text("Elms are rare.", "utf-8")
    ingest(library, [notes])
    assert in_step(library)
    forget(library, "oak.txt")
    assert in_step(library)
    assert len(indexed(library)) == 2


@pytest.mark.slow
def test_collections_are_searched_apart_and_together(opened: Open, tmp_path: Path, notes: Path) -> None:
    library = opened(tmp_path / "home")
    ingest(library, [notes])
    ingest(library, [notes / "oak.txt"], collection="other")
    assert len(indexed(library)) == 3
    assert len(indexed(library, "other")) == 1
    together = library.vectors.search(np.ones(16, np.float32), 10)
    assert {identity for identity, _ in together} == passage_ids(library)
    assert len(library.vectors.search(np.ones(16, np.float32), 2)) == 2
    assert library.vectors.search(np.ones(16, np.float32), 5, "no such collection") == []


@pytest.mark.slow
def test_a_second_opening_finds_the_same_and_embeds_nothing(opened: Open, tmp_path: Path, notes: Path) -> None:
    first = opened(tmp_path / "home")
    ingest(first, [notes])
    first.close()
    second = opened(tmp_path / "home")
    second.embeddings.embed_documents = None
    assert in_step(second)
    assert not second.vectors.behind


@pytest.mark.slow
def test_what_a_crash_left_behind_is_set_right_by_the_next_reader(opened: Open, tmp_path: Path, notes: Path) -> None:
    library = opened(tmp_path / "home")
    ingest(library, [notes])
    library.catalogue.remove(library.catalogue.sources()[0].id)  # as a crash between the two would leave it
    assert library.vectors.behind
    assert in_step(library)
    assert not library.vectors.behind


@pytest.mark.slow
def test_workspaces_that_share_a_store_do_not_meet(opened: Open, tmp_path: Path, notes: Path) -> None:
    one, two = opened(tmp_path / "one"), opened(tmp_path / "two")
    ingest(one, [notes])
    ingest(two, [notes / "oak.txt"])
    assert in_step(one)
    assert in_step(two)
    forget(one, "oak.txt")
    assert in_step(two)
    assert len(indexed(two)) == 1


@pytest.mark.slow
def test_vectors_of_two_models_do_not_meet(opened: Open, tmp_path: Path, notes: Path) -> None:
    library = opened(tmp_path / "home")
    ingest(library, [notes])
    library.close()
    other = opened(tmp_path / "home", "other-16")
    assert indexed(other) == set()
    ingest(other, [notes])
    assert in_step(other)
    assert other.vectors.search(vector(other, "oak. The oak is a tree."), 1)[0][1] == pytest.approx(1, abs=1e-5)


@pytest.mark.slow
def test_another_store_is_filled_from_the_catalogue_without_the_model(tmp_path: Path, notes: Path) -> None:
    library = open_library(tmp_path / "home")
    ingest(library, [notes])
    library.close()
    switched = open_library(tmp_path / "home")
    switched.store, switched.embeddings.embed_documents = Keeping(), None
    assert switched.vectors.behind
    assert in_step(switched)
    switched.close()


@pytest.mark.extra("faiss")
def test_what_is_forgotten_is_gone_from_stores_used_earlier(tmp_path: Path, notes: Path) -> None:
    home = tmp_path / "home"
    for store in ("chroma", "faiss"):
        library = open_library(home, store=store)
        ingest(library, [notes])
        assert in_step(library)
        library.close()
    assert (home / "chroma").is_dir()
    library = open_library(home, store="faiss")
    forget(library, "oak.txt")
    assert (home / "faiss").is_dir()
    assert not (home / "chroma").exists()
    library.close()
    back = open_library(home, store="chroma")
    assert in_step(back)
    back.close()


@pytest.mark.slow
def test_a_filling_that_broke_off_goes_on_where_it_stopped(
    tmp_path: Path, notes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vademecum.retrieval.stores._vector_store.BATCH", 4)
    monkeypatch.setattr("vademecum.retrieval.stores._vector_store.CONFIRM_EVERY", 2)
    for number in range(17):
        (notes / f"{number}.txt").write_text(f"Tree number {number}.", "utf-8")
    library = open_library(tmp_path / "home")
    ingest(library, [notes])
    library.close()
    keeping = Keeping()
    keeping.broken = 3
    broken = open_library(tmp_path / "home")
    broken.store = keeping
    with pytest.raises(WorkspaceError, match=r"made:.*Keeping.*gone away"):
        indexed(broken)
    broken.close()
    assert len(keeping.added) == 12
    confirmed, keeping.added, keeping.broken = set(keeping.added[:8]), [], -1
    again = open_library(tmp_path / "home")
    again.store = keeping
    assert in_step(again)
    assert len(keeping.added) == 12
    assert not confirmed & set(keeping.added)
    again.close()


@pytest.mark.extra("faiss")
def test_a_store_that_lost_its_content_is_filled_anew(tmp_path: Path, notes: Path) -> None:
    library = open_library(tmp_path / "home", store="faiss")
    ingest(library, [notes])
    library.close()
    shutil.rmtree(tmp_path / "home" / "faiss")
    again = open_library(tmp_path / "home", store="faiss")
    assert in_step(again)
    again.close()


def test_a_copy_of_a_workspace_begins_names_of_its_own(tmp_path: Path, notes: Path) -> None:
    keeping = Keeping()
    library = open_library(tmp_path / "home")
    library.store = keeping
    ingest(library, [notes])
    library.close()
    shutil.copytree(tmp_path / "home", tmp_path / "copy")
    copy = open_library(tmp_path / "copy")
    copy.store = keeping
    forget(copy, "oak.txt")
    assert in_step(copy)
    original = open_library(tmp_path / "home")
    original.store = keeping
    assert in_step(original)
    assert len(indexed(original)) == 3
    for one in (copy, original):
        one.close()


KILLED = """
import sys
from pathlib import Path
sys.path[:0] = sys.argv[1:3]
from workspaces import open_library
from vademecum.retrieval.ingestion import ingestion_run
from vademecum.retrieval.ingestion.ingest import ingest
from vademecum.retrieval.stores import _vector_store as stores
ingestion_run.INDEX_EVERY, stores.BATCH, stores.CONFIRM_EVERY = 8, 4, 1
library = open_library(Path(sys.argv[3]), store="faiss")
ingest(library, [sys.argv[4]], progress=lambda event: print(event.done, flush=True))
"""


@pytest.mark.slow
@pytest.mark.extra("faiss")
def test_killed_while_it_writes_faiss_is_whole_and_the_next_run_finishes(tmp_path: Path, notes: Path) -> None:
    for number in range(60):
        (notes / f"{number:02}.txt").write_text(f"Tree number {number}.", "utf-8")
    home, tests = tmp_path / "home", Path(__file__).parent
    for after in (12, 30, 47):
        command = [sys.executable, "-c", KILLED, tests, tests.parent, home, notes]
        child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert child.stdout is not None
        for line in child.stdout:
            if int(line) >= after:
                break
        os.kill(child.pid, signal.SIGKILL)
        child.communicate()
        killed = open_library(home, store="faiss")
        assert in_step(killed)
        killed.close()
    finished = open_library(home, store="faiss")
    assert ingest(finished, [notes]).sources == 63
    assert in_step(finished)
    finished.close()


@pytest.mark.parametrize(
    ("setting", "read"),
    [
        ("chroma", ("chroma", "")),
        ("http://localhost:8000", ("chroma", "http://localhost:8000")),
        ("chroma:http://localhost:8000", ("chroma", "http://localhost:8000")),
        ("faiss", ("faiss", "")),
        ("postgres", ("postgres", "")),
        ("postgresql://ada@localhost/notes", ("postgres", "postgresql://ada@localhost/notes")),
        ("pinecone:notes", ("pinecone", "notes")),
        ("weaviate:http://localhost:8080", ("weaviate", "http://localhost:8080")),
        ("my.stores:Mine", ("", "my.stores:Mine")),
    ],
)
def test_stores_are_named_so(setting: str, read: tuple[str, str]) -> None:
    assert parsed(setting) == read


@pytest.mark.parametrize(
    ("setting", "kind", "told"),
    [
        ("sqlite", UsageError, r"no retrieval.stores named 'sqlite'; there are: chroma, faiss, pinecone, postgres"),
        ("nowhere.stores:Mine", SettingsError, "there is no store 'nowhere.stores:Mine'"),
        ("pathlib:Path", SettingsError, "'pathlib:Path' is no LangChain VectorStore"),
        ("postgres", SettingsError, "no database is named"),
        ("http://", SettingsError, "names no host"),
        ("mongodb://localhost", UsageError, "no retrieval.stores named 'mongodb'"),
    ],
)
def test_what_is_no_store_is_said_in_a_line(
    tmp_path: Path, setting: str, kind: type[VademecumError], told: str
) -> None:
    library = open_library(tmp_path, store=setting)
    with pytest.raises(kind, match=told):
        library.vectors.search(np.ones(16, np.float32), 5)
    library.close()


def test_a_server_that_is_away_is_one_line_and_loses_nothing(tmp_path: Path, notes: Path) -> None:
    library = open_library(tmp_path / "home", store="http://127.0.0.1:1")
    with pytest.raises(WorkspaceError, match=r"the store 'chroma:http://127.0.0.1:1' cannot be used") as raised:
        ingest(library, [notes])
    assert "\n" not in str(raised.value)
    assert len(library.catalogue.sources()) == 3
    library.close()


@pytest.mark.parametrize(
    ("given", "told"), [(7, "give a name"), (lambda embeddings, name: 7, "a int, not a LangChain VectorStore")]
)
def test_an_object_that_is_no_store_is_refused(tmp_path: Path, notes: Path, given: Any, told: str) -> None:
    library = open_library(tmp_path / "home")
    library.store = given
    with pytest.raises(UsageError, match=told):
        ingest(library, [notes])
    library.close()


def test_a_password_in_the_setting_is_refused_and_not_repeated() -> None:
    with pytest.raises(SettingsError, match="holds a password") as raised:
        load_settings(store="postgresql://ada:s3cret@localhost/notes")
    assert "s3cret" not in str(raised.value)


def test_a_folder_one_is_in_cannot_name_a_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "vade.toml").write_text('store = "evil.stores:Mine"\n', "utf-8")
    monkeypatch.chdir(tmp_path)
    assert load_settings().store == "chroma"
