"""Self-consistency: several replies drawn from one model, and the one that most of them agree with."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from langchain_core.language_models import BaseChatModel

from vademecum.verification.negation import CUES
from vademecum.verification.words import parse

TEMPERATURE = 0.7
"""As in the paper (Wang et al. 2023); a model that is set to more keeps that."""


class Vote(NamedTuple):
    """Which reply won (its place), how many of them say the same, and how many there were."""

    winner: int
    agreed: int
    of: int


def sampling(model: BaseChatModel, number: int) -> BaseChatModel:
    """The model, made to draw its reply anew for each `number`, and the same for the same one where it has a seed.

    A model without a temperature of its own is left as it is: its provider samples, and some refuse to be told how.
    """
    update: dict[str, Any] = {}
    if isinstance(temperature := getattr(model, "temperature", None), int | float):
        update["temperature"] = max(float(temperature), TEMPERATURE)
    if isinstance(seed := getattr(model, "seed", None), int):
        update["seed"] = seed + number
    return model.model_copy(update=update) if update else model


def majority(replies: Sequence[str]) -> Vote:
    """The reply that most others agree with: those agree that have the same words of weight, numbers and negations.

    Of several with as many votes, the one most like all the others is taken, then the earliest.
    """
    gists = [_gist(reply) for reply in replies]
    votes = Counter(gists)

    def standing(place: int) -> tuple[int, float, int]:
        return votes[gists[place]], sum(_likeness(gists[place], gist) for gist in gists), -place

    winner = max(range(len(replies)), key=standing)
    return Vote(winner, votes[gists[winner]], len(replies))


def _gist(reply: str) -> frozenset[str]:
    words = parse(reply).words
    stems = {word.stem for word in words if word.kind != "function" or word.lower in CUES}
    return frozenset(stems or {word.lower for word in words} or {reply.strip()})


def _likeness(first: frozenset[str], second: frozenset[str]) -> float:
    return len(first & second) / max(1, len(first | second))
