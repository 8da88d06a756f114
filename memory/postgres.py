"""Conversations and facts in Postgres: LangGraph's PostgresSaver and PostgresStore, the latter with pgvector.

    open_checkpointer(SecretStr("postgresql://user@host/name"), serializer())

The address may hold a password: it is a SecretStr, and no message of ours repeats it.
"""

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from vademecum.core.errors import WorkspaceError
from vademecum.models import dimensions

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings
    from langgraph.checkpoint.base import BaseCheckpointSaver
    from langgraph.checkpoint.serde.base import SerializerProtocol
    from langgraph.store.base import BaseStore
    from psycopg_pool import ConnectionPool
    from pydantic import SecretStr

Clean = Callable[[list[tuple[str, Any]]], list[Any]]
"""Given values, each with how it is packed ("plain": not at all), what is to take their places; None: nothing."""


class _Value(NamedTuple):
    """A column that holds what was said, and what names its row within a conversation."""

    table: str
    column: str
    packing: str
    key: tuple[str, ...]


_VALUES = (
    _Value("checkpoints", "checkpoint", "'plain'", ("checkpoint_ns", "checkpoint_id")),
    _Value("checkpoints", "metadata", "'plain'", ("checkpoint_ns", "checkpoint_id")),
    _Value("checkpoint_blobs", "blob", "type", ("checkpoint_ns", "channel", "version")),
    _Value("checkpoint_writes", "blob", "type", ("checkpoint_ns", "checkpoint_id", "task_id", "idx")),
)

PATIENCE = 5
"""Seconds to wait for the server, and for a free connection."""

CONNECTIONS = 4
"""At once, of each of the two; a run needs one for a moment after each step."""


def open_checkpointer(database: "SecretStr", serde: "SerializerProtocol") -> "BaseCheckpointSaver[Any]":
    """The checkpointer in the database, its tables made where there are none.

    Raises:
        WorkspaceError: the extra is missing, or the server is not there or refuses.
    """
    with _explained():
        from langgraph.checkpoint.postgres import PostgresSaver

        class Saver(PostgresSaver):
            """PostgresSaver whose errors are told in a line, whenever they come."""

            @contextmanager
            def _cursor(self, *, pipeline: bool = False) -> Generator[Any]:
                with _explained(), super()._cursor(pipeline=pipeline) as cursor:
                    yield cursor

        saver = Saver(_pool(database), serde=serde)
        saver.setup()
        return saver


def open_store(database: "SecretStr", embeddings: "Embeddings") -> "BaseStore":
    """The store in the database, which searches by meaning with pgvector.

    Raises:
        WorkspaceError: the extra is missing, the server is not there or refuses, it has no pgvector, or it holds
            vectors of another embedding model's size.
    """
    with _explained():
        from langgraph.store.postgres import PostgresStore

        class Store(PostgresStore):
            """PostgresStore whose errors are told in a line, whenever they come."""

            @contextmanager
            def _cursor(self, *, pipeline: bool = False) -> Generator[Any]:
                with _explained(), super()._cursor(pipeline=pipeline) as cursor:
                    yield cursor

        index: Any = {"embed": embeddings, "dims": dimensions(embeddings), "fields": ["text"]}
        store = Store(_pool(database), index=index)
        store.setup()
        return store


def rows(saver: Any, query: str, parameters: dict[str, Any] | None = None) -> list[dict[str, Any]]:
    """The rows of a query of our own, by column; none where it returns none."""
    with saver._cursor() as cursor:
        cursor.execute(query, parameters or {})
        return cursor.fetchall() if cursor.description else []


def prune(saver: Any, thread_id: str, keep: int) -> int:
    """Drop all but the `keep` latest checkpoints of a thread, with what only they refer to; how many were dropped."""
    parameters = {"thread": thread_id, "keep": keep}
    oldest = """(SELECT min(checkpoint_id) FROM (SELECT checkpoint_id FROM checkpoints
        WHERE thread_id = %(thread)s AND checkpoint_ns = '' ORDER BY checkpoint_id DESC LIMIT %(keep)s) AS kept)"""
    rows(saver, f"DELETE FROM checkpoint_writes WHERE thread_id = %(thread)s AND checkpoint_id < {oldest}", parameters)
    old = f"DELETE FROM checkpoints WHERE thread_id = %(thread)s AND checkpoint_id < {oldest} RETURNING checkpoint_id"
    dropped = len(rows(saver, old, parameters))
    rows(saver, _UNUSED_BLOBS, parameters)
    return dropped


