"""A newcomer's tool, prompt technique and graph are each one new file, in a folder that one setting names."""

import os
from pathlib import Path

import pytest
from commands import in_one_process

from core.errors import SettingsError
from core.settings import load_settings
from vademecum.extending import use

TOOL = '''"""Count the words of a text."""

from langchain_core.tools import BaseTool, tool

from tools import Services


def build(services: Services) -> BaseTool:
    """The tool."""

    @tool
    def count_words(text: str) -> int:
        """Count the words of a text."""
        return len(text.split())

    example = {"request": "Count the words of: a b c", "args": {"text": "a b c"}}
    count_words.metadata = {"effect": "none", "examples": [example]}
    return count_words
'''

TECHNIQUE = """---
name: in-verse
technique: zero-shot
description: Answers in verse.
inputs: [evidence, question]
source: a newcomer
---
## system
Answer in verse, and give the `quotes` that each line rests on.

## human
{{evidence}}

{{question}}
"""

GRAPH = '''"""Says a thing twice.

    say → say_again
"""

from typing import Any, TypedDict

from langgraph.graph import START, StateGraph
from langgraph.types import Checkpointer


class State(TypedDict, total=False):
    """What is said: the input and the result."""

    question: str


def say(state: State) -> State:
    """Say it."""
    return {"question": state["question"]}


def say_again(state: State) -> State:
    """Say it once more."""
    return {"question": state["question"] * 2}


def build(*, checkpointer: Checkpointer = None) -> Any:
    """The graph, compiled."""
    builder = StateGraph(State).add_node(say).add_node(say_again).add_edge(START, "say").add_edge("say", "say_again")
    return builder.compile(checkpointer=checkpointer, name="echo")
'''

FILES = {"tools/count_words.py": TOOL, "prompts/answer/in-verse.md": TECHNIQUE, "graphs/echo.py": GRAPH}


@pytest.fixture(scope="module")
def plugins(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one file for each room; to be read, not written."""
    folder = tmp_path_factory.mktemp("own") / "plugins"
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    return folder


@pytest.fixture(scope="module")
def shown(plugins: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict]:
    """What each command prints, in a process of its own: what extends a room stays for as long as the process."""
    commands = {
        "prompts": ["prompts", "list"],
        "answer": ["graph", "answer"],
        "echo": ["graph", "echo"],
        "tools": ["tools"],
        "agent": ["agent", "Count the words of: one two three four", "--tools", "count-words"],
    }
    home = tmp_path_factory.mktemp("workspace")
    environment = {**os.environ, "VADE_PLUGINS": str(plugins), "VADE_HOME": str(home)}
    return dict(zip(commands, in_one_process(*commands.values(), environment=environment), strict=True))


@pytest.mark.slow
def test_a_technique_is_listed_and_becomes_a_node_of_the_answer_graph(shown: dict[str, dict]) -> None:
    assert "answer/in-verse" in [prompt["name"] for prompt in shown["prompts"]["prompts"]]
    assert "in_verse" in shown["answer"]["picture"]


@pytest.mark.slow
def test_a_graph_is_drawn_by_its_name(shown: dict[str, dict]) -> None:
    assert "say --> say_again" in shown["echo"]["picture"]


@pytest.mark.slow
def test_a_tool_is_listed(shown: dict[str, dict]) -> None:
    assert "count_words" in [tool["name"] for tool in shown["tools"]["tools"]]


@pytest.mark.slow
def test_an_agent_on_the_embedded_model_calls_it(shown: dict[str, dict]) -> None:
    assert [(call["tool"], call["result"]) for call in shown["agent"]["calls"]] == [("count_words", "4")]


@pytest.mark.slow
def test_what_ships_cannot_be_replaced(tmp_path: Path) -> None:
    (tmp_path / "graphs").mkdir()
    (tmp_path / "graphs" / "answer.py").write_text("raise SystemExit('taken over')", "utf-8")
    environment = {**os.environ, "VADE_PLUGINS": str(tmp_path)}
    assert "condense_question" in in_one_process(["graph", "answer"], environment=environment)[0]["picture"]


def test_a_folder_without_rooms_is_said_to_be_one(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="holds none of the folders"):
        use(load_settings(plugins=(tmp_path,)))


def test_a_working_folder_cannot_have_its_code_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, plugins: Path
) -> None:
    (tmp_path / "vade.toml").write_text(f'plugins = ["{plugins}"]', "utf-8")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SettingsError, match="runs code"):
        load_settings()
    monkeypatch.chdir(plugins)
    assert load_settings(home=tmp_path).plugins == (plugins,)
