"""A newcomer's file for any room is one new file, in a folder that one setting names: it is found there, and used.

Beside it lies a folder whose every file is broken, or tries to take the place of what ships: it stops nothing.
"""

import os
import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from commands import ROOT, results_and_warnings

from vademecum import tools
from vademecum.core import plugins
from vademecum.core.errors import SettingsError
from vademecum.core.settings import load_settings
from vademecum.plugin_folders import use

OWN = ROOT / "tests" / "data" / "own_members"

NOTES = {
    "film.srt": "1\n00:00:01,000 --> 00:00:02,000\nThe keeper counts herons.\n",
    "tea.md": "# Tea\n\nGreen tea is brewed at 80 degrees.\n\n# Cats\n\nCats sleep.\n",
    "cases.jsonl": '{"id": "1", "question": "At how many degrees is green tea brewed?"}\n',
}

BROKEN = {
    "tools/broken.py": "def build(services:\n",
    "agents/broken.py": "raise RuntimeError('no, \\n no')\n",
    "graphs/broken.py": "def biuld(): ...\n",
    "retrieval/loaders/broken.py": "SUFFIXES = '.md'\nLoader = print\n",
    "retrieval/retrievers/broken.py": "import a_package_that_is_not_there\n",
    "retrieval/splitters/broken.py": "raise SystemExit(3)\n",
    "retrieval/stores/broken.py": "build = 5\n",
    "retrieval/transforms/broken.py": "1 / 0\n",
    "evaluation/metrics/broken.py": "from vademecum.evaluation.metrics import Metric\n"
    "METRICS = (Metric('odd', '', '', ''),)\ndef score(row):\n    raise KeyError('odd')\n",
    "ui/views/broken.py": "TITLE, ICON, POSITION = 'Broken', 'no icon', 1\ndef show(notes): ...\n",
    "vademecum/cli/broken.py": "command = \n",
}
PROMPTS = {
    "prompts/broken.md": "no front matter",
    "prompts/answer/broken.md": "---\nname: broken\n---\n",
    "prompts/chains/broken.yaml": "steps: {",
}
TAKING_OVER = {
    "graphs/answer.py": "raise SystemExit('taken over')\n",
    "retrieval/retrievers/sparse.py": "raise SystemExit('taken over')\n",
    # Names that come before those that ship, so that an order by name alone would prefer them.
    "retrieval/loaders/a_first.py": "SUFFIXES = ('.md',)\nLoader = print\n"
    "def claims(path):\n    return path.suffix == '.md'\n",
    "evaluation/metrics/a_first.py": "from vademecum.evaluation.metrics import Metric\n"
    "METRICS = (Metric('groundedness', '', '', ''),)\ndef score(row):\n    return {'groundedness': (-1.0,)}\n",
    "tools/a_first.py": "from langchain_core.tools import tool\ndef build(services):\n    @tool\n"
    "    def calculator(expression: str) -> str:\n        'Taken over.'\n        return ''\n    return calculator\n",
    "ui/views/a_first.py": "TITLE, ICON, POSITION = 'First', ':material/add:', 0\ndef show(notes): ...\n",
    "vademecum/cli/ask.py": "raise SystemExit('taken over')\n",
    # Names whose nodes would be those of others, or that LangGraph does not allow.
    "prompts/answer/zero_shot.md": "",
    "prompts/answer/extractive.md": "",
    "prompts/answer/a:b.md": "",
}

THEN = """
run(["doctor", "--json"])  # not well, since files are broken

from pathlib import Path

from streamlit.testing.v1 import AppTest

from vademecum import tools
from vademecum.retrieval.stores.process import STORES
from vademecum import langgraph_server

count_words = tools.build(tools.Services(), ["count-words"])[0]
app = AppTest.from_file(str(Path("ui/app.py").resolve()), default_timeout=60).switch_page(sys.argv[2]).run()
print(json.dumps({
    "counted": [count_words.name, count_words.invoke({"text": "one two three"})],
    "vectors": sum(len(store.store) for store in STORES.values()),
    "served": langgraph_server.echo().invoke({"question": "ho"}),
    "page": [text.value for text in app.text],
    "pages": {name: page.url_path for name, page in app.session_state["pages"].items()},
    "faults": [error.value for error in app.error] + [error.message for error in app.exception],
}))
"""
"""What no command shows: the tool of CONTRIBUTING.md, what the store holds, `langgraph dev`, a page of `vade ui`."""


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    return folder


def tool_of_contributing() -> str:
    """The worked example, as it stands there."""
    [example] = re.findall(r"```python\n(.*?)```", (ROOT / "CONTRIBUTING.md").read_text("utf-8"), re.DOTALL)
    return example


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one file for each room; to be read, not written."""
    folder = tmp_path_factory.mktemp("own") / "mine"
    shutil.copytree(OWN, folder, ignore=shutil.ignore_patterns("__pycache__"))
    return write(folder, {"tools/count_words.py": tool_of_contributing()})


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose every file is broken or would take the place of another; to be read, not written."""
    return write(tmp_path_factory.mktemp("broken") / "broken", {**BROKEN, **PROMPTS, **TAKING_OVER})


