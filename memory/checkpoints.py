"""Conversations that survive a restart: LangGraph's checkpointer over `<home>/checkpoints.db`, or over Postgres.

    saver = open_checkpointer(home)
    graph = answer.build(checkpointer=saver)
    graph.invoke({"question": "..."}, {"configurable": {"thread_id": "t1"}}, context=context)

Only the types of `vademecum.core.types` (and LangChain's messages) come back as objects; whatever else a damaged or
foreign file may name comes back as plain data, never as code that runs.
"""

import functools
import logging
import sqlite3
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage
from langgraph.checkpoint.base import BaseCheckpointSaver, CheckpointTuple
from langgraph.checkpoint.sqlite import SqliteSaver

from vademecum.core import private_files
from vademecum.core.disk_errors import disk_remedy
from vademecum.core.errors import UsageError, WorkspaceError
from vademecum.core.types import Answer
from vademecum.memory.stored_names import Serializer
from vademecum.models.images import request_in

if TYPE_CHECKING:
    from langgraph.checkpoint.memory import InMemorySaver
    from pydantic import SecretStr

_log = logging.getLogger("vademecum.memory")

T = TypeVar("T")

FILE = "checkpoints.db"

BUSY_SECONDS = 10.0
"""How long a writer waits for another process to finish its own write."""

KEEP = 40
"""Checkpoints of a thread that `prune` keeps: six turns of a chat to go back to. Each holds the whole conversation."""


class Thread(NamedTuple):
    """One stored conversation. `title`: its first question; `updated`: when it was last added to (UTC)."""

    id: str
    title: str
    turns: int
    updated: datetime


class Turn(NamedTuple):
    """One question and what came of it: an `answer` from the documents, or only a `reply` (agent, small talk).

    `messages` are all that the turn consists of: with the question's images, and the calls of tools.
    """

    question: str
    reply: str
    answer: Answer | None
    messages: tuple[AnyMessage, ...] = ()


def open_checkpointer(home: Path, database: "SecretStr | None" = None) -> BaseCheckpointSaver[Any]:
    """The checkpointer of the workspace (or in the Postgres `database`), made where there is none.

    May be shared by threads.

    Raises:
        WorkspaceError: the file cannot be opened or written, or is not a database; or the server is not there.
    """
    if database is not None:
        from vademecum.memory import postgres

        return postgres.open_checkpointer(database, serializer())
    file = home / FILE
    try:
        private_files.make_folder(home)
        private_files.make_file(file)
        connection = sqlite3.connect(file, check_same_thread=False, timeout=BUSY_SECONDS)
        # In WAL mode NORMAL loses at most the last turns on a power cut, never the file; FULL costs a flush a write.
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("PRAGMA secure_delete=ON")  # what was deleted is not to stay in the file
        saver = SqliteSaver(connection, serde=serializer())
        saver.setup()
    except (OSError, sqlite3.Error) as error:
        raise WorkspaceError(f"conversations cannot be stored in {file} ({error}); {disk_remedy(error)}") from error
    return saver


def in_process() -> "InMemorySaver":
    """A checkpointer for a conversation that is kept nowhere, and ends with the process."""
    from langgraph.checkpoint.memory import InMemorySaver

    return InMemorySaver(serde=serializer())


def serializer() -> Serializer:
    """What writes and reads checkpoints; only our data types and LangChain's messages come back as objects."""
    return Serializer()


def threads(saver: BaseCheckpointSaver[Any]) -> list[Thread]:
    """Every stored conversation, the latest first; one that cannot be read is left out, and that is logged."""
    all_threads = [thread for name in heads(saver) if (thread := readable(saver, name, as_thread))]
    return sorted([thread for thread in all_threads if thread.turns], key=lambda thread: thread.updated, reverse=True)


def conversation(saver: BaseCheckpointSaver[Any], thread_id: str) -> list[Turn]:
    """The turns of one conversation, oldest first.

    Raises:
        UsageError: there is no such conversation.
    """
    return turns(spoken(latest(saver, thread_id)))


def latest(saver: BaseCheckpointSaver[Any], thread_id: str) -> CheckpointTuple:
    """The last checkpoint of a conversation.

    Raises:
        UsageError: there is no such conversation.
    """
    checkpoint = saver.get_tuple(at(thread_id))
    if checkpoint is None:
        raise UsageError(f"no conversation {thread_id!r}; list them to see their names: vade thread list")
    return checkpoint


def turns(messages: list[AnyMessage]) -> list[Turn]:
    """The messages of a conversation as turns. An answer travels with its message (see `answer_message`)."""
    turns_so_far: list[Turn] = []
    for message in messages:
        if isinstance(message, HumanMessage):
            turns_so_far.append(Turn(request_in(message.text), "", None, (message,)))
        elif turns_so_far:
            turns_so_far[-1] = _with(turns_so_far[-1], message)
    return turns_so_far


