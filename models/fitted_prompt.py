"""What of a conversation fits the context of a model: its oldest turns are left out, then results of tools shortened.

The system message and the last request always stay.
"""

import bisect
from collections.abc import Callable
from typing import Any, NamedTuple

from vademecum.core.errors import ModelError
from vademecum.models.llama import Llama

Turn = dict[str, Any]

ROOM = 4
"""At most this part of the context (1/4) is kept free for the reply."""

TOGETHER = 4
"""Requests that are left out together: in between the prompt begins as it did, and that part is not read again."""

SHORTEST = 200
"""Characters that a shortened result of a tool keeps at least."""


class Prompt(NamedTuple):
    """Messages in the OpenAI form, what else the chat template takes, and how many messages were left out."""

    turns: list[Turn]
    template_arguments: dict[str, Any]
    left_out: int = 0


def fitted(prompt: Prompt, model: Llama, reply_tokens: int) -> Prompt:
    """The prompt, within the model's context together with a reply of up to `reply_tokens`.

    Raises:
        ModelError: the last request alone is too long.
    """
    limit = model.context_tokens - min(reply_tokens, model.context_tokens // ROOM)
    # A token has one byte at least: what is short is not counted, which would take a millisecond or more.
    if len(str(prompt.turns).encode()) + len(str(prompt.template_arguments).encode()) + 16 * len(prompt.turns) < limit:
        return prompt

    def excess(turns: list[Turn]) -> int:
        return model.count_prompt(turns, prompt.template_arguments) - limit

    turns = _without_oldest(prompt.turns, excess)
    over = excess(turns)
    if over > 0:
        turns = _shortened(turns, excess)
        over = excess(turns)
    if over > 0:
        raise ModelError(
            f"the prompt has {limit + over} tokens, and the model's context of {model.context_tokens} has room for "
            f"{limit} beside the reply; shorten it, or raise the setting context_tokens"
        )
    return Prompt(turns, prompt.template_arguments, len(prompt.turns) - len(turns))


def _without_oldest(turns: list[Turn], excess: Callable[[list[Turn]], int]) -> list[Turn]:
    """The turns from the earliest request on from which all fit; the last request, where none does."""
    if excess(turns) <= 0:
        return turns
    system = [turn for turn in turns[:1] if turn["role"] == "system"]
    starts = [i for i, turn in enumerate(turns) if turn["role"] == "user"] or [len(system)]
    for candidates in (starts[::TOGETHER], starts):
        i = bisect.bisect_left(candidates, True, key=lambda start: excess([*system, *turns[start:]]) <= 0)
        if i < len(candidates):
            return [*system, *turns[candidates[i] :]]
    return [*system, *turns[starts[-1] :]]


def _shortened(turns: list[Turn], excess: Callable[[list[Turn]], int]) -> list[Turn]:
    """The turns with results of tools cut to the half until they fit, the oldest first."""
    turns = list(turns)
    for i in [i for i, turn in enumerate(turns) if turn["role"] == "tool"]:
        while excess(turns) > 0 and len(text := turns[i]["content"]) > SHORTEST:
            kept = max(SHORTEST, len(text) // 2)
            turns[i] = {**turns[i], "content": f"{text[:kept]} [cut short]"[: len(text) - 1]}
    return turns
