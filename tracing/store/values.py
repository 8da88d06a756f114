"""Values as they cross the store's border: checked on the way in, and on the way out taken as they are.

What was stored may have been damaged since, or come from a version that checked less: reading it never fails.
"""

import json
import math
import re
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from vademecum.core.errors import TraceError

EMPTY = (None, "", {}, [], "null", "{}", "[]")
"""What says nothing about a run: a start that comes late carries `outputs: {}`."""


def identity(value: Any, what: str = "id") -> str:
    """A UUID in its usual spelling.

    Raises:
        TraceError: it is none (422).
    """
    try:
        return str(value if isinstance(value, uuid.UUID) else uuid.UUID(str(value)))
    except ValueError:
        raise TraceError(f"{what} {shortened(value)} is not a UUID", status=422) from None


def optional_identity(value: Any, what: str = "id") -> str | None:
    """As `identity`; None where there is nothing."""
    return None if value in (None, "") else identity(value, what)


def new_id() -> str:
    """A random id."""
    return str(uuid.uuid4())


def now() -> int:
    """The time, in microseconds since 1970."""
    return microseconds(datetime.now(UTC))


def microseconds(value: Any) -> int:
    """Microseconds since 1970 of a `datetime`, an ISO 8601 text (without a zone: UTC), or milliseconds as a number.

    Raises:
        TraceError: it is no time, or none that a clock of today shows: before 1970 or after 2100 (422).
    """
    moment = _microseconds(value)
    if not 0 <= moment <= LATEST:
        raise TraceError(f"the time {shortened(value)} is not between 1970 and 2100; look at the clock", status=422)
    return moment


def nearest_time(value: Any) -> int:
    """As `microseconds`, to compare with: a time before 1970 or after 2100 becomes the nearest there is."""
    return min(max(_microseconds(value), 0), LATEST)


def _microseconds(value: Any) -> int:
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return int(value * 1000)
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value)[:80])
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return (moment - _EPOCH) // timedelta(microseconds=1)
    except (ValueError, OverflowError):
        raise TraceError(f"{shortened(value)} is not a time in ISO 8601", status=422) from None


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = (datetime(2100, 1, 1, tzinfo=UTC) - _EPOCH) // timedelta(microseconds=1)
"""No time that is kept or shown is later (microseconds since 1970)."""

MOST_USED = 1_000_000_000_000
"""More tokens, or US dollars, than this no call uses."""

MOST_SCORE = 1e12
"""Scores of feedback are at most so far from 0."""


def iso(moment: Any) -> str | None:
    """Stored microseconds since 1970 as ISO 8601 in UTC; None for none. What is no such time becomes the nearest."""
    if moment is None:
        return None
    bounded = min(max(moment, 0), LATEST) if isinstance(moment, int | float) else 0
    return datetime.fromtimestamp(bounded / 1_000_000, UTC).isoformat()


def sent_text(value: Any, what: str, *, max_chars: int = 10_000) -> str:
    """A text that was sent as one.

    Raises:
        TraceError: it is none, or longer than `max_chars` (422).
    """
    if not isinstance(value, str):
        raise TraceError(f"{what} must be a text, not {shortened(value)}", status=422)
    if len(value) > max_chars:
        raise TraceError(f"{what} is longer than {max_chars} characters", status=422)
    return value


def optional_text(value: Any, what: str, *, max_chars: int = 1_000_000) -> str | None:
    """As `sent_text`; None where there is nothing."""
    return None if value is None else sent_text(value, what, max_chars=max_chars)


def sent_name(value: Any, what: str) -> str:
    """A name by which something is found again: of a project, a data set, a prompt.

    Raises:
        TraceError: it is no text, empty, longer than 500 characters, or holds control characters (422).
    """
    name = sent_text(value, what, max_chars=500)
    if not name or _CONTROL.search(name):
        raise TraceError(f"{what} must be a name without control characters, not {shortened(name)}", status=422)
    return name


def sent_object(value: Any, what: str) -> dict[str, Any]:
    """A JSON object; empty where there is nothing.

    Raises:
        TraceError: it is something else (422).
    """
    if not isinstance(value, dict | None):
        raise TraceError(f"{what} must be a JSON object, not {shortened(value)}", status=422)
    return value or {}


