"""Results of the prompt lab lie in the workspace: a restarted server shows them; their number and size are bounded."""

import os
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

import vademecum
from vademecum import prompt_results
from vademecum.core.types import Answer, Citation, Sentence
from vademecum.evaluation import experiments, forget
from vademecum.evaluation.experiments import Experiment
from vademecum.evaluation.outcomes import Usage
from vademecum.prompt_results import Trial
from vademecum.prompts.drafts import Draft
from vademecum.side_by_side import Contender, Result

NAME = "answer/few-shot"
SLEEP = "A cat sleeps <b>up to sixteen</b> hours a day."
EDITED = Contender(NAME, "embedded", Draft("as edited", '{"a": 1}\n'))
QUOTE = Citation(source_id="1", path="cats.md", title="Cats", start=0, end=len(SLEEP), quote=SLEEP)
ANSWER = Answer(
    question="How long?",
    text=SLEEP,
    sentences=(Sentence(text=SLEEP, citations=(QUOTE,), verdict="supported"),),
    confidence=0.9,
)
RESULTS = (
    Result(Contender(NAME, "embedded"), ANSWER, SLEEP, Usage(calls=1, input_tokens=10), 1.5, "run"),
    Result(EDITED, None, "", Usage(), 0.1, error="the model did not answer"),
)


def page(home: str, name: str) -> None:
    import vademecum
    from vademecum.ui import prompt_results

    with vademecum.open(home=home) as notes:
        prompt_results.show_last(notes, name)


def shown(home: Path, name: str = NAME) -> str:
    at = AppTest.from_function(page, default_timeout=60, args=(str(home), name)).run()
    assert not at.exception
    return "\n".join([*(str(it.proto.body) for it in at.get("html")), *(it.value for it in at.error)])


def test_they_are_there_again_and_the_last_run_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    assert prompt_results.last(tmp_path, NAME) is None
    assert prompt_results.keep(tmp_path, Trial(NAME, results=RESULTS[:1]))
    assert prompt_results.keep(tmp_path, Trial(NAME, results=RESULTS))
    found = prompt_results.last(tmp_path, NAME)
    assert found is not None
    assert (found.results, found.made[:2]) == (RESULTS, "20")
    assert [it.contender.label for it in found.results] == ["few-shot", "few-shot (as edited)"]
    assert prompt_results.last(tmp_path, "answer/zero-shot") is None
    (tmp_path / prompt_results.FOLDER / "answer~few-shot.json").write_text("{half", "utf-8")
    assert prompt_results.last(tmp_path, NAME) is None


def test_their_number_and_size_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prompt_results, "KEPT", 3)
    for number in range(5):
        prompt_results.keep(tmp_path, Trial(f"own/{number}", results=RESULTS))
        os.utime(tmp_path / prompt_results.FOLDER / f"own~{number}.json", (number, number))
    prompt_results.keep(tmp_path, Trial("own/5", results=RESULTS))
    assert [n for n in range(6) if prompt_results.last(tmp_path, f"own/{n}")] == [3, 4, 5]
    long = Result(EDITED, None, "x" * prompt_results.MAX_BYTES, Usage(), 0.1)
    assert not prompt_results.keep(tmp_path, Trial("own/5", results=(long,)))
    assert prompt_results.last(tmp_path, "own/5") is None  # rather nothing than what it was before


@pytest.mark.slow
def test_the_page_shows_what_a_server_before_it_has_kept(tmp_path: Path) -> None:
    vademecum.open(home=tmp_path).close()
    assert shown(tmp_path) == ""
    prompt_results.keep(tmp_path, Trial(NAME, results=RESULTS))
    drawn = shown(tmp_path)
    assert "From the last run of this prompt, today" in drawn
    assert "A cat sleeps &lt;b&gt;up to sixteen&lt;/b&gt; hours a day." in drawn
    assert "few-shot (as edited)" in drawn
    assert "The model did not answer" in drawn
    given: dict[str, Any] = {
        "created": "",
        "data_set": "cats",
        "fingerprint": "",
        "variant": "one",
        "graph": "",
        "settings": {},
    }
    experiments.save(Experiment(name="one", rows=(), **given), tmp_path)
    prompt_results.keep(tmp_path, Trial(NAME, contenders=(EDITED,), experiments=("one",)))
    drawn = shown(tmp_path)
    assert "On cats, 0 questions" in drawn
    assert "few-shot (as edited)" in drawn
    (tmp_path / experiments.FOLDER / "one.json").unlink()
    assert shown(tmp_path) == ""


def test_a_forgotten_document_leaves_them(tmp_path: Path) -> None:
    prompt_results.keep(tmp_path, Trial(NAME, results=RESULTS))

    def without(data: object) -> object:
        if isinstance(data, str):
            return data.replace(SLEEP, "[forgotten]")
        if isinstance(data, dict):
            return {key: without(value) for key, value in data.items()}
        return [without(it) for it in data] if isinstance(data, list) else data

    assert forget.without_document(tmp_path, without, {"1"}) == 1
    found = prompt_results.last(tmp_path, NAME)
    assert found is not None
    assert found.results[0].reply == "[forgotten]"
    assert found.results[0].answer is not None
    assert found.results[0].answer.citations[0].quote == "[forgotten]"
