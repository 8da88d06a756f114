"""Another splitter, or other sizes, cut and encode anew what is stored; until then it is found as it is."""

from pathlib import Path

import pytest
from workspaces import contents, indexed, open_library, passage_ids

from vademecum.core.types import Scope
from vademecum.retrieval.ingestion.ingest import ingest
from vademecum.retrieval.maintenance.copy_and_reembed import copy_documents, store_anew

TEXT = "# Gates\n\n" + "A forget gate decides what is kept. An input gate decides what comes in. " * 12
OTHER = "Only a note about trees."


@pytest.fixture
def notes(tmp_path) -> Path:
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / "gates.md").write_text(TEXT, "utf-8")
    (folder / "trees.txt").write_text(OTHER, "utf-8")
    (folder / "copy.txt").write_text(OTHER, "utf-8")
    return folder


def open_at(notes: Path, **settings):
    return open_library(notes.parent / "home", **settings)


@pytest.mark.slow
def test_it_costs_one_ingestion_and_then_nothing(notes):
    ingest(usual := open_at(notes), [notes])
    before = contents(usual)
    usual.close()
    other = open_at(notes, splitter="recursive", chunk_size=200)
    report = ingest(other, [notes])
    assert (report.added, report.updated, report.deleted) == (0, 3, 0)
    sizes = [s.passage.end - s.passage.start for source in other.catalogue.sources()
             for s in other.catalogue.passages_of(source.id)]  # fmt: skip
    assert max(sizes) <= 200
    assert indexed(other) == passage_ids(other)
    assert ingest(other, [notes]).unchanged == 3
    other.close()
    again = open_at(notes)
    assert ingest(again, [notes]).updated == 3
    assert contents(again) == before
    assert indexed(again) == passage_ids(again)
    again.close()


@pytest.mark.slow
@pytest.mark.parametrize("changed", [{"chunk_size": 300}, {"splitter": "sentence"}, {"splitter": "markdown"}])
def test_a_changed_setting_loses_nothing_before_the_next_ingestion(notes, changed):
    ingest(usual := open_at(notes), [notes])
    usual.close()
    other = open_at(notes, **changed)
    assert indexed(other) == passage_ids(other)
    for mode in ("dense", "sparse", "hybrid", "best"):
        assert other.search("forget gate", mode=mode)
    assert other.search("trees", mode="dense", scope=Scope(kind="text"))
    assert {source.path for source in other.catalogue.stale(other.recipe)} == {"gates.md", "copy.txt"}
    other.close()


@pytest.mark.slow
def test_a_folder_that_is_ingested_by_itself_has_all_others_cut_too(notes, tmp_path):
    library = open_at(notes)
    ingest(library, [notes])
    ingest(library, [notes], collection="second")
    library.close()
    other = open_at(notes, splitter="sentence", chunk_size=100)
    (new := tmp_path / "new.txt").write_text("New words.", "utf-8")
    ingest(other, [new])
    assert other.catalogue.stale(other.recipe) == []
    assert indexed(other) | indexed(other, "second") == passage_ids(other)
    other.close()


@pytest.mark.slow
def test_default_sizes_are_no_change(notes):
    ingest(usual := open_at(notes), [notes])
    assert usual.recipe == usual.fingerprint
    usual.close()
    same = open_at(notes, splitter="structure", chunk_size=0)
    assert same.catalogue.stale(same.recipe) == []
    same.close()


@pytest.mark.slow
def test_of_texts_that_are_the_same_the_one_that_stays_is_cut_as_set(notes):
    other = open_at(notes, splitter="sentence")
    ingest(other, [notes])
    (notes / "copy.txt").unlink()
    assert ingest(other, [notes]).deleted == 1
    assert other.catalogue.stale(other.recipe) == []
    assert other.search("trees", mode="sparse")[0].path == "trees.txt"
    other.close()


@pytest.mark.slow
def test_a_copy_is_stored_by_its_own_settings_without_the_files(notes, tmp_path):
    ingest(library := open_at(notes), [notes])
    before = contents(library)
    for file in notes.iterdir():
        file.unlink()
    copy_documents(library.home, tmp_path / "copy")
    copied = open_library(tmp_path / "copy", splitter="recursive", chunk_size=100)
    store_anew(copied)
    assert copied.catalogue.passage_count() > library.catalogue.passage_count()
    assert [source.path for source in copied.catalogue.sources()] == ["copy.txt", "gates.md", "trees.txt"]
    assert indexed(copied) == passage_ids(copied)
    assert contents(library) == before
    copied.close()
    library.close()


@pytest.mark.slow
def test_variants_of_a_workspace_are_cut_as_they_say(notes, tmp_path, capsys):
    import json

    from vademecum.cli import run

    home = ["--home", str(tmp_path / "home")]
    assert run(["ingest", str(notes), *home]) == 0
    data = tmp_path / "set.jsonl"
    data.write_text(json.dumps({"id": "1", "question": "What does a forget gate decide?",
                                "evidence": "A forget gate decides what is kept."}) + "\n", "utf-8")  # fmt: skip
    variant = "model=extractive,mode=sparse,splitter=recursive,chunk_size=100,chunk_overlap=0"
    assert run(["eval", "run", str(data), "--variant", variant, "--offline", *home]) == 0
    copies = list((tmp_path / "home" / "evaluation" / "documents").iterdir())
    assert len(copies) == 1
    library = open_library(copies[0])
    sizes = [row.passage.end - row.passage.start for source in library.catalogue.sources()
             for row in library.catalogue.passages_of(source.id)]  # fmt: skip
    assert max(sizes) <= 100
    library.close()
    capsys.readouterr()
    assert run(["ingest", "--splitter", "sentence", str(notes), "--json", *home]) == 0
    assert json.loads(capsys.readouterr().out)["updated"] == 3
    run(["doctor", "--json", *home])
    found = {one["name"]: one for one in json.loads(capsys.readouterr().out)["checks"]}
    assert found["passages"]["told"].startswith("2 documents were cut or embedded by other settings")
    assert run(["ingest", "--splitter", "fixed", str(notes), *home]) == 2
    assert "no retrieval.splitters named 'fixed'" in capsys.readouterr().err