def sent_list(value: Any, what: str) -> list[Any]:
    """A JSON list; empty where there is nothing.

    Raises:
        TraceError: it is something else (422).
    """
    if not isinstance(value, list | None):
        raise TraceError(f"{what} must be a list, not {shortened(value)}", status=422)
    return value or []


def shortened(value: Any) -> str:
    """What was sent, for a message of one line."""
    return repr(str(value)[:80])


_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def parsed(data: bytes, what: str = "the body") -> Any:
    """The value of JSON; NaN, Infinity and numbers like 1e999, which JSON does not have, are None.

    Halves of characters become question marks.

    Raises:
        TraceError: it is none, or nested too deep (422).
    """
    try:
        text = data.decode("utf-8-sig")
        parse_float = _finite if _FAR_NUMBER.search(data) else None
        value = json.loads(text, parse_constant=lambda _: None, parse_float=parse_float)
        if _HALF.search(data):
            value = json.loads(dumps(value))
    except (ValueError, RecursionError) as error:
        raise TraceError(f"{what[:80]} is not JSON ({str(error)[:200]})", status=422) from None
    if data.count(b"[") + data.count(b"{") > MAX_DEPTH and _is_deeper(value, MAX_DEPTH):
        raise TraceError(f"{what[:80]} is nested more than {MAX_DEPTH} deep", status=422)
    return value


MAX_DEPTH = 200
"""Lists and objects within each other, at most: whoever walks them later is not to fail (SQLite's limit is 1000)."""

_FAR_NUMBER = re.compile(rb"[eE]\+?\d{3}|\d{300}")
_HALF = re.compile(rb"\\u[dD][89a-fA-F]")


def _finite(text: str) -> float | None:
    number = float(text)
    return number if math.isfinite(number) else None


def _is_deeper(value: Any, depth: int) -> bool:
    level = [value]
    for _ in range(depth + 1):
        level = [
            inner
            for node in level
            if isinstance(node, dict | list)
            for inner in (node.values() if isinstance(node, dict) else node)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return False
    return True


def dumps(value: Any) -> str:
    """JSON with letters as they are, so that full text finds them; halves of characters are replaced."""
    try:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False, default=stored_text)
    except ValueError:  # a number that JSON does not have, stored by an earlier version
        whole = json.dumps(value, default=stored_text)
        text = json.dumps(json.loads(whole, parse_constant=lambda _: None), ensure_ascii=False, separators=(",", ":"))
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def loads(text: Any) -> Any:
    """The value of stored JSON; None for none, and for what is none."""
    try:
        return json.loads(text, parse_constant=lambda _: None)
    except (ValueError, TypeError, RecursionError):
        return None


def stored_object(text: Any) -> dict[str, Any]:
    """A stored JSON object; empty where there is none."""
    value = loads(text)
    return value if isinstance(value, dict) else {}


def stored_list(text: Any) -> list[Any]:
    """A stored JSON list; empty where there is none."""
    value = loads(text)
    return value if isinstance(value, list) else []


def stored_text(value: Any) -> str | None:
    """A stored text, whatever became of it; None for none."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else None if value is None else str(value)


def stored_identity(value: Any) -> str | None:
    """A stored UUID; None where there is none."""
    try:
        return identity(value)
    except TraceError:
        return None


def stored_number(value: Any) -> Any:
    """A stored number that can be reckoned with; None for anything else."""
    return value if isinstance(value, int | float) and math.isfinite(value) else None


def stored_count(value: Any) -> int | None:
    """A stored number of things; None for anything else."""
    return value if isinstance(value, int) and value >= 0 else None


def believable(column: str) -> str:
    """A column of tokens or costs in SQL, null where it would spoil a sum."""
    return f"CASE WHEN {column} BETWEEN 0 AND {MOST_USED} THEN {column} END"


def sound(column: str, otherwise: str = "{}") -> str:
    """A column of JSON in SQL, for functions that fail where it is damaged."""
    return f"CASE WHEN json_valid({column}) THEN {column} ELSE '{otherwise}' END"