_UNUSED_BLOBS = """
DELETE FROM checkpoint_blobs AS blob WHERE thread_id = %(thread)s AND NOT EXISTS (
    SELECT 1 FROM checkpoints AS kept, jsonb_each_text(kept.checkpoint -> 'channel_versions') AS used
    WHERE kept.thread_id = blob.thread_id AND kept.checkpoint_ns = blob.checkpoint_ns
        AND used.key = blob.channel AND used.value = blob.version)
"""


def without_document(saver: Any, threads: Sequence[str], clean: Clean) -> int:
    """Change the values of conversations as `clean` says; how many conversations held any that it changes."""
    changed = sum([_without_in_thread(saver, thread, clean) for thread in threads])
    if changed:
        rewrite(saver, *dict.fromkeys(value.table for value in _VALUES))
    return changed


def rewrite(owner: Any, *tables: str) -> None:
    """Write tables anew, without the rows that were deleted or changed, which Postgres would keep for a while."""
    for table in tables:
        rows(owner, f"VACUUM FULL {table}")


def _without_in_thread(saver: Any, thread: str, clean: Clean) -> bool:
    parameters = {"thread": thread}
    packed_rows = [
        (value, row)
        for value in _VALUES
        for row in rows(
            saver,
            f"SELECT {', '.join(value.key)}, {value.packing} AS packing, {value.column} AS packed "
            f"FROM {value.table} WHERE thread_id = %(thread)s",
            parameters,
        )
    ]
    cleaned = clean([(row["packing"], row["packed"]) for _, row in packed_rows])
    for new, (value, row) in zip(cleaned, packed_rows, strict=True):
        if new is not None:
            conditions = " AND ".join(f"{name} = %({name})s" for name in value.key)
            change = f"UPDATE {value.table} SET {value.column} = %(new)s WHERE thread_id = %(thread)s AND {conditions}"
            rows(saver, change, {**parameters, **row, "new": _as_json(new) if isinstance(new, dict) else new})
    return any(new is not None for new in cleaned)


def _as_json(value: Any) -> Any:
    from psycopg.types.json import Jsonb

    return Jsonb(value)


def _pool(database: "SecretStr") -> "ConnectionPool[Any]":
    import psycopg
    from psycopg.rows import dict_row
    from psycopg_pool import ConnectionPool

    address = database.get_secret_value()
    psycopg.connect(address, connect_timeout=PATIENCE).close()  # a pool would try again, and log, for half a minute
    return ConnectionPool(
        address,
        min_size=1,
        max_size=CONNECTIONS,
        timeout=PATIENCE,
        check=ConnectionPool.check_connection,  # a connection that the server has dropped meanwhile is made anew
        kwargs={"autocommit": True, "prepare_threshold": 0, "row_factory": dict_row, "connect_timeout": PATIENCE},
        open=True,
    )


@contextmanager
def _explained() -> Generator[None]:
    """Turns what the driver raises into a WorkspaceError of one line, without the address."""
    try:
        import psycopg
        import psycopg_pool
    except ImportError as error:
        raise WorkspaceError(
            "the setting `database` needs the extra postgres: ./run setup postgres (or leave it unset)"
        ) from error
    try:
        yield
    except psycopg_pool.PoolTimeout as error:
        raise WorkspaceError("the database does not answer any more; check that its server runs") from error
    except psycopg.Error as error:
        problem = next(iter(str(error).strip().splitlines()), type(error).__name__)[:200]
        if isinstance(error, psycopg.errors.DataException):
            remedy = "facts were stored with another embedding model; name that one, or another database"
        elif isinstance(error, psycopg.errors.FeatureNotSupported | psycopg.errors.UndefinedFile):
            remedy = "facts are found by pgvector, which the server must have"
        else:
            remedy = "check the setting `database`, and that its server runs"
        raise WorkspaceError(f"the database cannot be used ({problem}); {remedy}") from error
