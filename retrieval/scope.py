"""A scope as SQL: which passages a search may find."""

from datetime import UTC, date, datetime, time, timedelta

from core.types import Scope

DAY = timedelta(days=1)


def condition(scope: Scope) -> tuple[str, list[str | int]]:
    """What passages `p` of sources `s` must meet, and the values of its question marks; ("1", []) for everything.

    Needs the function `fold` of `retrieval.workspace.connect`.
    """
    told: list[tuple[str, list[str | int]]] = []
    if scope.collection is not None:
        told.append(("s.collection = ?", [scope.collection]))
    if scope.path is not None:
        told.append(("s.path GLOB ?", [scope.path]))
    if scope.kind is not None:
        told.append(("s.kind = ?", [scope.kind]))
    if scope.heading is not None:
        wanted = scope.heading.casefold()
        below = "EXISTS (SELECT 1 FROM json_each(p.headings) WHERE instr(fold(value), ?))"
        told.append((f"(instr(fold(s.title), ?) OR {below})", [wanted, wanted]))
    if scope.since is not None:
        told.append(("s.mtime_ns >= ?", [_midnight_ns(scope.since)]))
    if scope.until is not None:
        told.append(("s.mtime_ns < ?", [_midnight_ns(scope.until) + DAY // timedelta(microseconds=1) * 1000]))
    return " AND ".join(sql for sql, _ in told) or "1", [value for _, values in told for value in values]


def _midnight_ns(day: date) -> int:
    """The beginning of a day, in nanoseconds since 1970."""
    return int(datetime.combine(day, time(), UTC).timestamp()) * 1_000_000_000
