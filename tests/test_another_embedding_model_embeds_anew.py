"""Where the embedding model changes, vectors of two models are never compared; embedding anew goes on after a kill."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from workspaces import HashEmbeddings, contents, indexed, open_library, passage_ids

from vademecum.core.errors import WorkspaceError
from vademecum.retrieval.ingestion.ingest import ingest, reembed
from vademecum.retrieval.library import Library

FILES = 40

CHILD = """
import sys, time
from pathlib import Path
sys.path[:0] = sys.argv[1:3]
from vademecum.retrieval.ingestion import ingestion_run
from vademecum.retrieval.ingestion.ingest import reembed
from workspaces import open_library
ingestion_run.INDEX_EVERY = 5
def progress(event):
    print(event.done, flush=True)
    time.sleep(0.005)
reembed(open_library(Path(sys.argv[3]), "other-16"), progress=progress)
"""


class LongEmbeddings(HashEmbeddings):
    """Vectors of another length."""

    def embed_query(self, text: str) -> list[float]:
        return [*super().embed_query(text), 0.0]


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    folder = tmp_path / "notes"
    folder.mkdir()
    for number in range(FILES):
        (folder / f"{number:02}.txt").write_text(f"Note {number} is about trees.\n\nNo {number} says more.", "utf-8")
    return folder


def in_step(library: Library) -> bool:
    return indexed(library) == passage_ids(library)


@pytest.mark.slow
def test_a_search_before_it_is_done_says_what_to_do(tmp_path: Path, notes: Path) -> None:
    library = open_library(tmp_path / "home")
    ingest(library, [notes])
    library.close()
    for other in (HashEmbeddings("other-16"), LongEmbeddings("long-17")):
        changed = open_library(tmp_path / "home")
        changed.embeddings = other
        for mode in ("best", "dense", "hybrid", "sparse"):
            with pytest.raises(WorkspaceError, match=r"40 of 40 documents were embedded by another.*vade reembed"):
                changed.search("trees", mode=mode)
        changed.close()
    again = open_library(tmp_path / "home")  # set back, all is as it was
    assert again.search("trees")
    again.close()


@pytest.mark.slow
def test_embedding_anew_serves_every_mode_and_leaves_no_old_vector(tmp_path: Path, notes: Path) -> None:
    library = open_library(tmp_path / "home")
    ingest(library, [notes])
    library.close()
    changed = open_library(tmp_path / "home")
    changed.embeddings = LongEmbeddings("long-17")
    assert reembed(changed) == FILES
    assert reembed(changed) == 0
    for mode in ("best", "dense", "hybrid", "sparse"):
        assert len(changed.search("trees", mode=mode)) == 10
    keys = [row.key for source in changed.catalogue.sources() for row in changed.catalogue.passages_of(source.id)]
    assert {row.passage.shape for row in changed.catalogue.vectors(keys).values()} == {(17,)}
    assert changed.vectors.count("default") == len(keys)
    changed.close()


@pytest.mark.slow
def test_killed_in_the_midst_it_goes_on_and_ends_as_if_undisturbed(tmp_path: Path, notes: Path) -> None:
    undisturbed = open_library(tmp_path / "undisturbed", "other-16")
    ingest(undisturbed, [notes])
    library = open_library(tmp_path / "home")
    ingest(library, [notes])
    library.close()
    tests, left = Path(__file__).parent, FILES
    for after in (3, 9, 15):
        command = [sys.executable, "-c", CHILD, tests, tests.parent, tmp_path / "home"]
        child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert child.stdout is not None
        for line in child.stdout:
            if int(line) >= after:
                break
        os.kill(child.pid, signal.SIGKILL)
        child.communicate()
        killed = open_library(tmp_path / "home", "other-16")
        done = FILES - killed.catalogue.of_other_models("other-16")
        assert FILES - left + after <= done < FILES  # nothing done before is done again
        left = FILES - done
        with pytest.raises(WorkspaceError, match=f"{left} of {FILES} documents"):
            killed.search("trees")
        killed.close()
    finished = open_library(tmp_path / "home", "other-16")
    assert reembed(finished) == left
    assert contents(finished) == contents(undisturbed)
    assert in_step(finished)
    assert finished.search("trees") == undisturbed.search("trees")
    for one in (finished, undisturbed):
        one.close()
