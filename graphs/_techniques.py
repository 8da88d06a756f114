"""Techniques as nodes: what the front matter of a prompt asks for is what runs, for answers and for plain text alike.

    steps → draft ─────────────┬→ critique ⇄ revise → check_words → write_again → hand_in
            sample × n → vote ─┘

Only what the prompt asks for is there: `steps` (prompt chaining), `samples` (self-consistency), `criteria` (iterative),
`forbid` (negative). A prompt that asks for a single call is a single node. How a draft is written, and what it is made
of, is the `Writer`'s: sentences with quotes for the answer graph (`_answer_writer.py`), text for tasks and chains
(`_text_writer.py`).
"""

import operator
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Generic, TypedDict, TypeVar

from langchain_core.embeddings import Embeddings
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime
from langgraph.types import Command, Send

from vademecum import prompts
from vademecum.core.errors import PromptError
from vademecum.graphs import _critique, _voting
from vademecum.graphs._drafting import mentions
from vademecum.models import model_calls
from vademecum.prompts import Prompt

Draft = TypeVar("Draft")
Load = Callable[[Embeddings | None], Prompt]
"""Reads the prompt; with embeddings where its examples are chosen by likeness."""

Update = dict[str, Any]


class Work(TypedDict, total=False):
    """What a technique knows while it writes; a writer's own state adds what the prompt is filled with."""

    found: Annotated[dict[str, str], operator.or_]
    """What the steps before the draft came to, by their names."""
    number: int
    """Which of the samples is to be drawn."""
    samples: Annotated[list[Any], operator.add]
    agreed: list[int]
    """How many of how many samples say what was taken."""
    draft: Any
    faults: list[str]
    rounds: int


class Writer(ABC, Generic[Draft]):
    """How one kind of draft is written. A draft of None is one that could not be read."""

    state: ClassVar[Any]
    """The state of the sub-graph: `Work`, and what the prompt is filled with."""
    output: ClassVar[Any]
    """What is handed in."""

    @abstractmethod
    def messages(self, prompt: Prompt, state: Mapping[str, Any], context: Any) -> list[BaseMessage]:
        """The prompt, filled in from the state."""

    @abstractmethod
    def write(self, prompt: Prompt, messages: Sequence[BaseMessage], state: Mapping[str, Any], context: Any) -> Any:
        """The draft that the model of `context` writes to `messages`; for a sample, `state` has its number."""

    @abstractmethod
    def step(self, name: str, prompt: str) -> Callable[..., Update]:
        """The node that runs the prompt called `prompt` and keeps its reply as what `name` found."""

    @abstractmethod
    def text(self, draft: Draft) -> str:
        """The draft's words, as they are judged and checked."""

    def gist(self, draft: Draft) -> str:
        """What is compared when drafts are put to the vote."""
        return self.text(draft)

    def as_reply(self, draft: Draft) -> str:
        """The draft as the model wrote it, for it to go on from."""
        return self.text(draft)

    def faults(self, prompt: Prompt, draft: Draft, state: Mapping[str, Any], context: Any) -> list[str]:
        """What a critique finds wrong, in words that the model can act on; nothing where every criterion is met."""
        task = self.messages(prompt, state, context)[-1].text
        return _critique.judge(context.model, prompt.front.criteria, task, self.text(draft))

    @abstractmethod
    def hand_in(self, prompt: Prompt, draft: Draft | None, state: Mapping[str, Any], context: Any) -> Update:
        """What the graph around this one is given; nothing in it that the prompt forbids."""


def add_node(builder: Any, name: str, load: Load, writer: Writer[Any]) -> None:
    """Add the technique to the graph as its node `name`: a function where a single call does, else a sub-graph.

    A prompt that is broken is an error when its node runs, and not before.
    """
    try:
        technique = _Technique(load(None), load, writer)
    except PromptError as error:
        builder.add_node(name, _raising(error))
        return
    if technique.is_single:
        builder.add_node(name, technique.write_at_once, retry_policy=model_calls.RETRY)
    else:
        builder.add_node(name, technique.graph())


def node(load: Load, writer: Writer[Any]) -> Callable[..., Update] | CompiledStateGraph[Any, Any, Any, Any]:
    """The technique, to be called within a node: a function of state and runtime where a single call does."""
    technique = _Technique(load(None), load, writer)
    return technique.write_at_once if technique.is_single else technique.graph()


def graph(load: Load, writer: Writer[Any]) -> CompiledStateGraph[Any, Any, Any, Any]:
    """The technique as a graph of its own."""
    return _Technique(load(None), load, writer).graph()


