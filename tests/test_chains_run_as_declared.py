"""Chains do what their files say: exact inputs, branches, parallel steps; as a graph and as an LCEL runnable alike."""

import operator
from pathlib import Path
from typing import Annotated, Any, TypedDict

import pytest
from langchain_core.runnables import RunnableLambda
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, StateGraph
from scripted import Scripted, SmallLibrary

from vademecum import graphs, prompts
from vademecum.core.errors import ModelError, PromptError, UsageError
from vademecum.graphs import chain
from vademecum.prompts import chaining

PROMPT = """---
name: {name}
technique: zero-shot
description: A probe.
inputs: [{inputs}]
source: our own
---
## human
{name}: {text}
"""
CHAIN = """name: probe
description: A probe.
source: our own
inputs: [a]
steps:
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder of prompts and chains, the only one that is looked in."""
    (tmp_path / "chains").mkdir()
    monkeypatch.setattr(prompts, "__path__", [str(tmp_path), *prompts.__path__])
    for name, inputs in {"one": "a", "two": "a, b", "pick": "a"}.items():
        text = " ".join(f"{{{{{it}}}}}" for it in inputs.split(", "))
        (tmp_path / f"{name}.md").write_text(PROMPT.format(name=name, inputs=inputs, text=text), "utf-8")
    picking = (tmp_path / "pick.md").read_text("utf-8").replace("source", "answers: [yes!, no!]\nsource")
    (tmp_path / "pick.md").write_text(picking.replace("pick: ", "pick {{answers}}: "), "utf-8")
    return tmp_path


def declared(folder: Path, steps: str, front: str = CHAIN) -> chaining.Chain:
    (folder / "chains" / "probe.yaml").write_text(front + steps, "utf-8")
    return chaining.load("probe")


class Sorted(Scripted):
    """Answers by the first word of what it is asked, so that parallel steps need no order."""

    def _generate(self, messages: list, *args: Any, **more: Any) -> Any:
        word = messages[-1].text.partition(":")[0].split()[0]
        self.script.insert(0, {"answer": "yes!"} if word == "pick" else f"<{word}>")
        return super()._generate(messages, *args, **more)


def run(name: str, model: Any, **inputs: str) -> tuple[list[str], dict[str, Any]]:
    """The steps in the order in which they ended, and the state."""
    nodes, state = [], {}
    context = chain.Context(model, "scripted", SmallLibrary())  # ty: ignore[invalid-argument-type]
    stream = chain.build(variant=name).stream({"inputs": inputs}, context=context, stream_mode=["updates", "values"])
    for mode, part in stream:
        if mode == "updates":
            nodes.extend(part)
        else:
            state = part
    return nodes, state


def said(model: Scripted) -> list[str]:
    return [messages[-1].text for messages in model.seen]


def test_steps_receive_exactly_their_declared_inputs(folder: Path) -> None:
    declared(folder, "  x: {prompt: one}\n  y: {prompt: two, inputs: {b: x}}\n  z: {prompt: one, inputs: {a: y}}\n")
    model = Scripted(script=["X", "Y", "Z"])
    nodes, state = run("probe", model, a="A")
    assert nodes == ["take_inputs", "x", "y", "z", "finish"]
    assert said(model) == ["one: A", "two: A X", "one: Y"]
    assert state["results"] == {"x": "X", "y": "Y", "z": "Z"}
    assert state["output"] == "Z"


def test_a_branch_is_taken_by_what_a_step_says_and_the_ways_meet_again(folder: Path) -> None:
    declared(
        folder,
        "  ask: {prompt: pick, branches: {yes!: go, no!: stay}}\n  go: {prompt: one}\n  stay: {prompt: one}\n"
        "  end: {prompt: one, inputs: {a: [go, stay]}}\n",
    )
    for answer, way in (("yes!", "go"), ("no!", "stay")):
        model = Scripted(script=[{"answer": answer}, "W", "E"])
        nodes, state = run("probe", model, a="A")
        assert nodes == ["take_inputs", "ask", way, "end", "finish"]
        assert said(model) == ["pick yes!, no!: A", "one: A", "one: W"]
        assert state["results"] == {"ask": answer, way: "W", "end": "E"}


