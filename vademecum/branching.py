"""Conversations that share a beginning: a question asked anew in a branch, and which branches stand beside each other.

new = notes.branch("t1", 2, "What of Kirn?")      # as t1 was when its third question was asked, with another one
for event in notes.go_on(new): ...
notes.versions(new)                                # {2: ["t1", "t1-2"]}
"""

from collections.abc import Mapping
from typing import Any

from langchain_core.messages import AnyMessage, HumanMessage
from langgraph.constants import START

from vademecum import graphs
from vademecum.checkpoint_states import state_at
from vademecum.core.errors import UsageError
from vademecum.memory import time_travel
from vademecum.memory.checkpoints import at as config_at
from vademecum.memory.checkpoints import latest, spoken, turns
from vademecum.memory.conversation_index import ConversationIndex, StoredConversation
from vademecum.workspace import Workspace, require_name


def branch(workspace: Workspace, thread: str, turn: int, question: str | None) -> str:
    """Begin a conversation in which a turn is asked anew; its name. See `Conversations.branch`.

    Raises:
        UsageError: there is no such conversation or turn, or the question is empty or too long.
    """
    from vademecum.language.questions import validated_question

    history = turns(spoken(latest(workspace.checkpointer, thread)))
    if not 0 <= turn < len(history):
        raise UsageError(f"conversation {thread!r} has {len(history)} turns, and no turn {turn}; the first is 0")
    limit = workspace.settings.max_question_chars
    text = validated_question(history[turn].question if question is None else question, limit)
    checkpoint = time_travel.question_checkpoint(workspace.checkpointer, thread, turn)
    if checkpoint is not None:
        return fork(workspace, thread, at=checkpoint.id, changes={"question": text})
    return _from_latest_checkpoint(workspace, thread, turn, text)


def fork(
    workspace: Workspace, thread: str, *, at: str | None, to: str | None = None, changes: Mapping[str, Any]
) -> str:
    """Begin a conversation where another was at a checkpoint; its name. See `Conversations.fork`."""
    new = to if to is not None else _free_name(workspace, thread)
    require_name(new)
    time_travel.fork(workspace.checkpointer, thread, new, at=at, changes=changes)
    return new


def versions(index: ConversationIndex, thread: str) -> dict[int, list[str]]:
    """By turn, all conversations that differ from there on; see `Conversations.versions`."""
    entries = _entries(index)
    if thread not in entries:
        return {}
    threads: dict[int, list[str]] = {}
    for turn in range(entries[thread].thread.turns):
        slot = _slot(entries, thread, turn)
        same = [entry for entry in entries.values() if entry.thread.turns > turn and _fills(entries, entry, turn, slot)]
        if len(same) > 1:
            same.sort(key=lambda entry: (entry.forked_on, entry.thread.updated))
            threads[turn] = [entry.thread.id for entry in same]
    return threads


def owner(index: ConversationIndex, thread: str, turn: int) -> str:
    """The conversation in which a turn was first asked as it is in this one: itself, or one it was forked from."""
    return _owner(_entries(index), thread, turn)


def meeting(index: ConversationIndex, first: str, second: str) -> int | None:
    """The first turn in which two conversations differ that begin alike; None where they have nothing in common."""
    entries = _entries(index)
    if first == second or not {first, second} <= entries.keys():
        return None
    for turn in range(min(entries[first].thread.turns, entries[second].thread.turns)):
        if _owner(entries, first, turn) != _owner(entries, second, turn):
            return turn if _slot(entries, first, turn) == _slot(entries, second, turn) else None
    return None


def _entries(index: ConversationIndex) -> dict[str, StoredConversation]:
    """What the index has of each conversation, by its name."""
    return {entry.thread.id: entry for entry in index.all()}


def _owner(entries: Mapping[str, StoredConversation], thread: str, turn: int) -> str:
    while (entry := entries.get(thread)) and entry.origin and turn < entry.departs:
        thread = entry.origin
    return thread


def _fills(entries: Mapping[str, StoredConversation], entry: StoredConversation, turn: int, slot: str) -> bool:
    """Whether the conversation has a version of its own of the turn in that place (see `_slot`)."""
    own = entry.thread.id
    return own == slot or (entry.departs == turn and bool(entry.origin) and _slot(entries, own, turn) == slot)


def _slot(entries: Mapping[str, StoredConversation], thread: str, turn: int) -> str:
    """Names the place that versions of a turn share: the conversation that all of them were forked from there."""
    thread = _owner(entries, thread, turn)
    while (entry := entries.get(thread)) and entry.origin and turn == entry.departs:
        thread = _owner(entries, entry.origin, turn)
    return thread


def _from_latest_checkpoint(workspace: Workspace, thread: str, turn: int, question: str) -> str:
    """Where the checkpoints of a turn were pruned: what was said before it is still in the latest one."""
    checkpoints = time_travel.history(workspace.checkpointer, thread)
    end_of_turn = next((checkpoint for checkpoint in checkpoints if not checkpoint.next), None)
    graph = latest(workspace.checkpointer, thread).metadata.get("graph")
    if end_of_turn is None or not graph:
        raise UsageError(f"conversation {thread!r} keeps nothing of its turn {turn} to go back to; ask it anew")
    state = state_at(workspace, thread, end_of_turn.id).values
    messages: list[AnyMessage] = state.get("messages", [])
    questions_at = [place for place, message in enumerate(messages) if isinstance(message, HumanMessage)]
    empty = {"summary": "", "summarised": 0, "standalone": "", "answer": None, "proposed": []}
    changes = {name: value for name, value in empty.items() if name in state}
    changes["messages"] = messages[: questions_at[turn]]
    new = _free_name(workspace, thread)
    time_travel.fork(workspace.checkpointer, thread, new, at=end_of_turn.id, changes=changes, departs=turn)
    runnable: Any = graphs.build(graph, checkpointer=workspace.checkpointer)
    marks = {"graph": graph, **time_travel.lineage(workspace.checkpointer, new)}
    runnable.update_state({**config_at(new), "metadata": marks}, {"question": question}, as_node=START)
    return new


def _free_name(workspace: Workspace, thread: str) -> str:
    """A name that no conversation has, for one that is forked from this."""
    names = _entries(workspace.conversation_index).keys()
    return next(name for number in range(2, len(names) + 3) if (name := f"{thread[:90]}-{number}") not in names)
