"""Conversations that share a beginning: a question asked anew in a branch, and which branches stand beside each other.

new = notes.branch("t1", 2, "What of Kirn?")      # as t1 was when its third question was asked, with another one
for event in notes.go_on(new): ...
notes.versions(new)                                # {2: ["t1", "t1-2"]}
"""

from typing import TYPE_CHECKING, Any

from langchain_core.messages import AnyMessage, HumanMessage
from langgraph.constants import START

from vademecum import graphs
from vademecum.core.errors import UsageError
from vademecum.memory import time_travel
from vademecum.memory.checkpoints import at as config_at
from vademecum.memory.checkpoints import latest, spoken, turns
from vademecum.memory.conversation_index import ConversationIndex, StoredConversation

if TYPE_CHECKING:
    from vademecum.notebook import Notebook


def branch(notebook: "Notebook", thread: str, turn: int, question: str | None) -> str:
    """See `Notebook.branch`.

    Raises:
        UsageError: there is no such conversation or turn, or the question is empty or too long.
    """
    from vademecum.language.questions import validated_question

    told = turns(spoken(latest(notebook.checkpointer, thread)))
    if not 0 <= turn < len(told):
        raise UsageError(f"conversation {thread!r} has {len(told)} turns, and no turn {turn}; the first is 0")
    asked = validated_question(
        told[turn].question if question is None else question, notebook.settings.max_question_chars
    )
    begun = time_travel.question_checkpoint(notebook.checkpointer, thread, turn)
    if begun is not None:
        return notebook.fork(thread, at=begun.id, changes={"question": asked})
    return _without_the_way_back(notebook, thread, turn, asked)


def versions(shelf: ConversationIndex, thread: str) -> dict[int, list[str]]:
    """See `Notebook.versions`."""
    known = {kept.thread.id: kept for kept in shelf.all()}
    if thread not in known:
        return {}
    found: dict[int, list[str]] = {}
    for turn in range(known[thread].thread.turns):
        slot = _slot(known, thread, turn)
        same = [one for one in known.values() if one.thread.turns > turn and _stands_in(known, one, turn, slot)]
        if len(same) > 1:
            found[turn] = [one.thread.id for one in sorted(same, key=lambda one: (one.forked_on, one.thread.updated))]
    return found


def owner(shelf: ConversationIndex, thread: str, turn: int) -> str:
    """The conversation in which a turn was first asked as it is in this one: itself, or one it was forked from."""
    return _owner({kept.thread.id: kept for kept in shelf.all()}, thread, turn)


def meeting(shelf: ConversationIndex, one: str, other: str) -> int | None:
    """The first turn in which two conversations differ that begin alike; None where they have nothing in common."""
    known = {kept.thread.id: kept for kept in shelf.all()}
    if one == other or not {one, other} <= known.keys():
        return None
    for turn in range(min(known[one].thread.turns, known[other].thread.turns)):
        if _owner(known, one, turn) != _owner(known, other, turn):
            return turn if _slot(known, one, turn) == _slot(known, other, turn) else None
    return None


def _owner(known: dict[str, StoredConversation], thread: str, turn: int) -> str:
    while (kept := known.get(thread)) and kept.origin and turn < kept.departs:
        thread = kept.origin
    return thread


def _stands_in(known: dict[str, StoredConversation], kept: StoredConversation, turn: int, slot: str) -> bool:
    own = kept.thread.id
    return own == slot or (kept.departs == turn and bool(kept.origin) and _slot(known, own, turn) == slot)


def _slot(known: dict[str, StoredConversation], thread: str, turn: int) -> str:
    """Names the place that versions of a turn share: the conversation that all of them were forked from there."""
    thread = _owner(known, thread, turn)
    while (kept := known.get(thread)) and kept.origin and turn == kept.departs:
        thread = _owner(known, kept.origin, turn)
    return thread


def _without_the_way_back(notebook: "Notebook", thread: str, turn: int, question: str) -> str:
    """Where the checkpoints of a turn were pruned: what was said before it is still in the latest one."""
    ended = next((it for it in notebook.thread_history(thread) if not it.next), None)
    graph = latest(notebook.checkpointer, thread).metadata.get("graph")
    if ended is None or not graph:
        raise UsageError(f"conversation {thread!r} keeps nothing of its turn {turn} to go back to; ask it anew")
    state = notebook.state_at(thread, ended.id).values
    said: list[AnyMessage] = state.get("messages", [])
    places = [place for place, message in enumerate(said) if isinstance(message, HumanMessage)]
    forgotten = {"summary": "", "summarised": 0, "standalone": "", "answer": None, "proposed": []}
    changes = {name: value for name, value in forgotten.items() if name in state}
    new = notebook.free_name(thread)
    changes["messages"] = said[: places[turn]]
    time_travel.fork(notebook.checkpointer, thread, new, at=ended.id, changes=changes, departs=turn)
    runnable: Any = graphs.build(graph, checkpointer=notebook.checkpointer)
    marks = {"graph": graph, **time_travel.lineage(notebook.checkpointer, new)}
    runnable.update_state({**config_at(new), "metadata": marks}, {"question": question}, as_node=START)
    return new
