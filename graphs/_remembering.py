"""What the conversation does with its memory: what it recalls, what it proposes to keep, how its summary grows."""

import re
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import Literal

import numpy as np
from langchain_core.embeddings import Embeddings
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AnyMessage, HumanMessage
from langgraph.store.base import BaseStore
from pydantic import BaseModel, Field

from vademecum import prompts
from vademecum.core.errors import ModelError
from vademecum.language.questions import content_words
from vademecum.memory import self_statements, summary
from vademecum.memory.context_window import MemoryKind, summary_chars, turns_kept, turns_tokens
from vademecum.memory.facts import RELEVANT, Facts
from vademecum.memory.summary import unfenced
from vademecum.models import model_calls

Consent = Literal["ask", "on", "off"]
"""What becomes of facts that the conversation finds: proposed to the person, kept, or not even looked for."""

ANSWERS = 0.42
"""Likeness above which a statement answers a question about oneself. A small trial: those that do, .43 to .91; the best
of those that do not, .31."""

MAY_ANSWER = 0.25
"""The same, where nothing but what the person told can answer."""

SHARED = 0.2
"""What the question's own words add where a statement has them all: "work" says more there than it does elsewhere."""

STATEMENTS_LOOKED_AT = 50
"""Of the latest that the person made in a conversation."""

_LONGER = re.compile(r"(?!(?i:what|which|where|when|does|have)\b)\b\w{4,}")

PROPOSED = 3
"""Facts proposed after one message, at most."""


class FoundFacts(BaseModel):
    """What a message says about the person that is worth remembering."""

    facts: list[str] = Field(description="short sentences in the person's voice; usually none", max_length=8)


def recalled(question: str, store: BaseStore | None, user: str) -> list[str]:
    """What is remembered of the person that has to do with the question; where that is about them, the likeliest."""
    if store is None:
        return []
    least = -1.0 if self_statements.asks_about_self(question) else RELEVANT
    return [fact.text for fact in Facts(store, user).about(question, least=least)]


def own_statement(question: str, facts: Sequence[str], messages: Sequence[AnyMessage], embeddings: Embeddings) -> str:
    """What the person has told that answers a question about themselves, in their words; empty where nothing does.

    Looked for among the facts and among what the person stated earlier in this conversation.
    """
    if not self_statements.asks_about_self(question):
        return ""
    statements_made = [
        statement
        for message in messages
        if isinstance(message, HumanMessage)
        for statement in statements_in(message.text)
    ]
    candidates = list(dict.fromkeys([*facts, *statements_made[-STATEMENTS_LOOKED_AT:]]))
    if not candidates:
        return ""
    question_vector = np.asarray(embeddings.embed_query(question))
    vectors = np.asarray(embeddings.embed_documents(candidates))
    scores = vectors @ question_vector / (np.linalg.norm(vectors, axis=1) * np.linalg.norm(question_vector))
    least = ANSWERS
    if self_statements.asks_only_about_self(question):
        scores = scores + SHARED * np.asarray([_shared(question, statement) for statement in candidates])
        least = MAY_ANSWER
    best = int(scores.argmax())
    return candidates[best] if scores[best] >= least else ""


def statements_in(message: str) -> list[str]:
    """What a message states about the person, or asks to have remembered."""
    request = self_statements.to_remember(message)
    return self_statements.about_self(request or message) or ([request] if request else [])


def proposals(message: str, store: BaseStore | None, user: str, model: BaseChatModel | None) -> list[str]:
    """What the person's message says about them that is not remembered yet, found by the model or by rules.

    A model that fails costs nobody their reply: the rules decide then.
    """
    if store is None or self_statements.to_remember(message) or not self_statements.mentions_self(message):
        return []
    facts = self_statements.about_self(message)
    if model:
        prompt = prompts.load("memory/propose-facts").render(message=unfenced(message))
        with suppress(ModelError):  # not an edge, but the reply is there already
            form = model_calls.fill(model, FoundFacts, prompt, silent=True)
            facts = [" ".join(fact.split()) for fact in form.facts if _is_said(fact, message)] if form else facts
    remembered = {fact.text.casefold() for fact in Facts(store, user).all()}
    return [fact for fact in dict.fromkeys(facts) if fact and fact.casefold() not in remembered][:PROPOSED]


def summarised(
    messages: Sequence[AnyMessage],
    so_far: tuple[str, int],
    kind: MemoryKind,
    *,
    turns: int,
    tokens: int,
    model: BaseChatModel | None,
) -> tuple[str, int]:
    """The summary, and how many messages it tells of; it moves every few turns.

    A model that fails costs the summary its words, and not the person their answer: lines are extracted instead.
    """
    if kind == "buffer":
        return so_far
    text, place = so_far
    end = summary.due(messages, place, turns=turns_kept(kind, turns), tokens=turns_tokens(tokens))
    if end == place:
        return so_far
    news, most = messages[place:end], summary_chars(tokens)
    if model:
        try:
            write = partial(model_calls.ask, model, silent=True)
            return summary.fold(text, news, most_chars=most, write=write), end
        except ModelError:  # not an edge, but the reply is there already, and must not be lost to a summary
            pass
    return summary.fold(text, news, most_chars=most), end


def _shared(question: str, statement: str) -> float:
    """The part of the question's longer words that the statement has, in [0, 1]."""
    question_words = {word.casefold() for word in _LONGER.findall(question)}
    return len(question_words & {word.casefold() for word in _LONGER.findall(statement)}) / max(1, len(question_words))


def _is_said(text: str, by: str) -> bool:
    """True where half or more of the words that say something are in what it is said `by`."""
    own = {word.casefold() for word in content_words(by)}
    words = content_words(text)
    return bool(words) and sum(word.casefold() in own for word in words) >= len(words) / 2
