"""Values as they cross the store's border: ids, times and JSON, checked on the way in."""

import json
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
        raise TraceError(f"{what} {str(value)[:80]!r} is not a UUID", status=422) from None


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
        TraceError: it is no time (422).
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        return int(value * 1000)
    try:
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return (moment - _EPOCH) // timedelta(microseconds=1)
    except (ValueError, OverflowError):
        raise TraceError(f"{str(value)[:80]!r} is not a time in ISO 8601", status=422) from None


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def iso(moment: int | None) -> str | None:
    """Microseconds since 1970 as ISO 8601 in UTC; None for none."""
    return None if moment is None else datetime.fromtimestamp(moment / 1_000_000, UTC).isoformat()


def dumps(value: Any) -> str:
    """JSON with letters as they are, so that full text finds them; halves of characters are replaced."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def loads(text: str | None) -> Any:
    """The value of stored JSON; None for none."""
    return None if text is None else json.loads(text)
