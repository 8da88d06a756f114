"""Prompt files load into real templates, and a slip in one is an error that names the file and the input."""

import json
from pathlib import Path

import pytest
from langchain_core.embeddings import Embeddings
from langchain_core.example_selectors import MaxMarginalRelevanceExampleSelector, SemanticSimilarityExampleSelector
from langchain_core.messages import HumanMessage
from langchain_core.prompts import ChatPromptTemplate, FewShotChatMessagePromptTemplate, PromptTemplate
from workspaces import HashEmbeddings

from vademecum import prompts
from vademecum.core.errors import PromptError, UsageError
from vademecum.prompts import Prompt

EMBEDDINGS = HashEmbeddings()

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


WITHIN = {"memory/remembered", "plan/act"}
"""Prompts that come behind the system message of another."""


def sample(name: str) -> object:
    return [HumanMessage("Hello")] if name == "history" else f"<{name} with {{braces}} and {{{{question}}}}>"


def filled(prompt: Prompt) -> dict[str, object]:
    """A sample of each input, and of what each step would find."""
    return {each: sample(each) for each in (*prompt.inputs, *prompt.front.steps)}


@pytest.mark.parametrize("name", prompts.names())
def test_every_prompt_loads_and_renders_with_exactly_its_inputs(name: str) -> None:
    prompt = prompts.load(name, embeddings=EMBEDDINGS)
    assert isinstance(prompt.template, ChatPromptTemplate | PromptTemplate)
    messages = prompt.render(**filled(prompt))
    chat = isinstance(prompt.template, ChatPromptTemplate) and name not in WITHIN
    assert messages[0].type == ("system" if chat else "human")
    assert len(prompt.fingerprint) == 12
    assert prompt.description
    assert prompt.source
    text = "\n".join(message.text for message in messages)
    for each, value in filled(prompt).items():
        assert each == "history" or str(value) in text  # what is filled in is not expanded again
    for own in (*prompt.front.forbid, *prompt.front.answers):
        assert own in text, f"{name} does not say {own!r} to the model"


@pytest.mark.parametrize("name", prompts.names())
def test_a_missing_or_unknown_input_is_named(name: str) -> None:
    prompt = prompts.load(name, embeddings=EMBEDDINGS)
    inputs = filled(prompt)
    with pytest.raises(PromptError, match=f"'{name}' has no input 'colour'"):
        prompt.render(colour="red", **inputs)
    for each in inputs:
        with pytest.raises(PromptError, match=f"'{name}' needs the input '{each}'"):
            prompt.render(**{key: value for key, value in inputs.items() if key != each})


def test_every_technique_has_a_prompt_for_answers_and_one_for_tasks() -> None:
    assert {prompts.load(f"answer/{name}").technique for name in prompts.names("answer")} >= set(prompts.TECHNIQUES)
    assert {prompts.load(f"tasks/{name}").technique for name in prompts.names("tasks")} == set(prompts.TECHNIQUES)
    assert len(prompts.names("tasks")) >= 10


def test_few_shot_shows_its_examples_as_turns() -> None:
    prompt = prompts.load("answer/few-shot")
    assert any(isinstance(part, FewShotChatMessagePromptTemplate) for part in prompt.template.messages)
    messages = prompt.render(question="Who?", evidence="Eads.")
    assert [message.type for message in messages] == ["system", "human", "ai", "human", "ai", "human"]
    example = json.loads(messages[2].text)
    assert example["sentences"][0]["quotes"][0] in messages[1].text


class Directions(Embeddings):
    """The vector of a text is what stands in it: "1 0.5"."""

    def embed_query(self, text: str) -> list[float]:
        return [float(number) for number in text.split()]

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [self.embed_query(text) for text in texts]


SHOWN = (
    FRONT.replace("source", "examples: e.jsonl\nchoose: CHOICE\nshown: 2\nsource")
    + "## examples\n### human\n{{question}}\n### ai\n{{a}}\n## human\n{{question}}"
)
ROWS = "\n".join(
    json.dumps({"question": place, "a": name})
    for name, place in {"far": "-1 0", "near": "1 0.35", "nearest": "1 0.3", "aside": "1 -0.6"}.items()
)


