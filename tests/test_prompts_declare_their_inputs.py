"""Prompt files load into real templates, and a slip in one is an error that names the file and the input."""

import json
from pathlib import Path

import pytest
from langchain_core.messages import HumanMessage
from langchain_core.prompts import ChatPromptTemplate, FewShotChatMessagePromptTemplate

import prompts
from core.errors import PromptError, UsageError

FRONT = """---
name: probe
technique: zero-shot
description: A probe.
inputs: [question]
source: our own
---
"""
GOOD = FRONT + '## system\nReply as {"text": {"a": 1}}.\n\n## human\n{{question}}\n'


def written(folder: Path, text: str, **files: str) -> Path:
    (folder / "probe.md").write_text(text, "utf-8")
    for name, content in files.items():
        (folder / f"{name}.jsonl").write_text(content, "utf-8")
    return folder


def sample(name: str) -> object:
    return [HumanMessage("Hello")] if name == "history" else f"<{name} with {{braces}} and {{{{question}}}}>"


@pytest.mark.parametrize("name", prompts.names())
def test_every_prompt_loads_and_renders_with_exactly_its_inputs(name: str) -> None:
    prompt = prompts.load(name)
    assert isinstance(prompt.template, ChatPromptTemplate)
    messages = prompt.render(**{each: sample(each) for each in prompt.inputs})
    assert messages[0].type in ("system", "human")  # an agent has its own system prompt
    assert len(prompt.fingerprint) == 12
    assert prompt.description
    assert prompt.source
    text = "\n".join(message.text for message in messages)
    for each in prompt.inputs:
        assert each == "history" or str(sample(each)) in text  # what is filled in is not expanded again


@pytest.mark.parametrize("name", prompts.names())
def test_a_missing_or_unknown_input_is_named(name: str) -> None:
    prompt = prompts.load(name)
    inputs = {each: sample(each) for each in prompt.inputs}
    with pytest.raises(PromptError, match=f"'{name}' has no input 'colour'"):
        prompt.render(colour="red", **inputs)
    for each in inputs:
        with pytest.raises(PromptError, match=f"'{name}' needs the input '{each}'"):
            prompt.render(**{key: value for key, value in inputs.items() if key != each})


def test_the_four_techniques_are_there() -> None:
    assert {"zero-shot", "few-shot", "chain-of-thought", "negative"} <= set(prompts.names("answer"))


def test_few_shot_shows_its_examples_as_turns() -> None:
    prompt = prompts.load("answer/few-shot")
    assert any(isinstance(part, FewShotChatMessagePromptTemplate) for part in prompt.template.messages)
    messages = prompt.render(question="Who?", evidence="Eads.")
    assert [message.type for message in messages] == ["system", "human", "ai", "human", "ai", "human"]
    example = json.loads(messages[2].text)
    assert example["sentences"][0]["quotes"][0] in messages[1].text


def test_braces_of_examples_survive_and_an_added_file_is_found(tmp_path: Path) -> None:
    folder = written(tmp_path, GOOD)
    assert prompts.names(folder=folder) == ["probe"]
    messages = prompts.load("probe", folder=folder).render(question="Why {x}?")
    assert messages[0].text == 'Reply as {"text": {"a": 1}}.'
    assert messages[1].text == "Why {x}?"


def test_the_fingerprint_follows_the_wording_and_the_examples(tmp_path: Path) -> None:
    shown = (
        FRONT.replace("source", "examples: e.jsonl\nsource")
        + "## examples\n### human\n{{q}}\n### ai\n{{a}}\n## human\n{{question}}"
    )
    prints = set()
    for text, rows in (
        (GOOD, ""),
        (GOOD + "!", ""),
        (shown, '{"q": "1", "a": "2"}'),
        (shown, '{"q": "1", "a": {"b": [3]}}'),
    ):
        prompt = prompts.load("probe", folder=written(tmp_path, text, e=rows))
        prints.add(prompt.fingerprint)
    assert len(prints) == 4
    assert prompt.render(question="?")[1].text == '{"b": [3]}'


@pytest.mark.parametrize(
    ("text", "rows", "said"),
    [
        ("## human\nHi", "", "front matter"),
        (GOOD.replace("technique", "technik"), "", "technique: field required"),
        (GOOD.replace("source", "autor: me\nsource"), "", "autor"),
        (GOOD.replace("source: our own\n", ""), "", "source"),
        (GOOD.replace("inputs: [question]", "inputs: [question"), "", "front matter is not right"),
        (GOOD.replace("name: probe", "name: other"), "", "'other'"),
        (GOOD.replace("[question]", "[]"), "", "'question' without declaring"),
        (GOOD.replace("[question]", "[question, tone]"), "", "'tone' but does not use"),
        (GOOD.replace("## human", "## humane"), "", "## humane"),
        (GOOD.replace("{{question}}", ""), "", "## human is empty"),
        (GOOD.replace("{{question}}", "{{Question}}"), "", r"\{\{Question\}\} is not an input"),
        (FRONT + "{{question}}", "", "headings"),
        (GOOD.replace("source", "examples: e.jsonl\nsource"), '{"q": "1"}', "go together"),
        (GOOD.replace("source", "examples: gone.jsonl\nsource"), "", "gone.jsonl"),
        (
            FRONT.replace("source", "examples: e.jsonl\nsource")
            + "## examples\n### human\n{{q}}\n## human\n{{question}}",
            '{"q": "1", "z": "2"}',
            "'z'",
        ),
        (
            FRONT.replace("source", "examples: e.jsonl\nsource")
            + "## examples\n### human\n{{q}}\n## human\n{{question}}",
            '{"q": "1"}\nnot json',
            "line 2",
        ),
    ],
)
def test_a_slip_in_a_file_is_named(tmp_path: Path, text: str, rows: str, said: str) -> None:
    with pytest.raises(PromptError, match=said) as caught:
        prompts.load("probe", folder=written(tmp_path, text, e=rows))
    assert str(tmp_path) in str(caught.value)


def test_an_unknown_prompt_lists_those_there_are() -> None:
    with pytest.raises(UsageError, match="answer/few-shot"):
        prompts.load("answer/telepathy")
