"""Long-term memory: facts about a person and their work, kept with their consent, found by meaning.

    facts = Facts(store, "ada")
    facts.add("I prefer tea to coffee.")
    facts.about("What do I drink?")[0].text

Each person has a namespace of their own. Who calls `add` has the person's consent: they said "remember that ...",
agreed to a proposal, or set `memory_facts` to "on".
"""

import re
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from langgraph.store.base import BaseStore, Item

from vademecum.core.errors import UsageError

MAX_CHARS = 500
"""Longest fact; longer texts are documents."""

MAX_FACTS = 1000
"""Facts kept of one person: what nobody can look through is not consented to any more."""

RELEVANT = 0.25
"""Likeness below which a fact has nothing to do with a question: unrelated pairs of a small trial came to .19."""

_USER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@:-]{0,99}")
_GAP = re.compile(r"\s+")


class Fact(NamedTuple):
    """One thing remembered of a person. `id`: eight hexadecimal digits; times: UTC; `score`: likeness to a question."""

    id: str
    text: str
    added: datetime
    changed: datetime
    score: float | None = None


@dataclass(frozen=True)
class Facts:
    """What is remembered of `user`.

    Raises:
        UsageError: the user's name cannot be one.
    """

    store: BaseStore
    user: str

    def __post_init__(self) -> None:
        if not _USER.fullmatch(self.user):
            raise UsageError(f"{self.user[:120]!r} cannot name a user; take up to 100 letters, digits and . _ : @ -")

    @property
    def namespace(self) -> tuple[str, str]:
        """Where the store keeps them; its labels must not hold a full stop."""
        return "facts", self.user.replace("%", "%25").replace(".", "%2E")

    def all(self) -> list[Fact]:
        """Every fact, the oldest first."""
        items = self.store.search(self.namespace, limit=MAX_FACTS)
        return sorted((_fact(item) for item in items if item.namespace == self.namespace), key=lambda fact: fact.added)

    def add(self, text: str) -> Fact:
        """Keep a fact; one that is known already stays as it is.

        Raises:
            UsageError: it is empty, too long or not text, or there are too many.
        """
        accepted, facts = _accepted(text), self.all()
        for fact in facts:
            if fact.text.casefold().rstrip(".!") == accepted.casefold().rstrip(".!"):
                return fact
        if len(facts) >= MAX_FACTS:
            raise UsageError(f"{MAX_FACTS} facts are remembered already; forget some first: vade memory forget ID")
        return self._put(uuid.uuid4().hex[:8], accepted, datetime.now(UTC))

    def edit(self, fact_id: str, text: str) -> Fact:
        """Put another text in the place of a fact's.

        Raises:
            UsageError: there is no such fact, or the text is empty, too long or not text.
        """
        fact = self.get(fact_id)
        return self._put(fact.id, _accepted(text), fact.added)

    def forget(self, fact_id: str) -> Fact:
        """Delete a fact; what it was.

        Raises:
            UsageError: there is no such fact.
        """
        gone = self.get(fact_id)
        self.store.delete(self.namespace, gone.id)
        return gone

    def get(self, fact_id: str) -> Fact:
        """One fact.

        Raises:
            UsageError: there is none of that id.
        """
        item = self.store.get(self.namespace, fact_id) if fact_id else None
        if item is None:
            raise UsageError(f"nothing is remembered under {fact_id!r}; see the list: vade memory list")
        return _fact(item)

    def about(self, question: str, *, k: int = 5, least: float = RELEVANT) -> list[Fact]:
        """Up to `k` facts that have to do with the question, the likeliest first; all score `least` or more."""
        items = self.store.search(self.namespace, query=question, limit=k) if question.strip() else []
        facts = [_fact(item, item.score) for item in items if item.namespace == self.namespace]
        return [fact for fact in facts if (fact.score or 0.0) >= least]

    def _put(self, fact_id: str, text: str, added: datetime) -> Fact:
        # The store's own time of creation is in whole seconds, and SqliteStore's is that of the latest change.
        self.store.put(self.namespace, fact_id, {"text": text, "added": added.isoformat()})
        return self.get(fact_id)


def _fact(item: Item, score: float | None = None) -> Fact:
    added = datetime.fromisoformat(item.value["added"])
    return Fact(item.key, str(item.value["text"]), added, item.updated_at, score)


def _accepted(text: str) -> str:
    one_line = _GAP.sub(" ", text).strip()
    if not one_line:
        raise UsageError("there is nothing to remember; give a sentence")
    if any("\ud800" <= character <= "\udfff" for character in one_line):
        raise UsageError("what is to be remembered is not valid UTF-8 text; write it anew")
    if len(one_line) > MAX_CHARS:
        raise UsageError(f"a fact may have {MAX_CHARS} characters, this has {len(one_line):,}; ingest it as a document")
    return one_line
