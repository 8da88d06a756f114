"""The events of a streamed answer, in order: steps, quotes, words, sentences that passed, and the answer."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from vademecum.agents import ToolCall, Waiting
from vademecum.core.types import Answer, Sentence


class Step(NamedTuple):
    """A node of the graph has begun, or is `done`; `path` holds the graphs it lies in, outermost first."""

    node: str
    done: bool
    path: tuple[str, ...] = ()


class Token(NamedTuple):
    """Words as the model writes them, not yet checked; `path` are the graphs and the node that they come from."""

    text: str
    path: tuple[str, ...] = ()


class Quoted(NamedTuple):
    """Sentences of the documents that are the answer without a model, checked, while the model still writes its own."""

    sentences: tuple[Sentence, ...]


class Checked(NamedTuple):
    """A sentence that passed, and will be in the answer."""

    sentence: Sentence


class Output(NamedTuple):
    """The whole output of a step of a chain."""

    step: str
    text: str


class Done(NamedTuple):
    """The end: the answer from the documents, or None where the reply is not from them (an agent, small talk).

    `calls` are those that an agent made of its tools; `state` is the graph's final state, such as a `report`. Where
    the run stopped to ask a person, there is no reply yet, and `waits` are the calls that wait: it goes on with
    `Notebook.decide`.
    """

    answer: Answer | None
    reply: str
    calls: tuple[ToolCall, ...] = ()
    state: Mapping[str, Any] = MappingProxyType({})
    waits: tuple[Waiting, ...] = ()


Event = Step | Token | Quoted | Checked | Output | Done
