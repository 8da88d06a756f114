"""A forgotten document leaves conversations and long-term memory too: what was quoted of it becomes `[forgotten]`.

    without_document(saver, forgotten.without)

Checkpoints are changed where they lie and keep their ids, so that the way back, and a run that waits for a person, go
on. They are read as plain data: whatever types a graph of somebody's keeps in its state, its texts are found.
"""

import contextlib
import json
import sqlite3
import time
from collections.abc import Callable, Sequence
from typing import Any

import ormsgpack
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.store.base import BaseStore
from langgraph.store.sqlite import SqliteStore

from vademecum.core.errors import WorkspaceError
from vademecum.memory.checkpoints import thread_ids
from vademecum.memory.store import EVERYTHING

Without = Callable[[Any], Any]
"""Plain data (dicts, lists, texts) without what was forgotten; the very same where there is nothing of it."""

PATIENCE = 20.0
"""Seconds to wait for another process to let go of the file, so that nothing stays in its log."""

_OPTION = ormsgpack.OPT_NON_STR_KEYS | ormsgpack.OPT_PASSTHROUGH_DATACLASS | ormsgpack.OPT_REPLACE_SURROGATES


PLAIN = "plain"
"""How data is packed that is not."""

_CODE, _MADE_FROM, _BYTES = "\0code", "\0made from", "\0bytes"
"""What stands for an object while it is plain data: how it is made, and of what (LangGraph's extension types)."""


def without_document(saver: BaseCheckpointSaver[Any], without: Without) -> int:
    """Take what was forgotten out of every conversation; how many held any of it.

    Raises:
        WorkspaceError: the conversations cannot be written now.
    """
    if not isinstance(saver, SqliteSaver):
        from vademecum.memory import postgres

        return postgres.without_document(saver, thread_ids(saver), lambda packed: _cleaned(packed, without))
    try:
        changed = sum([_without_in_thread(saver, thread, without) for thread in thread_ids(saver)])
        if changed:
            with saver.lock:
                leave_nothing_behind(saver.conn)
    except sqlite3.Error as error:
        raise WorkspaceError(
            f"what conversations quote of it cannot be taken out now ({error}); forget it again when nothing else runs"
        ) from error
    return changed


def without_facts(store: BaseStore, without: Without) -> int:
    """Take what was forgotten out of what is remembered of people; how many facts held any of it."""
    changed = 0
    for item in store.search((), limit=EVERYTHING):
        cleaned = without(item.value)
        if cleaned is not item.value:
            store.put(item.namespace, item.key, cleaned)
            changed += 1
    if changed and not isinstance(store, SqliteStore):
        from vademecum.memory import postgres

        postgres.rewrite(store, "store", "store_vectors")
    return changed


def leave_nothing_behind(connection: sqlite3.Connection) -> None:
    """Rewrite a database without the pages that hold what was deleted, and empty its write-ahead log.

    Raises:
        sqlite3.OperationalError: another process goes on using it for longer than PATIENCE.
    """
    deadline = time.monotonic() + PATIENCE
    connection.execute("VACUUM")
    while connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
        if time.monotonic() > deadline:
            raise sqlite3.OperationalError("another process is reading it")
        time.sleep(0.1)


def _without_in_thread(saver: SqliteSaver, thread: str, without: Without) -> bool:
    """Whether a conversation held any of it. It is cleaned as one: what is cited here may be repeated there."""
    with saver.cursor() as cursor:
        cursor.connection.execute("PRAGMA secure_delete = ON")
        states = cursor.execute(
            "SELECT rowid, type, checkpoint, metadata FROM checkpoints WHERE thread_id = ?", (thread,)
        ).fetchall()
        writes = cursor.execute("SELECT rowid, type, value FROM writes WHERE thread_id = ?", (thread,)).fetchall()
        packed = [*(row[1:3] for row in states), *(row[1:3] for row in writes), *(("json", row[3]) for row in states)]
        cleaned = _cleaned(packed, without)
        contents = [new if new is not None else old for new, (_, old) in zip(cleaned, packed, strict=True)]
        ids = [row[0] for row in states]
        cursor.executemany("UPDATE checkpoints SET checkpoint = ? WHERE rowid = ?", zip(contents, ids, strict=False))
        cursor.executemany(
            "UPDATE writes SET value = ? WHERE rowid = ?",
            zip(contents[len(states) :], [row[0] for row in writes], strict=False),
        )
        cursor.executemany(
            "UPDATE checkpoints SET metadata = ? WHERE rowid = ?",
            zip(contents[len(states) + len(writes) :], ids, strict=True),
        )
    return any(new is not None for new in cleaned)


def _cleaned(packed: Sequence[tuple[str, Any]], without: Without) -> list[Any]:
    """The values, each with how it was packed, without what was forgotten; None where there is nothing of it."""
    values = [_unpacked(kind, data) for kind, data in packed]
    plain = without(values)
    return [
        None if new is old else _packed(kind, new) for new, old, (kind, _) in zip(plain, values, packed, strict=True)
    ]


def _unpacked(kind: str, data: Any) -> Any:
    if kind == "json" and data:
        return json.loads(data)
    if kind == PLAIN:
        return data
    return _unpack(data) if kind == "msgpack" else None


def _packed(kind: str, value: Any) -> Any:
    if kind == PLAIN:
        return value
    if kind == "json":
        return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")
    return ormsgpack.packb(_with_extensions(value), option=_OPTION)


def _unpack(data: bytes) -> Any:
    def as_object(code: int, inside: bytes) -> dict[str, Any]:
        with contextlib.suppress(ormsgpack.MsgpackDecodeError):
            return {_CODE: code, _MADE_FROM: _unpack(inside)}
        return {_CODE: code, _BYTES: inside}

    return ormsgpack.unpackb(data, ext_hook=as_object, option=ormsgpack.OPT_NON_STR_KEYS)


def _with_extensions(value: Any) -> Any:
    """The value with its objects as LangGraph writes them."""
    if isinstance(value, list | tuple):
        return [_with_extensions(part) for part in value]
    if not isinstance(value, dict):
        return value
    if _CODE not in value:
        return {name: _with_extensions(part) for name, part in value.items()}
    inside = value[_BYTES] if _BYTES in value else ormsgpack.packb(_with_extensions(value[_MADE_FROM]), option=_OPTION)
    return ormsgpack.Ext(value[_CODE], inside)