def test_what_no_branch_is_for_takes_the_other_way(folder: Path) -> None:
    declared(folder, "  x: {prompt: one, branches: {blue: y, otherwise: z}}\n  y: {prompt: one}\n  z: {prompt: one}\n")
    assert run("probe", Scripted(script=[" 'Blue.' ", "Y"]), a="A")[0][2] == "y"
    assert run("probe", Scripted(script=["green", "Z"]), a="A")[0][2] == "z"


def test_steps_that_do_not_need_each_other_run_side_by_side_and_are_joined_once(folder: Path) -> None:
    declared(folder, "  x: {prompt: one}\n  y: {prompt: one}\n  z: {prompt: two, inputs: {a: x, b: y}}\n")
    model = Sorted(script=[])
    nodes, state = run("probe", model, a="A")
    assert nodes[0] == "take_inputs"
    assert set(nodes[1:3]) == {"x", "y"}
    assert nodes[3:] == ["z", "finish"]
    assert said(model)[-1] == "two: <one> <one>"
    assert state["output"] == "<two>"


def test_a_step_runs_by_a_technique_of_its_own(folder: Path) -> None:
    declared(folder, "  x: {prompt: one, technique: self-consistency, samples: 3}\n")
    assert run("probe", Scripted(script=["red", "blue", "red"]), a="A")[1]["output"] == "red"
    declared(folder, "  x: {prompt: one, technique: negative, forbid: [very]}\n")
    model = Scripted(script=["It is very good. It is blue.", "It is very, very good. It is red."])
    assert run("probe", model, a="A")[1]["output"] == "It is red."
    assert model.seen[1][-1].text.startswith("You wrote 'very'")
    with pytest.raises(ModelError, match="says what it must not"):
        run("probe", Scripted(script=["Very.", "Very!"]), a="A")


def test_a_runnable_of_ones_own_is_a_step(folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "own_steps.py").write_text(
        "from langchain_core.runnables import RunnableLambda\n\nshout = RunnableLambda(lambda it: it['a'].upper())\n\n"
        "def count(it):\n    return len(it['a'])\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    declared(
        folder,
        "  x: {runnable: 'own_steps:shout', inputs: {a: a}}\n  y: {runnable: 'own_steps:count', inputs: {a: x}}\n",
    )
    assert run("probe", None, a="abc")[1]["results"] == {"x": "ABC", "y": "3"}
    declared(folder, "  x: {runnable: 'own_steps:gone', inputs: {a: a}}\n")
    with pytest.raises(PromptError, match=r"probe\.yaml: step 'x': no runnable 'own_steps:gone'"):
        chain.build(variant="probe")


@pytest.mark.slow
@pytest.mark.parametrize("name", chaining.names())
def test_every_chain_gives_the_same_as_a_graph_and_as_lcel(name: str) -> None:
    known = chaining.load(name)
    assert known.description.endswith(".")
    assert known.source
    inputs = {each: f"some {each}" for each in known.inputs}
    found = []
    for way in ("graph", "lcel"):
        model = Obliging(script=[])
        context = chain.Context(model, "scripted", SmallLibrary())  # ty: ignore[invalid-argument-type]
        if way == "graph":
            state = chain.build(variant=name).invoke({"inputs": inputs}, context=context)
            found.append(({**inputs, **state["results"], "output": state["output"]}, sorted(said(model))))
        else:
            found.append((chain.as_runnable(name, context).invoke(inputs), sorted(said(model))))
    assert found[0] == found[1]
    assert found[0][0]["output"]


