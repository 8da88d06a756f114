"""Who may reply in a conversation, by name: the documents, an agent, a chain of prompts, or whoever fits.

question, choices = order("coder", "Sort these numbers: 3, 1, 2")
notes.stream(question, graph="chat", thread="t1", **choices)
"""

from contextlib import suppress
from typing import Any

from vademecum import agents
from vademecum.core import plugins
from vademecum.core.errors import PromptError, UsageError
from vademecum.prompts import chaining

ROUTER = "router"
DOCUMENTS = "documents"
_CHAIN = "chain:"

ABOUT = {
    ROUTER: "Whoever fits your message: your documents, the assistant with its tools, or what is remembered.",
    DOCUMENTS: "Only your documents: every sentence with what it rests on, or that they do not answer.",
}


def descriptions() -> dict[str, str]:
    """Names of all who may reply, each with what they are for; `ROUTER` comes first."""
    about = {**ABOUT, **{name: plugins.about(agent) for name, agent in agents.members.items()}}
    for name in chaining.names():
        with suppress(PromptError):  # a broken one is offered to nobody; `vade chain list` says what is wrong with it
            about[f"{_CHAIN}{name}"] = chaining.describe(name)
    return about


def order(replier: str, question: str) -> tuple[str, dict[str, Any]]:
    """The question and the choices of a run of the chat graph in which `replier` replies.

    Raises:
        UsageError: there is nobody of that name; the message lists those there are.
    """
    if replier in ("", ROUTER):
        return question, {}
    if replier == DOCUMENTS:
        return question, {"speaker": "answer"}
    if replier in agents.names():
        return question, {"speaker": "assistant", "agent": replier}
    name = replier.removeprefix(_CHAIN)
    if replier.startswith(_CHAIN) and name in chaining.names():
        names_chain = question.casefold().startswith("run the chain ")
        return (question if names_chain else f"Run the chain {name} with {question}"), {"speaker": "chain"}
    raise UsageError(f"nobody named {replier!r} can reply; there are: {', '.join(descriptions())}")
