"""A folder ingested again is followed: new, changed and gone files, and nothing else."""

import os
import time
from pathlib import Path

import pytest
from workspaces import contents, indexed, open_library, passage_ids

from vademecum.core.errors import UsageError
from vademecum.retrieval.ingestion.ingest import ingest
from vademecum.retrieval.ingestion.ingest_report import Progress


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    folder = tmp_path / "notes"
    (folder / "deep").mkdir(parents=True)
    (folder / "gates.md").write_text("# Gates\n\nA forget gate decides what to keep.\n", "utf-8")
    (folder / "deep" / "trees.txt").write_text("Trees\n\nAn oak is a tree. It is old.\n", "utf-8")
    return folder


@pytest.fixture
def library(tmp_path: Path):
    library = open_library(tmp_path / "home")
    yield library
    library.close()


def counts(report) -> tuple:
    return report.added, report.updated, report.unchanged, report.deleted


def age(path: Path, seconds: float = 60) -> None:
    """Make the file look as if it was changed that long ago."""
    os.utime(path, (time.time() - seconds,) * 2)


@pytest.mark.slow
def test_the_report_says_what_was_done(library, notes):
    report = ingest(library, [notes])
    assert set(report.model_dump()) == {
        *("sources", "added", "updated", "unchanged", "deleted", "passages", "failed", "notes", "seconds")
    }
    assert counts(report) == (2, 0, 0, 0)
    assert (report.sources, report.passages, report.failed) == (2, library.catalogue.passage_count(), [])


def test_paths_are_relative_to_the_folder_given(library, notes):
    ingest(library, [notes])
    assert [(s.path, s.root) for s in library.catalogue.sources()] == [
        ("deep/trees.txt", str(notes)),
        ("gates.md", str(notes)),
    ]


def test_unchanged_files_are_left_alone(library, notes):
    ingest(library, [notes])
    generation = library.catalogue.generation
    assert counts(ingest(library, [notes])) == (0, 0, 2, 0)
    assert library.catalogue.generation == generation


def test_a_file_with_a_new_time_and_the_old_text_is_unchanged(library, notes):
    ingest(library, [notes])
    age(notes / "gates.md")
    assert counts(ingest(library, [notes])) == (0, 0, 2, 0)


@pytest.mark.slow
def test_an_edit_that_keeps_size_and_time_is_seen_when_it_followed_at_once(library, notes):
    file = notes / "gates.md"
    ingest(library, [notes])
    before = file.stat()
    file.write_text(file.read_text("utf-8").replace("keep", "drop"), "utf-8")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert counts(ingest(library, [notes])) == (0, 1, 1, 0)


@pytest.mark.slow
def test_a_changed_file_is_replaced_whole_and_alone(library, notes):
    ingest(library, [notes])
    others = [row for row in contents(library) if row[0]["path"] != "gates.md"]
    old = passage_ids(library)
    (notes / "gates.md").write_text("# Gates\n\nAn input gate lets in.\n", "utf-8")
    assert counts(ingest(library, [notes])) == (0, 1, 1, 0)
    assert [row for row in contents(library) if row[0]["path"] != "gates.md"] == others
    assert indexed(library) == passage_ids(library) != old
    assert not library.catalogue.sparse(["forget"], 5)
    assert library.catalogue.sparse(["input"], 5)


@pytest.mark.slow
def test_what_is_gone_from_the_folder_is_dropped_and_other_folders_stay(library, notes, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    (other / "stones.txt").write_text("A stone is hard.", "utf-8")
    ingest(library, [notes, other])
    (notes / "gates.md").unlink()
    (other / "stones.txt").unlink()
    assert counts(ingest(library, [notes])) == (0, 0, 1, 1)
    assert [source.path for source in library.catalogue.sources()] == ["deep/trees.txt", "stones.txt"]
    assert indexed(library) == passage_ids(library)


def test_a_file_by_itself_goes_by_its_name_and_spares_its_neighbours(library, notes):
    ingest(library, [notes])
    (notes / "deep" / "trees.txt").unlink()
    report = ingest(library, [notes / "gates.md"])
    assert counts(report) == (0, 0, 1, 0)
    assert report.sources == 2


@pytest.mark.slow
def test_a_file_by_itself_stays_when_its_folder_is_ingested_though_a_folder_leaves_such_files_out(library, notes):
    hidden = notes / ".plan.txt"
    hidden.write_text("The plan is secret.", "utf-8")
    ingest(library, [hidden])
    report = ingest(library, [notes])
    assert (report.deleted, report.sources) == (0, 3)


@pytest.mark.slow
def test_the_same_path_in_two_folders_makes_two_sources(library, notes, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    (other / "gates.md").write_text("# Gates\n\nA garden gate.\n", "utf-8")
    ingest(library, [notes, other])
    assert [s.root for s in library.catalogue.sources() if s.path == "gates.md"] == [str(notes), str(other)]


@pytest.mark.slow
def test_collections_are_apart(library, notes):
    ingest(library, [notes], collection="work")
    ingest(library, [notes / "gates.md"])
    (notes / "gates.md").unlink()
    assert counts(ingest(library, [notes], collection="work")) == (0, 0, 1, 1)
    assert [source.path for source in library.catalogue.sources("default")] == ["gates.md"]
    assert indexed(library, "work").isdisjoint(indexed(library, "default"))


@pytest.mark.slow
def test_hidden_files_and_the_workspace_itself_are_not_ingested(notes):
    library = open_library(notes / "home")
    (notes / ".git").mkdir()
    (notes / ".git" / "HEAD.txt").write_text("ref: main", "utf-8")
    (notes / "home").mkdir(exist_ok=True)
    (notes / "home" / "vade.toml").write_text("", "utf-8")
    report = ingest(library, [notes])
    assert (report.sources, report.failed) == (2, [])
    library.close()


@pytest.mark.slow
def test_a_linked_folder_is_ingested_once(library, notes):
    (notes / "also").symlink_to(notes / "deep")
    outside = notes.parent / "outside"
    outside.mkdir()
    (outside / "far.txt").write_text("Far away.", "utf-8")
    (notes / "linked").symlink_to(outside)
    report = ingest(library, [notes])
    assert [source.path for source in library.catalogue.sources()] == ["deep/trees.txt", "gates.md", "linked/far.txt"]
    assert report.failed == []


@pytest.mark.slow
def test_progress_counts_files_up_to_the_last(library, notes):
    seen: list[Progress] = []
    ingest(library, [notes], progress=seen.append)
    assert [(p.done, p.total) for p in seen][-1] == (2, 2)
    assert seen[-1].passages == library.catalogue.passage_count()
    assert {p.file for p in seen} == {"gates.md", "deep/trees.txt"}


@pytest.mark.slow
def test_another_embedding_model_encodes_everything_anew(library, notes):
    ingest(library, [notes])
    before = contents(library)
    library.close()
    changed = open_library(library.home, fingerprint="other-16")
    assert changed.catalogue.stale("other-16")
    report = ingest(changed, [notes / "gates.md"])
    assert report.updated == 2
    assert not changed.catalogue.stale("other-16")
    assert indexed(changed) == passage_ids(changed)
    after = contents(changed)
    assert [row[1] for row in after] == [row[1] for row in before]
    assert all(
        new[1] != old[1] for a, b in zip(after, before, strict=True) for new, old in zip(a[2], b[2], strict=True)
    )
    changed.close()


@pytest.mark.parametrize("paths", [[], ["no/such/folder"]])
def test_nothing_to_ingest_is_said(library, paths):
    with pytest.raises(UsageError, match=r"ingest|no such file"):
        ingest(library, paths)
