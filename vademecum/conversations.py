"""What a notebook does with conversations: those that are stored, and what is remembered of a person."""

import re
import threading
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from vademecum.core.errors import UsageError
from vademecum.core.settings import Settings

if TYPE_CHECKING:
    from langgraph.checkpoint.base import BaseCheckpointSaver, CheckpointTuple
    from langgraph.checkpoint.memory import InMemorySaver
    from langgraph.store.base import BaseStore

    from vademecum.agents import Decision, Waiting
    from vademecum.checkpoint_states import StateAt
    from vademecum.events import Event
    from vademecum.memory.checkpoints import Thread, Turn
    from vademecum.memory.conversation_index import ConversationHit, ConversationIndex
    from vademecum.memory.facts import Facts
    from vademecum.memory.time_travel import Branch, Checkpoint
    from vademecum.retrieval.library import Library

_THREAD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@-]{0,99}")


class Conversations:
    """What a notebook knows of conversations. Methods raise UsageError where there is none of that name."""

    settings: Settings
    library: "Library"
    _opening: "threading.RLock"

    @cached_property
    def checkpointer(self) -> "BaseCheckpointSaver[Any]":
        """The stored conversations."""
        from vademecum.memory.checkpoints import open_checkpointer

        with self._opening:
            known = self.__dict__.get("checkpointer")
            return known or open_checkpointer(self.settings.home, self.settings.database)

    @cached_property
    def unstored(self) -> "InMemorySaver":
        """Conversations that end with the process."""
        from vademecum.memory.checkpoints import in_process

        with self._opening:
            return self.__dict__.get("unstored") or in_process()

    @cached_property
    def store(self) -> "BaseStore":
        """The long-term memory."""
        from vademecum.memory.store import open_store

        with self._opening:
            return self.__dict__.get("store") or open_store(self.library, self.settings.database)

    @cached_property
    def shelf(self) -> "ConversationIndex":
        """What is known of all stored conversations without reading them again."""
        from vademecum.memory.conversation_index import ConversationIndex

        with self._opening:
            return self.__dict__.get("shelf") or ConversationIndex(self.checkpointer)

    def close_conversations(self) -> None:
        """Close what has been opened."""
        self.__dict__.pop("shelf", None)
        for name in ("checkpointer", "store"):
            if opened := self.__dict__.pop(name, None):
                opened.conn.close()

    def threads(self) -> "list[Thread]":
        """Stored conversations, the latest first."""
        return [one.thread for one in self.shelf.all()]

    def search_threads(self, words: str) -> "list[ConversationHit]":
        """Stored conversations in which a turn holds all these words (in any case), the latest first."""
        return self.shelf.search(words)

    def history(self, thread: str) -> "list[Turn]":
        """The turns of a stored conversation, oldest first."""
        from vademecum.memory.checkpoints import conversation

        require_name(thread)
        return conversation(self.checkpointer, thread)

    def forget_thread(self, thread: str) -> None:
        """Delete a stored conversation."""
        from vademecum.memory.checkpoints import forget

        self.history(thread)
        forget(self.checkpointer, thread)

    def thread_history(self, thread: str) -> "list[Checkpoint]":
        """The checkpoints of a stored conversation, the latest first: one for each step of its graph."""
        from vademecum.memory.time_travel import history

        require_name(thread)
        return history(self.checkpointer, thread)

    def state_at(self, thread: str, at: str) -> "StateAt":
        """The state of a stored conversation at a checkpoint (its id, or its step)."""
        from vademecum.checkpoint_states import state_at

        require_name(thread)
        return state_at(self, thread, at)  # ty: ignore[invalid-argument-type]

    def branches(self, thread: str) -> "list[Branch]":
        """Conversations that were forked from this one, and where."""
        require_name(thread)
        return self.shelf.branches(thread)

    def origin(self, thread: str) -> "Branch | None":
        """The conversation that this one was forked from, and where; None where it was not."""
        from vademecum.memory.time_travel import origin

        require_name(thread)
        return origin(self.checkpointer, thread)

    def fork(
        self, thread: str, *, at: str | None = None, to: str | None = None, changes: "Mapping[str, Any] | None" = None
    ) -> str:
        """Begin a new conversation from where a stored one was at a checkpoint (its id, or its step); its name.

        `at` None means where it is now; `to` None means a name that is free. `changes` are values of the state that
        are others in the new one: `go_on` then runs what follows with them. The old conversation stays as it is.
        """
        from vademecum.memory.time_travel import fork

        require_name(thread)
        new = to if to is not None else self.free_name(thread)
        require_name(new)
        fork(self.checkpointer, thread, new, at=at, changes=changes or {})
        return new

    def branch(self, thread: str, turn: int, question: str | None = None) -> str:
        """Begin a new conversation in which a turn (from 0) is asked anew, or asked `question` instead; its name.

        What was said before that turn is the same; `go_on` then has it answered, by another model where it is given
        one. The old conversation stays as it is.
        """
        from vademecum.branching import branch

        require_name(thread)
        return branch(self, thread, turn, question)  # ty: ignore[invalid-argument-type]

    def versions(self, thread: str) -> "dict[int, list[str]]":
        """Where a conversation has others beside it: by turn, all that differ from there on, the oldest first."""
        from vademecum.branching import versions

        require_name(thread)
        return versions(self.shelf, thread)

    def markdown(self, thread: str) -> str:
        """A stored conversation as Markdown: every citation is a footnote with path, place and quote."""
        from vademecum.exporting import conversation

        turns = self.history(thread)
        return conversation(turns, self.ambiguous_paths())  # ty: ignore[missing-attribute]

    def unfinished(self, thread: str) -> str | None:
        """The question of a conversation whose run was cut off before its end; None where there is none."""
        from vademecum.memory.checkpoints import at
        from vademecum.memory.time_travel import following

        require_name(thread)
        found = self.checkpointer.get_tuple(at(thread))
        return self.thread_history(thread)[0].question if found and following(found) else None

    def go_on(self, thread: str, **choices: Any) -> "Iterator[Event]":
        """Go on with a run that was cut off (killed, or failed) from its last checkpoint, told as by `stream`.

        `choices` are settings for this run, such as `model`; `stop` as for `stream`.

        Raises:
            UsageError: there is no such conversation, nothing of it is unfinished, or it waits for a person's decision.
        """
        from vademecum import graph_runs
        from vademecum.memory.checkpoints import latest
        from vademecum.memory.time_travel import following, waits_for_person

        require_name(thread)
        found = latest(self.checkpointer, thread)
        graph = found.metadata.get("graph")
        if not following(found):
            raise UsageError(f"nothing of conversation {thread!r} is unfinished; ask it something")
        if waits_for_person(found):
            raise UsageError(f"conversation {thread!r} waits for a decision; make it: vade agent --resume {thread}")
        if not graph:
            raise UsageError(f"conversation {thread!r} was not begun by a question; go on with it where it was begun")
        stop = choices.pop("stop", None)
        choices = {**_replier(found), **choices}
        run: Any = graph_runs.prepare(self, graph, thread=thread, **choices)  # ty: ignore[invalid-argument-type]
        return graph_runs.events(run, None, stop)

    def decide(
        self, thread: str, *decisions: "Decision | str", graph: str = "chat", stored: bool = True, **choices: Any
    ) -> "Iterator[Event]":
        """Go on with a run that stopped to ask a person, told as by `stream`, with a decision for each waiting call.

        Decisions are those of `Notebook.resume`; `choices` are settings for this run, such as `model`.

        Raises:
            UsageError: nothing waits in that conversation, or the decisions do not fit.
        """
        from vademecum import agent_runs, graph_runs
        from vademecum.agents import as_decisions, resumption
        from vademecum.memory.checkpoints import at

        require_name(thread)
        saver = self.checkpointer if stored else self.unstored
        calls = agent_runs.waiting(saver, thread)
        choices = {**_replier(saver.get_tuple(at(thread))), **choices}
        command: Any = resumption(calls, as_decisions(decisions))
        stop = choices.pop("stop", None)
        run: Any = graph_runs.prepare(self, graph, thread=thread, stored=stored, **choices)  # ty: ignore[invalid-argument-type]
        return graph_runs.events(run, command, stop)

    def pending(self, thread: str) -> "tuple[Waiting, ...]":
        """The calls of a stored conversation that wait for a person; empty where none does."""
        from vademecum import agent_runs

        require_name(thread)
        return agent_runs.pending(self.checkpointer, thread)

    def facts(self, user: str | None = None) -> "Facts":
        """What is remembered of a person (None: of the one that the settings name), to be read and changed."""
        from vademecum.memory.facts import Facts

        return Facts(self.store, user or self.settings.user)

    def free_name(self, thread: str) -> str:
        """A name that no conversation has, for one that is forked from this."""
        taken = {each.id for each in self.threads()}
        return next(name for number in range(2, len(taken) + 3) if (name := f"{thread[:90]}-{number}") not in taken)


def _replier(found: "CheckpointTuple | None") -> dict[str, Any]:
    """Who was to reply in a run that stopped."""
    from vademecum.graph_runs import REPLIER

    kept: dict[str, Any] = dict(found.metadata) if found else {}
    return {name: kept[name] for name in REPLIER if name in kept}


def require_name(thread: str | None) -> None:
    """Raise UsageError where a conversation cannot have this name."""
    if thread is not None and not _THREAD.fullmatch(thread):
        raise UsageError(
            f"{thread[:120]!r} cannot name a conversation; take up to 100 letters, digits and . _ : @ - (no blanks)"
        )
