"""A follow-up made to stand alone by a model.

    completed("And on Sundays?", history, model)      "Who keeps the key on Sundays?"

A small model is asked only where the question leans on what was said. What it writes is taken only where it keeps the
question's own words, and adds none but those of the conversation.
"""

import re
from collections.abc import Sequence

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage, HumanMessage
from pydantic import BaseModel, Field

from vademecum import prompts
from vademecum.graphs._fences import inside
from vademecum.language.questions import content_words, is_fragment, leans, without_opening
from vademecum.language.stems import stem
from vademecum.models import model_calls
from vademecum.models.fitness import Strategy

EARLIER = 4
"""Messages of the conversation that the model is shown."""

EARLIER_CHARS = 240
"""Of each its beginning, in characters: that is where its subject stands."""

LONGEST = 220
"""Longest question that is taken from the model, in characters."""

KEPT = 0.5
"""Least share of the question's own words that say something which the model's wording must have."""

ADDED = 1
"""Words that say something, and are of neither the question nor the conversation, which it may add."""

_DENIALS = re.compile(r"\b(?:not|no|never|without|none|nor|neither|cannot|except|unless)\b|n['’]t\b", re.IGNORECASE)
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


class Completed(BaseModel):
    """The question by itself."""

    question: str = Field(min_length=4, max_length=LONGEST)


def written(question: str, history: Sequence[BaseMessage], model: BaseChatModel, strategy: Strategy) -> str:
    """The question so that it can be understood without the conversation, as far as the model can be trusted with it.

    Raises:
        ModelError: the model did not answer.
    """
    if strategy == "numbered":
        return completed(question, history, model)
    prompt = prompts.load("standalone-question")
    return model_calls.ask(model, prompt.render(question=question, history=history)) or question


def completed(question: str, history: Sequence[BaseMessage], model: BaseChatModel) -> str:
    """The question so that it can be understood by itself; as it is where it can be, or the model does no better.

    Raises:
        ModelError: the model did not answer.
    """
    bare = without_opening(question)
    if not history or not leans(bare):
        return bare
    telling = "\n".join(f"{_who(message)}: {_beginning(message)}" for message in history[-EARLIER:])
    prompt = prompts.load("complete-question").render(conversation=inside(telling), question=inside(bare))
    reply = model_calls.fill(model, Completed, prompt, silent=True)
    wording = " ".join(reply.question.split()) if reply else ""
    return wording if fits(wording, bare, [message.text for message in history]) else bare


def fits(wording: str, question: str, history: Sequence[str]) -> bool:
    """Whether a wording is the same question: with its words, numbers and denials, and none from elsewhere."""
    own, new = _stems(question), _stems(wording)
    knowledge = own | {one for text in history for one in _stems(text)}
    if not new or len(own & new) < KEPT * len(own) or len(new - knowledge) > ADDED + 2 * is_fragment(question):
        return False
    if not set(_NUMBER.findall(question)) <= set(_NUMBER.findall(wording)):
        return False
    return bool(_DENIALS.search(question)) == bool(_DENIALS.search(wording))


def _stems(text: str) -> set[str]:
    return {stem(word.casefold()) for word in content_words(text)}


def _who(message: BaseMessage) -> str:
    return "Person" if isinstance(message, HumanMessage) else "Answer"


def _beginning(message: BaseMessage) -> str:
    text = " ".join(message.text.split())
    return text if len(text) <= EARLIER_CHARS else f"{text[:EARLIER_CHARS].rsplit(' ', 1)[0]} ..."
