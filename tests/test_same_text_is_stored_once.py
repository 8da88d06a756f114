"""A text that several files hold is stored once; all of them are known, and each can go without taking it along."""

from pathlib import Path

import pytest
from workspaces import contents, indexed, open_library, passage_ids

from vademecum.core.errors import WorkspaceError
from vademecum.retrieval.ingestion.ingest import ingest
from vademecum.retrieval.maintenance.forget import forget

TEXT = "# Gates\n\nA forget gate decides what is kept.\n"


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    folder = tmp_path / "notes"
    (folder / "deep").mkdir(parents=True)
    for name in ("a.md", "b.md", "deep/c.md"):
        (folder / name).write_text(TEXT, "utf-8")
    return folder


@pytest.fixture
def library(tmp_path: Path, notes: Path):
    library = open_library(tmp_path / "home")
    ingest(library, [notes])
    yield library
    library.close()


def holders(library) -> dict[str, str]:
    """By path, the path of the source that stands for it; its own where it stands for itself."""
    sources = library.catalogue.sources()
    names = {source.id: source.path for source in sources}
    return {source.path: names[source.same_as or source.id] for source in sources}


def check(library, stored: dict[str, str]) -> None:
    assert holders(library) == stored
    for source in library.catalogue.sources():
        assert library.catalogue.text(source.id) == Path(source.root, source.path).read_text("utf-8")
        passages = library.catalogue.passages_of(source.id)
        assert bool(passages) == (source.same_as == "")
    assert indexed(library) == passage_ids(library)


def test_all_are_known_and_the_passages_are_there_once(library, notes):
    check(library, {"a.md": "a.md", "b.md": "a.md", "deep/c.md": "a.md"})
    assert library.catalogue.passage_count() == 1
    report = ingest(library, [notes])
    assert (report.unchanged, report.added, report.sources) == (3, 0, 3)


@pytest.mark.slow
@pytest.mark.parametrize("how", ["removed", "forgotten", "changed"])
def test_where_the_first_goes_the_next_one_takes_over(library, notes, how):
    if how == "forgotten":
        forget(library, "a.md")
        check(library, {"b.md": "b.md", "deep/c.md": "b.md"})
        return
    if how == "removed":
        (notes / "a.md").unlink()
    else:
        (notes / "a.md").write_text("# Other\n\nAnother text altogether.\n", "utf-8")
    report = ingest(library, [notes])
    assert (report.added, report.updated, report.deleted) == (0, int(how == "changed"), int(how == "removed"))
    check(library, {**({"a.md": "a.md"} if how == "changed" else {}), "b.md": "b.md", "deep/c.md": "b.md"})


@pytest.mark.slow
def test_one_that_relies_on_another_may_change_or_go(library, notes):
    (notes / "b.md").write_text("# Other\n\nAnother text altogether.\n", "utf-8")
    (notes / "deep" / "c.md").unlink()
    ingest(library, [notes])
    check(library, {"a.md": "a.md", "b.md": "b.md"})
    (notes / "b.md").write_text(TEXT, "utf-8")
    ingest(library, [notes])
    check(library, {"a.md": "a.md", "b.md": "a.md"})


def test_a_moved_file_is_one_document_as_before(library, notes):
    (notes / "a.md").rename(notes / "z.md")
    (notes / "b.md").unlink()
    (notes / "deep" / "c.md").unlink()
    ingest(library, [notes])
    check(library, {"z.md": "z.md"})


@pytest.mark.slow
def test_collections_are_kept_apart(library, notes):
    ingest(library, [notes / "a.md"], collection="other")
    assert [source.same_as for source in library.catalogue.sources("other")] == [""]


@pytest.mark.slow
def test_another_embedding_model_encodes_it_once_for_all(library, notes, tmp_path):
    library.close()
    again = open_library(tmp_path / "home", "other-16")
    ingest(again, [notes])
    check(again, {"a.md": "a.md", "b.md": "a.md", "deep/c.md": "a.md"})
    assert again.catalogue.stale("other-16") == []
    again.close()


@pytest.mark.slow
def test_a_crash_between_going_and_taking_over_is_made_good_by_the_next_run(library, notes, monkeypatch):
    (notes / "a.md").unlink()

    def crash(*_, **__):
        raise WorkspaceError("power cut")

    with monkeypatch.context() as patch:
        patch.setattr("vademecum.retrieval.ingestion.ingestion_run.Ingestion.encode_stale", crash)
        with pytest.raises(WorkspaceError):
            ingest(library, [notes])
    assert library.catalogue.text(library.catalogue.sources()[0].id) == TEXT
    ingest(library, [notes])
    check(library, {"b.md": "b.md", "deep/c.md": "b.md"})


@pytest.mark.slow
def test_the_result_is_that_of_a_run_that_never_saw_the_first(library, notes, tmp_path):
    (notes / "a.md").unlink()
    ingest(library, [notes])
    fresh = open_library(tmp_path / "fresh")
    ingest(fresh, [notes])
    assert contents(library) == contents(fresh)
    fresh.close()
