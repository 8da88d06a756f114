"""What the application wrote to the local spool is brought into the database, by whoever reads it next."""

import logging
from pathlib import Path

from vademecum.core.errors import TraceError
from vademecum.tracing.spool import REFUSED, Frame, Spool
from vademecum.tracing.store import frames, ingest
from vademecum.tracing.store.database import Database
from vademecum.tracing.store.unpacking import unpacked

FOLDER = Path("spool") / "local"
"""Where the application leaves its frames, in the home of the workspace."""

_log = logging.getLogger("vademecum.tracing")


def catch_up(database: Database, home: Path) -> int:
    """Bring in what waits; how many frames. One of which something cannot be kept is set aside, with a warning.

    Raises:
        TraceError: the disk is full, or the file cannot be written; what waits goes on waiting.
    """
    spool = Spool(home / FOLDER)

    def keep(frame: Frame) -> bool:
        try:
            contents = frames.frame(unpacked(frame.body, frame.packing), frame.kind)
            refused = "; ".join(database.write(lambda connection: ingest.apply_frame(connection, contents)))
        except OSError:
            raise
        except Exception as error:  # whatever is wrong with a frame, those behind it do not wait for it
            if isinstance(error, TraceError) and error.status >= 500:
                raise
            refused = str(error) or type(error).__name__
        if refused:
            _log.warning("something in a frame of traces cannot be kept; it is set aside (%s)", refused[:500])
            Spool(spool.folder.parent / REFUSED).add(frame)
        return True

    return spool.deliver(keep, wait=True)
