"""Sixty turns stay within their budget under each kind of memory, and what was said first is not lost with it."""

import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import pytest
from langchain_core.embeddings import Embeddings
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AnyMessage, BaseMessage, HumanMessage
from langchain_core.messages.utils import count_tokens_approximately
from langchain_core.outputs import ChatGeneration, ChatResult
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.store.memory import InMemoryStore
from pydantic import Field
from scripted import SmallLibrary, draft

from vademecum.core.errors import ModelError
from vademecum.graphs import chat
from vademecum.memory import summary
from vademecum.memory.context_window import MemoryKind, context_messages, summary_chars
from vademecum.memory.facts import Facts
from vademecum.verification.verdict import Verifier

FINISHED = "The bridge was finished in 1874 after seven years of work."
TURNS = 60
BUDGET = 900
"""Tokens: less than five of these turns take."""

FIRST = (
    "My name is Ada.",
    "I work on the Eads bridge model.",
    "I live in Lisbon.",
    "Our deadline is the 3rd of May.",
    "I prefer tea to coffee.",
)
ASKED = (
    "What is my name?",
    "Which project do I work on?",
    "Where do I live?",
    "When is our deadline?",
    "What do I like to drink?",
)
CHATTER = "The weather was fine at the river, and so the work went on for another day without any trouble at all. "


class Faithful(BaseChatModel):
    """Does what each prompt asks and knows nothing but what it is shown; `seen` are the prompts.

    It summarises by keeping what the person stated, and answers with the statement that the question is about.
    """

    seen: list[list[BaseMessage]] = Field(default_factory=list)

    _llm_type = "faithful"

    def bind_tools(self, tools: Sequence[Any], **more: Any) -> Any:
        return self.bind(tools=list(tools))

    def _generate(self, messages: list[BaseMessage], *args: Any, **more: Any) -> ChatResult:
        self.seen.append(messages)
        form = getattr(next(iter(more.get("tools", [])), None), "__name__", "")
        said = self._filled(form, messages) if form else self._said(messages)
        calls = [{"name": form, "args": said, "id": "1"}] if form else []
        message = AIMessage("" if form else said, tool_calls=calls)
        return ChatResult(generations=[ChatGeneration(message=message)])

    def _filled(self, form: str, messages: list[BaseMessage]) -> Any:
        if form == "FoundFacts":
            return {"facts": [it for it in FIRST if it in messages[-1].text]}
        if form == "Route":
            return {"to": "answer" if "bridge finished" in messages[-1].text else "small_talk"}
        return draft((FINISHED, FINISHED))

    def _said(self, messages: list[BaseMessage]) -> str:
        task, last = messages[0].text, messages[-1].text
        if "keep the summary" in task:
            return " ".join(it for it in FIRST if it in last) + " They talked about the weather." * 3
        if "asks about themselves" in task:
            shown = "\n".join(message.text for message in messages[1:-1])
            return next((it for it, asked in zip(FIRST, ASKED, strict=True) if asked == last and it in shown), "?")
        return last.removeprefix("Write this question so that it stands alone: ") if "alone" in task else CHATTER * 8


def talk(kind: MemoryKind, model: Any, embeddings: Any, *, facts: bool = False) -> tuple[Any, dict[str, str]]:
    """Sixty turns, and what is then replied to each question about the first five; the graph, ready for more."""
    library = SmallLibrary()
    library.embeddings = embeddings
    context = chat.Context(
        library,  # ty: ignore[invalid-argument-type]
        Verifier(),
        model=model,
        model_name="faithful" if model else "extractive",
        memory=kind,
        memory_tokens=BUDGET,
        memory_facts="on" if facts else "off",
    )
    index: Any = {"embed": embeddings, "dims": 384, "fields": ["text"]}
    store = InMemoryStore(index=index) if facts else None
    graph, config = chat.build(checkpointer=InMemorySaver(), store=store), {"configurable": {"thread_id": "t"}}

    def say(message: str) -> dict[str, Any]:
        return graph.invoke({"question": message}, config, context=context)

    said = [*FIRST, *(f"Day {number}: {CHATTER * 4}" for number in range(len(FIRST), TURNS))]
    said[9::10] = ["When was the bridge finished?"] * len(said[9::10])
    for message in said:
        state = say(message)
        assert (state["answer"] is not None) == ("bridge finished" in message or (model is None and "Day" in message))
        cited = state["answer"].citations if state["answer"] else ()
        assert all(citation.quote in library.text for citation in cited)
    assert len([it for it in state["messages"] if isinstance(it, HumanMessage)]) == TURNS
    replies = {question: say(question)["messages"][-1].text for question in ASKED}
    if store:
        assert [fact.text for fact in Facts(store, "me").all()] == list(FIRST)
    return graph.get_state(config).values, replies


@pytest.fixture(scope="module")
def talked(embeddings: Embeddings) -> Callable[[MemoryKind], tuple[Faithful, Any, dict[str, str]]]:
    """The sixty turns under one kind of memory, once: the model, the state, the replies to the five questions."""

    @cache
    def once(kind: MemoryKind) -> tuple[Faithful, Any, dict[str, str]]:
        model = Faithful()
        return model, *talk(kind, model, embeddings)

    return once


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["buffer", "summary", "both"])
def test_sixty_turns_stay_within_the_budget(kind: MemoryKind, talked: Any) -> None:
    model, state, _ = talked(kind)
    histories = [prompt[1:-1] for prompt in model.seen if prompt[0].type == "system" and len(prompt) > 2]
    sizes = [count_tokens_approximately(history) for history in histories]
    assert len(histories) > TURNS
    assert max(sizes) <= BUDGET
    assert max(sizes) > BUDGET / 3  # the budget is there to be used
    folded = [prompt for prompt in model.seen if "keep the summary" in prompt[0].text]
    assert bool(folded) == (kind != "buffer")
    assert len(folded) < TURNS
    limit = summary.STRETCH_TOKENS + summary_chars(BUDGET) / 4 + 300
    assert all(count_tokens_approximately(prompt) < limit for prompt in folded)
    assert len(state.get("summary", "")) <= summary_chars(BUDGET)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["summary", "both"])
