"""A workspace of an earlier version, stored as that version wrote it, is brought up to date and loses nothing."""

import gzip
import sqlite3
from pathlib import Path

import pytest
from workspaces import HashEmbeddings, open_library

from vademecum.core.settings import load_settings
from vademecum.retrieval.catalogue.migrations import MIGRATIONS
from vademecum.retrieval.library import Library

DATA = Path(__file__).parent / "data"
TEXTS = {
    "gates.md": "# Gates\n\nA forget gate decides what is kept.\n",
    "trees.txt": "Only a note about trees.",
    "copy.txt": "Only a note about trees.",
}


@pytest.fixture(params=range(1, len(MIGRATIONS)))
def older(request, tmp_path):
    """A workspace as version `param` wrote it, of the files in TEXTS below `/notes`; from version 3 on also of
    "rules.txt": पुस्तकालय रात नौ बजे बंद होता है। 图书借期为三周。
    """
    home = tmp_path / "home"
    home.mkdir()
    (home / "catalogue.sqlite").write_bytes(
        gzip.decompress((DATA / f"workspace_version_{request.param}.sqlite.gz").read_bytes())
    )
    return home


def test_texts_passages_and_words_are_as_they_were(older):
    library = open_library(older)
    catalogue = library.catalogue
    texts = {source.path: catalogue.text(source.id) for source in catalogue.sources()}
    assert texts.items() >= TEXTS.items()
    for source in catalogue.sources():
        for stored in catalogue.passages_of(source.id):
            assert stored.passage.text == texts[source.path][stored.passage.start : stored.passage.end]
            assert (stored.passage.place, stored.passage.where) == (None, "line 1")
    assert [stored.path for stored in catalogue.passages(keys=[key for key, _ in catalogue.sparse(["forget"], 5)])] == [
        "gates.md"
    ]
    assert library.search("forget gate", mode="sparse")[0].path == "gates.md"
    assert "en" in catalogue.languages()
    assert catalogue.stale(library.recipe) == []
    library.close()


def test_a_text_of_before_is_known_when_it_is_met_again(older, tmp_path):
    from vademecum.retrieval.ingestion.ingest import ingest

    library = open_library(older)
    new = tmp_path / "again.md"
    new.write_text(TEXTS["gates.md"], "utf-8")
    ingest(library, [new])
    sources = {source.path: source for source in library.catalogue.sources()}
    assert sources["again.md"].same_as == sources["gates.md"].id
    library.close()


@pytest.mark.parametrize("word", ["पुस्तकालय", "नौ", "图书", "借期"])
def test_words_that_were_cut_or_run_together_are_found_anew(older, word):
    library = open_library(older)
    held = {source.path for source in library.catalogue.sources()} & {"rules.txt"}
    assert {hit.path for hit in library.search(word, mode="sparse")} == held
    assert {hit.path for hit in library.search(word, mode="tfidf")} == held
    library.close()


def test_it_carries_the_new_version(older):
    library = Library(older, load_settings(home=older))
    library.embeddings = HashEmbeddings()
    library.catalogue.close()
    connection = sqlite3.connect(older / "catalogue.sqlite")
    assert connection.execute("PRAGMA user_version").fetchone()[0] == len(MIGRATIONS)
    connection.close()
