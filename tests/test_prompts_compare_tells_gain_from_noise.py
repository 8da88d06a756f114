"""`vade prompts compare`: what it counts, how sure it is, and that it says where a technique does not help."""

import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import pytest
from openai_server import openai_server
from scripted import draft

from vademecum import comparing
from vademecum.cli import run
from vademecum.comparing import Interval, Row
from vademecum.core.errors import UsageError

CATS = "# Cats\n\nA cat sleeps up to sixteen hours a day. The Turkish Van likes to swim.\n"
CASES = [
    {"id": "1", "question": "How many hours does a cat sleep?", "evidence": "A cat sleeps up to sixteen hours a day."},
    {"id": "2", "question": "Which cat likes to swim?", "evidence": "The Turkish Van likes to swim."},
    {"id": "3", "question": "Who won the football World Cup in 1998?", "evidence": None},
]


def row(handled: bool, **more: Any) -> Row:
    counts = dict.fromkeys(("written", "quoted", "citations", "verbatim", "calls", "tokens"), 1)
    return Row(**{"handled": handled, "refused": False, "answerable": True, **counts, "seconds": 1.0, **more})


def summed(rows: list[Row], baseline: list[Row] | None, model: str = "openai:x") -> comparing.Compared:
    return comparing._summed_up(model, "few-shot", rows, baseline, seed=0)


def test_an_interval_holds_the_mean_and_narrows_with_more_questions() -> None:
    few, many = comparing.bootstrap([1.0, 0.0] * 5, 0), comparing.bootstrap([1.0, 0.0] * 200, 0)
    assert few.mean == many.mean == 0.5
    assert few.low < many.low < 0.5 < many.high < few.high
    # The normal approximation: 1.96 * sqrt(.25 / 400) = .049
    assert many.high - many.low == pytest.approx(0.098, abs=0.01)
    assert comparing.bootstrap([1.0, 0.0] * 5, 0) == few
    assert comparing.bootstrap([1.0, 1.0], 0) == Interval(1.0, 1.0, 1.0)


def test_a_gain_a_loss_and_noise_are_told_apart() -> None:
    good, bad = [row(True)] * 20, [row(False)] * 20
    mixed = [row(number % 2 == 0) for number in range(20)]
    other = [row(number % 2 == 1) for number in range(20)]
    assert summed(good, None).verdict == "the baseline"
    assert summed(good, bad).verdict == "better than the baseline"
    assert summed(bad, good).verdict == "worse than the baseline"
    noise = summed(mixed, other)
    assert noise.verdict == "no better than the baseline: the interval includes zero"
    assert noise.against
    assert noise.against.low < 0 < noise.against.high
    small = summed(mixed, other, model="embedded")
    assert small.verdict.endswith("includes zero; the model is too small for it to help")


def test_shares_are_of_what_they_say() -> None:
    rows = [
        row(True, citations=2, verbatim=2),
        row(False, refused=True, citations=0, verbatim=0),
        row(True, answerable=False, refused=True, citations=0, verbatim=0),
        row(False, answerable=False, citations=2, verbatim=1),
    ]
    found = summed(rows, None)
    assert found.quality.mean == 0.5
    assert (found.refused_wrongly, found.answered_wrongly, found.verbatim) == (0.5, 0.5, 0.75)


@pytest.mark.parametrize(
    ("text", "said"),
    [("", "holds no questions"), ('{"id": "1"}', "line 1"), ('{"id": "1", "question": "a"}\n[]', "line 2")],
)
def test_a_file_of_questions_that_is_off_is_named(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "q.jsonl").write_text(text, "utf-8")
    with pytest.raises(UsageError, match=said):
        comparing.read_cases(tmp_path / "q.jsonl")


def test_a_limit_spreads_over_the_file(tmp_path: Path) -> None:
    rows = [{"id": str(number), "question": "Why?"} for number in range(10)]
    (tmp_path / "q.jsonl").write_text("\n".join(map(json.dumps, rows)), "utf-8")
    assert [case.id for case in comparing.read_cases(tmp_path / "q.jsonl", 4)] == ["0", "3", "6", "9"]


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
        (("--questions", "nowhere.jsonl"), "there is no file of questions nowhere.jsonl"),
    ],
)
def test_what_is_off_is_said_before_anything_runs(
    arguments: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["prompts", "compare", *arguments]) == 2
    assert said in capsys.readouterr().err