@dataclass
class Shown:
    """What one process printed: the result of each command, and the lines on stderr."""

    results: dict[str, dict[str, Any]]
    warnings: list[str]

    def __getitem__(self, command: str) -> dict[str, Any]:
        return self.results[command]


@pytest.fixture(scope="module")
def shown(own: Path, broken: Path, tmp_path_factory: pytest.TempPathFactory) -> Shown:
    """Of one process for all commands: what extends a room stays for as long as the process."""
    notes = write(tmp_path_factory.mktemp("notes"), NOTES)
    documents = [str(notes / name) for name in ("film.srt", "tea.md")]
    task = "Count the words of: one two three four"
    question = "At how many degrees is green tea brewed?"
    commands = {
        "ingest": ["ingest", *documents],
        "dense": ["search", "Who counts the herons?", "--mode", "dense", "-k", "1"],
        "longest": ["search", "tea", "--mode", "longest+shouting", "-k", "1"],
        "sparse": ["search", "tea", "--mode", "sparse"],
        "ask": ["ask", question, "--model", "extractive"],
        "chat": ["chat", task],
        "prompts": ["prompts", "list"],
        "chains": ["chain"],
        "answer": ["graph", "answer"],
        "chain": ["graph", "chain:twice"],
        "echo": ["graph", "echo"],
        "tools": ["tools"],
        "agent": ["agent", task, "--tools", "number-of-words"],
        "clerk": ["agent", task, "--agent", "clerk"],
        "metrics": ["eval", "metrics"],
        "eval": ["eval", "run", str(notes / "cases.jsonl"), "--variant", "longest,model=extractive", "--offline"],
        "greet": ["greet", "Ada"],
    }
    environment = {
        **os.environ,
        "VADE_PLUGINS": os.pathsep.join([str(broken), str(own)]),
        "VADE_HOME": str(tmp_path_factory.mktemp("workspace")),
        "VADE_STORE": "process",
        "VADE_SPLITTER": "linewise",
    }
    page = str(own / "ui" / "views" / "diary.py")
    results, warnings = results_and_warnings(*commands.values(), environment=environment, then=THEN, arguments=[page])
    return Shown(dict(zip([*commands, "doctor", "then"], results, strict=True)), warnings)


@pytest.mark.slow
def test_a_loader_a_splitter_and_a_store_take_the_documents_in(shown: Shown) -> None:
    assert (shown["ingest"]["sources"], shown["ingest"]["passages"], shown["ingest"]["failed"]) == (2, 5, [])
    [hit] = shown["dense"]["hits"]
    assert (hit["path"], hit["text"]) == ("film.srt", "The keeper counts herons.")  # without its number and time
    assert shown["then"]["vectors"] == 5


@pytest.mark.slow
def test_a_retriever_ranks_and_a_transform_goes_around_it(shown: Shown) -> None:
    [hit] = shown["longest"]["hits"]
    assert (hit["text"], hit["score"]) == ("GREEN TEA IS BREWED AT 80 DEGREES.", 34.0)


@pytest.mark.slow
def test_a_metric_is_listed_and_scores_an_experiment(shown: Shown) -> None:
    assert "words" in [metric["name"] for metric in shown["metrics"]["metrics"]]
    assert shown["eval"]["metrics"]["words"]["value"] == 7.0
    assert shown["eval"]["settings"]["mode"] == "longest"  # by its name alone


@pytest.mark.slow
def test_a_technique_and_a_chain_are_listed_and_drawn(shown: Shown) -> None:
    assert "answer/in-verse" in [prompt["name"] for prompt in shown["prompts"]["prompts"]]
    assert "draft_in_verse" in shown["answer"]["picture"]
    assert "twice" in [chain["name"] for chain in shown["chains"]["chains"]]
    assert "first\\3aneeds" in shown["chain"]["picture"]


@pytest.mark.slow
def test_a_graph_is_drawn_by_its_name_and_served(shown: Shown) -> None:
    assert "say --> say_again" in shown["echo"]["picture"]
    assert shown["then"]["served"] == {"question": "hoho"}


@pytest.mark.slow
def test_a_tool_is_listed_and_an_agent_on_the_embedded_model_calls_it(shown: Shown) -> None:
    assert "number_of_words" in [tool["name"] for tool in shown["tools"]["tools"]]
    for agent in ("agent", "clerk"):
        assert [(call["tool"], call["result"]) for call in shown[agent]["calls"]] == [("number_of_words", "4")]
    assert shown["clerk"]["agent"] == "clerk"
    assert [call["tool"] for call in shown["chat"]["calls"]] == ["count_words"]  # the tool of CONTRIBUTING.md


@pytest.mark.slow
def test_the_tool_of_the_contributing_guide_works_as_it_stands_there(shown: Shown) -> None:
    assert shown["then"]["counted"] == ["count_words", 3]


