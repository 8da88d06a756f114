"""Counts, percentiles, error rates, tokens and costs over many runs."""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from vademecum.tracing.store.conditions import Condition
from vademecum.tracing.store.database import Database
from vademecum.tracing.store.query import Query, matching
from vademecum.tracing.store.reading import feedback_stats
from vademecum.tracing.store.values import LATEST, believable, iso, stored_number

Group = tuple[str, str]
"""The name of a grouping and its expression on `runs r`; both from `GROUPS`."""

_SECONDS = f"min(max(r.start_time, 0), {LATEST}) / 1000000"
"""Since 1970, as everywhere where a time is shown (`values.iso`)."""

GROUPS: dict[str, str] = {
    "graph": "CASE WHEN r.parent_run_id IS NULL THEN r.name END",
    "node": "(SELECT l.value FROM labels l WHERE l.key = r.key AND l.name = 'langgraph_node' AND l.value = r.name)",
    "model": "r.model",
    "type": "r.run_type",
    "day": f"date({_SECONDS}, 'unixepoch')",
    "hour": f"strftime('%Y-%m-%dT%H:00Z', {_SECONDS}, 'unixepoch')",
}
"""By what `vade trace stats` can group runs; those for which the expression is null are left out."""

_USED = ("prompt_tokens", "completion_tokens", "total_tokens", "prompt_cost", "completion_cost", "total_cost")
_MEASURES = f"""count(*) AS runs, total(r.status = 'error') AS errors, total(r.status = 'pending') AS pending,
    {", ".join(f"sum({believable(f'r.{name}')}) AS {name}" for name in _USED)}, max(r.start_time) AS last"""


def grouped(database: Database, query: Query, by: str) -> list[dict[str, Any]]:
    """Measures of each group of runs, the largest group first; by day or hour: in order of time."""
    where, group = matching(database, query), GROUPS[by]
    order = "1" if by in ("day", "hour") else "runs DESC, 1"
    rows = database.rows(
        f"SELECT {group} AS name, {_MEASURES} FROM runs r WHERE {where.sql} AND {group} IS NOT NULL "
        f"GROUP BY 1 ORDER BY {order}",
        where.values,
    )
    latencies: dict[Any, list[float]] = defaultdict(list)
    for name, latency in _latencies(database, where, group):
        latencies[name].append(latency)
    return [{"name": row["name"], **_measures(row, latencies[row["name"]])} for row in rows]


def overall(database: Database, query: Query) -> dict[str, Any]:
    """Measures of all runs that fit."""
    where = matching(database, query)
    (row,) = database.rows(f"SELECT {_MEASURES} FROM runs r WHERE {where.sql}", where.values)
    return _measures(row, [latency for _, latency in _latencies(database, where, "1")])


def of_session(database: Database, session_id: str) -> dict[str, Any]:
    """What the protocol tells of a project: of its traces, that is, of their first runs."""
    measures = overall(database, Query(sessions=[session_id], is_root=True))
    where = Condition("r.session_id = ? AND r.parent_run_id IS NULL", (session_id,))
    first = [
        row[0]
        for row in database.rows(
            f"SELECT (r.first_token_time - r.start_time) / 1e6 FROM runs r WHERE {where.sql} "
            "AND r.first_token_time IS NOT NULL ORDER BY 1",
            where.values,
        )
    ]
    of_runs = database.rows("SELECT id FROM runs WHERE session_id = ? LIMIT 1", (session_id,))
    return {
        **protocol_stats(measures),
        "first_token_p50": percentile(first, 0.5),
        "first_token_p99": percentile(first, 0.99),
        "feedback_stats": feedback_stats(database, [session_id], by="session_id").get(session_id, {})
        if of_runs
        else {},
        "session_feedback_stats": {},
        "run_facets": [],
    }


def protocol_stats(measures: dict[str, Any]) -> dict[str, Any]:
    """Measures under the names that LangSmith gives them; latencies in seconds."""
    return {
        "run_count": measures["runs"],
        "latency_p50": measures["p50"],
        "latency_p99": measures["p99"],
        "error_rate": measures["error_rate"],
        "last_run_start_time": measures["last"],
        **{name: measures[name] for name in _USED},
    }


def percentile(ordered: Sequence[float], share: float) -> float | None:
    """The smallest value that at least `share` of the ordered values do not exceed (nearest rank); None of none."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else None


def _latencies(database: Database, where: Condition, group: str) -> list[tuple[Any, float]]:
    """The group of each run with its latency, in order of latency: one query, however many groups there are."""
    rows = database.rows(
        f"SELECT {group}, r.latency FROM runs r WHERE {where.sql} AND r.latency IS NOT NULL ORDER BY 2", where.values
    )
    return [(row[0], row[1]) for row in rows if stored_number(row[1]) is not None]


def _measures(row: Any, latencies: Iterable[float]) -> dict[str, Any]:
    ordered = list(latencies)
    return {
        "runs": row["runs"],
        "errors": int(row["errors"]),
        "pending": int(row["pending"]),
        "error_rate": row["errors"] / row["runs"] if row["runs"] else None,
        **{f"p{share}": percentile(ordered, share / 100) for share in (50, 95, 99)},
        **{name: row[name] for name in _USED},
        "last": iso(row["last"]),
    }
