"""A scope from what a caller gives, and as SQL: which passages a search may find."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, TypedDict

from pydantic import ValidationError

from vademecum.core.errors import UsageError
from vademecum.core.nearest_name import unknown_name
from vademecum.core.types import Scope

DAY = timedelta(days=1)


class Within(TypedDict, total=False):
    """The fields of a `vademecum.core.types.Scope` as arguments.

    None is as good as left out, days may be text (2026-01-31).
    """

    collection: str | None
    path: str | None
    kind: str | None
    heading: str | None
    since: date | str | None
    until: date | str | None


def narrowed(scope: Scope, within: Mapping[str, Any], arguments: Iterable[str] = ()) -> Scope:
    """The scope with the fields `within` (see `Within`) in place of its own.

    `arguments`: what the caller takes by name beside them, which a mistyped name may have meant.

    Raises:
        UsageError: there is no such field, or a value is none that it can have.
    """
    if unknown := sorted(within.keys() - Scope.model_fields.keys()):
        raise UsageError(unknown_name("filter", unknown[0], [*Scope.model_fields, *arguments]))
    fields = {name: value for name, value in within.items() if value is not None}
    try:
        narrow = Scope.model_validate({**scope.model_dump(), **fields})
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        day = name in ("since", "until")
        problem = f"{fields[name]!r} is no day written like 2026-01-31" if day else first["msg"].lower()
        raise UsageError(f"filter {name!r}: {problem}") from error
    if narrow.since and narrow.until and narrow.since > narrow.until:
        raise UsageError(f"no day is since {narrow.since} and until {narrow.until}; exchange the two")
    return narrow


def condition(scope: Scope) -> tuple[str, list[str | int]]:
    """What passages `p` of sources `s` must meet, and the values of its question marks; ("1", []) for everything.

    Square brackets of a path stand for themselves where a path has them so, else for any one of the characters in them.
    Letters with marks are the same however they are encoded. Needs the functions `fold` and `composed` of
    `vademecum.retrieval.catalogue.database.connect`.
    """
    clauses: list[tuple[str, list[str | int]]] = []
    if scope.collection is not None:
        clauses.append(("s.collection = ?", [scope.collection]))
    if scope.path is not None:
        clauses.append(_path_condition(unicodedata.normalize("NFC", scope.path)))
    if scope.kind is not None:
        clauses.append(("s.kind = ?", [scope.kind]))
    if scope.heading is not None:
        heading = scope.heading.casefold()
        below = "EXISTS (SELECT 1 FROM json_each(p.headings) WHERE instr(fold(value), ?))"
        clauses.append((f"(instr(fold(s.title), ?) OR {below})", [heading, heading]))
    if scope.since is not None:
        clauses.append(("s.mtime_ns >= ?", [_midnight_ns(scope.since)]))
    if scope.until is not None:
        clauses.append(("s.mtime_ns < ?", [_midnight_ns(scope.until + DAY)]))
    return " AND ".join(sql for sql, _ in clauses) or "1", [value for _, values in clauses for value in values]


def described(scope: Scope) -> str:
    """What a scope asks for, in words: "path letters/*, since 2026-01-31"."""
    fields = scope.model_dump(exclude_none=True)
    return ", ".join(f"{name} {value}" for name, value in fields.items())


def _path_condition(pattern: str) -> tuple[str, list[str | int]]:
    clause = "composed(s.path) GLOB ?"
    if "[" not in pattern:
        return clause, [pattern]
    literal = re.sub(r"\[", "[[]", pattern)
    there = "EXISTS (SELECT 1 FROM sources WHERE composed(path) GLOB ?)"
    return f"CASE WHEN {there} THEN {clause} ELSE {clause} END", [literal, literal, pattern]


def _midnight_ns(day: date) -> int:
    """The beginning of a day where this machine is, in nanoseconds since 1970."""
    return int(datetime.combine(day, time()).astimezone().timestamp()) * 1_000_000_000
