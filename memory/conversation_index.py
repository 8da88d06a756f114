"""What is known of all stored conversations: read once, and again where one has been added to.

    shelf = Shelf(saver)
    shelf.all()[0].thread.title
    shelf.search("forget gate")

Kept in memory only: what a conversation held is gone with it.
"""

import threading
from datetime import datetime
from typing import Any, NamedTuple

from langgraph.checkpoint.base import BaseCheckpointSaver, CheckpointTuple

from vademecum.memory.checkpoints import Thread, as_thread, at, heads, spoken, turns
from vademecum.memory.time_travel import FORKED, Branch

AROUND = 60
"""Characters of a turn that are shown before and after the word that was looked for."""


class Kept(NamedTuple):
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


class Found(NamedTuple):
    """A conversation that holds what was looked for: in which turn (from 0), and the words around it."""

    thread: Thread
    turn: int
    excerpt: str


class Shelf:
    """The stored conversations of a checkpointer. May be shared by threads."""

    def __init__(self, saver: BaseCheckpointSaver[Any]) -> None:
        self._saver = saver
        self._lock = threading.Lock()
        self._known: dict[str, tuple[str, Kept]] = {}

    def all(self) -> list[Kept]:
        """Every conversation that says something, the latest first."""
        with self._lock:
            now = heads(self._saver)
            known = {name: self._known[name] for name, head in now.items() if self._known.get(name, ("",))[0] == head}
            for name in now.keys() - known.keys():
                if read := self._saver.get_tuple(at(name)):
                    known[name] = (read.config["configurable"]["checkpoint_id"], _kept(name, read))
            self._known = known
            found = [kept for _, kept in known.values() if kept.thread.turns]
        return sorted(found, key=lambda kept: kept.thread.updated, reverse=True)

    def branches(self, thread: str) -> list[Branch]:
        """Those that were forked from the one of that name, the latest first, each with where it left."""
        return [Branch(kept.thread.id, kept.forked_at) for kept in self.all() if kept.origin == thread]

    def clear(self) -> None:
        """Read all of them again next time: what they hold was rewritten, as when a document was forgotten."""
        with self._lock:
            self._known = {}

    def search(self, words: str) -> list[Found]:
        """Those of which a turn holds all the words, in any case; the latest first, none for no words."""
        wanted = words.casefold().split()
        return [found for kept in self.all() if wanted and (found := _found(kept, wanted))]


def _kept(name: str, read: CheckpointTuple) -> Kept:
    said = tuple(f"{turn.question}\n{turn.reply}" for turn in turns(spoken(read)))
    marks: dict[str, Any] = dict(read.metadata)
    origin, left, departs, on = (marks.get(mark) for mark in FORKED)
    thread = as_thread(name, read)
    return Kept(thread, said, origin or "", departs or 0, on or datetime.min.isoformat(), left or "")


def _found(kept: Kept, wanted: list[str]) -> Found | None:
    for place, text in enumerate(kept.texts):
        folded = text.casefold()
        if all(word in folded for word in wanted):
            return Found(kept.thread, place, _excerpt(text, folded.find(wanted[0]), len(wanted[0])))
    return None


def _excerpt(text: str, start: int, length: int) -> str:
    """The words around a place, on one line; a folded text may be a little longer than the text itself."""
    first, last = max(0, start - AROUND), min(len(text), start + length + AROUND)
    line = " ".join(text[first:last].split())
    return f"{'…' if first else ''}{line}{'…' if last < len(text) else ''}"
