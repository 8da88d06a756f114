"""Where a conversation has been: its checkpoints, a new conversation from any of them, and what was left unfinished.

    history(saver, "t1")[0].node
    fork(saver, "t1", "t2", at="3")

LangGraph writes a checkpoint after each step of its graph. What runs next is read from the checkpoint itself, so that
none of this needs to know which graph it was.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, NamedTuple, cast

from langchain_core.messages import HumanMessage
from langgraph.checkpoint.base import BaseCheckpointSaver, CheckpointMetadata, CheckpointTuple
from langgraph.checkpoint.base import Checkpoint as CheckpointOf

from vademecum.core.errors import UsageError
from vademecum.memory.checkpoints import at as config_at
from vademecum.memory.checkpoints import latest

_TO_NODE = "branch:to:"
"""Channels of a StateGraph whose value is that a node is to run; they are empty again after it has."""

_TO_SEND = "__pregel_tasks"
"""The channel of `Send`s that wait."""

_INTERRUPT = "__interrupt__"


_FROM, _AT, _TURN, _ON = FORKED = ("forked_from", "forked_at", "forked_turn", "forked_on")
"""In the metadata of a fork's first checkpoint, and of those that follow: from which conversation, at which checkpoint
of it, which turn (from 0) is the first that may differ, and when (ISO 8601, UTC)."""


class Branch(NamedTuple):
    """A conversation and one of its checkpoints, by id: where a fork leaves, or leads."""

    thread: str
    at: str


class Checkpoint(NamedTuple):
    """One step of a conversation.

    `step` counts from -1, the first input; `nodes` are those that ran to get here (none for an input, or where the
    checkpoint before is gone), `next` those that run after it: none where a turn has ended. `question` is what the
    person had said last, or says with it; `turns` how often they had spoken. `written` is in UTC.
    """

    id: str
    step: int
    nodes: tuple[str, ...]
    next: tuple[str, ...]
    written: datetime
    question: str
    turns: int


def history(saver: BaseCheckpointSaver[Any], thread_id: str) -> list[Checkpoint]:
    """The checkpoints of a conversation, the latest first; as many as `prune` has left.

    Raises:
        UsageError: there is no such conversation.
    """
    latest(saver, thread_id)
    found = list(saver.list(config_at(thread_id)))
    after = {_id(each): following(each) for each in found}
    return [_checkpoint(each, after) for each in found]


def find(saver: BaseCheckpointSaver[Any], thread_id: str, at: str) -> Checkpoint:
    """The checkpoint that `at` names: its id, the beginning or end of that, or its step.

    Raises:
        UsageError: there is no such conversation, no such checkpoint, or more than one.
    """
    known = history(saver, thread_id)
    named = [it for it in known if at == str(it.step)] or [it for it in known if at and it.id.startswith(at)]
    named = named or [it for it in known if at and it.id.endswith(at)]
    if len(named) != 1:
        problem = f"{len(named)} checkpoints are" if named else "no checkpoint is"
        raise UsageError(f"{problem} named {at!r} in conversation {thread_id!r}; see: vade thread history {thread_id}")
    return named[0]


def fork(
    saver: BaseCheckpointSaver[Any],
    thread_id: str,
    new_id: str,
    *,
    at: str | None = None,
    changes: Mapping[str, Any] = MappingProxyType({}),
    departs: int | None = None,
) -> Checkpoint:
    """Begin a conversation `new_id` that is what `thread_id` was at a checkpoint (None: what it is); that checkpoint.

    The old one stays as it is. The way back is copied too. `changes` are values of the state that are others in the new
    one; what runs next is what would have run next. (LangGraph's `update_state` asks a node's edges for that, and a
    node that decides by `Command` has none.) `departs`: the first turn that differs; None: the one that runs next.

    Raises:
        UsageError: there is no such conversation or checkpoint, or there is a conversation `new_id` already.
    """
    chosen = history(saver, thread_id)[0] if at is None else find(saver, thread_id, at)
    if saver.get_tuple(config_at(new_id)) is not None:
        raise UsageError(f"there is a conversation {new_id!r} already; give the new one another name")
    by_id = {_id(each): each for each in saver.list(config_at(thread_id))}
    newest, path = max(by_id), [by_id[chosen.id]]
    while (parent := by_id.get(_parent_id(path[-1]))) is not None:
        path.append(parent)
    for each in reversed(path):
        checkpoint, metadata = each.checkpoint, each.metadata
        if each is path[0]:
            checkpoint = _changed(checkpoint, changes)
            first = chosen.turns - bool(chosen.nodes and chosen.next) if departs is None else departs
            marks = {_FROM: thread_id, _AT: chosen.id, _TURN: first, _ON: datetime.now(UTC).isoformat()}
            metadata = cast("CheckpointMetadata", {**metadata, **marks})
        config = config_at(new_id, _parent_id(each) or None)
        written = saver.put(config, checkpoint, metadata, checkpoint["channel_versions"])
        if _id(each) == newest:  # what ran already of a step that did not end; further back it is to run anew
            for task in dict.fromkeys(task for task, _, _ in each.pending_writes or ()):
                own = [(channel, value) for of, channel, value in each.pending_writes or () if of == task]
                saver.put_writes(written, own, task)
    return chosen


def origin(saver: BaseCheckpointSaver[Any], thread_id: str) -> Branch | None:
    """The conversation that this one was forked from, and at which checkpoint; None where it was not."""
    for each in saver.list(config_at(thread_id)):
        if before := each.metadata.get(_FROM):
            return Branch(before, each.metadata.get(_AT, ""))
    return None


def lineage(saver: BaseCheckpointSaver[Any], thread_id: str) -> dict[str, Any]:
    """What marks a conversation as a fork, for the metadata of its next run: the first checkpoint may be pruned."""
    found = saver.get_tuple(config_at(thread_id))
    kept: dict[str, Any] = dict(found.metadata) if found else {}
    return {name: kept[name] for name in FORKED if name in kept}


def asked(saver: BaseCheckpointSaver[Any], thread_id: str, turn: int) -> Checkpoint | None:
    """The checkpoint at which the person asked what became a turn (from 0); None where the way back was pruned."""
    begun = [it for it in history(saver, thread_id) if it.next == ("__start__",) and it.turns == turn]
    return begun[0] if begun else None


def state(found: CheckpointTuple) -> dict[str, Any]:
    """The state at a checkpoint: what the nodes see, or, where a person has just spoken, what they said."""
    values = found.checkpoint["channel_values"]
    said = values.get("__start__")
    own = {name: value for name, value in values.items() if not name.startswith((_TO_NODE, "__", "branch:"))}
    return {**own, **said} if isinstance(said, dict) else own


def following(found: CheckpointTuple) -> tuple[str, ...]:
    """The nodes that run after a checkpoint; none where the run had ended."""
    values = found.checkpoint["channel_values"]
    nodes = [name.removeprefix(_TO_NODE) for name in values if name.startswith(_TO_NODE)]
    sent = [send.node for send in values.get(_TO_SEND) or ()]
    begun = ["__start__"] if "__start__" in values else []
    return tuple(dict.fromkeys([*begun, *nodes, *sent]))


def waits_for_person(found: CheckpointTuple) -> bool:
    """True where the run stopped to ask a person (LangGraph's interrupt)."""
    return any(channel == _INTERRUPT for _, channel, _ in found.pending_writes or ())


def _changed(checkpoint: CheckpointOf, changes: Mapping[str, Any]) -> CheckpointOf:
    """The checkpoint with other values; those of an input are in what is to be taken in."""
    values = dict(checkpoint["channel_values"])
    if isinstance(said := values.get("__start__"), dict):
        values["__start__"] = {**said, **changes}
    else:
        values.update(changes)
    return {**checkpoint, "channel_values": values}


def _checkpoint(found: CheckpointTuple, after: dict[str, tuple[str, ...]]) -> Checkpoint:
    values, metadata = found.checkpoint["channel_values"], found.metadata
    asked = [it for it in values.get("messages", []) if isinstance(it, HumanMessage)]
    began = metadata.get("source") == "input"
    now = values.get("__start__") if began else values
    said = now.get("question") if isinstance(now, dict) else None
    return Checkpoint(
        id=_id(found),
        step=metadata.get("step", 0),
        nodes=() if began else after.get(_parent_id(found), ()),
        next=following(found),
        written=datetime.fromisoformat(found.checkpoint["ts"]),
        question=said or (asked[-1].text if asked else ""),
        turns=len(asked),
    )


def _id(found: CheckpointTuple) -> str:
    return found.config["configurable"]["checkpoint_id"]


def _parent_id(found: CheckpointTuple) -> str:
    return (found.parent_config or {}).get("configurable", {}).get("checkpoint_id", "")
