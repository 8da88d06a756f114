"""A newcomer's tool, prompt technique and graph are each one new file, in a folder that one setting names."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

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


@pytest.fixture
def plugins(tmp_path: Path) -> Path:
    folder = tmp_path / "plugins"
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    return folder


def vade(*arguments: str, plugins: Path) -> str:
    """What the command prints, run in a process of its own: what extends a room stays for as long as the process."""
    command = [sys.executable, "-m", "vademecum", *arguments]
    environment = {**os.environ, "VADE_PLUGINS": str(plugins)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_a_technique_is_listed_and_becomes_a_node_of_the_answer_graph(plugins: Path) -> None:
    listed = json.loads(vade("prompts", "list", "--json", plugins=plugins))["prompts"]
    assert "answer/in-verse" in [prompt["name"] for prompt in listed]
    assert "in_verse" in vade("graph", "answer", plugins=plugins)


@pytest.mark.slow
def test_a_graph_is_drawn_by_its_name(plugins: Path) -> None:
    assert "say --> say_again" in vade("graph", "echo", plugins=plugins)


@pytest.mark.slow
def test_a_tool_is_listed_and_an_agent_calls_it(plugins: Path) -> None:
    listed = json.loads(vade("tools", "--json", plugins=plugins))["tools"]
    assert "count_words" in [tool["name"] for tool in listed]


@pytest.mark.slow
def test_the_embedded_model_calls_the_tool(plugins: Path) -> None:
    answered = json.loads(
        vade("agent", "Count the words of: one two three four", "--tools", "count-words", "--json", plugins=plugins)
    )
    assert [(call["tool"], call["result"]) for call in answered["calls"]] == [("count_words", "4")]


@pytest.mark.slow
def test_what_ships_cannot_be_replaced(plugins: Path) -> None:
    (plugins / "graphs" / "answer.py").write_text("raise SystemExit('taken over')", "utf-8")
    assert "condense_question" in vade("graph", "answer", plugins=plugins)


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
