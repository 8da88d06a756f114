"""`vade prompts compare`: what it counts, how sure it is, and that it says where a technique does not help."""

import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import pytest
from evaluated import answer, case, citation, experiment, judged
from openai_server import openai_server
from scripted import draft

from vademecum.cli import run
from vademecum.evaluation.cases import DataSet
from vademecum.evaluation.outcomes import Judged, Usage
from vademecum.evaluation.technique_table import row_of

CATS = "# Cats\n\nA cat sleeps up to sixteen hours a day. The Turkish Van likes to swim.\n"
CASES = [
    {"id": "1", "question": "How many hours does a cat sleep?", "evidence": "A cat sleeps up to sixteen hours a day."},
    {"id": "2", "question": "Which cat likes to swim?", "evidence": "The Turkish Van likes to swim."},
    {"id": "3", "question": "Who won the football World Cup in 1998?", "evidence": None},
]


def row(number: int, right: bool, *, evidence: str | None = "the evidence", **more: Any) -> Judged:
    """A question that is handled well, or is not: answered with other words, or answered where it should be refused."""
    question = case(id=f"c{number}", question=f"Question {number}?", evidence=evidence)
    return judged(question, answer("the evidence" if right else "other words", citation(0, 9)), **more)


def table_row(rows: list[Judged], baseline: list[Judged] | None = None, model: str = "openai:x") -> dict[str, Any]:
    settings = {"model": model, "technique": "few-shot"}
    first = experiment(baseline, settings=settings) if baseline else None
    return row_of(experiment(rows, settings=settings), first, seed=0)


def test_a_gain_a_loss_and_noise_are_told_apart() -> None:
    good, bad = ([row(number, right) for number in range(20)] for right in (True, False))
    even, odd = ([row(number, number % 2 == rest) for number in range(20)] for rest in (0, 1))
    assert table_row(good)["verdict"] == "the baseline"
    assert table_row(good, bad)["verdict"] == "better than the baseline"
    assert table_row(bad, good)["verdict"] == "worse than the baseline"
    noise = table_row(even, odd)
    assert noise["verdict"] == "no better than the baseline: the interval includes zero"
    assert noise["against"]["low"] < 0 < noise["against"]["high"]
    assert noise["quality"]["low"] < noise["quality"]["mean"] == 0.5 < noise["quality"]["high"]
    small = table_row(even, odd, model="embedded")
    assert small["verdict"].endswith("includes zero; the model is too small for it to help")


def test_shares_are_of_what_they_say() -> None:
    refusal, nothing = answer(), {"evidence": None}
    rows = [
        row(0, True, true_quotes=(True, True), usage=Usage(calls=1, input_tokens=10, output_tokens=5)),
        judged(row(1, True).case, refusal),
        judged(case(id="c2", **nothing), refusal),
        row(3, False, **nothing, true_quotes=(True, False)),
        judged(case(id="c4", answer="Van"), answer("The Turkish  VAN likes to swim.")),
        judged(row(5, True).case, None, error="the model did not answer"),
        judged(case(id="c6"), answer("says nothing of what is right")),
    ]
    figures = table_row(rows)
    assert (figures["questions"], figures["quality"]["mean"]) == (7, 0.5)  # the last says nothing of what is right
    assert (figures["refused_wrongly"], figures["answered_wrongly"], figures["verbatim"]) == (0.25, 0.5, 0.75)
    assert (figures["failed"], figures["error"]) == (1, "the model did not answer")
    assert (figures["calls"], figures["tokens"]) == (0.1429, 2.1429)
    assert figures["seconds"]["mean"] == 1
    lone = table_row(rows[:1])
    assert lone["quality"] == {"mean": 1.0, "low": None, "high": None}


def test_a_limit_spreads_over_the_file() -> None:
    questions = DataSet.of("q", [case(id=str(number)) for number in range(10)])
    assert [one.id for one in questions.spread(4).cases] == ["0", "3", "6", "9"]
    assert [one.id for one in questions.spread(2).cases] == ["0", "9"]
    assert questions.spread(11) == questions


def test_questions_that_do_not_say_what_is_right_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "q.jsonl").write_text('{"question": "Why?"}', "utf-8")
    assert run(["prompts", "compare", "--questions", str(tmp_path / "q.jsonl"), "--home", str(tmp_path)]) == 2
    assert "says what is right" in " ".join(capsys.readouterr().err.split())


@pytest.mark.slow
def test_techniques_and_models_are_compared_from_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "cats.md").write_text(CATS, "utf-8")
    (tmp_path / "q.jsonl").write_text("\n".join(map(json.dumps, CASES)), "utf-8")
    home = ("--home", str(tmp_path / "home"))
    assert run(["ingest", str(tmp_path / "cats.md"), *home]) == 0
    sleep = draft(("A cat sleeps up to sixteen hours a day.", "A cat sleeps up to sixteen hours a day."))
    swim = draft(("The Turkish Van likes to swim.", "The Turkish Van likes to swim."))
    lost = "words for a search"
    met = {"judgements": [{"criterion": "brief", "fault": "", "met": True}]}
    with openai_server([sleep, swim, lost, sleep, met, swim, met, lost]) as server:
        capsys.readouterr()
        given = ("--techniques", "zero-shot,iterative", "--models", f"{server.url},extractive")
        picture = tmp_path / "plot.svg"
        command = ["prompts", "compare", "--questions", str(tmp_path / "q.jsonl"), *given, "-o", str(picture), *home]
        assert run([*command, "--json"]) == 0
        found = json.loads(capsys.readouterr().out)["compared"]
        first, second = (it["experiment"] for it in found[:2])
        assert run(["eval", "compare", first, second, "--json", *home]) == 0
        assert json.loads(capsys.readouterr().out)["cases"] == 3
        assert server.script == []
        server.script[:] = [sleep, swim, lost, 400, 400, lost]
        assert run(command) == 0
        out = capsys.readouterr().out
    assert [(it["technique"], it["quality"]["mean"], it["verbatim"]) for it in found] == [
        ("zero-shot", 1.0, 1.0),
        ("iterative", 1.0, 1.0),
        ("extractive", 1.0, 1.0),
    ]
    assert [round(it["calls"], 2) for it in found] == [1.0, 1.67, 0.0]
    assert [it["tokens"] for it in found] == [15.0, 25.0, 0.0]
    assert found[1]["against"] == {"mean": 0.0, "low": 0.0, "high": 0.0}
    assert "no better than the baseline" in found[1]["verdict"]
    assert "iterative: 2 questions failed, the first: the model did not answer" in " ".join(out.split())
    drawn = "".join(ElementTree.parse(picture).getroot().itertext())
    assert "questions handled well" in picture.read_text("utf-8") or drawn


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--output", "plot.gif"), "should end in one of: .svg, .png, .pdf"),
        (("--output", "nowhere/plot.svg"), "there is no folder"),
        (("--questions", "nowhere.jsonl"), "nowhere.jsonl cannot be read"),
    ],
)
def test_what_is_off_is_said_before_anything_runs(
    arguments: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["prompts", "compare", *arguments]) == 2
    assert said in capsys.readouterr().err
