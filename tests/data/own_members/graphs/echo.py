"""Says a thing twice.

say → say_again
"""

from typing import TypedDict

from langgraph.graph import START, StateGraph
from langgraph.types import Checkpointer


class State(TypedDict, total=False):
    question: str


def say(state: State) -> State:
    return {"question": state["question"]}


def say_again(state: State) -> State:
    return {"question": state["question"] * 2}


def build(*, checkpointer: Checkpointer = None):
    builder = StateGraph(State).add_node(say).add_node(say_again).add_edge(START, "say").add_edge("say", "say_again")
    return builder.compile(checkpointer=checkpointer, name="echo")
