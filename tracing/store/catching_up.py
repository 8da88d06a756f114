"""What the application wrote to the local spool is brought into the database, by whoever reads it next."""

import logging
from pathlib import Path

from vademecum.core.errors import TraceError
from vademecum.tracing.spool import Frame, Spool
from vademecum.tracing.store import feedback, frames, ingest
from vademecum.tracing.store.database import Database
from vademecum.tracing.store.unpacking import unpacked

FOLDER = Path("spool") / "local"
"""Where the application leaves its frames, in the home of the workspace."""

_log = logging.getLogger("vademecum.tracing")


def catch_up(database: Database, home: Path) -> int:
    """Bring in what waits; how many frames. A frame that cannot be read is set aside, with a warning.

    Raises:
        TraceError: the disk is full, or the file cannot be written; what waits goes on waiting.
    """
    spool = Spool(home / FOLDER)

    def keep(frame: Frame) -> bool:
        try:
            contents = frames.frame(unpacked(frame.body, frame.packing), frame.kind)
            database.write(
                lambda connection: (
                    ingest.apply(connection, contents.operations),
                    [feedback.keep(connection, record) for record in contents.feedback],
                )
            )
        except TraceError as error:
            if error.status >= 500:
                raise
            _log.warning("a frame of traces cannot be read and is set aside (%s)", error)
            Spool(home / "spool" / "refused").add(frame)
        return True

    return spool.deliver(keep, wait=True)
