"""What a very small model needs: to be known as one, to be kept short, and to be rid of what it says over and over."""

from langchain_core.language_models import BaseChatModel

from vademecum.graphs._claims import plain
from vademecum.language.sentences import sentence_spans

MOST_TOKENS = 256
"""Longest plain text of a very small model: what comes later repeats what came before."""


def kept_short(model: BaseChatModel) -> BaseChatModel:
    """The model, made to stop after `MOST_TOKENS`, where it has such a bound."""
    bound = getattr(model, "max_tokens", None)
    short = isinstance(bound, int) and bound > MOST_TOKENS
    return model.model_copy(update={"max_tokens": MOST_TOKENS}) if short else model


def without_repeats(text: str) -> str:
    """The text, each of its sentences once; one cut off at the end goes too where it began as an earlier one did."""
    stretches, place, earlier = [], 0, []
    for start, end in sentence_spans(text):
        sentence = plain(text[start:end])
        new = sentence not in earlier and not (
            end == len(text.rstrip()) and any(sentence_before.startswith(sentence) for sentence_before in earlier)
        )
        stretches.append(text[place:end] if new else "")
        earlier.append(sentence)
        place = end
    return "".join(stretches).strip()
