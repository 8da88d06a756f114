"""What a disk that is full, worn out or not ours to write means for a person, whichever library ran into it.

with disk_problems_told():
    graph.invoke(...)
"""

import errno
import re
import sqlite3
from collections.abc import Generator, Iterator
from contextlib import contextmanager

from vademecum.core.errors import VademecumError, WorkspaceError

_REASONS = {
    errno.ENOSPC: "the disk is full; free some space and do it again",
    errno.EDQUOT: "your quota of the disk is used up; free some space and do it again",
    errno.EFBIG: "a file would become larger than is allowed here; raise the limit and do it again",
    errno.EROFS: "the disk is read-only; name a workspace elsewhere with --home, or have it mounted for writing",
    errno.EACCES: "there is no right to it; give yourself the right, or name a workspace elsewhere with --home",
    errno.EPERM: "there is no right to it; give yourself the right, or name a workspace elsewhere with --home",
    errno.EIO: "the disk fails to read or write; save what matters to another one, then see: vade doctor",
}

_OF_FILES = (errno.EACCES, errno.EPERM)
"""Of a disk only where a file is named: a port and a process may be denied too."""

_OF_SQLITE = {
    sqlite3.SQLITE_FULL: errno.ENOSPC,
    sqlite3.SQLITE_READONLY: errno.EROFS,
    sqlite3.SQLITE_PERM: errno.EACCES,
}

_WORDS = (
    (re.compile(r"no space left on device|disk is full|os error 28\b", re.IGNORECASE), errno.ENOSPC),
    (re.compile(r"disk quota exceeded|os error 122\b", re.IGNORECASE), errno.EDQUOT),
    (re.compile(r"file too large|os error 27\b", re.IGNORECASE), errno.EFBIG),
    (re.compile(r"read-only file system|readonly database|os error 30\b", re.IGNORECASE), errno.EROFS),
    (re.compile(r"disk i/o error", re.IGNORECASE), 0),
)
"""How libraries that have their own exceptions (Chroma, onnxruntime, LangGraph) pass on what the system said."""

DAMAGED = "a file of the workspace is damaged; see which: vade doctor; save what can be: vade doctor --repair"

_UNCERTAIN = "the disk cannot be written or read; free some space and do it again, then see: vade doctor"


@contextmanager
def disk_problems_told() -> Generator[None]:
    """Have what fails in the block for the disk's sake be a WorkspaceError that says what to do."""
    try:
        yield
    except VademecumError:
        raise
    except Exception as error:
        if problem := disk_problem(error):
            raise WorkspaceError(problem) from error
        raise


def disk_problem(error: BaseException) -> str | None:
    """What is wrong with the disk and what to do, in one line; None where the error has another reason."""
    for cause in _causes(error):
        if isinstance(cause, OSError) and cause.errno in _REASONS and (cause.filename or cause.errno not in _OF_FILES):
            where = f" ({cause.filename})" if cause.filename else ""
            reason, semicolon, remedy = _REASONS[cause.errno].partition(";")
            return f"{reason}{where}{semicolon}{remedy}"
        code = getattr(cause, "sqlite_errorcode", 0) & 0xFF
        if code in _OF_SQLITE:
            return _REASONS[_OF_SQLITE[code]]
        if code == sqlite3.SQLITE_IOERR:
            return _UNCERTAIN
        if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            return DAMAGED
        for words, number in _WORDS:
            if words.search(str(cause)):
                return _REASONS.get(number, _UNCERTAIN)
    return None


def disk_remedy(error: BaseException) -> str:
    """What to do about a file that could not be used: the end of a message."""
    problem = disk_problem(error) or "; check the folder, or name another with --home"
    return problem.partition("; ")[2]


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what led to it, each once."""
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        cause = waiting.pop()
        if cause is None or id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        waiting += [cause.__context__, cause.__cause__]
        if isinstance(cause, BaseExceptionGroup):
            waiting += cause.exceptions
