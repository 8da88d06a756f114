"""The stored conversations of a workspace: `notebook.conversations`. A `Notebook` has most as verbs of its own."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from vademecum import agent_runs, branching, checkpoint_states, graph_runs
from vademecum.checkpoint_states import StateAt
from vademecum.core.errors import UsageError
from vademecum.events import Event
from vademecum.memory import checkpoints, time_travel
from vademecum.memory.checkpoints import Thread, Turn
from vademecum.memory.conversation_index import ConversationHit
from vademecum.memory.time_travel import Branch, Checkpoint
from vademecum.workspace import Workspace, require_name

if TYPE_CHECKING:
    from langgraph.checkpoint.base import CheckpointTuple

    from vademecum.agents import Decision, Waiting


class Conversations:
    """Made by `Notebook.conversations`. Methods raise UsageError where there is no conversation of that name."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def all(self) -> list[Thread]:
        """All of them, the latest first."""
        return [entry.thread for entry in self._workspace.conversation_index.all()]

    def search(self, words: str) -> list[ConversationHit]:
        """Those in which a turn holds all these words (in any case), the latest first."""
        return self._workspace.conversation_index.search(words)

    def history(self, thread: str) -> list[Turn]:
        """The turns, oldest first."""
        require_name(thread)
        return checkpoints.conversation(self._workspace.checkpointer, thread)

    def markdown(self, thread: str, ambiguous: frozenset[str]) -> str:
        """One as Markdown: every citation is a footnote; `ambiguous` are paths that several folders hold."""
        from vademecum.exporting import conversation

        return conversation(self.history(thread), ambiguous)

    def forget(self, thread: str) -> None:
        """Delete one with all its checkpoints."""
        self.history(thread)
        checkpoints.forget(self._workspace.checkpointer, thread)

    # The way back

    def checkpoints(self, thread: str) -> list[Checkpoint]:
        """The checkpoints, the latest first: one for each step of its graph."""
        require_name(thread)
        return time_travel.history(self._workspace.checkpointer, thread)

    def graph_of(self, thread: str) -> str:
        """The name of the graph that ran last; "" where it is not known."""
        return checkpoint_states.graph_of(self._workspace, thread)

    def state_at(self, thread: str, at: str) -> StateAt:
        """The state at a checkpoint (its id, or its step)."""
        require_name(thread)
        return checkpoint_states.state_at(self._workspace, thread, at)

    def fork(
        self, thread: str, *, at: str | None = None, to: str | None = None, changes: Mapping[str, Any] | None = None
    ) -> str:
        """Begin a new one from where this was at a checkpoint (its id, or its step); its name.

        `at` None means where it is now; `to` None means a name that is free. `changes` are values of the state that
        differ in the new one: `go_on` then runs what follows with them. The old conversation stays as it is.
        """
        require_name(thread)
        return branching.fork(self._workspace, thread, at=at, to=to, changes=changes or {})

    def branch(self, thread: str, turn: int, question: str | None = None) -> str:
        """Begin a new one in which a turn (from 0) is asked anew, or asked `question` instead; its name.

        What was said before that turn is the same; `go_on` then has it answered, by another model where it is given
        one. The old conversation stays as it is.
        """
        require_name(thread)
        return branching.branch(self._workspace, thread, turn, question)

    def branches(self, thread: str) -> list[Branch]:
        """Those that were forked from this one, and where."""
        require_name(thread)
        return self._workspace.conversation_index.branches(thread)

    def origin(self, thread: str) -> Branch | None:
        """What this one was forked from, and where; None where it was not."""
        require_name(thread)
        return time_travel.origin(self._workspace.checkpointer, thread)

    def versions(self, thread: str) -> dict[int, list[str]]:
        """Where one has others beside it: by turn, all that differ from there on, the oldest first."""
        require_name(thread)
        return branching.versions(self._workspace.conversation_index, thread)

    def owner(self, thread: str, turn: int) -> str:
        """The one in which a turn was first asked as it is in this: itself, or one that it was forked from."""
        return branching.owner(self._workspace.conversation_index, thread, turn)

    def meeting(self, thread: str, other: str) -> int | None:
        """The first turn in which two differ that begin alike; None where they have nothing in common."""
        return branching.meeting(self._workspace.conversation_index, thread, other)

    # Going on

    def unfinished(self, thread: str) -> str | None:
        """The question of one whose run was cut off before its end; None where there is none."""
        require_name(thread)
        checkpoint = self._checkpoint(thread)
        return self.checkpoints(thread)[0].question if checkpoint and time_travel.following(checkpoint) else None

    def pending(self, thread: str) -> "tuple[Waiting, ...]":
        """The calls that wait for a person; empty where none does."""
        require_name(thread)
        return agent_runs.pending(self._workspace.checkpointer, thread)

    def go_on(self, thread: str, **choices: Any) -> Iterator[Event]:
        """Go on with a run that was cut off (killed, or failed) from its last checkpoint, with events as from `stream`.

        `choices` are settings for this run, such as `model`; `stop` as for `stream`.

        Raises:
            UsageError: there is no such conversation, nothing of it is unfinished, it waits for a person's decision,
                or its graph knows no such choice.
        """
        require_name(thread)
        checkpoint = checkpoints.latest(self._workspace.checkpointer, thread)
        graph = checkpoint.metadata.get("graph")
        if not time_travel.following(checkpoint):
            raise UsageError(f"nothing of conversation {thread!r} is unfinished; ask it something")
        if time_travel.waits_for_person(checkpoint):
            raise UsageError(f"conversation {thread!r} waits for a decision; make it: vade agent --resume {thread}")
        if not graph:
            raise UsageError(f"conversation {thread!r} was not begun by a question; go on with it where it was begun")
        stop = choices.pop("stop", None)
        run = graph_runs.prepare(self._workspace, graph, thread=thread, **{**_speaker(checkpoint), **choices})
        return run.events(None, stop)

    def decide(
        self, thread: str, *decisions: "Decision | str", graph: str = "chat", stored: bool = True, **choices: Any
    ) -> Iterator[Event]:
        """Go on with a run that stopped to ask a person, with a decision for each waiting call; see `stream`.

        Decisions are those of `Notebook.resume`; `choices` are settings for this run, such as `model`.

        Raises:
            UsageError: nothing waits in that conversation, the decisions do not fit, or there is no such choice.
        """
        from vademecum.agents import as_decisions, resumption

        require_name(thread)
        calls = agent_runs.waiting(
            self._workspace.checkpointer if stored else self._workspace.in_memory_checkpointer, thread
        )
        choices = {**_speaker(self._checkpoint(thread, stored=stored)), **choices}
        stop = choices.pop("stop", None)
        command: Any = resumption(calls, as_decisions(decisions))
        run = graph_runs.prepare(self._workspace, graph, thread=thread, stored=stored, **choices)
        return run.events(command, stop)

    def _checkpoint(self, thread: str, *, stored: bool = True) -> "CheckpointTuple | None":
        saver = self._workspace.checkpointer if stored else self._workspace.in_memory_checkpointer
        return saver.get_tuple(checkpoints.at(thread))


def _speaker(checkpoint: "CheckpointTuple | None") -> dict[str, Any]:
    """Who was to reply in a run that stopped."""
    metadata: dict[str, Any] = dict(checkpoint.metadata) if checkpoint else {}
    return {name: metadata[name] for name in graph_runs.KEPT_CHOICES if name in metadata}