class Obliging(Scripted):
    """Fills whatever it is asked for, the same each time."""

    def _generate(self, messages: list, *args: Any, **more: Any) -> Any:
        form = next(iter(more.get("tools", [])), None)
        if form is None:
            self.script.insert(0, f"Said to {len(messages[-1].text)} letters.")
        else:
            schema = form.model_json_schema()["properties"]["answer"]
            self.script.insert(0, {"reasoning": "so", "answer": (schema.get("enum") or ["This."])[0]})
        return super()._generate(messages, *args, **more)


def test_a_chain_is_a_node_of_another_graph_as_graph_and_as_runnable(folder: Path) -> None:
    declared(folder, "  x: {prompt: one}\n")

    class Outer(TypedDict, total=False):
        a: str
        output: str
        log: Annotated[list[str], operator.add]

    context = chain.Context(Scripted(script=["X"]), "scripted")
    builder = StateGraph(Outer)  # ty: ignore[invalid-argument-type]
    builder.add_node("run", RunnableLambda(lambda state: {"a": state["a"]}) | chain.as_runnable("probe", context))
    builder.add_edge(START, "run").add_edge("run", END)
    assert builder.compile().invoke({"a": "A"})["output"] == "X"


def test_a_run_that_was_stopped_goes_on_with_the_steps_that_are_missing(folder: Path) -> None:
    declared(folder, "  x: {prompt: one}\n  y: {prompt: two, inputs: {b: x}}\n")
    graph = chain.build(variant="probe", checkpointer=InMemorySaver())
    config = {"configurable": {"thread_id": "t"}}
    failing = chain.Context(Scripted(script=["X", RuntimeError("out of memory")]), "scripted")
    with pytest.raises(ModelError, match="out of memory"):
        graph.invoke({"inputs": {"a": "A"}}, config, context=failing)
    model = Scripted(script=["Y"])
    assert graph.invoke(None, config, context=chain.Context(model, "scripted"))["output"] == "Y"
    assert said(model) == ["two: A X"]
    again = Scripted(script=["X2", "Y2"])
    state = graph.invoke({"inputs": {"a": "B"}}, config, context=chain.Context(again, "scripted"))
    assert state["results"] == {"x": "X2", "y": "Y2"}


def test_a_broken_connection_is_tried_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    declared(folder, "  x: {prompt: one}\n  y: {prompt: one, technique: negative, forbid: [very], inputs: {a: x}}\n")
    model = Scripted(script=[ConnectionError("reset"), "X", ConnectionError("reset"), "Y"])
    assert run("probe", model, a="A")[1]["output"] == "Y"


