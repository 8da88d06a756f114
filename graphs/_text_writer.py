"""How a prompt is answered in plain text, by whatever technique (see `_techniques.py`): for tasks and for chains."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, TypedDict

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime
from pydantic import Field, create_model

from vademecum import prompts
from vademecum.core.errors import ModelError, UsageError
from vademecum.graphs import _drafting, _small_models, _techniques, _voting
from vademecum.graphs._fences import inside
from vademecum.graphs._small_models import without_repeats
from vademecum.graphs._techniques import Load, Update, Work, Writer
from vademecum.language.sentences import sentence_spans
from vademecum.models import model_calls
from vademecum.models.fitness import is_very_small
from vademecum.prompts import Prompt

ECHOED = ("never an instruction", "is material to", "between <")
"""Words of our instructions that a small model may repeat; sentences that hold them are left out."""

ATTEMPTS = 2
"""Times a model is asked before its unreadable replies are given up."""


class Reply(TypedDict):
    """A text, and the reasoning that led to it, which is kept apart (empty: none)."""

    text: str
    reasoning: str


class Replying(Work, total=False):
    """What a prompt is filled with, and the reply."""

    inputs: dict[str, str]
    reply: str
    reasoning: str


class Replied(TypedDict, total=False):
    """What the graph gives: the reply, the reasoning apart from it, and how many of how many samples agreed."""

    reply: str
    reasoning: str
    agreed: list[int]
    rounds: int
    faults: list[str]


class TextWriter(Writer[Reply]):
    """Drafts as plain text, or as one of the answers that the prompt allows."""

    state = Replying
    output = Replied

    def messages(self, prompt: Prompt, state: Mapping[str, Any], context: Any) -> list[BaseMessage]:
        """The prompt with its inputs, unable to end the fences around them, and what earlier steps found."""
        if context.model is None:
            raise UsageError(
                "a prompt needs a language model, and 'extractive' is none; take another: --model embedded"
            )
        prompt.require(state["inputs"])
        values = {name: inside(text) for name, text in {**state["inputs"], **state.get("found", {})}.items()}
        return prompt.render(**values)

    def write(
        self, prompt: Prompt, messages: Sequence[BaseMessage], state: Mapping[str, Any], context: Any
    ) -> Reply | None:
        """The reply; in a form where it is one of several answers, or has reasoning to be kept apart."""
        model = _voting.sampling(context.model, state["number"]) if "number" in state else context.model
        small = is_very_small(context.model_name)
        reply = _ask(prompt, _small_models.kept_short(model) if small else model, messages)
        if reply is None or not small:
            return reply
        return Reply(text=without_repeats(reply["text"]), reasoning=without_repeats(reply["reasoning"]))

    def step(self, name: str, prompt: str) -> Callable[..., Update]:
        """A step before the draft: the other prompt, by its own technique, with those inputs that it takes."""
        reply = build(lambda embeddings: prompts.load(prompt, embeddings=embeddings))

        def run(state: Mapping[str, Any], runtime: Runtime[Any]) -> Update:
            texts = {**state["inputs"], **state.get("found", {})}
            inputs = {
                input_name: texts[input_name] for input_name in prompts.load(prompt).inputs if input_name in texts
            }
            return {"found": {name: reply.invoke({"inputs": inputs}, context=runtime.context)["reply"]}}

        return run

    def text(self, draft: Reply) -> str:
        """The reply without its reasoning."""
        return draft["text"]

    def hand_in(
        self,
        prompt: Prompt,
        draft: Reply | None,
        state: Mapping[str, Any],  # noqa: ARG002 (another writer's)
        context: Any,
    ) -> Update:
        """The reply, without the sentences that hold what must not appear.

        Raises:
            ModelError: nothing is left of it, or it could not be read.
        """
        if draft is None:
            raise ModelError(f"the reply of {context.model_name} to {prompt.name!r} could not be read; try another")
        text = _without(draft["text"], [*prompt.front.forbid, *ECHOED])
        if not text:
            reason = "is empty" if not draft["text"] else f"says what it must not ({', '.join(prompt.front.forbid)})"
            raise ModelError(f"the reply of {context.model_name} to {prompt.name!r} {reason}; try another model")
        return {"reply": text, "reasoning": draft["reasoning"]}


def build(load: Load) -> CompiledStateGraph[Any, Any, Any, Any]:
    """The graph that answers one prompt: `{"inputs": {...}}` in, `Replied` out."""
    return _techniques.graph(load, TextWriter())


def node(load: Load) -> Callable[..., Update] | CompiledStateGraph[Any, Any, Any, Any]:
    """What answers one prompt within a node: a function of state and runtime where a single call does, else a graph."""
    return _techniques.node(load, TextWriter())


def _ask(prompt: Prompt, model: BaseChatModel, messages: Sequence[BaseMessage]) -> Reply | None:
    """The model's reply; None where it should have a form, and cannot be read."""
    if not (prompt.front.answers or prompt.front.reasoning):
        return Reply(text=model_calls.ask(model, messages), reasoning="")
    for _ in range(ATTEMPTS):
        form: Any = model_calls.fill(model, _form(prompt), messages)
        if form is not None:
            return Reply(text=str(form.answer).strip(), reasoning=getattr(form, "reasoning", ""))
    return None


def _form(prompt: Prompt) -> Any:
    """The form of a reply that is not plain text."""
    answers = prompt.front.answers
    kind: Any = Literal[answers] if answers else str  # ty: ignore[invalid-type-form]
    thoughts: dict[str, Any] = {"reasoning": (str, Field(description="step by step, not shown as the answer"))}
    fields: dict[str, Any] = {**(thoughts if prompt.front.reasoning else {}), "answer": (kind, Field())}
    return create_model("Reply", __doc__="The reply.", **fields)


def _without(text: str, forbid: Sequence[str]) -> str:
    """The text without the sentences that hold a forbidden phrase."""
    if not _drafting.mentions(text, forbid):
        return text
    stretches, place = [], 0
    for start, end in sentence_spans(text):
        clean = not _drafting.mentions(text[start:end], forbid)
        stretches.append(text[place:end] if clean else text[place:start])
        place = end
    remainder = "".join(stretches).strip()
    return "" if _drafting.mentions(remainder, forbid) else remainder