def test_a_summary_still_knows_the_first_turns(kind: MemoryKind, talked: Any) -> None:
    model, _, replies = talked(kind)
    assert replies == dict(zip(ASKED, FIRST, strict=True))
    prompts = [prompt for prompt in model.seen if "asks about themselves" in prompt[0].text]
    for prompt, question, statement in zip(prompts, ASKED, FIRST, strict=True):
        assert prompt[-1].text == question
        assert statement in re.split("Earlier in our conversation:", prompt[1].text)[1]
        assert [message.type for message in prompt] == ["system", *["human", "ai"] * (len(prompt) // 2 - 1), "human"]


@pytest.mark.slow
def test_long_term_facts_still_know_the_first_turns(embeddings: Embeddings) -> None:
    model = Faithful()
    _, replies = talk("summary", model, embeddings, facts=True)
    assert replies == dict(zip(ASKED, FIRST, strict=True))
    prompts = [prompt for prompt in model.seen if "asks about themselves" in prompt[0].text]
    for prompt, statement in zip(prompts, FIRST, strict=True):
        assert f"- {statement}" in prompt[1].text
        assert count_tokens_approximately(prompt[1:-1]) <= BUDGET


@pytest.mark.slow
@pytest.mark.parametrize("facts", [True, False])
def test_without_a_language_model_the_first_turns_are_quoted(embeddings: Embeddings, facts: bool) -> None:
    state, replies = talk("summary", None, embeddings, facts=facts)
    assert replies == {question: f"You told me: “{text}”" for question, text in zip(ASKED, FIRST, strict=True)}
    assert len(state["summary"]) <= summary_chars(BUDGET)
    assert all(f"The person said: {text}" in state["summary"] for text in FIRST)


def messages(count: int, words: int = 40) -> list[AnyMessage]:
    return [it for n in range(count) for it in (HumanMessage(f"q{n} " + "word " * words), AIMessage(f"a{n}."))]


def test_a_summary_moves_every_few_turns_and_leaves_none_out() -> None:
    told, place, moves = messages(30), 0, 0
    for turn in range(1, 31):
        end = summary.due(told[: 2 * turn], place, turns=6, tokens=10_000)
        assert end % 2 == 0
        assert turn - end // 2 <= 6
        moves, place = moves + (end != place), end
    assert moves == 6


def test_a_turn_that_is_larger_than_the_budget_is_summarised_at_once() -> None:
    told = messages(1, words=5000)
    assert summary.due(told, 0, turns=6, tokens=500) == 2
    seen: list[list[BaseMessage]] = []

    def write(prompt: list[BaseMessage]) -> str:
        seen.append(prompt)
        return "Much was said. " * 500

    short = summary.fold("", told, most_chars=1000, write=write)
    assert len(short) <= 1000
    assert short.endswith("said.")
    assert count_tokens_approximately(seen[0]) < summary.STRETCH_TOKENS + 300


def test_what_a_person_stated_outlives_what_was_asked() -> None:
    text = summary.fold("", [HumanMessage("My name is Ada."), AIMessage("Noted.")], most_chars=600)
    for number in range(50):
        turn = [HumanMessage(f"What about number {number}?"), AIMessage(f"It is {number}. And more.")]
        text = summary.fold(text, turn, most_chars=600)
        assert len(text) <= 600
    assert text.startswith("The person said: My name is Ada.")
    assert text.endswith("The person asked: What about number 49? Answered: It is 49.")


def test_a_model_that_says_nothing_does_not_empty_the_summary() -> None:
    told = [HumanMessage("I live in Lisbon."), AIMessage("Noted.")]
    assert "I live in Lisbon." in summary.fold("", told, most_chars=600, write=lambda prompt: "")


def test_a_model_that_fails_leaves_the_summary_to_rules() -> None:
    class Failing(Faithful):
        def _said(self, messages: list[BaseMessage]) -> str:
            if "keep the summary" in messages[0].text:
                raise ModelError("gone")
            return "Fine."

    context = chat.Context(SmallLibrary(), Verifier(), model=Failing(), model_name="x", memory="summary")  # ty: ignore
    graph, config = chat.build(checkpointer=InMemorySaver()), {"configurable": {"thread_id": "t"}}
    for message in ("I live in Lisbon.", "Hello!", "Thanks!", "Hello!"):
        state = graph.invoke({"question": message}, config, context=context)
    assert state["messages"][-1].text == "Fine."
    assert "I live in Lisbon." in state["summary"]


def test_the_three_kinds_show_what_they_say() -> None:
    told = [it for n in range(8) for it in (HumanMessage(f"q{n}"), AIMessage(f"a{n}"))]
    summed = "They counted."
    shown = {
        kind: context_messages(told, kind=kind, summary=summed, summarised_count=4)
        for kind in ("buffer", "summary", "both")
    }
    assert [it.text for it in shown["buffer"]] == [f"{who}{n}" for n in range(2, 8) for who in "qa"]
    assert [it.text for it in shown["summary"][2:]] == ["q6", "a6", "q7", "a7"]
    assert [it.text for it in shown["both"][2:]] == [f"{who}{n}" for n in range(2, 8) for who in "qa"]
    assert all((summed in shown[kind][0].text) == (kind != "buffer") for kind in shown)
    assert context_messages([], kind="both") == []
