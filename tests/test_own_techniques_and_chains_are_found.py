"""A technique or a chain of one's own is one new file: it is listed, drawn, run, and chosen in the conversation."""

import json
from pathlib import Path
from typing import Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from scripted import Scripted, SmallLibrary, draft

from vademecum import prompts
from vademecum.cli import run
from vademecum.graphs import answer, chat
from vademecum.memory.checkpoints import open_checkpointer
from vademecum.verification.verdict import Verifier

FINISHED = "The bridge was finished in 1874 after seven years of work."
STEP_BACK = """---
name: step-back
technique: step-back
description: Asks for the principle first, and answers from it in the words of most of three drafts.
inputs: [evidence, question]
source: Zheng et al. 2024, Take a Step Back
steps:
  principle: answer-principle
samples: 3
---
## system
Answer from the evidence, and from this principle: {{principle}}

## human
{{evidence}}

{{question}}
"""
PRINCIPLE = """---
name: answer-principle
technique: zero-shot
description: Names the principle behind a question.
inputs: [question]
source: Zheng et al. 2024, Take a Step Back
---
## human
Which principle is behind this? {{question}}
"""
CHAIN = """name: twice
description: Plans, and plans again.
source: our own
inputs: [goal]
steps:
  first: {prompt: tasks/plan}
  second: {prompt: tasks/plan, inputs: {goal: first}}
"""


@pytest.fixture
def plugins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "prompts" / "answer").mkdir(parents=True)
    (tmp_path / "prompts" / "chains").mkdir()
    (tmp_path / "prompts" / "answer" / "step-back.md").write_text(STEP_BACK, "utf-8")
    (tmp_path / "prompts" / "answer-principle.md").write_text(PRINCIPLE, "utf-8")
    (tmp_path / "prompts" / "chains" / "twice.yaml").write_text(CHAIN, "utf-8")
    monkeypatch.setattr(prompts, "__path__", list(prompts.__path__))  # what is added goes with the test
    monkeypatch.setenv("VADE_PLUGINS", str(tmp_path))
    return tmp_path


def test_a_technique_of_ones_own_is_listed_and_drawn(plugins: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["prompts", "list", "--json"]) == 0
    listed = {it["name"]: it for it in json.loads(capsys.readouterr().out)["prompts"]}
    assert listed["answer/step-back"]["technique"] == "step-back"
    assert run(["graph", "answer"]) == 0
    drawing = capsys.readouterr().out
    assert "draft_step_back\\3aprinciple -.-> draft_step_back\\3asample" in drawing
    assert "draft_step_back\\3avote --> draft_step_back\\3ahand_in" in drawing


def test_a_chain_of_ones_own_is_listed_and_drawn(plugins: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["chain", "--json"]) == 0
    assert "twice" in [chain["name"] for chain in json.loads(capsys.readouterr().out)["chains"]]
    assert run(["graph", "chain:twice"]) == 0
    assert "first\\3aneeds" in capsys.readouterr().out


def test_a_broken_file_of_ones_own_is_named_and_hides_nothing(
    plugins: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (plugins / "prompts" / "answer" / "step-back.md").write_text(STEP_BACK.replace("samples", "sampels"), "utf-8")
    (plugins / "prompts" / "chains" / "twice.yaml").write_text(CHAIN.replace("tasks/plan}", "tasks/plam}"), "utf-8")
    for command, name in ((["prompts", "list"], "answer/step-back"), (["chain"], "twice")):
        assert run([*command, "--json"]) == 0
        found = json.loads(capsys.readouterr().out)
        assert list(found["broken"]) == [name]
        assert len(found[command[0] if command[0] == "prompts" else "chains"]) >= 4
        assert run(command) == 0
        assert "sampels" in (told := capsys.readouterr().out) or "tasks/plam" in told
    assert run(["graph", "answer"]) == 0
    assert "draft_step_back" in capsys.readouterr().out


@pytest.mark.slow
def test_a_technique_of_ones_own_runs_in_the_conversation(plugins: Path) -> None:
    prompts.__path__.append(str(plugins / "prompts"))
    said = draft((FINISHED, FINISHED))
    model = Scripted(script=[{"to": "answer"}, "Bridges take time.", said, said, said])
    context = chat.Context(SmallLibrary(), Verifier(), model=model, model_name="scripted", technique="step-back")  # ty: ignore[invalid-argument-type]
    config = {"configurable": {"thread_id": "t"}}
    given = {"question": "When was the bridge finished?"}
    stream = chat.build(checkpointer=InMemorySaver()).stream(
        given, config, context=context, stream_mode="updates", subgraphs=True
    )
    nodes = [".".join([*(step.partition(":")[0] for step in path), *update]) for path, update in stream]
    inside = "answer.draft_step_back."
    assert [it.removeprefix(inside) for it in nodes if it.startswith(inside)] == [
        "principle",
        *["sample"] * 3,
        "vote",
        "hand_in",
    ]
    assert model.seen[1][0].text == "Which principle is behind this? When was the bridge finished?"
    assert "from this principle: Bridges take time." in model.seen[2][0].text


@pytest.mark.slow
@pytest.mark.parametrize("technique", ["self-consistency", "iterative", "negative", "prompt-chaining"])
def test_what_a_technique_works_on_is_stored_and_read_again(technique: str, tmp_path: Path) -> None:
    saver = open_checkpointer(tmp_path)
    front = prompts.load(f"answer/{technique}").front
    reply: Any = draft((FINISHED, FINISHED), **({"reasoning": "so"} if front.reasoning else {}))
    met = {"judgements": [{"criterion": name, "fault": "", "met": True} for name in front.criteria]}
    once = [*([FINISHED] if front.steps else []), *[reply] * front.samples, *([met] if front.criteria else [])]
    model = Scripted(script=[*once, "When was the bridge finished?", *once])
    context = answer.Context(SmallLibrary(), Verifier(), model=model, model_name="scripted", technique=technique)  # ty: ignore[invalid-argument-type]
    graph, config = answer.build(checkpointer=saver), {"configurable": {"thread_id": "t"}}
    for question in ("When was the bridge finished?", "And when was it finished?"):
        assert graph.invoke({"question": question}, config, context=context)["answer"].text == FINISHED
    assert len(list(graph.get_state_history(config))) > 10
    saver.conn.close()
