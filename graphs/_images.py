"""Images that a person attaches: in their message while a model may look at them, then no longer than a few turns."""

from collections.abc import Sequence
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AnyMessage, BaseMessage, HumanMessage

from vademecum.models import images

TURNS = 3
"""Turns after its own that an image stays in: each checkpoint holds all of it, and questions about one come soon."""

GONE = "[an image that was attached here]"


def message(text: str, blocks: Sequence[dict[str, Any]]) -> HumanMessage:
    """What the person says, with what they attach: content blocks of type image."""
    content: list[Any] = [{"type": "text", "text": text}, *blocks]
    return HumanMessage(content) if blocks else HumanMessage(text)


def attached(message: BaseMessage) -> bool:
    """True where the message holds an image."""
    return isinstance(message.content, list) and any(block["type"] == "image" for block in message.content_blocks)


def outdated(messages: Sequence[AnyMessage]) -> list[AnyMessage]:
    """The messages whose images go, without them: older than a few turns, or left without a reply.

    An image that a model refused would be refused again with every message that follows.
    """
    human_places = [place for place, message in enumerate(messages) if isinstance(message, HumanMessage)]
    unanswered = {place for place in human_places if place + 1 in {len(messages), *human_places}}
    old = {*human_places[:-TURNS], *unanswered}
    return [_without(messages[place]) for place in sorted(old) if attached(messages[place])]


def readable(earlier: Sequence[BaseMessage], model: BaseChatModel | None) -> list[BaseMessage]:
    """What was said before, as the model can take it; an image that cannot be read there stops nobody."""
    if model is None:
        return list(earlier)
    return images.readable([*earlier, HumanMessage("")], model)[:-1]  # of the last one alone it would raise


def _without(message: AnyMessage) -> AnyMessage:
    return message.model_copy(update={"content": f"{message.text}\n\n{GONE}"})
