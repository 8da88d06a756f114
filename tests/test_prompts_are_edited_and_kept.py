"""Prompts edited: a fault is told at its place, a draft holds only where it is tried, no version is lost."""

import threading
from pathlib import Path

import pytest
from openai_server import openai_server
from scripted import draft

import vademecum
from vademecum import Notebook, editing, prompts, side_by_side
from vademecum.core.errors import PromptError, UsageError
from vademecum.evaluation import data_set_folder
from vademecum.prompts import drafts
from vademecum.prompts.drafts import Draft
from vademecum.side_by_side import Contender

NAME = "answer/few-shot"
SLEEP = "A cat sleeps up to sixteen hours a day."


@pytest.fixture
def notes(tmp_path: Path) -> Notebook:
    return vademecum.open(home=tmp_path / "home")


@pytest.fixture
def written() -> Draft:
    return editing.read(NAME)


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("shown: 2", "shown: some", "shown: some", "shown: input should be a valid integer"),
        ("{{question}}", "{{questions}}", "{{questions}}", "uses the input 'questions' without declaring it"),
        ("[evidence, question]", "[evidence, question, tone]", "inputs:", "declares the input 'tone' but"),
        ("{{evidence}}", "{{Evi dence}}", "{{Evi dence}}", "is not an input"),
        ("## system", "## sister", "## sister", "unknown turn ## sister"),
        ("technique: few-shot", "technique: [few", "description:", "did not find expected"),
        ("name: few-shot", "name: other", "name: other", "is named 'other'"),
        ("---\nname", "name", "", "begins without front matter"),
    ],
)
def test_a_fault_is_told_at_its_line(notes: Notebook, written: Draft, old: str, new: str, line: str, said: str) -> None:
    broken = written._replace(text=written.text.replace(old, new, 1))
    fault = editing.check(notes, NAME, broken)
    assert fault is not None
    assert fault.part == "text"
    assert said in fault.problem
    assert ".md" not in fault.problem
    assert (broken.text.splitlines()[fault.line - 1].startswith(line) and fault.line > 0) if line else fault.line == 0
    with pytest.raises(PromptError, match="cannot be kept"):
        editing.keep(notes, NAME, broken, "mine")
    assert not (notes.settings.home / "prompts").exists()


def test_a_fault_in_an_example_is_told_at_its_line(notes: Notebook, written: Draft) -> None:
    fault = editing.check(notes, NAME, written._replace(examples=written.examples + "{half\n"))
    assert fault == drafts.Fault("examples", 9, "is not a JSON object")
    assert editing.check(notes, NAME, written) is None


def test_a_draft_holds_where_it_is_shown_and_nowhere_else(written: Draft) -> None:
    edited, seen = written._replace(text=written.text.replace("shown: 2", "shown: 1")), []
    with drafts.in_place({NAME: edited}):
        assert prompts.load(NAME).front.shown == 1
        assert prompts.fingerprint(NAME) == prompts.load(NAME).fingerprint
        thread = threading.Thread(target=lambda: seen.append(prompts.load(NAME).front.shown))
        thread.start()
        thread.join()
    assert (seen, prompts.load(NAME).front.shown) == ([2], 2)


def test_a_version_is_kept_beside_what_ships_and_none_is_written_over(
    notes: Notebook, written: Draft, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prompts, "__path__", list(prompts.__path__))
    edited = written._replace(text=written.text.replace("shown: 2", "shown: 1"))
    assert editing.free_name(NAME) == "few-shot-v2"
    assert editing.keep(notes, NAME, edited, "few-shot-v2") == "answer/few-shot-v2"
    assert editing.free_name("answer/few-shot-v2") == "few-shot-v3"
    kept = prompts.load("answer/few-shot-v2")
    assert (kept.front.shown, kept.front.name, kept.front.examples) == (1, "few-shot-v2", "few-shot-v2.examples.jsonl")
    assert "few-shot-v2" in prompts.names("answer")
    assert editing.read(NAME) == written
    for taken in ("few-shot", "few-shot-v2"):
        with pytest.raises(UsageError, match="none is written over"):
            editing.keep(notes, NAME, written, taken)
    for bad in ("", "../evil", "Two Words", "x" * 61):
        with pytest.raises(UsageError, match="cannot name a prompt"):
            editing.keep(notes, NAME, written, bad)
    with pytest.raises(UsageError, match="ships with the application"):
        editing.forget(notes, NAME)
    notes.check(technique="few-shot-v2", documents=False)
    editing.forget(notes, "answer/few-shot-v2")
    assert "few-shot-v2" not in prompts.names("answer")
    assert list((notes.settings.home / "prompts" / "answer").iterdir()) == []


@pytest.mark.slow
def test_prompts_run_beside_each_other_and_one_that_fails_stops_none(tmp_path: Path, written: Draft) -> None:
    (tmp_path / "cats.md").write_text(f"# Cats\n\n{SLEEP}\n", "utf-8")
    edited = written._replace(text=written.text.replace("## human\n<evidence>", "## human\nBriefly.\n<evidence>"))
    with (
        openai_server([draft((SLEEP, SLEEP)), draft((SLEEP, SLEEP)), 401]) as server,
        vademecum.open(tmp_path / "cats.md", home=tmp_path / "home", model=server.url) as notes,
    ):
        contenders = [Contender(NAME, server.url), Contender(NAME, server.url, edited), Contender(NAME, server.url)]
        found = list(side_by_side.run(notes, contenders, {"question": "How many hours does a cat sleep?"}))
        said = ["Briefly." in str(request["messages"]) for request in server.requests]
        server.script[:] = [draft((SLEEP, SLEEP))]
        row = b'{"id": "1", "question": "How many hours does a cat sleep?", "evidence": "A cat sleeps up to sixteen"}'
        data, _ = data_set_folder.add(notes.settings.home, "cats.jsonl", row)
        made = notes.experiments.run(data.file, "technique=few-shot,name=edited", drafts={NAME: edited})
        measured = server.requests[-1]
    assert [it.contender.label for it in found] == ["few-shot", "few-shot (as edited)", "few-shot"]
    assert [it.reply for it in found] == [SLEEP, SLEEP, ""]
    assert "the model did not answer" in found[2].error
    assert said == [False, True, False]
    assert (found[0].usage.calls, found[0].usage.input_tokens, found[0].usage.cost) == (1, 10, None)
    assert "Briefly." in str(measured["messages"])
    assert made.estimates()["evidence_covered"].value == 1.0
