"""What is known of all stored conversations: read once, and again where one has been added to.

    index = ConversationIndex(saver)
    index.all()[0].thread.title
    index.search("forget gate")

Kept in memory only: what a conversation held is gone with it.
"""

import threading
from datetime import datetime
from typing import Any, NamedTuple

from langgraph.checkpoint.base import BaseCheckpointSaver, CheckpointTuple

from vademecum.memory.checkpoints import Thread, as_thread, heads, readable, spoken, turns
from vademecum.memory.time_travel import FORKED, Branch

AROUND = 60
"""Characters of a turn that are shown before and after the word that was looked for."""


class StoredConversation(NamedTuple):
    """A conversation. `texts`: each turn's question and reply; `origin`: what it was forked from ("": nothing).

    `departs` is the first turn (from 0) in which it may differ from its origin, `forked_on` when it was forked,
    `forked_at` the checkpoint of its origin (its id) at which it was.
    """

    thread: Thread
    texts: tuple[str, ...]
    origin: str = ""
    departs: int = 0
    forked_on: str = ""
    forked_at: str = ""


class ConversationHit(NamedTuple):
    """A conversation that holds what was looked for: in which turn (from 0), and the words around it."""

    thread: Thread
    turn: int
    excerpt: str


class ConversationIndex:
    """The stored conversations of a checkpointer. May be shared by threads."""

    def __init__(self, saver: BaseCheckpointSaver[Any]) -> None:
        self._saver = saver
        self._lock = threading.Lock()
        self._by_name: dict[str, tuple[str, StoredConversation]] = {}

    def all(self) -> list[StoredConversation]:
        """Every conversation that says something, the latest first."""
        with self._lock:
            now = heads(self._saver)
            by_name = {
                name: self._by_name[name] for name, head in now.items() if self._by_name.get(name, ("",))[0] == head
            }
            for name in now.keys() - by_name.keys():
                if conversation := readable(self._saver, name, _with_head):
                    by_name[name] = conversation
            self._by_name = by_name
            conversations = [conversation for _, conversation in by_name.values() if conversation.thread.turns]
        return sorted(conversations, key=lambda conversation: conversation.thread.updated, reverse=True)

    def branches(self, thread: str) -> list[Branch]:
        """Those that were forked from the one of that name, the latest first, each with where it left."""
        return [
            Branch(conversation.thread.id, conversation.forked_at)
            for conversation in self.all()
            if conversation.origin == thread
        ]

    def clear(self) -> None:
        """Read all of them again next time: what they hold was rewritten, as when a document was forgotten."""
        with self._lock:
            self._by_name = {}

    def search(self, words: str) -> list[ConversationHit]:
        """Those of which a turn holds all the words, in any case; the latest first, none for no words."""
        terms = words.casefold().split()
        return [hit for conversation in self.all() if terms and (hit := _first_hit(conversation, terms))]


def _with_head(name: str, checkpoint: CheckpointTuple) -> tuple[str, StoredConversation]:
    return checkpoint.config["configurable"]["checkpoint_id"], _stored_conversation(name, checkpoint)


def _stored_conversation(name: str, checkpoint: CheckpointTuple) -> StoredConversation:
    texts = tuple(f"{turn.question}\n{turn.reply}" for turn in turns(spoken(checkpoint)))
    marks: dict[str, Any] = dict(checkpoint.metadata)
    origin, forked_at, departs, on = (marks.get(mark) for mark in FORKED)
    thread = as_thread(name, checkpoint)
    return StoredConversation(
        thread, texts, origin or "", departs or 0, on or datetime.min.isoformat(), forked_at or ""
    )


def _first_hit(conversation: StoredConversation, terms: list[str]) -> ConversationHit | None:
    for place, text in enumerate(conversation.texts):
        folded = text.casefold()
        if all(word in folded for word in terms):
            return ConversationHit(conversation.thread, place, _excerpt(text, folded.find(terms[0]), len(terms[0])))
    return None


def _excerpt(text: str, start: int, length: int) -> str:
    """The words around a place, on one line; a folded text may be a little longer than the text itself."""
    first, last = max(0, start - AROUND), min(len(text), start + length + AROUND)
    line = " ".join(text[first:last].split())
    return f"{'…' if first else ''}{line}{'…' if last < len(text) else ''}"
