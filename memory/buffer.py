"""Buffer memory: the last turns of a conversation, so that what a model is shown stays bounded as it grows."""

from collections.abc import Sequence

from langchain_core.messages import AIMessage, AnyMessage, BaseMessage, HumanMessage, trim_messages

TURNS = 6
"""Turns shown by default: a follow-up rarely refers further back."""

TOKENS = 1500
"""Tokens shown by default: leaves more than half of the embedded model's window to evidence and answer."""


def spoken_messages(messages: Sequence[BaseMessage]) -> list[BaseMessage]:
    """What the person and the assistant said. Tool calls and their results are left out: they were material for it."""
    return [m for m in messages if isinstance(m, HumanMessage) or (isinstance(m, AIMessage) and not m.tool_calls)]


def recent(messages: Sequence[AnyMessage], *, turns: int = TURNS, tokens: int = TOKENS) -> list[BaseMessage]:
    """What was said last by the person and the assistant, oldest first, beginning with the person.

    At most `turns` turns and about `tokens` tokens (estimated at four characters each).
    """
    messages_spoken = spoken_messages(messages)
    starts = [place for place, message in enumerate(messages_spoken) if isinstance(message, HumanMessage)]
    latest = messages_spoken[starts[-turns] :] if len(starts) > turns else messages_spoken
    return trim_messages(latest, max_tokens=tokens, token_counter="approximate", strategy="last", start_on="human")
