"""Passage vectors in Postgres with pgvector, through langchain-postgres' `PGVectorStore`.

`postgres` is the database of the setting `database`, `postgresql://user@host/name` another. One table for each
stored collection, with an HNSW index over cosine distance; its texts are the ids of passages.
"""

import re
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from vademecum.core.errors import SettingsError, WorkspaceError
from vademecum.retrieval.stores import IndexSpec, PassageIndex, missing
from vademecum.retrieval.stores._vector_store import Backend, VectorStoreIndex

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings
    from langchain_core.vectorstores import VectorStore
    from langchain_postgres import PGEngine

PATIENCE = 5
"""Seconds to wait for the server."""

EF_SEARCH = 400
"""Candidates that a search looks at, and the most that it can return; pgvector's own 40 would be less than is asked."""

INDEXED_DIMENSIONS = 2000
"""pgvector indexes no longer vectors; those are compared one by one, which is exact and slower."""


class Postgres(Backend):
    """The database at `address`."""

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        # Without user and password; where the host is a folder (a Unix socket), the query names it.
        host = parts.hostname or ",".join(parse_qs(parts.query).get("host", [""]))
        self.name = f"postgres:{host}:{parts.port or 5432}{parts.path}"
        self._address = address
        self._engine: PGEngine | None = None

    def open(self, name: str, embeddings: "Embeddings", dimensions: int) -> "VectorStore":
        """The table of that name, made with its index where it is missing."""
        with _explained():
            from langchain_postgres import PGVectorStore
            from langchain_postgres.v2.indexes import HNSWQueryOptions

            if not self._exists(name):
                self._make(name, dimensions)
            no_metadata: Any = None  # its type forgets that there need be none
            return PGVectorStore.create_sync(
                self._opened(),
                embeddings,
                name,
                metadata_json_column=no_metadata,
                index_query_options=HNSWQueryOptions(ef_search=EF_SEARCH),
            )

    def drop(self, name: str) -> bool:
        """The table goes as a whole."""
        with _explained():
            if self._exists(name):
                self._opened().drop_table(name)
        return True

    def close(self) -> None:
        """Close the connections."""
        if self._engine is not None:
            self._engine._run_as_sync(self._engine.close())
        self._engine = None

    def _opened(self) -> "PGEngine":
        if self._engine is None:
            import psycopg
            from langchain_postgres import PGEngine

            # A pool would try again, and log, for half a minute.
            psycopg.connect(self._address, connect_timeout=PATIENCE).close()
            scheme = re.compile(r"^postgres(ql)?://", re.IGNORECASE)
            self._engine = PGEngine.from_connection_string(
                scheme.sub("postgresql+psycopg://", self._address), pool_pre_ping=True
            )
        return self._engine

    def _exists(self, name: str) -> bool:
        return bool(self._rows("SELECT to_regclass(%s)", name)[0][0])

    def _make(self, name: str, dimensions: int) -> None:
        self._opened().init_vectorstore_table(name, dimensions, store_metadata=False)
        if dimensions <= INDEXED_DIMENSIONS:
            self._rows(f'CREATE INDEX ON "{name}" USING hnsw (embedding vector_cosine_ops)')

    def _rows(self, query: str, *values: str) -> list[tuple[Any, ...]]:
        import psycopg

        with psycopg.connect(self._address, connect_timeout=PATIENCE) as connection:
            cursor = connection.execute(query.encode(), values or None)
            return cursor.fetchall() if cursor.description else []


def build(spec: IndexSpec) -> PassageIndex:
    """The index in the database that the setting names.

    Raises:
        SettingsError: no database is named.
    """
    address = spec.address
    if not address:
        if spec.settings.database is None:
            raise SettingsError("store is postgres, but no database is named; set `database` to postgresql://...")
        address = spec.settings.database.get_secret_value()
    return VectorStoreIndex(spec, Postgres(address))


@contextmanager
def _explained() -> Generator[None]:
    """Turns what the driver raises into an error of one line, without the address."""
    try:
        import langchain_postgres  # noqa: F401 (only whether it is there)
        import psycopg
        import sqlalchemy.exc
    except ImportError as error:
        raise missing("postgres", error) from error
    try:
        yield
    except (psycopg.Error, sqlalchemy.exc.SQLAlchemyError) as error:
        reason = next(iter(str(error).strip().splitlines()), type(error).__name__)[:200]
        raise WorkspaceError(
            f"the store in Postgres cannot be used ({reason}); check its address, that its server runs, and that it "
            "has pgvector"
        ) from error