def spoken(saved: CheckpointTuple) -> list[AnyMessage]:
    """The messages of a conversation, with what the person has just said where no step has taken it in yet."""
    values = saved.checkpoint["channel_values"]
    messages: list[AnyMessage] = values.get("messages", [])
    pending_input = values.get("__start__")
    under_way = isinstance(pending_input, dict) or any(name.startswith("branch:to:") for name in values)
    question = pending_input.get("question") if isinstance(pending_input, dict) else values.get("question")
    last = next((message.text for message in reversed(messages) if isinstance(message, HumanMessage)), None)
    if under_way and isinstance(question, str) and question.strip() and (pending_input or question.strip() != last):
        return [*messages, HumanMessage(question)]
    return messages


def _with(turn: Turn, message: AnyMessage) -> Turn:
    turn = turn._replace(messages=(*turn.messages, message))
    if not isinstance(message, AIMessage) or not message.text:
        return turn
    answer = message.additional_kwargs.get("answer")
    return turn._replace(reply=message.text, answer=Answer.model_validate(answer) if answer else None)


def answer_message(answer: Answer) -> AIMessage:
    """The answer as a message of the conversation: its words for the next model, and itself for whoever reopens it."""
    return AIMessage(answer.text, additional_kwargs={"answer": answer.model_dump(mode="json")})


def prune(saver: BaseCheckpointSaver[Any], thread_id: str, *, keep: int = KEEP) -> int:
    """Drop all but the `keep` latest checkpoints of a thread, and those of sub-graphs as old; how many were dropped.

    The conversation itself is whole in the latest; what goes is the way back to earlier states.
    """
    if not isinstance(saver, SqliteSaver):
        from vademecum.memory import postgres

        return postgres.prune(saver, thread_id, max(1, keep))
    # Checkpoint ids are ordered by time, in all namespaces alike (UUID version 6).
    oldest = """(SELECT min(checkpoint_id) FROM (SELECT checkpoint_id FROM checkpoints
        WHERE thread_id = :thread AND checkpoint_ns = '' ORDER BY checkpoint_id DESC LIMIT :keep))"""
    parameters = {"thread": thread_id, "keep": max(1, keep)}
    with saver.cursor() as cursor:
        cursor.execute(f"DELETE FROM writes WHERE thread_id = :thread AND checkpoint_id < {oldest}", parameters)
        return cursor.execute(
            f"DELETE FROM checkpoints WHERE thread_id = :thread AND checkpoint_id < {oldest}", parameters
        ).rowcount


def forget(saver: BaseCheckpointSaver[Any], thread_id: str) -> None:
    """Delete a conversation with all its checkpoints."""
    saver.delete_thread(thread_id)


def at(thread_id: str, checkpoint_id: str | None = None) -> Any:
    """The configuration that names a conversation, or one checkpoint of it."""
    place = {"checkpoint_id": checkpoint_id} if checkpoint_id else {}
    return {"configurable": {"thread_id": thread_id, "checkpoint_ns": "", **place}}


def thread_ids(saver: BaseCheckpointSaver[Any]) -> list[str]:
    """Names of all stored conversations."""
    return list(heads(saver))


def heads(saver: BaseCheckpointSaver[Any]) -> dict[str, str]:
    """The last checkpoint of every stored conversation, by id: what tells that one was added to."""
    query = """SELECT thread_id, max(checkpoint_id) AS head FROM checkpoints WHERE checkpoint_ns = ''
        GROUP BY thread_id"""
    if isinstance(saver, SqliteSaver):
        with saver.cursor(transaction=False) as cursor:
            return dict(cursor.execute(query).fetchall())
    from vademecum.memory import postgres

    return {row["thread_id"]: row["head"] for row in postgres.rows(saver, query)}


def readable(saver: BaseCheckpointSaver[Any], name: str, shape: Callable[[str, CheckpointTuple], T]) -> T | None:
    """What `shape` makes of a conversation's last checkpoint; None where it has none that can be read, which is logged.

    So one that is damaged, or came with another's backup, keeps no other from a list.
    """
    try:
        checkpoint = saver.get_tuple(at(name))
        return shape(name, checkpoint) if checkpoint else None
    except (sqlite3.Error, UsageError, WorkspaceError):
        raise
    except Exception as error:  # noqa: BLE001 (whatever noise in a message leads to)
        _warn_once(f"the conversation {name!r} cannot be read ({error!r}); vade doctor --repair sets it aside")
        return None


@functools.cache
def _warn_once(line: str) -> None:
    _log.warning("%s", line)


def as_thread(name: str, saved: CheckpointTuple) -> Thread:
    """What is said of a conversation in a list, from its last checkpoint."""
    questions = [message for message in spoken(saved) if isinstance(message, HumanMessage)]
    title = request_in(questions[0].text) if questions else ""
    return Thread(name, title, len(questions), datetime.fromisoformat(saved.checkpoint["ts"]))
