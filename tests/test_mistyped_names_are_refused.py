"""A setting, choice, filter or field that nobody knows is refused by name, with the known one that comes nearest."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import vademecum
from vademecum import Notebook, graph_context, graphs
from vademecum.core.errors import EmptyWorkspaceError, SettingsError, UsageError, VademecumError
from vademecum.core.nearest_name import unknown_name
from vademecum.graphs import answer, chain, chat
from vademecum.stepwise_run import watch

QUESTION = "How long does a cat sleep?"

Call = Callable[[Any], object]
"""A call of a notebook; Any, as a type checker would refuse most of these before they are made."""


@pytest.fixture(scope="module")
def notes(tmp_path_factory: pytest.TempPathFactory) -> Notebook:
    """An empty workspace: what is mistyped is refused before anything is looked for."""
    return vademecum.open(home=tmp_path_factory.mktemp("home"), model="extractive", tracing="off")


def test_the_nearest_name_comes_first_and_letters_that_changed_places_count_as_near() -> None:
    assert unknown_name("choice", "modle", ["mode", "model"]) == (
        "no choice named 'modle'; did you mean 'model'? There are: mode, model"
    )
    assert unknown_name("choice", "colour", ["mode", "model"]) == "no choice named 'colour'; there are: mode, model"
    assert unknown_name("choice", "x" * 300, []) == f"no choice named '{'x' * 80}'; there are: none"


@pytest.mark.parametrize(
    ("call", "wrong", "meant"),
    [
        (lambda notes: notes.stream(QUESTION, modle="nope", tecnique="x", kk=3), "modle", "model"),
        (lambda notes: notes.stream(QUESTION, tecnique="x", kk=3), "tecnique", "technique"),
        (lambda notes: notes.stream(QUESTION, kk=3), "kk", "k"),
        (lambda notes: notes.stream(QUESTION, stp=None), "stp", "stop"),
        (lambda notes: notes.stream(QUESTION, graph="chat", spaeker="assistant"), "spaeker", "speaker"),
        (lambda notes: notes.stream(QUESTION, graph="code", max_round=2), "max_round", "max_rounds"),
        (lambda notes: notes.stream(QUESTION, graph="research", max_part=2), "max_part", "max_parts"),
        (lambda notes: notes.ask(QUESTION, modle="nope"), "modle", "model"),
        (lambda notes: notes.ask(QUESTION, colection=None), "colection", "collection"),
        (lambda notes: notes.search(QUESTION, pth="a/*"), "pth", "path"),
        (lambda notes: notes.sources.find(QUESTION, modee="late"), "modee", "mode"),
        (lambda notes: notes.sources.page(folders="a"), "folders", "folder"),
        (lambda notes: notes.sources.attention(ordr="path"), "ordr", "order"),
        (lambda notes: next(watch(notes, "chat", {"question": QUESTION}, agnt="coder")), "agnt", "agent"),
    ],
)
def test_choices_and_filters_are_refused_by_name(notes: Notebook, call: Call, wrong: str, meant: str) -> None:
    with pytest.raises(UsageError) as refused:
        call(notes)
    assert f"named {wrong!r}; did you mean {meant!r}?" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_what_another_graph_knows_is_refused_by_one_that_does_not(notes: Notebook) -> None:
    with pytest.raises(UsageError, match=r"no choice named 'technique'; there are: model, max_rounds, .*graph code"):
        notes.stream(QUESTION, graph="code", technique="few-shot")


def test_images_are_refused_by_a_graph_that_looks_at_none(notes: Notebook) -> None:
    with pytest.raises(UsageError, match="the graph 'answer' looks at no images; take the graph 'chat'"):
        notes.stream(QUESTION, images=[{"type": "image", "url": "https://example.org/cat.png"}])
    assert graph_context.takes_images("chat")


@pytest.mark.slow
def test_going_on_and_deciding_take_no_other_choices(tmp_path: Path) -> None:
    (tmp_path / "cats.md").write_text("A cat sleeps sixteen hours a day.\n")
    with vademecum.open(tmp_path / "cats.md", home=tmp_path / "home", model="extractive", tracing="off") as notes:
        notes.ask(QUESTION, thread="first")
        new = notes.branch("first", 0)
        with pytest.raises(UsageError, match="named 'modle'; did you mean 'model'"):
            notes.go_on(new, modle="extractive")
        assert notes.conversations.graph_of(new) == "answer"
        assert notes.unfinished(new) == QUESTION


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: answer.Context(libary=None), "no field of the context named 'libary'; did you mean 'library'?"),
        (
            lambda: chat.Context(None, None, agnet="coder"),
            "no field of the context named 'agnet'; did you mean 'agent'?",
        ),
        (lambda: chain.Context(modle=None), "no field of the context named 'modle'; did you mean 'model'?"),
    ],
)
def test_a_context_made_in_python_is_refused_by_name(make: Callable[[], object], words: str) -> None:
    with pytest.raises(UsageError) as refused:
        make()
    assert words in str(refused.value)


def test_a_context_given_as_a_dict_is_refused_by_name(notes: Notebook) -> None:
    with pytest.raises(UsageError, match="no field of the context named 'max_round'; did you mean 'max_rounds'"):
        notes.graph("code").invoke({"question": "Print 1."}, context={"max_round": 2})


@pytest.mark.parametrize(
    ("arguments", "environment", "words"),
    [
        ({"modle": "embedded"}, {}, "no setting named 'modle'; did you mean 'model'?"),
        ({"colour": 0.1}, {}, "no setting named 'colour'; there are: home, model, "),
        (
            {},
            {"VADE_MODLE": "embedded"},
            "no setting of the environment named 'VADE_MODLE'; did you mean 'VADE_MODEL'?",
        ),
    ],
)
def test_settings_are_refused_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: Any, environment: dict[str, str], words: str
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as refused:
        vademecum.open(home=tmp_path, **arguments)
    assert str(refused.value).startswith(words)


@pytest.mark.parametrize("graph", graphs.names())
def test_every_graph_declares_whether_it_needs_documents(notes: Notebook, graph: str) -> None:
    assert graphs.documents(graph) == graphs.module(graph).DOCUMENTS
    variants = graphs.module(graph).variants() if hasattr(graphs.module(graph), "variants") else [""]
    name = f"{graph}:{variants[0]}" if variants[0] else graph
    if graphs.documents(graph) == "needed":
        with pytest.raises(EmptyWorkspaceError):
            notes.graph(name)
        with pytest.raises(EmptyWorkspaceError):
            notes.stream(QUESTION, graph=name)
    else:
        assert notes.graph(name)


def test_a_field_of_a_context_comes_from_the_run_else_the_setting_of_that_name(tmp_path: Path) -> None:
    with vademecum.open(home=tmp_path, model="extractive", mode="dense", refuse_below=0.3, tracing="off") as notes:
        made = graph_context.context(notes, "chat", {"mode": "late", "k": 3, "technique": None})
        assert (made.mode, made.k, made.refuse_below, made.technique) == ("late", 3, 0.3, notes.settings.technique)
        assert (made.library, made.model, made.model_name) == (notes.library, None, "extractive")
        assert (made.settings, made.user, made.agent) == (notes.settings, "me", "assistant")
        with pytest.raises(VademecumError, match="no choice named 'library'"):
            graph_context.context(notes, "chat", {"library": notes.library})
