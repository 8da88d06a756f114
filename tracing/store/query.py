"""Runs as queries ask for them: filtered, in order of time, a page at a time.

A page costs the same among many runs as among few. Where a part of the filter holds for few runs, those are looked at;
where it holds for many, walking the runs by time finds a page of them soon.
"""

import base64
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from vademecum.core.errors import TraceError
from vademecum.tracing.store import filters
from vademecum.tracing.store.conditions import Condition, condition, conjuncts, search
from vademecum.tracing.store.database import Database
from vademecum.tracing.store.values import identity, nearest_time

ORDERS = ("start_time", "latency", "total_tokens", "total_cost", "name", "status")
"""Columns by which runs can be ordered."""

FEW = 300
"""Up to so many runs are looked at one by one."""


@dataclass
class Query:
    """What is asked for. `sessions`: ids of projects, None for all; times in microseconds; `text`: full text.

    A page begins at a `cursor`, or after `offset` runs. Only what is ordered by time has cursors.
    """

    sessions: Sequence[str] | None = None
    filter: str | None = None
    trace_filter: str | None = None
    tree_filter: str | None = None
    text: str | None = None
    equal: dict[str, Any] = field(default_factory=dict)
    is_root: bool | None = None
    error: bool | None = None
    since: int | None = None
    until: int | None = None
    ids: Sequence[str] | None = None
    examples: Sequence[str] | None = None
    limit: int = 100
    cursor: str | None = None
    oldest_first: bool = False
    order_by: str = "start_time"
    offset: int = 0


class Page(NamedTuple):
    """Keys of runs in order, and where the next page begins (None: this was the last)."""

    keys: list[int]
    cursor: str | None


def page(database: Database, query: Query) -> Page:
    """The runs that fit, the latest first, or as `order_by` says (what has no such value last).

    Raises:
        TraceError: a filter or a cursor cannot be read, or there is no such order (400).
    """
    if query.order_by not in ORDERS:
        raise TraceError(f"runs cannot be ordered by {query.order_by[:40]!r}, but by: {', '.join(ORDERS)}")
    where = _joined(_conditions(database, query))
    order, by_time = "ASC" if query.oldest_first else "DESC", query.order_by == "start_time"
    first = "" if by_time else f"r.{query.order_by} {order} NULLS LAST, "
    sql = f"""SELECT r.key, r.start_time FROM runs r WHERE {where.sql}
              ORDER BY {first}r.start_time {order}, r.key {order} LIMIT ? OFFSET ?"""
    rows = database.rows(sql, (*where.values, query.limit + 1, query.offset))
    page_rows = rows[: query.limit]
    more = by_time and len(rows) > query.limit and page_rows
    return Page([row["key"] for row in page_rows], _cursor(page_rows[-1]) if more else None)


def count(database: Database, query: Query) -> int:
    """How many runs fit."""
    where = _joined(_conditions(database, query))
    return database.rows(f"SELECT count(*) FROM runs r WHERE {where.sql}", where.values)[0][0]


def matching(database: Database, query: Query) -> Condition:
    """The query as a condition on `runs r`, for statistics."""
    return _joined(_conditions(database, query))


def _conditions(database: Database, query: Query) -> list[Condition]:
    scope = _scope(query)
    conditions = [*scope, *_simple(query)]
    parts: list[tuple[filters.Call | None, Condition]] = []
    if query.filter:
        parts += conjuncts(filters.parse(query.filter))
    if query.text:
        parts.append((None, search(query.text)))
    for tree, part in parts:
        conditions += [part, *_few(database, scope, tree, part)]
    for name in ("trace_filter", "tree_filter"):
        if text := getattr(query, name):
            inner = condition(filters.parse(text))
            root = " AND r.parent_run_id IS NULL" if name == "trace_filter" else ""
            conditions.append(
                Condition(f"r.trace_id IN (SELECT r.trace_id FROM runs r WHERE {inner.sql}{root})", inner.values)
            )
    return conditions


_INDEXED = frozenset(
    [
        *("id", "name", "status", "error", "run_type", "thread_id", "trace_id", "parent_run_id", "model"),
        *("reference_example_id", "ls_model_name", "latency", "total_tokens"),
    ]
)
"""Fields by which an index finds runs."""


def _few(database: Database, scope: list[Condition], tree: filters.Call | None, part: Condition) -> Iterator[Condition]:
    """The runs for which a part of the filter holds, by key, where an index finds them and they are few."""
    if part.keys:
        sql, values = part.keys, part.values
    elif tree is not None and _is_indexed(tree):
        where = _joined([*scope, part])
        sql, values = f"SELECT r.key FROM runs r WHERE {where.sql}", where.values
    else:
        return
    rows = database.rows(f"{sql} LIMIT {FEW + 1}", values)
    if len(rows) <= FEW:
        yield Condition("r.key IN (SELECT value FROM json_each(?))", (json.dumps([row[0] for row in rows]),))


def _is_indexed(tree: filters.Call) -> bool:
    field = tree.arguments[0] if tree.arguments else None
    asks_for_some = tree.name in ("eq", "gt", "gte", "lt", "lte", "in") or (tree.name, tree.arguments[1:]) == (
        "neq",
        (None,),
    )
    return asks_for_some and isinstance(field, filters.Field) and field.name in _INDEXED


def _scope(query: Query) -> list[Condition]:
    if query.sessions is None:
        return []
    ids = [identity(project, "project") for project in query.sessions]
    if len(ids) == 1:
        return [Condition("r.session_id = ?", (ids[0],))]
    return [Condition("r.session_id IN (SELECT value FROM json_each(?))", (json.dumps(ids),))]


def _simple(query: Query) -> list[Condition]:
    conditions = [Condition(f"r.{name} = ?", (value,)) for name, value in query.equal.items()]
    if query.is_root is not None:
        conditions.append(Condition(f"r.parent_run_id IS {'' if query.is_root else 'NOT '}NULL"))
    if query.error is not None:
        conditions.append(Condition(f"r.status {'=' if query.error else '!='} 'error'"))
    if query.since is not None:
        conditions.append(Condition("r.start_time >= ?", (query.since,)))
    if query.until is not None:
        conditions.append(Condition("r.start_time <= ?", (query.until,)))
    for column, ids in (("id", query.ids), ("reference_example_id", query.examples)):
        if ids is not None:
            identifiers = json.dumps([identity(raw_id) for raw_id in ids])
            conditions.append(Condition(f"r.{column} IN (SELECT value FROM json_each(?))", (identifiers,)))
    if query.cursor:
        sign = ">" if query.oldest_first else "<"
        conditions.append(Condition(f"(r.start_time, r.key) {sign} (?, ?)", _place(query.cursor)))
    return conditions


def _joined(parts: Sequence[Condition]) -> Condition:
    sql = " AND ".join(part.sql for part in parts) or "1"
    return Condition(sql, tuple(value for part in parts for value in part.values))


def _cursor(row: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps([row["start_time"], row["key"]], default=str).encode()).decode()


def _place(cursor: str) -> tuple[Any, int]:
    try:
        start, key = json.loads(base64.urlsafe_b64decode(cursor))
        return start, int(key)
    except (ValueError, TypeError, RecursionError):
        raise TraceError(f"the cursor {cursor[:40]!r} is not one of this server's") from None


def as_time(value: Any) -> int | None:
    """A time of a query, None for none."""
    return None if value in (None, "") else nearest_time(value)