@dataclass(frozen=True)
class _Technique:
    """The nodes of one prompt's technique. `declared` is the prompt as it was when the graph was built."""

    declared: Prompt
    load: Load
    writer: Writer[Any]

    @property
    def is_single(self) -> bool:
        front = self.declared.front
        return not (front.steps or front.criteria or front.forbid or front.samples > 1)

    # Nodes

    def draft(self, state: Mapping[str, Any], runtime: Runtime[Any]) -> Update:
        """Write the draft."""
        return {"draft": self._written(state, runtime)}

    def write_at_once(self, state: Mapping[str, Any], runtime: Runtime[Any]) -> Update:
        """Write the draft and hand it in."""
        return self.hand_in({**state, **self.draft(state, runtime)}, runtime)

    def sample(self, state: Mapping[str, Any], runtime: Runtime[Any]) -> Update:
        """Draw one of several drafts."""
        return {"samples": [self._written(state, runtime)]}

    def vote(self, state: Mapping[str, Any]) -> Update:
        """Take the draft that most of them agree with; what could not be read has no vote."""
        drafts = [draft for draft in state["samples"] if draft is not None]
        if not drafts:
            return {"draft": None}
        vote = _voting.majority([self.writer.gist(draft) for draft in drafts])
        return {"draft": drafts[vote.winner], "agreed": [vote.agreed, vote.of]}

    def critique(self, state: Mapping[str, Any], runtime: Runtime[Any]) -> Command[Any]:
        """Judge the draft against the named criteria."""
        prompt, draft, faults = self._prompt(runtime), state["draft"], []
        if draft is not None:
            faults = self.writer.faults(prompt, draft, state, runtime.context)
        return Command(update={"faults": faults}, goto="revise" if faults else self._after_critique)

    def revise(self, state: Mapping[str, Any], runtime: Runtime[Any]) -> Command[Any]:
        """Write the draft again, with what was found put right; judged again unless this was the last round."""
        again = prompts.load("techniques/revise").text(faults="\n".join(f"- {fault}" for fault in state["faults"]))
        revised, rounds = self._written(state, runtime, again), state.get("rounds", 0) + 1
        update = {"draft": state["draft"] if revised is None else revised, "rounds": rounds}
        last = rounds >= self.declared.front.rounds
        return Command(update=update, goto=self._after_critique if last else "critique")

    def check_words(self, state: Mapping[str, Any]) -> Command[Any]:
        """Look for what must not appear."""
        return Command(goto="write_again" if self._used(state["draft"]) else "hand_in")

    def write_again(self, state: Mapping[str, Any], runtime: Runtime[Any]) -> Update:
        """Write the draft once more, told what must not appear."""
        used = ", ".join(map(repr, self._used(state["draft"])))
        again = self._written(state, runtime, prompts.load("techniques/without").text(used=used))
        return {} if again is None else {"draft": again}

    def hand_in(self, state: Mapping[str, Any], runtime: Runtime[Any]) -> Update:
        """Give the draft to the graph around this one, without what must not appear."""
        handed = self.writer.hand_in(self.declared, state["draft"], state, runtime.context)
        return {**handed, **({"agreed": state["agreed"]} if "agreed" in state else {})}

    # The graph

    def graph(self) -> CompiledStateGraph[Any, Any, Any, Any]:
        """The nodes that the prompt asks for, in order."""
        front = self.declared.front
        builder: Any = StateGraph(self.writer.state, output_schema=self.writer.output)
        if self.is_single:
            builder.add_node("draft", self.write_at_once, retry_policy=model_calls.RETRY)
            return builder.add_edge(START, "draft").add_edge("draft", END).compile(name=front.name)
        before = START
        for step, name in front.steps.items():
            builder.add_node(step, self.writer.step(step, name), retry_policy=model_calls.RETRY)
            builder.add_edge(before, step)
            before = step
        before = self._add_draft(builder, before)
        if front.criteria:
            ahead = ("revise", self._after_critique)
            builder.add_node("critique", self.critique, retry_policy=model_calls.RETRY, destinations=ahead)
            back = ("critique", self._after_critique) if front.rounds > 1 else (self._after_critique,)
            builder.add_node("revise", self.revise, retry_policy=model_calls.RETRY, destinations=back)
            builder.add_edge(before, "critique")
        if front.forbid:
            builder.add_node("check_words", self.check_words, destinations=("write_again", "hand_in"))
            builder.add_node("write_again", self.write_again, retry_policy=model_calls.RETRY)
            builder.add_edge("write_again", "hand_in")
        if front.forbid and not front.criteria:
            builder.add_edge(before, "check_words")
        builder.add_node("hand_in", self.hand_in)
        if not front.forbid and not front.criteria:
            builder.add_edge(before, "hand_in")
        builder.add_edge("hand_in", END)
        return builder.compile(name=front.name)

    def _add_draft(self, builder: Any, before: str) -> str:
        """Add the nodes that write the first draft; the name of the last of them."""
        front = self.declared.front
        if front.samples == 1:
            builder.add_node("draft", self.draft, retry_policy=model_calls.RETRY)
            builder.add_edge(before, "draft")
            return "draft"

        def draw(state: Mapping[str, Any]) -> list[Send]:
            return [Send("sample", {**state, "number": number}) for number in range(front.samples)]

        builder.add_node("sample", self.sample, retry_policy=model_calls.RETRY)
        builder.add_node("vote", self.vote)
        builder.add_conditional_edges(before, draw, ["sample"])
        builder.add_edge("sample", "vote")
        return "vote"

    @property
    def _after_critique(self) -> str:
        return "check_words" if self.declared.front.forbid else "hand_in"

    def _prompt(self, runtime: Runtime[Any]) -> Prompt:
        return self.load(runtime.context.embeddings) if self.declared.needs_embeddings else self.declared

    def _written(self, state: Mapping[str, Any], runtime: Runtime[Any], again: str = "") -> Any:
        """A draft; where `again` asks for it once more, as the answer to that."""
        prompt, context = self._prompt(runtime), runtime.context
        messages = self.writer.messages(prompt, state, context)
        if again:
            messages = [*messages, AIMessage(self.writer.as_reply(state["draft"])), HumanMessage(again)]
        return self.writer.write(prompt, messages, state, context)

    def _used(self, draft: Any) -> list[str]:
        return [] if draft is None else mentions(self.writer.text(draft), self.declared.front.forbid)


def _raising(error: PromptError) -> Callable[[Mapping[str, Any]], Update]:
    def draft(state: Mapping[str, Any]) -> Update:  # noqa: ARG001 (a node)
        raise error

    return draft
