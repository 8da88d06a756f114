"""A model is asked tiny tasks, graded by code; what it can do is kept, and decides how each graph uses it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from openai_server import openai_server
from scripted import Scripted, SmallLibrary, draft

from vademecum.cli import run
from vademecum.core.errors import ModelError
from vademecum.core.settings import load_settings, models_folder
from vademecum.evaluation import probe as probing
from vademecum.evaluation.probe import Task, probe, tasks
from vademecum.evaluation.probe_grading import Reply, is_right
from vademecum.graphs import answer
from vademecum.models import chat_model, profiles
from vademecum.models.fitness import ABILITIES, fitness_of, is_very_small, strategy_of
from vademecum.models.profiles import Profile, Result
from vademecum.verification.verdict import Verifier

PROGRAMS = {
    "2842": "```python\nprint(sum(n for n in range(1, 201) if n % 7 == 0))\n```",
    "quick": "print('quick', 'brown', 'jumps', 'the', 'fox', sep='\\n')",
}


def fields(task: Task) -> dict[str, Any]:
    """A form filled in rightly."""
    right = task.right
    if "form" in right:
        return {"fault": "", **right["form"]}
    if "each" in right:
        return {"questions": [f"Who {' '.join(words.split('|')[0] for words in entry)}?" for entry in right["each"]]}
    said = right["has"][0]
    return {"quote": right["quote"], "answer": said} if "quote" in right else {"text": said, "lines": [1]}


def words(task: Task) -> str:
    """What is right, in words."""
    right = task.right
    if "prints" in right:
        return next(code for key, code in PROGRAMS.items() if right["prints"].startswith(key))
    if "number" in right:
        return f"Answer: {right['number']}"
    said = " ".join([*right.get("has", ())[:1], *(entry.split("|")[0] for entry in right.get("all", ()))])
    return f"{said}?" if right.get("asks") else said


class Knowing(BaseChatModel):
    """Knows the tasks, and does those of which `can` is true. `before` is called as each is asked."""

    can: Callable[[Task], bool] = lambda _: True
    before: Callable[[Task], object] = lambda _: None

    @property
    def _llm_type(self) -> str:
        return "knowing"

    def _generate(self, messages: list[BaseMessage], *args: Any, **more: Any) -> ChatResult:
        task = next(task for task in tasks() if task.messages == messages)
        self.before(task)
        calls: list[dict[str, Any]] = []
        if task.fields:
            form = more["tools"][0].__name__
            calls = [{"name": form, "args": fields(task) if self.can(task) else {}, "id": "1"}]
        elif task.right.get("call") or (task.tools and not self.can(task)):
            wanted = {name: value[0] if isinstance(value, list) else value for name, value in _args(task).items()}
            name = task.right["call"] if self.can(task) else "another"
            calls = [{"name": name, "args": wanted if self.can(task) else {}, "id": "1"}]
        text = "" if calls else words(task) if self.can(task) else "1 it is"
        return ChatResult(generations=[ChatGeneration(message=AIMessage(text, tool_calls=calls))])

    def bind_tools(self, tools: Any, **more: Any) -> Any:
        return self.bind(tools=list(tools))


def _args(task: Task) -> dict[str, Any]:
    return dict(task.right.get("args", {}))


def profile(name: str, read: float = 100.0, context: int = 3000, **shares: float) -> Profile:
    """A stored profile with these shares of four tasks passed; all of those of the other abilities."""
    results = [
        Result(task=f"{ability}-{number}", ability=ability, passed=number < 4 * shares.get(ability, 1.0))
        for ability in probing.abilities()
        for number in range(4)
    ]
    made = Profile(
        model=name, fingerprint=profiles.fingerprint(name), tasks="", day="2026-12-01", results=tuple(results),
        read=read, context=context,
    )  # fmt: skip
    profiles.store(name, made, whole=True)
    return made


def test_there_are_some_forty_tasks_each_of_which_can_be_done_and_failed() -> None:
    assert 40 <= len(tasks()) <= 50
    done = probe("knowing:all", Knowing())
    assert [result.task for result in done.failed] == []
    assert done.context == 3000
    assert done.read > 0 < done.written
    failed = probe("knowing:none", Knowing(can=lambda _: False))
    assert [result.task for result in failed.results if result.passed] == []
    assert all(result.wanted for result in failed.results)


@pytest.mark.parametrize(
    ("right", "reply", "passes"),
    [
        ({"form": {"a": "Thursday"}}, Reply(fields={"a": "the Thursday."}), True),
        ({"form": {"a": ["x", "y"]}}, Reply(fields={"a": ["Y", "X"]}), True),
        ({"form": {"a": True}}, Reply(fields={"a": "True"}), False),
        ({"form": {"a": 3}}, Reply(fields=None), False),
        ({"quote": "Cats sleep."}, Reply(fields={"quote": "Cats  sleep."}), True),
        ({"quote": "Cats sleep."}, Reply(fields={"quote": "Cats sleep a lot."}), False),
        ({"quote": "Cats sleep."}, Reply(fields={"quote": "Cats"}), False),
        ({"quote": "Cats sleep."}, Reply(fields={"quote": "Dogs do not."}), False),
        ({"has": ["4"]}, Reply("platform 4."), True),
        ({"has": ["4"]}, Reply("platform 14."), False),
        ({"lacks": ["not stated"]}, Reply("Not stated."), False),
        ({"all": ["tall|height", "tower"]}, Reply("What height has the tower?"), True),
        ({"each": [["a"], ["b"]]}, Reply(fields={"questions": ["a?", "b?"]}), True),
        ({"each": [["a"], ["b"]]}, Reply(fields={"questions": ["a and b?"]}), False),
        ({"asks": True}, Reply("How tall is it?"), True),
        ({"asks": True}, Reply("It is 12 m tall."), False),
        ({"number": 29}, Reply("3 * 12 - 7 = 29"), True),
        ({"number": 1200}, Reply("1,200"), True),
        ({"number": 29}, Reply("29 of 36"), False),
        ({"call": ""}, Reply("A comet is ice."), True),
        ({"call": ""}, Reply(calls=[("f", {})]), False),
        ({"call": "f", "args": {"n": 5}}, Reply(calls=[("f", {"n": "5"})]), True),
        ({"call": "f", "args": {"n": 5}}, Reply(calls=[("f", {"n": 6})]), False),
        ({"call": "f"}, Reply(calls=[("f", {}), ("f", {})]), False),
        ({"prints": "4"}, Reply("```python\nprint(2 + 2)\n```"), True),
        ({"prints": "4"}, Reply("I cannot."), False),
    ],
)
def test_replies_are_graded_by_code(right: dict[str, Any], reply: Reply, passes: bool) -> None:
    assert is_right(reply, right, "Cats sleep. Dogs do not.") is passes


def test_what_was_measured_decides_the_strategy() -> None:
    name = "ollama:some"
    assert (strategy_of(name), fitness_of(name).abilities) == ("draft", ABILITIES)  # nothing is known: as capable
    profile(name, read=900)
    assert fitness_of(name) == ("draft", ABILITIES, 6)
    profile(name, read=900, context=1500)
    assert fitness_of(name).passages == 3
    assert fitness_of(name, load_settings(context_tokens=1100)).strategy == "numbered"
    profile(name, read=92)
    assert strategy_of(name) == "numbered"
    profile(name, read=900, quoting=0.5, critique=0.5, splitting=0.25)
    assert fitness_of(name)[:2] == ("numbered", ABILITIES - {"critique", "splitting"})
    profile(name, answering=0.25)
    assert (strategy_of(name), is_very_small(name)) == ("one sentence", True)
    profile(name, answering=0.0)
    assert (strategy_of(name), is_very_small(name), fitness_of(name).abilities) == ("quotes", True, frozenset())
    assert strategy_of("ollama:another") == "draft"


def test_graphs_do_by_rules_what_a_model_is_not_trusted_with() -> None:
    library, model = SmallLibrary(), Scripted(script=[])
    kept: dict[str, Any] = {"model": model, "model_name": "scripted"}
    context = answer.Context(library, Verifier(library.embeddings), **kept)  # ty: ignore[invalid-argument-type]
    assert context.model_for("critique") is model
    profile("scripted", read=900, critique=0.0)
    assert context.model_for("critique") is None
    profile("scripted", quoting=0, refusing=0, answering=0)
    assert (context.strategy, context.drafting, context.capable_model) == ("quotes", "extractive", None)
    state = {"question": "When was the bridge finished?"}
    found = answer.build().invoke(state, context=context)["answer"]
    assert found.text.startswith("The bridge was finished in 1874")
    profile("scripted", read=900, context=1500)
    model.script.append(draft(("It was sold in 1880.", "It was sold in 1880.")))
    answer.build().invoke(state, context=context)
    assert model.script == []


def test_tools_are_chosen_by_likeness_where_the_model_chooses_badly(tmp_path: Path) -> None:
    from tiny_model import CONTENT

    file = tmp_path / "tiny.gguf"
    file.write_bytes(CONTENT)
    settings = load_settings()
    assert type(chat_model(str(file), settings)).__name__ == "LlamaChat"
    profile(str(file), choosing=0.5)
    chosen = chat_model(str(file), settings)
    assert type(chosen).__name__ == "SmolLM"
    assert chosen is not None
    assert type(probing.prepared(chosen)).__name__ == "LlamaChat"  # what is measured is its own choice
    file.write_bytes(CONTENT[:-1] + b"x")  # other weights of that name
    assert type(chat_model(str(file), settings)).__name__ == "LlamaChat"


def test_an_interrupted_probe_keeps_the_profile_of_before_and_goes_on() -> None:
    name, asked = "ollama:some", []
    old = profile(name, answering=0.25)

    def stop_at_the_tenth(task: Task) -> None:
        asked.append(task.name)
        if len(asked) == 10:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        probe(name, Knowing(before=stop_at_the_tenth))
    assert profiles.profile_of(name) == old
    new = probe(name, Knowing(before=lambda task: asked.append(task.name)))
    assert asked[10:] == [task.name for task in tasks()][9:]
    assert profiles.profile_of(name) == new
    assert profiles.unfinished(name) is None
    assert strategy_of(name) == "draft"


def test_a_model_that_does_not_answer_is_said_to_and_one_error_is_a_task_that_failed() -> None:
    def refuse(task: Task) -> None:
        if task.ability == "splitting" and task.name != "splitting-1":
            raise ConnectionError("gone")
        if task.ability == "quoting" and task.name == "quoting-1":
            raise ConnectionError("gone")

    profile_ = probe("ollama:some", Knowing(before=refuse))
    assert [result.task for result in profile_.failed] == ["quoting-1", "splitting-2", "splitting-3"]
    with pytest.raises(ModelError):
        probe("ollama:none", Knowing(before=lambda _: (_ for _ in ()).throw(ConnectionError("gone"))))
    assert profiles.profile_of("ollama:none") is None


def test_a_damaged_profile_is_none(capsys: pytest.CaptureFixture[str]) -> None:
    profile("ollama:some", answering=0.0)
    profiles.file_of("ollama:some").write_text("{", "utf-8")
    assert strategy_of("ollama:some") == "draft"
    assert run(["models", "probe", "ollama:some", "--show"]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_the_command_probes_a_server_and_shows_what_failed(capsys: pytest.CaptureFixture[str]) -> None:
    with openai_server(["No idea."] * 200) as server:
        name = server.url.replace("http://", "http://me:secret@")
        assert run(["models", "probe", server.url]) == 0
        told = capsys.readouterr()
        assert "0 of 4  quotes exactly; failed: quoting-1, quoting-2, quoting-3, quoting-4" in told.out
        assert "So its answers are quotes alone" in told.out
        assert "refusing-1: said 'No idea.'; right is has: ['not stated']" in told.out
        assert "0 of 48 tasks; now: form" in told.err
        assert run(["models", "probe", server.url, "--show", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert (shown["trusted"]["strategy"], shown["here"], len(shown["results"])) == ("quotes", True, 48)
    assert run(["models", "probe", name, "--show"]) == 2
    assert "secret" not in capsys.readouterr().err
    assert all("secret" not in path.name for path in (models_folder() / "profiles").iterdir())
    assert run(["models", "probe", "extractive"]) == 2


def test_models_of_the_catalogue_come_with_what_was_measured_of_them() -> None:
    assert {strategy_of(name) for name in ("qwen-1.5b", "qwen-0.5b")} <= {"numbered", "one sentence"}
    for file in profiles.SHIPPED.glob("*.json"):
        shipped = Profile.model_validate_json(file.read_text("utf-8"))
        assert profiles.file_of(shipped.model).name == file.name
        assert profiles.profile_of(shipped.model) == shipped
        assert {result.task for result in shipped.results} <= {task.name for task in tasks()}
        assert {"answering", *ABILITIES} <= shipped.counts().keys()
    assert strategy_of("embedded") == "one sentence"


@pytest.mark.model
def test_a_small_model_is_measured(small_model: str) -> None:
    few = [task for task in tasks() if task.name in ("form-3", "answering-1", "choosing-5", "speed-1")]
    measured = probe(small_model, probing.prepared(chat_model(small_model, load_settings())), among=few)  # ty: ignore[invalid-argument-type]
    assert measured.share("form") == measured.share("answering") == 1.0
    assert measured.written > 0