@pytest.mark.slow
def test_a_page_is_in_the_navigation_and_is_drawn(shown: Shown) -> None:
    assert (shown["then"]["page"], shown["then"]["faults"]) == (["2 documents"], [])
    pages = list(shown["then"]["pages"])
    assert pages.index("diary") == pages.index("graphs") + 1  # by its POSITION


@pytest.mark.slow
def test_a_command_is_called_by_its_name(shown: Shown) -> None:
    assert shown["greet"] == {"greeting": "Hello, Ada!"}


@pytest.mark.slow
def test_what_is_broken_is_named_in_one_line_and_stops_nothing_else(shown: Shown, broken: Path) -> None:
    for name in BROKEN:
        # LangSmith's own words are kept from stderr while it evaluates, and these with them.
        lines = shown["eval"]["notes"] if name.startswith("evaluation/") else shown.warnings
        assert len([line for line in lines if line.startswith(f"plugins: {broken / name} cannot be used")]) == 1, name
    faults = [check["told"] for check in shown["doctor"]["checks"] if check["name"] == "plugins" and not check["ok"]]
    shown_by_the_page = {"ui/views/broken.py"}
    assert {name for name in BROKEN if not any(str(broken / name) in fault for fault in faults)} == shown_by_the_page
    assert {*shown["prompts"]["broken"]} >= {"broken", "answer/broken"}
    assert {*shown["chains"]["broken"]} == {"broken"}


@pytest.mark.slow
def test_what_ships_cannot_be_replaced(shown: Shown) -> None:
    assert "condense_question" in shown["answer"]["picture"]
    assert shown["sparse"]["hits"]
    assert shown["ask"]["answer"] == "Green tea is brewed at 80 degrees."
    assert shown["eval"]["metrics"]["groundedness"]["value"] == 1.0
    [calculator] = [tool for tool in shown["tools"]["tools"] if tool["name"] == "calculator"]
    assert "arithmetic" in calculator["description"]
    assert "draft_zero_shot --> verify" in shown["answer"]["picture"]
    pages = shown["then"]["pages"]
    assert [name for name, address in pages.items() if not address] == ["chat"]  # what is shown at /
    assert "a_first" in pages


def test_every_room_has_a_file_here() -> None:
    folders = {f"{file.relative_to(OWN).parent.as_posix()}/" for file in OWN.rglob("*") if file.is_file()}
    assert [
        room for room in plugins.ROOMS if not any(f.startswith(f"{room.replace('.', '/')}/") for f in folders)
    ] == []


def test_no_package_finds_members_that_is_no_room() -> None:
    with pytest.raises(LookupError, match=r"core\.plugins\.ROOMS"):
        plugins.Members("core")


def test_every_folder_that_the_readme_names_is_a_room() -> None:
    text = " ".join((ROOT / "README.md").read_text("utf-8").split())
    [section] = re.findall(r"## Adding something (.*?) ## ", text)
    named = {name.rstrip("/").replace("/", ".") for name in re.findall(r"`([a-z_/]+/)`", section)}
    assert len(named) >= 9
    assert {name for name in named if not any(f"{name}.".startswith(f"{room}.") for room in plugins.ROOMS)} == set()


@pytest.mark.parametrize(
    ("files", "told"),
    [({}, "holds none of the folders agents, evaluation/metrics, graphs,"), ({"core/x.py": ""}, "holds none")],
)
def test_a_folder_without_rooms_is_refused_in_one_line(tmp_path: Path, files: dict[str, str], told: str) -> None:
    with pytest.raises(SettingsError, match=told) as refused:
        use(load_settings(plugins=(write(tmp_path, files),)))
    assert "\n" not in str(refused.value)


def test_a_folder_that_is_not_there_is_said_to_be_none(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="is no folder"):
        use(load_settings(plugins=(tmp_path / "nowhere",)))


def test_a_working_folder_cannot_have_its_code_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own: Path) -> None:
    (tmp_path / "vade.toml").write_text(f'plugins = ["{own}"]', "utf-8")
    monkeypatch.chdir(tmp_path)
    assert load_settings().plugins == ()
    monkeypatch.chdir(own)
    assert load_settings(home=tmp_path).plugins == (own,)


@pytest.mark.parametrize("name", ["tools", "tools.calculator", "core.errors"])
def test_a_file_of_an_earlier_release_gets_one_line_that_says_what_to_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    # In a checkout such an import succeeds, with a second copy of the room; elsewhere there is no module of the name.
    monkeypatch.setattr(tools, "__path__", list(tools.__path__))
    text = f"import {name}\ndef build(services): ...\n"
    use(load_settings(plugins=(write(tmp_path, {"tools/of_before.py": text}),)))
    with pytest.raises(SettingsError, match=r"of_before\.py cannot be used; write `vademecum\.\w+` where it") as error:
        tools.members.get("of-before")
    assert "\n" not in str(error.value)
    room = name.partition(".")[0]
    assert not [module for module in sys.modules if f"{module}.".startswith(f"{room}.")]