def test_steps_and_their_words_are_streamed(folder: Path) -> None:
    declared(folder, "  x: {prompt: one}\n  y: {prompt: one, technique: negative, forbid: [very], inputs: {a: x}}\n")
    context = chain.Context(Scripted(script=["X", "Y"]), "scripted")
    parts = list(
        chain.build(variant="probe").stream(
            {"inputs": {"a": "A"}}, context=context, stream_mode=["custom", "messages"], subgraphs=True
        )
    )
    assert [data for _, mode, data in parts if mode == "custom"] == [
        {"step": "x", "output": "X"},
        {"step": "y", "output": "Y"},
    ]
    assert [data[0].text for _, mode, data in parts if mode == "messages"] == ["X", "Y"]


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        (
            "  x: {prompt: one, inputs: {a: y}}\n  y: {prompt: two, inputs: {b: x}}\n",
            "circle: x → y → x|circle: y → x → y",
        ),
        ("  x: {prompt: one, inputs: {a: x}}\n", "circle: x → x"),
        ("  x: {prompt: one}\n  y: {prompt: one, inputs: {a: z}}\n", "step 'y': takes 'a' from 'z', which is neither"),
        ("  x: {prompt: two}\n", "step 'x': prompt 'two' needs 'b'"),
        ("  x: {prompt: one, inputs: {c: a}}\n", "step 'x': prompt 'one' has no input 'c'; it takes: a"),
        ("  x: {prompt: gone}\n", "step 'x': no prompt named 'gone'"),
        ("  x: {prompt: one, technique: telepathy}\n", "step 'x': no technique named 'telepathy'"),
        ("  x: {prompt: one, technique: iterative}\n", "step 'x': the technique iterative needs `criteria`"),
        ("  x: {prompt: one, tecnique: negative}\n", "steps.x.tecnique: extra inputs"),
        ("  x: {}\n", "step 'x': needs either `prompt` or `runnable`"),
        ("  a: {prompt: one}\n", "step 'a': needs a name of its own"),
        ("  x: {prompt: one, given: {a: fixed}}\n", "declares the input 'a', which no step takes"),
        ("  x: {prompt: one, branches: {y: z, otherwise: z}}\n", "step 'x': branch 'y' leads to the unknown step 'z'"),
        ("  x: {prompt: one, branches: {y: y}}\n  y: {prompt: one}\n", "step 'x': its branches do not cover"),
        ("  x: {prompt: pick, branches: {yes!: y}}\n  y: {prompt: one}\n", "step 'x': its branches do not cover"),
        ("  x: {prompt: pick, branches: {si: y, otherwise: y}}\n  y: {prompt: one}\n", "'si' is none of its answers"),
        ("  x: {prompt: one, branches: {otherwise: x}}\n", "circle: x → x"),
        (
            "  x: {prompt: one, branches: {otherwise: y}}\n  y: {prompt: one, inputs: {a: z}}\n  z: {prompt: one}\n",
            "step 'y': is a branch of 'x', and takes 'z'",
        ),
        (
            "  w: {prompt: one}\n  x: {prompt: one, branches: {y: y, otherwise: z}}\n  y: {prompt: one}\n"
            "  z: {prompt: one}\n  v: {prompt: two, inputs: {a: w, b: y}}\n",
            "step 'v': takes w and y, which do not always run together",
        ),
        (
            "  x: {prompt: one}\n  y: {prompt: one}\n  z: {prompt: one, inputs: {a: [x, y]}}\n",
            "step 'z': takes one of x and y, which are not branches of one step",
        ),
        (": no\n", "the chain is not right"),
    ],
)
def test_a_slip_in_a_chain_is_one_line_that_names_file_and_step(folder: Path, steps: str, told: str) -> None:
    with pytest.raises(PromptError, match=told) as caught:
        declared(folder, steps)
    assert "probe.yaml" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_inputs_that_are_missing_or_unknown_are_named_before_any_call() -> None:
    context = chain.Context(Scripted(script=[]), "scripted")
    for run_with in (
        lambda inputs: chain.build(variant="weigh-up").invoke({"inputs": inputs}, context=context),
        chain.as_runnable("weigh-up", context).invoke,
    ):
        with pytest.raises(PromptError, match="chain 'weigh-up' needs the input 'proposal'"):
            run_with({})
        with pytest.raises(PromptError, match="chain 'weigh-up' has no input 'colour'; it takes: proposal"):
            run_with({"proposal": "p", "colour": "red"})


def test_a_chain_needs_a_language_model() -> None:
    with pytest.raises(UsageError, match="--model embedded"):
        chain.build(variant="weigh-up").invoke({"inputs": {"proposal": "p"}}, context=chain.Context(None, "extractive"))


def test_the_drawing_of_a_chain_names_its_steps_and_an_unknown_one_those_there_are() -> None:
    for step in ("outline", "draft", "critique", "revise"):
        assert f"({step})" in graphs.draw("chain:article").decode()
    for step in ("kind", "inform", "thank"):
        assert f"({step})" in graphs.draw("chain").decode()
    assert "topic\\3asample" in graphs.draw("chain:study-card").decode()
    assert graphs.describe("chain:reply") == graphs.describe("chain")
    with pytest.raises(UsageError, match="the graph 'chain' has no variant 'telepathy'; there are: article"):
        graphs.draw("chain:telepathy")
    with pytest.raises(UsageError, match="the graph 'answer' has no variant 'x'; there are: none"):
        graphs.draw("answer:x")
    with pytest.raises(UsageError, match="no chain named 'telepathy'; there are: article"):
        chaining.load("telepathy")
