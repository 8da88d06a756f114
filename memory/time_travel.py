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
    checkpoints = list(saver.list(config_at(thread_id)))
    after = {_id(checkpoint): following(checkpoint) for checkpoint in checkpoints}
    return [_checkpoint(checkpoint, after) for checkpoint in checkpoints]


def find(saver: BaseCheckpointSaver[Any], thread_id: str, at: str) -> Checkpoint:
    """The checkpoint that `at` names: its id, the beginning or end of that, or its step.

    Raises:
        UsageError: there is no such conversation, no such checkpoint, or more than one.
    """
    checkpoints = history(saver, thread_id)
    matches = [checkpoint for checkpoint in checkpoints if at == str(checkpoint.step)] or [
        checkpoint for checkpoint in checkpoints if at and checkpoint.id.startswith(at)
    ]
    matches = matches or [checkpoint for checkpoint in checkpoints if at and checkpoint.id.endswith(at)]
    if len(matches) != 1:
        problem = f"{len(matches)} checkpoints are" if matches else "no checkpoint is"
        raise UsageError(f"{problem} named {at!r} in conversation {thread_id!r}; see: vade thread history {thread_id}")
    return matches[0]


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
    start = history(saver, thread_id)[0] if at is None else find(saver, thread_id, at)
    if saver.get_tuple(config_at(new_id)) is not None:
        raise UsageError(f"there is a conversation {new_id!r} already; give the new one another name")
    by_id = {_id(saved): saved for saved in saver.list(config_at(thread_id))}
    newest, path = max(by_id), [by_id[start.id]]
    while (parent := by_id.get(_parent_id(path[-1]))) is not None:
        path.append(parent)
    for saved in reversed(path):
        checkpoint, metadata = saved.checkpoint, saved.metadata
        if saved is path[0]:
            checkpoint = _changed(checkpoint, changes)
            first = start.turns - bool(start.nodes and start.next) if departs is None else departs
            marks = {_FROM: thread_id, _AT: start.id, _TURN: first, _ON: datetime.now(UTC).isoformat()}
            metadata = cast("CheckpointMetadata", {**metadata, **marks})
        config = config_at(new_id, _parent_id(saved) or None)
        new_config = saver.put(config, checkpoint, metadata, checkpoint["channel_versions"])
        if _id(saved) == newest:  # what ran already of a step that did not end; further back it is to run anew
            for task in dict.fromkeys(task for task, _, _ in saved.pending_writes or ()):
                own = [(channel, value) for of, channel, value in saved.pending_writes or () if of == task]
                saver.put_writes(new_config, own, task)
    return start


def origin(saver: BaseCheckpointSaver[Any], thread_id: str) -> Branch | None:
    """The conversation that this one was forked from, and at which checkpoint; None where it was not."""
    for saved in saver.list(config_at(thread_id)):
        if before := saved.metadata.get(_FROM):
            return Branch(before, saved.metadata.get(_AT, ""))
    return None


def lineage(saver: BaseCheckpointSaver[Any], thread_id: str) -> dict[str, Any]:
    """What marks a conversation as a fork, for the metadata of its next run: the first checkpoint may be pruned."""
    saved = saver.get_tuple(config_at(thread_id))
    metadata: dict[str, Any] = dict(saved.metadata) if saved else {}
    return {name: metadata[name] for name in FORKED if name in metadata}


def question_checkpoint(saver: BaseCheckpointSaver[Any], thread_id: str, turn: int) -> Checkpoint | None:
    """The checkpoint at which the person asked what became a turn (from 0); None where the way back was pruned."""
    questions = [
        checkpoint
        for checkpoint in history(saver, thread_id)
        if checkpoint.next == ("__start__",) and checkpoint.turns == turn
    ]
    return questions[0] if questions else None


def state(saved: CheckpointTuple) -> dict[str, Any]:
    """The state at a checkpoint: what the nodes see, or, where a person has just spoken, what they said."""
    values = saved.checkpoint["channel_values"]
    pending_input = values.get("__start__")
    own = {name: value for name, value in values.items() if not name.startswith((_TO_NODE, "__", "branch:"))}
    return {**own, **pending_input} if isinstance(pending_input, dict) else own


def following(saved: CheckpointTuple) -> tuple[str, ...]:
    """The nodes that run after a checkpoint; none where the run had ended."""
    values = saved.checkpoint["channel_values"]
    nodes = [name.removeprefix(_TO_NODE) for name in values if name.startswith(_TO_NODE)]
    sent = [send.node for send in values.get(_TO_SEND) or ()]
    start = ["__start__"] if "__start__" in values else []
    return tuple(dict.fromkeys([*start, *nodes, *sent]))


def waits_for_person(saved: CheckpointTuple) -> bool:
    """True where the run stopped to ask a person (LangGraph's interrupt)."""
    return any(channel == _INTERRUPT for _, channel, _ in saved.pending_writes or ())


def _changed(checkpoint: CheckpointOf, changes: Mapping[str, Any]) -> CheckpointOf:
    """The checkpoint with other values; those of an input are in what is to be taken in."""
    values = dict(checkpoint["channel_values"])
    if isinstance(pending_input := values.get("__start__"), dict):
        values["__start__"] = {**pending_input, **changes}
    else:
        values.update(changes)
    return {**checkpoint, "channel_values": values}


def _checkpoint(saved: CheckpointTuple, after: dict[str, tuple[str, ...]]) -> Checkpoint:
    values, metadata = saved.checkpoint["channel_values"], saved.metadata
    questions = [message for message in values.get("messages", []) if isinstance(message, HumanMessage)]
    began = metadata.get("source") == "input"
    now = values.get("__start__") if began else values
    question = now.get("question") if isinstance(now, dict) else None
    return Checkpoint(
        id=_id(saved),
        step=metadata.get("step", 0),
        nodes=() if began else after.get(_parent_id(saved), ()),
        next=following(saved),
        written=datetime.fromisoformat(saved.checkpoint["ts"]),
        question=question or (questions[-1].text if questions else ""),
        turns=len(questions),
    )


def _id(saved: CheckpointTuple) -> str:
    return saved.config["configurable"]["checkpoint_id"]


def _parent_id(saved: CheckpointTuple) -> str:
    return (saved.parent_config or {}).get("configurable", {}).get("checkpoint_id", "")