@pytest.mark.parametrize(
    ("choice", "selector", "expected"),
    [
        ("all", type(None), ["far", "near"]),
        ("similarity", SemanticSimilarityExampleSelector, ["nearest", "near"]),
        ("mmr", MaxMarginalRelevanceExampleSelector, ["nearest", "aside"]),
    ],
)
def test_examples_are_chosen_as_the_file_says(tmp_path: Path, choice: str, selector: type, expected: list[str]) -> None:
    folder = written(tmp_path, SHOWN.replace("CHOICE", choice), e=ROWS)
    prompt = prompts.load("probe", folder=folder, embeddings=Directions())
    assert isinstance(prompt.template.messages[0].example_selector, selector)
    messages = prompt.render(question="1 0")
    assert [message.text for message in messages if message.type == "ai"] == expected


def test_a_prompt_that_chooses_its_examples_can_be_looked_at_but_not_rendered_without_embeddings(
    tmp_path: Path,
) -> None:
    prompt = prompts.load("probe", folder=written(tmp_path, SHOWN.replace("CHOICE", "mmr"), e=ROWS))
    assert prompt.inputs == ("question",)
    with pytest.raises(PromptError, match=r"probe\.md: .*embeddings"):
        prompt.render(question="1 0")


STEPS = GOOD.replace("source", "steps: {found: other}\nsource") + "{{found}}"


@pytest.mark.parametrize(
    ("probe", "other", "said"),
    [
        (STEPS, GOOD.replace("[question]", "[tone]").replace("{{question}}", "{{tone}}"), "'other' needs 'tone'"),
        (STEPS, STEPS.replace("found: other", "found: probe"), "circle: probe → other → probe"),
        (STEPS.replace("found: other", "found: gone"), GOOD, "step 'found': no prompt named 'gone'"),
        (STEPS.replace("found", "draft"), GOOD, "step 'draft' needs a name of its own"),
        (STEPS.replace("{{found}}", ""), GOOD, "declares the input 'found' but does not use it"),
    ],
)
def test_a_slip_in_the_steps_of_a_prompt_is_named(tmp_path: Path, probe: str, other: str, said: str) -> None:
    (tmp_path / "other.md").write_text(other.replace("name: probe", "name: other"), "utf-8")
    with pytest.raises(PromptError, match=said) as caught:
        prompts.load("probe", folder=written(tmp_path, probe))
    assert "probe.md" in str(caught.value)


def test_a_single_text_makes_a_prompt_template(tmp_path: Path) -> None:
    prompt = prompts.load("probe", folder=written(tmp_path, FRONT + "## text\nWrite {{question}} {again}."))
    assert isinstance(prompt.template, PromptTemplate)
    assert prompt.text(question="it") == "Write it {again}."


def test_another_technique_needs_what_it_is_made_of() -> None:
    prompt = prompts.load("tasks/compare")
    assert prompt.under("self-consistency").front.samples == 5
    assert prompt.under("negative", forbid=("very",)).front.forbid == ("very",)
    with pytest.raises(PromptError, match="iterative needs `criteria`"):
        prompt.under("iterative")
    with pytest.raises(PromptError, match="no technique named 'telepathy'; there are: zero-shot"):
        prompt.under("telepathy")


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
        (GOOD.replace("technique: zero-shot", "technique: negative"), "", "negative needs `forbid`"),
        (GOOD.replace("technique: zero-shot", "technique: self-consistency"), "", "self-consistency needs `samples`"),
        (GOOD.replace("source", "samples: many\nsource"), "", "samples: input should be a valid integer"),
        (GOOD.replace("source", "choose: best\nsource"), "", "choose: input should be 'all'"),
        (GOOD + "\n## text\nmore", "", "must be the only turn"),
        (SHOWN.replace("CHOICE", "mmr"), "", "holds no examples"),
        (SHOWN.replace("CHOICE", "mmr\nchoose_by: [a]"), ROWS, "chosen by 'a', which is not an input"),
        (SHOWN.replace("CHOICE", "mmr"), '{"x": "1", "a": "2"}', "'question'"),
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
