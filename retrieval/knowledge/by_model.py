"""What a passage says of two entities, found by a language model that the setting `graph_model` names.

Nothing is taken on trust: a relation counts only where the passage holds its words, character for character, with both
entities in them. So it is cited like those that rules find, which stay beside it.
Source: Edge et al. 2024, "From Local to Global: A Graph RAG Approach to Query-Focused Summarization", arXiv:2404.16130.
"""

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from pydantic import BaseModel, Field

from vademecum import prompts
from vademecum.retrieval.knowledge.entities import LONGEST_NAME, Mention, normal
from vademecum.retrieval.knowledge.relations import Relation
from vademecum.retrieval.knowledge.store import Extract, extract

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

LONGEST_LABEL = 80
"""Characters of how two things are related."""


class Statement(BaseModel):
    """One thing that a passage says of two others."""

    subject: str = Field(description="the first thing, as the passage writes it")
    relation: str = Field(description="how the first is related to the second, in a few words")
    object: str = Field(description="the second thing, as the passage writes it")
    quote: str = Field(description="the stretch of the passage that says so, copied character for character")


class Statements(BaseModel):
    """Everything that a passage says of two things that have names."""

    relations: list[Statement] = Field(default_factory=list)


def extract_by_model(model: "BaseChatModel", text: str, above: Sequence[str]) -> Extract:
    """What rules and the model find in a passage; `above`: its source's title, then its headings.

    Raises:
        ModelError: the model did not answer.
    """
    from vademecum.models import model_calls

    prompt = prompts.load("retrieval/relations").render(headings=" > ".join(above), passage=text)
    reply = model_calls.fill(model, Statements, prompt)
    by_rules = extract(text, above)
    triples = list(_checked(text, reply.relations if reply else ()))
    mentions = {(mention.start, mention.end): mention for _, *both in triples for mention in both}
    mentions |= {(mention.start, mention.end): mention for mention in by_rules.mentions}
    relations = {*by_rules.relations, *(relation for relation, *_ in triples)}
    return Extract(
        sorted(mentions.values(), key=lambda mention: (mention.start, -mention.end)),
        sorted(relations, key=lambda relation: (relation.start, relation.end, relation.label)),
    )


def _checked(text: str, statements: Sequence[Statement]) -> Iterator[tuple[Relation, Mention, Mention]]:
    for statement in statements:
        start = text.find(quote := statement.quote.strip())
        label = re.sub(r"\s+", " ", statement.relation).strip()[:LONGEST_LABEL]
        first, second = (_mention(quote, start, name) for name in (statement.subject, statement.object))
        if quote and start >= 0 and label and first and second and first.name != second.name:
            yield Relation(first.name, label, second.name, start, start + len(quote)), first, second


def _mention(quote: str, start: int, phrase: str) -> Mention | None:
    """The entity in the quote, which begins at `start`; None where it is not there word for word."""
    words = phrase.strip()
    at = quote.find(words)
    if at < 0 or not 0 < len(words) <= LONGEST_NAME or not (name := normal(words)):
        return None
    return Mention(name, words, "name", start + at, start + at + len(words))
