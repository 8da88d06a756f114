"""What is kept as a file is replaced whole or not at all, and where it is not, one line says what to do."""

import contextlib
import json
import resource
import stat
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import vademecum
from vademecum import Notebook, editing, prompt_results
from vademecum.core import settings_file
from vademecum.core.atomic_write import replacing, write_whole
from vademecum.core.errors import VademecumError
from vademecum.evaluation import data_set_folder, experiments, forget
from vademecum.evaluation.experiments import Experiment
from vademecum.evaluation.outcomes import Usage
from vademecum.prompt_results import Trial
from vademecum.side_by_side import Contender, Result
from vademecum.ui import uploads

LONG = "x" * 5000
ROOM = 1000
"""Bytes that a file may have while there is little room."""


@contextlib.contextmanager
def little_room() -> Iterator[None]:
    """Files cannot grow, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def files(folder: Path) -> dict[str, bytes]:
    """All that lies below a folder, hidden or not."""
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_what_was_there_stays_and_nothing_lies_beside_it(tmp_path: Path) -> None:
    file = tmp_path / "a" / "b.json"
    write_whole(file, b"old")
    with little_room(), pytest.raises(OSError, match="large"):
        write_whole(file, LONG.encode())
    assert files(tmp_path) == {"a/b.json": b"old"}
    with pytest.raises(OSError, match="directory"):
        write_whole(file.parent, b"new")
    assert files(tmp_path) == {"a/b.json": b"old"}
    write_whole(file, b"")
    assert files(tmp_path) == {"a/b.json": b""}


def test_a_file_that_is_written_in_parts_takes_its_place_at_the_end(tmp_path: Path) -> None:
    file = tmp_path / "a.bin"
    write_whole(file, b"old")
    with replacing(file) as draft:
        draft.write_bytes(b"new")
        assert file.read_bytes() == b"old"
    assert files(tmp_path) == {"a.bin": b"new"}
    with pytest.raises(IsADirectoryError), replacing(file) as draft:
        draft.write_bytes(tmp_path.read_bytes())
    assert files(tmp_path) == {"a.bin": b"new"}


def test_what_may_hold_keys_is_its_owners_alone(tmp_path: Path) -> None:
    file = settings_file.put(tmp_path, "mode", "sparse")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_reader_beside_two_writers_sees_one_or_the_other(tmp_path: Path) -> None:
    file, kinds = tmp_path / "shared.txt", (b"a" * 50_000, b"b" * 70_000)
    write_whole(file, kinds[0])
    writers = [threading.Thread(target=lambda it=it: [write_whole(file, it) for _ in range(20)]) for it in kinds]
    for writer in writers:
        writer.start()
    seen = {file.read_bytes()}
    while any(writer.is_alive() for writer in writers):
        seen.add(file.read_bytes())
    assert seen <= set(kinds)
    assert list(files(tmp_path)) == ["shared.txt"]


def an_experiment(notes: Notebook) -> None:
    made = Experiment(
        name="e", created="", data_set=LONG, fingerprint="", variant="v", graph="answer", settings={}, rows=()
    )
    experiments.save(made, notes.settings.home)


def a_trial(notes: Notebook) -> None:
    result = Result(Contender("answer/few-shot", "extractive"), None, LONG, Usage(), 1.0)
    prompt_results.keep(notes.settings.home, Trial("answer/few-shot", results=(result,)))


def a_prompt(notes: Notebook) -> None:
    draft = editing.read("answer/zero-shot")
    editing.keep(notes, "answer/zero-shot", draft._replace(text=draft.text + LONG), "longer")


def a_data_set(notes: Notebook) -> None:
    data_set_folder.add(notes.settings.home, "a.jsonl", json.dumps({"id": "1", "question": LONG}).encode())


def a_setting(notes: Notebook) -> None:
    settings_file.put(notes.settings.home, "model", LONG)


def an_upload(notes: Notebook) -> None:
    uploads.keep(notes.settings.home, "a.txt", LONG.encode())


def what_is_forgotten(notes: Notebook) -> None:
    forget.without_document(notes.settings.home, lambda lines: [{**lines[0], "id": "forgotten"}], [])


@pytest.mark.parametrize(
    "keep", [an_experiment, a_trial, a_prompt, a_data_set, a_setting, an_upload, what_is_forgotten]
)
def test_one_line_says_what_to_do_and_nothing_is_half_written(keep: Callable[[Notebook], None], tmp_path: Path) -> None:
    with vademecum.open(home=tmp_path, model="extractive") as notes:
        write_whole(tmp_path / "evaluation" / "labels" / "e.ada.jsonl", json.dumps({"id": "1", "note": LONG}).encode())
        before = files(tmp_path)
        with little_room(), pytest.raises(VademecumError) as error:
            keep(notes)
        assert files(tmp_path) == before
        assert "too large" in str(error.value)
        assert "free some disk space" in str(error.value)
        assert "\n" not in str(error.value)
        keep(notes)
        assert files(tmp_path) != before
