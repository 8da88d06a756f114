"""Conversations that survive a restart: LangGraph's SQLite checkpointer over `<home>/checkpoints.db`.

    saver = open_checkpointer(home)
    graph = answer.build(checkpointer=saver)
    graph.invoke({"question": "..."}, {"configurable": {"thread_id": "t1"}}, context=context)

Only the types of `core.types` (and LangChain's messages) come back as objects; whatever else a damaged or foreign file
may name comes back as plain data, never as code that runs.
"""

import inspect
import sqlite3
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.checkpoint.sqlite import SqliteSaver
from pydantic import BaseModel

from core import types
from core.errors import UsageError, WorkspaceError
from core.types import Answer

FILE = "checkpoints.db"

BUSY_SECONDS = 10.0
"""How long a writer waits for another process to finish its own write."""

KEEP = 20
"""Checkpoints of a thread that `prune` keeps: a few turns to go back to, at a few kilobytes each."""


class Thread(NamedTuple):
    """One stored conversation. `title`: its first question; `updated`: when it was last added to (UTC)."""

    id: str
    title: str
    turns: int
    updated: datetime


class Turn(NamedTuple):
    """One question and what came of it: an `answer` from the documents, or only a `reply` (agent, small talk)."""

    question: str
    reply: str
    answer: Answer | None


def open_checkpointer(home: Path) -> SqliteSaver:
    """The checkpointer of the workspace, made where there is none; may be shared by threads.

    Raises:
        WorkspaceError: the file cannot be opened or written, or is not a database.
    """
    file = home / FILE
    try:
        home.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(file, check_same_thread=False, timeout=BUSY_SECONDS)
        # In WAL mode NORMAL loses at most the last turns on a power cut, never the file; FULL costs a flush a write.
        connection.execute("PRAGMA synchronous=NORMAL")
        saver = SqliteSaver(connection, serde=JsonPlusSerializer(allowed_msgpack_modules=_allowed()))
        saver.setup()
    except (OSError, sqlite3.Error) as error:
        raise WorkspaceError(
            f"conversations cannot be stored in {file} ({error}); check the folder or move it"
        ) from error
    return saver


def threads(saver: SqliteSaver) -> list[Thread]:
    """Every stored conversation, the latest first."""
    with saver.cursor(transaction=False) as cursor:
        ids = [row[0] for row in cursor.execute("SELECT DISTINCT thread_id FROM checkpoints WHERE checkpoint_ns = ''")]
    found = [thread for thread in (_thread(saver, name) for name in ids) if thread.turns]
    return sorted(found, key=lambda thread: thread.updated, reverse=True)


def conversation(saver: SqliteSaver, thread_id: str) -> list[Turn]:
    """The turns of one conversation, oldest first.

    Raises:
        UsageError: there is no such conversation.
    """
    latest = saver.get_tuple(_config(thread_id))
    if latest is None:
        raise UsageError(f"no conversation {thread_id!r}; list them to see their names")
    return turns(latest.checkpoint["channel_values"].get("messages", []))


def turns(messages: list[AnyMessage]) -> list[Turn]:
    """The messages of a conversation as turns. An answer travels with its message (see `answer_message`)."""
    found: list[Turn] = []
    for message in messages:
        if isinstance(message, HumanMessage):
            found.append(Turn(message.text, "", None))
        elif isinstance(message, AIMessage) and message.text and found:
            stored = message.additional_kwargs.get("answer")
            found[-1] = Turn(found[-1].question, message.text, Answer.model_validate(stored) if stored else None)
    return found


def answer_message(answer: Answer) -> AIMessage:
    """The answer as a message of the conversation: its words for the next model, and itself for whoever reopens it."""
    return AIMessage(answer.text, additional_kwargs={"answer": answer.model_dump(mode="json")})


def prune(saver: SqliteSaver, thread_id: str, *, keep: int = KEEP) -> int:
    """Drop all but the `keep` latest checkpoints of a thread, and those of sub-graphs as old; how many were dropped.

    The conversation itself is whole in the latest; what goes is the way back to earlier states.
    """
    # Checkpoint ids are ordered by time, in all namespaces alike (UUID version 6).
    oldest = """(SELECT min(checkpoint_id) FROM (SELECT checkpoint_id FROM checkpoints
        WHERE thread_id = :thread AND checkpoint_ns = '' ORDER BY checkpoint_id DESC LIMIT :keep))"""
    given = {"thread": thread_id, "keep": max(1, keep)}
    with saver.cursor() as cursor:
        cursor.execute(f"DELETE FROM writes WHERE thread_id = :thread AND checkpoint_id < {oldest}", given)
        return cursor.execute(
            f"DELETE FROM checkpoints WHERE thread_id = :thread AND checkpoint_id < {oldest}", given
        ).rowcount


def forget(saver: SqliteSaver, thread_id: str) -> None:
    """Delete a conversation with all its checkpoints."""
    saver.delete_thread(thread_id)


def _thread(saver: SqliteSaver, thread_id: str) -> Thread:
    latest = saver.get_tuple(_config(thread_id))
    if latest is None:
        return Thread(thread_id, "", 0, datetime.min)
    asked = turns(latest.checkpoint["channel_values"].get("messages", []))
    return Thread(
        thread_id, asked[0].question if asked else "", len(asked), datetime.fromisoformat(latest.checkpoint["ts"])
    )


def _config(thread_id: str) -> Any:
    return {"configurable": {"thread_id": thread_id}}


def _allowed() -> list[tuple[str, str]]:
    """Our data types by module and name, for the deserialiser's allow-list."""
    ours = inspect.getmembers(types, lambda it: inspect.isclass(it) and issubclass(it, BaseModel))
    return [(it.__module__, name) for name, it in ours if it.__module__ == types.__name__]
