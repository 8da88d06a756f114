"""What was traced in a workspace, as a person asks for it: listed, shown, measured, compared, exported.

    with Traces(home) as traces:
        for run in traces.find(Filters(status="error", since="1d")):
            print(run["name"], run["error"])

Runs are dicts under the protocol's names (`vademecum.tracing.store.reading`).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple, Self

from vademecum.core.errors import UsageError
from vademecum.tracing.store import reading, sessions, stats
from vademecum.tracing.store.catching_up import catch_up
from vademecum.tracing.store.database import Database
from vademecum.tracing.store.query import Query, count, page
from vademecum.tracing.store.values import dumps, nearest_time

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_PAGE = 500
_ROLES = ("system", "user", "human", "assistant", "ai")
BY = ("graph", "node", "model", "day")
LISTED = ("inputs", "latency", "error", "model", "thread_id", "total_tokens", "total_cost", "feedback_stats")
"""What a list of runs tells of each."""


@dataclass(frozen=True)
class Filters:
    """Which runs are meant.

    `slower` and `faster` are seconds; `name` may hold `*`; `since` is a time in ISO 8601 or an age such as "90m" or
    "2d"; `filter` is an expression of LangSmith's filter language; `steps`: not only whole runs, but all below them.
    """

    project: str | None = None
    status: str | None = None
    slower: float | None = None
    faster: float | None = None
    name: str | None = None
    since: str | None = None
    text: str | None = None
    filter: str | None = None
    steps: bool = False


class Listing(NamedTuple):
    """One page of runs, without what is bulky but for their inputs, and how many fit in all."""

    runs: list[dict[str, Any]]
    total: int


class Difference(NamedTuple):
    """One step of two runs, side by side; None where one of them has no such step.

    `path` is the names of the steps that lead to it, the last with its number where there are several. `changed` names
    what is not the same: status, inputs, outputs, error, model.
    """

    path: tuple[str, ...]
    left: dict[str, Any] | None
    right: dict[str, Any] | None
    changed: tuple[str, ...]


class Traces:
    """The traces of the workspace in `home`, with what the application has left in the spool until now."""

    def __init__(self, home: Path) -> None:
        self.database = Database(home)
        try:
            catch_up(self.database, home)
        except BaseException:
            self.database.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.database.close()

    def find(self, filters: "Filters | None" = None, *, limit: int = 20) -> list[dict[str, Any]]:
        """Runs, the latest first."""
        return reading.runs(self.database, page(self.database, self.query(filters or Filters(), limit)).keys)

    def listing(
        self,
        filters: "Filters | None" = None,
        *,
        order: str = "start_time",
        ascending: bool = False,
        offset: int = 0,
        limit: int = 25,
    ) -> Listing:
        """A page of runs by any of `vademecum.tracing.store.query.ORDERS`; costs the same among many runs as among few.

        Raises:
            TraceError: there is no such order, or a filter cannot be read.
        """
        query = self.query(filters or Filters(), limit)
        query.order_by, query.oldest_first, query.offset = order, ascending, offset
        return Listing(
            reading.runs(self.database, page(self.database, query).keys, LISTED), count(self.database, query)
        )

    def tree(self, run_id: str) -> list[dict[str, Any]]:
        """The run whose id is or begins with `run_id`, and all below it, in order."""
        return reading.tree(self.database, reading.by_prefix(self.database, run_id))

    def stats(self, by: Sequence[str] = BY, filters: "Filters | None" = None) -> dict[str, Any]:
        """Measures of all traces together, and grouped (see `vademecum.tracing.store.stats.GROUPS`)."""
        selected = filters or Filters()
        overall = stats.overall(self.database, self.query(replace(selected, steps=False)))
        return {"all": overall, **{name: self.grouped(name, selected) for name in by}}

    def grouped(self, by: str, filters: "Filters | None" = None) -> list[dict[str, Any]]:
        """Measures of the traces of each hour or day in order of time, or of the runs of each graph, node or model."""
        selected = replace(filters or Filters(), steps=by not in ("day", "hour"))
        return stats.grouped(self.database, self.query(selected), by)

    def diff(self, left: str, right: str) -> list[Difference]:
        """Two runs of one graph, step by step, in the order of the first.

        Raises:
            UsageError: they are not of one graph.
        """
        trees = [self.tree(left), self.tree(right)]
        names = [tree[0]["name"] for tree in trees]
        if names[0] != names[1]:
            raise UsageError(f"{names[0]!r} and {names[1]!r} are different graphs; compare two runs of one")
        steps = [_by_path(tree) for tree in trees]
        paths = [*steps[0], *(path for path in steps[1] if path not in steps[0])]
        return [
            Difference(path, steps[0].get(path), steps[1].get(path), _changed(steps[0].get(path), steps[1].get(path)))
            for path in paths
        ]

    def export(self, filters: "Filters | None" = None) -> Iterator[str]:
        """Traces as lines of JSON, one a run: each first run followed by all below it."""
        query = self.query(filters or Filters(), _PAGE)
        while True:
            found_page = page(self.database, query)
            for run in reading.runs(self.database, found_page.keys, ("id",)):
                yield from map(dumps, reading.tree(self.database, run["id"]))
            if found_page.cursor is None:
                return
            query.cursor = found_page.cursor

    def query(self, filters: "Filters", limit: int = 20) -> Query:
        """The query that some filters come to.

        Raises:
            TraceError: there is no such project, or a filter or a time cannot be read.
        """
        parts = [filters.filter] if filters.filter else []
        if filters.status:
            parts.append(f"eq(status, {dumps(filters.status)})")
        if filters.slower is not None:
            parts.append(f"gt(latency, {filters.slower})")
        if filters.faster is not None:
            parts.append(f"lt(latency, {filters.faster})")
        if filters.name:
            pattern = filters.name.replace("*", "%")
            parts.append(f"{'eq' if pattern == filters.name else 'like'}(name, {dumps(pattern)})")
        return Query(
            sessions=[sessions.by_name(self.database, filters.project)] if filters.project else None,
            filter=f"and({', '.join(parts)})" if parts else None,
            text=filters.text,
            is_root=None if filters.steps else True,
            since=_moment(filters.since) if filters.since else None,
            limit=limit,
        )


def question(inputs: Any) -> str:
    """The first text in what went into a run: mostly the question."""
    waiting = [inputs]
    while waiting:
        node = waiting.pop(0)
        if isinstance(node, str):
            return node
        if isinstance(node, Mapping):
            waiting = [*(node[name] for name in ("question", "content") if name in node), *node.values(), *waiting]
        elif isinstance(node, list):
            # A message may be written as a pair: ["user", "Why?"].
            waiting = [*(node[1:] if len(node) == 2 and node[0] in _ROLES else node), *waiting]
    return ""


def _moment(since: str) -> int:
    if match := re.fullmatch(r"(\d+(?:\.\d+)?)\s*([smhdw])", since.strip()):
        try:
            return nearest_time(datetime.now(UTC) - timedelta(**{_UNITS[match[2]]: float(match[1])}))
        except OverflowError:
            return 0
    return nearest_time(since)


def _by_path(tree: Sequence[dict[str, Any]]) -> dict[tuple[str, ...], dict[str, Any]]:
    """The runs of a tree by the names that lead to them; those of one name below one run are numbered."""
    paths: dict[str, tuple[str, ...]] = {}
    runs_by_path: dict[tuple[str, ...], dict[str, Any]] = {}
    for run in tree:
        above = paths.get(run["parent_run_id"] or "", ())
        path, number = (*above, run["name"]), 1
        while path in runs_by_path:
            number += 1
            path = (*above, f"{run['name']} ({number})")
        paths[run["id"]] = path
        runs_by_path[path] = run
    return runs_by_path


def _changed(left: Mapping[str, Any] | None, right: Mapping[str, Any] | None) -> tuple[str, ...]:
    if left is None or right is None:
        return ()
    return tuple(
        name for name in ("status", "inputs", "outputs", "error", "model") if left.get(name) != right.get(name)
    )
