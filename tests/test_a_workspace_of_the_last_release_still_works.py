"""A workspace of the last release opens with every value of the right type, and whatever waits in it goes on."""

import json
import sqlite3
import tarfile
from pathlib import Path
from typing import Any

import pytest
from langgraph.types import Interrupt, Send
from stored_workspaces import DEEDS, contents, open_stored, printed, shape

from vademecum.core.types import Answer, Citation, Evidence, Hit, Passage, Sentence
from vademecum.memory import stored_names
from vademecum.memory.checkpoints import serializer
from vademecum.prompt_results import last

DATA = Path(__file__).parent / "data"
RELEASE = "workspace-0.1.0"

CITATION = Citation(path="a.md", title="A", start=0, end=3, quote="Oak", source_id="1")
PASSAGE = Passage(id="1", source_id="1", start=0, end=3, text="Oak", line=1)
SENTENCE = Sentence(text="Oak", citations=(CITATION,), verdict="supported")
VALUES: dict[str, Any] = {
    "alone": Answer(question="?", text="Oak", sentences=(SENTENCE,)),
    "in a state": {"hits": [Hit(passage=PASSAGE, path="a.md", root="/", title="A", score=1.5)], "evidence": Evidence()},
    "in what LangGraph sends": [Send("take", {"part": {"answer": CITATION}})],
    "in what stops a run": Interrupt(value=[CITATION, {"more": [PASSAGE]}], id="1"),
}
OTHERS = {
    "text": "core.types and vademecum",
    "bytes": b"core.types",
    "bad": "\ud800",
    1: 2.5,
    "big": 2**63,
    "none": None,
}


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    """The folder with what the release wrote: the workspace `home`, and `backup.zip`."""
    with tarfile.open(DATA / f"{RELEASE}.tar.xz") as archive:
        archive.extractall(tmp_path, filter="data")
    return tmp_path


@pytest.fixture(scope="module")
def recorded() -> dict[str, Any]:
    return json.loads((DATA / f"{RELEASE}.json").read_text("utf-8"))


@pytest.mark.slow
def test_all_that_is_stored_is_as_it_was_also_from_the_backup(stored: Path, recorded: dict[str, Any]) -> None:
    assert contents(stored / "home") == recorded["contents"]
    printed(stored / "restored", "restore", str(stored / "backup.zip"))
    assert contents(stored / "restored") == recorded["contents"]


@pytest.mark.slow
@pytest.mark.parametrize("deed", DEEDS)
def test_what_is_done_with_it_comes_to_the_same(deed: str, stored: Path, recorded: dict[str, Any]) -> None:
    assert DEEDS[deed](stored / "home") == recorded[deed]


@pytest.mark.slow
def test_results_of_prompts_and_traces_are_there(stored: Path) -> None:
    home = stored / "home"
    trial = last(home, "answer/zero-shot")
    assert trial
    assert isinstance(trial.results[0].answer, Answer)
    assert trial.results[0].answer.citations
    runs = printed(home, "trace", "list", "-n", "100")["runs"]
    with open_stored(home) as notes:
        answers = [turn.answer for thread in notes.threads() for turn in notes.history(thread.id) if turn.answer]
    assert {answer.run_id for answer in answers if not answer.abstained} <= {run["id"] for run in runs}


@pytest.mark.slow
def test_types_of_a_module_that_is_gone_come_back_only_where_its_name_is_listed(stored: Path, monkeypatch: Any) -> None:
    load = stored_names.Serializer.loads_typed

    def load_as_moved(serializer: Any, packed: tuple[str, bytes]) -> Any:
        return load(serializer, (packed[0], packed[1].replace(b"\xaacore.types", b"\xaagone.types")))

    def answer_of_bank() -> Any:
        with open_stored(stored / "home") as notes:
            return shape(notes.state_at("bank", notes.thread_history("bank")[0].id).values["answer"])

    assert answer_of_bank() == "Answer"
    monkeypatch.setattr(stored_names.Serializer, "loads_typed", load_as_moved)
    assert isinstance(answer_of_bank(), dict)
    monkeypatch.setattr(stored_names, "MODULES", ("gone.types", *stored_names.MODULES))
    assert answer_of_bank() == "Answer"


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
@pytest.mark.parametrize("module", stored_names.MODULES)
def test_types_are_read_under_every_module_name_that_was_written(module: str, value: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(stored_names, "MODULE", module)
    written = serializer().dumps_typed(value)
    monkeypatch.undo()
    assert serializer().loads_typed(written) == value


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
def test_no_checkpoint_names_a_module_of_ours(value: Any) -> None:
    _, written = serializer().dumps_typed(value)
    assert Answer.__module__.encode() not in written


def test_what_only_looks_like_a_name_stays_as_it_is() -> None:
    plain = serializer().loads_typed(serializer().dumps_typed(OTHERS))
    with_ours = serializer().loads_typed(serializer().dumps_typed([OTHERS, CITATION]))
    assert plain == {**OTHERS, "bad": "?"}
    assert with_ours == [plain, CITATION]


def test_a_class_and_a_field_may_get_other_names(monkeypatch: pytest.MonkeyPatch) -> None:
    packing, written = serializer().dumps_typed({"hit": VALUES["in a state"]["hits"][0]})
    older = written.replace(b"\xa3Hit", b"\xa3Fit").replace(b"score", b"worth")
    assert len(older) == len(written)

    def upgraded(fields: dict[str, Any]) -> dict[str, Any]:
        return {"score" if name == "worth" else name: value for name, value in fields.items()}

    monkeypatch.setitem(stored_names.CLASSES, "Fit", "Hit")
    monkeypatch.setitem(stored_names.UPGRADES, "Hit", upgraded)
    assert serializer().loads_typed((packing, older)) == {"hit": VALUES["in a state"]["hits"][0]}


def test_damaged_names_are_plain_data() -> None:
    packing, written = serializer().dumps_typed(CITATION)
    for old, new in ((b"\xa8Citation", b"\xa8Location"), (b"\xa8Citation", b"\x98\1\2\3\4\5\6\7\x08")):
        assert written != written.replace(old, new)
        assert not isinstance(serializer().loads_typed((packing, written.replace(old, new))), Citation)


@pytest.mark.slow
def test_a_conversation_that_goes_on_is_stored_under_names_that_last(stored: Path) -> None:
    home = stored / "home"
    DEEDS["ask"](home)
    connection = sqlite3.connect(home / "checkpoints.db")
    rows = connection.execute("SELECT thread_id, checkpoint FROM checkpoints ORDER BY checkpoint_id").fetchall()
    connection.close()
    assert any(b"core.types" in packed for _, packed in rows)
    assert {thread for thread, _ in rows[-3:]} <= {"bank", "talk"}
    assert not any(b"core.types" in packed for _, packed in rows[-3:])
