"""`vade prompts try` and `vade chain`, as a person calls them, against a server on this machine."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from openai_server import OpenAIServer, openai_server

import vademecum as vade
from vademecum.cli import run
from vademecum.events import Done, Output, Step

TOPIC = {"reasoning": "Rates are money.", "answer": "economy"}


def call(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> tuple[str, str]:
    capsys.readouterr()
    assert run(list(arguments)) == code
    return capsys.readouterr()


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    return json.loads(call(capsys, *arguments, "--json")[0])


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Any:
    with openai_server([]) as server:
        monkeypatch.setenv("VADE_MODEL", server.url)
        yield server


@pytest.mark.slow
def test_a_prompt_is_tried_by_its_technique(
    server: OpenAIServer, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    server.script[:] = [TOPIC] * 4 + [{**TOPIC, "answer": "sport"}]
    (tmp_path / "news.txt").write_text("The bank raised its rate.\n", "utf-8")
    found = told(capsys, "prompts", "try", "tasks/classify-topic", "-i", f"text=@{tmp_path / 'news.txt'}")
    assert (found["reply"], found["agreed"], found["technique"]) == ("economy", [4, 5], "self-consistency")
    assert found["steps"] == ["sample"] * 5 + ["vote", "hand_in"]
    assert (found["calls"], found["tokens"]) == (5, 75)
    assert "The bank raised its rate." in server.requests[0]["messages"][-1]["content"]
    server.script[:] = ["Tea."]
    out, _ = call(capsys, "prompts", "try", "tasks/compare", "-i", "first=tea", "-i", "second=@@home")
    assert out.startswith("Tea.\n")
    assert "zero-shot: draft" in out
    assert "@home" in server.requests[-1]["messages"][-1]["content"]


@pytest.mark.slow
def test_a_prompt_is_tried_by_another_technique(server: OpenAIServer, capsys: pytest.CaptureFixture[str]) -> None:
    server.script[:] = ["Tea.", "Tea.", "Milk", "Tea.", "Milk"]  # drafts are written side by side
    given = ("-i", "first=a", "-i", "second=b")
    found = told(capsys, "prompts", "try", "tasks/compare", "-t", "self-consistency", *given)
    assert (found["reply"], found["agreed"]) == ("Tea.", [3, 5])
    _, error = call(capsys, "prompts", "try", "tasks/compare", "-t", "few-shot", *given, code=1)
    assert "prompt 'tasks/compare': the technique few-shot needs `examples`" in error


def test_messages_are_shown_without_a_call(capsys: pytest.CaptureFixture[str]) -> None:
    found = told(capsys, "prompts", "try", "tasks/plan", "-i", "goal=Swim", "--messages")
    assert [message["role"] for message in found["messages"]] == ["system", "human"]
    assert "[what tasks/list-needs gives]" in found["messages"][1]["text"]
    out, _ = call(capsys, "prompts", "try", "tasks/extract-table", "-i", "columns=a", "-i", "text=b c", "--messages")
    assert re.findall(r"^(\w+)$", out, re.M) == ["system", "human", "ai", "human"]


@pytest.mark.slow
def test_a_chain_prints_what_each_step_gives(server: OpenAIServer, capsys: pytest.CaptureFixture[str]) -> None:
    script = ["1. Moon", "The moon pulls.", "Say why.", "The moon pulls the sea."]
    server.script[:] = script
    given = ("-i", "topic=Tides", "-i", "audience=children")
    out, _ = call(capsys, "chain", "article", *given)
    places = [out.index(text) for text in ("outline\n1. Moon", "draft\nThe moon", "critique\nSay", "revise\nThe moon")]
    assert places == sorted(places)
    server.script[:] = script
    found = told(capsys, "chain", "article", *given)
    assert [step["output"] for step in found["steps"]] == script
    assert (found["chain"], found["output"]) == ("article", script[-1])


def test_chains_are_listed_and_drawn(capsys: pytest.CaptureFixture[str]) -> None:
    listed = {chain["name"]: chain for chain in told(capsys, "chain")["chains"]}
    assert {"article", "reply", "weigh-up", "study-card"} <= set(listed)
    assert listed["weigh-up"]["steps"][-1]["after"] == ["in_favour", "against"]
    drawn, _ = call(capsys, "chain", "reply", "--draw")
    assert drawn.rstrip() == call(capsys, "graph", "chain:reply")[0].rstrip()
    assert "kind -.-> inform;" in drawn
    svg, _ = call(capsys, "graph", "chain:reply", "-f", "svg")
    assert "apologise › check_words" in svg


@pytest.mark.slow
def test_a_chain_that_was_stopped_goes_on_where_it_was(
    server: OpenAIServer, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ("chain", "article", "-i", "topic=Tides", "-i", "audience=children", "--thread", "t")
    server.script[:] = ["1. Moon", "The moon pulls.", 400]
    _, error = call(capsys, *given, code=1)
    assert "the model did not answer" in error
    server.requests.clear()
    server.script[:] = ["Say why.", "The moon pulls the sea."]
    assert told(capsys, *given)["output"] == "The moon pulls the sea."
    assert len(server.requests) == 2
    server.script[:] = ["1. Sun", "The sun shines.", "Fine.", "The sun shines on."]
    assert told(capsys, *given)["output"] == "The sun shines on."  # a run that has ended begins anew


@pytest.mark.slow
def test_a_chain_is_run_from_python(server: OpenAIServer) -> None:
    server.script[:] = ["For."] * 2 + ["On balance, yes."]
    with vade.open(model=server.url) as notes:
        state = notes.graph("chain:weigh-up").invoke({"inputs": {"proposal": "Begin later"}})
        assert state["output"] == "On balance, yes."
        server.script[:] = ["For."] * 2 + ["On balance, no."]
        events = list(notes.prompts.chain("weigh-up", {"proposal": "Begin later"}))
    assert {event.step for event in events if isinstance(event, Output)} == {"in_favour", "against", "conclusion"}
    assert [event.node for event in events if isinstance(event, Step) and event.done][-2:] == ["conclusion", "finish"]
    assert isinstance(events[-1], Done)
    assert events[-1].state["output"] == "On balance, no."


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("prompts", "try", "tasks/plan"), 2, "'tasks/plan' needs goal: vade prompts try tasks/plan -i goal=..."),
        (("prompts", "try", "tasks/plan", "-i", "goal"), 2, "'goal' should be KEY=VALUE"),
        (("prompts", "try", "tasks/plan", "-i", "goal=a", "-i", "goal=b"), 2, "'goal' is given twice"),
        (("prompts", "try", "tasks/plan", "-i", "goal=@/nowhere"), 2, "file of the input 'goal' cannot be read"),
        (("prompts", "try", "tasks/plan", "-i", "goal=a", "-i", "x=b"), 1, "has no input 'x'; it takes: goal"),
        (("prompts", "try", "tasks/plan", "-i", "goal=a", "-t", "telepathy"), 1, "no technique named 'telepathy'"),
        (("prompts", "try", "telepathy"), 2, "no prompt named 'telepathy'"),
        (("prompts", "try", "../README"), 2, "no prompt named"),
        (("prompts", "try", "tasks/plan", "-i", "goal=a", "-m", "extractive"), 2, "needs a language model"),
        (("chain", "telepathy"), 2, "no chain named 'telepathy'; there are: article"),
        (("chain", "article", "-i", "topic=a", "-i", "audience= "), 1, "chain 'article' needs the input 'audience'"),
        (("chain", "telepathy", "--draw"), 2, "no variant 'telepathy'"),
        (("chain", "weigh-up", "-i", "proposal=a", "--thread", "a b"), 2, "cannot name a conversation"),
        (("chain", "weigh-up", "-i", "proposal=a", "-m", "extractive"), 2, "needs a language model"),
    ],
)
def test_what_is_off_is_one_line(
    arguments: tuple[str, ...], code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    out, error = call(capsys, *arguments, code=code)
    assert out == ""
    assert said in error
    assert error.count("\n") == 1


def test_inputs_that_are_missing_are_described_and_shown_in_a_whole_command(capsys: pytest.CaptureFixture[str]) -> None:
    _, error = call(capsys, "chain", "article", "-i", "topic=High tides", code=2)
    assert "needs audience (who will read it): vade chain article -i topic='High tides' -i audience=..." in error
    _, error = call(capsys, "chain", "article", code=2)
    assert "needs topic (what it is about) and audience (who will read it): vade chain article -i topic=..." in error
