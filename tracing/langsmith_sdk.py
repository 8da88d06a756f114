"""The LangSmith SDK as used here: one client for each destination, what must not be told redacted, exits never held up.

What the client would send is written to a spool on disk instead (`tracing/transport.py`), which takes no longer than
writing a file. From there it goes to the workspace's own store, when that is read next, or by a courier to LangSmith.
What the SDK says on the wire and how it hangs when its server is away was observed with langsmith 0.15.
"""

import logging
import os
import signal
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
from langsmith import Client
from langsmith import utils as langsmith_utils

from vademecum.core.settings import Settings, prefer_environment
from vademecum.tracing.courier import Courier, ask
from vademecum.tracing.local import start
from vademecum.tracing.redaction import redactor
from vademecum.tracing.spool import Spool
from vademecum.tracing.store.catching_up import FOLDER
from vademecum.tracing.transport import Spooling, session

LOCAL_URL = "http://traces.localhost"
"""What a client of the workspace's own store takes for its server; nothing is ever sent there."""

INFO = {
    "version": "0.16.0",
    "batch_ingest_config": {
        "use_multipart_endpoint": True,
        "size_limit": 100,
        "size_limit_bytes": 20_000_000,
        "scale_up_nthreads_limit": 1,
        "scale_up_qsize_trigger": 1000,
        "scale_down_nempty_trigger": 4,
    },
    "instance_flags": {"zstd_compression_enabled": True},
}
"""What the client is told of its server. Compressed frames cost the traced thread less than the SDK's other way."""

MANY_FRAMES = 300
"""When so many frames wait for the workspace's own store, its server is started to bring them in."""

_lock = threading.Lock()


@dataclass(frozen=True)
class Destination:
    """Where runs go: the client that takes them, and the courier that brings them on, where they leave the machine."""

    client: Client
    courier: Courier | None


class RedactedClient(Client):
    """The SDK's client, which redacts what goes in and out of a run; its name, tags and events are redacted here."""

    def create_run(self, name: str, inputs: dict[str, Any], run_type: Any, **more: Any) -> None:
        """As the SDK's."""
        super().create_run(self._redacted(name), inputs, run_type, **self._redacted_fields(more))

    def update_run(self, run_id: Any, **more: Any) -> None:
        """As the SDK's."""
        super().update_run(run_id, **self._redacted_fields(more))

    def _redacted(self, value: Any) -> Any:
        return self._anonymizer(value) if self._anonymizer else value

    def _redacted_fields(self, fields: dict[str, Any]) -> dict[str, Any]:
        alone = ("name", "tags", "events", "extra")
        return {name: self._redacted(value) if name in alone else value for name, value in fields.items()}


_destinations: dict[tuple[str, str, Path, str], Destination] = {}


def destination(settings: Settings) -> Destination:
    """The process's client for these settings, made when it is first asked for."""
    local = settings.tracing == "local"
    url = LOCAL_URL if local else langsmith_utils.get_api_url(None)
    key = (url, settings.redact, settings.home, settings.tracing)
    with _lock:
        if key not in _destinations:
            if not _destinations:
                keep_git_out()
                _leave_nothing_behind()
            _destinations[key] = _connect(settings, url)
        return _destinations[key]


def keep_git_out() -> None:
    """Keep the SDK from asking git about the folder where a person is, as it does for the metadata of the first run.

    In a repository that a stranger made, `git describe --dirty` runs programs that its configuration names.
    LANGSMITH_REVISION_ID still says which revision runs.
    """
    from langsmith.env import _git, _runtime_env

    for module in (_git, _runtime_env):
        sdk: Any = module
        sdk.exec_git = lambda command: None  # noqa: ARG005 (what it gives where there is no repository)


def flush(timeout: float) -> None:
    """Wait at most `timeout` seconds for what was traced to be on disk, and beyond this machine where it is to go."""
    deadline = time.monotonic() + timeout
    for place in list(_destinations.values()):
        place.client.flush(timeout=max(0.0, deadline - time.monotonic()))
    for place in list(_destinations.values()):
        if place.courier:
            place.courier.finish(max(0.0, deadline - time.monotonic()))


def state_of_server() -> tuple[bool, str]:
    """Whether the LangSmith server of the environment answers, and what there is to say of it."""
    url = langsmith_utils.get_api_url(None)
    try:
        with session() as connection:
            ask(url, connection)
    except (requests.RequestException, ValueError) as error:
        name = type(error).__name__
        return False, f"{url} does not answer ({name}); start the server or correct LANGSMITH_ENDPOINT"
    if not langsmith_utils.get_api_key(None) and url.startswith("https://"):
        return False, f"{url} needs a key; set LANGSMITH_API_KEY"
    return True, f"runs are sent to {url}"


def _connect(settings: Settings, url: str) -> Destination:
    prefer_environment(LANGSMITH_USE_DAEMON="true")  # or its threads would be joined at exit; read as it is made
    # Its warnings have 4-8 kB a batch and show a short key as it is; ours has one line.
    logging.getLogger("langsmith").setLevel(logging.ERROR)
    limit = settings.trace_spool_mb * 1_000_000
    local = settings.tracing == "local"
    courier = None if local else Courier(url, settings.home, limit)
    spool = courier.spool if courier else Spool(settings.home / FOLDER, limit)
    connection = session()
    client = RedactedClient(
        api_url=url,
        api_key="local" if local else None,
        info=INFO,
        session=connection,
        anonymizer=redactor(settings.redact),
        timeout_ms=(2_000, 10_000),
    )
    adapter = Spooling(spool, courier.wake if courier else lambda: None)
    for path in ("/runs/multipart", "/runs/batch"):
        connection.mount(f"{url}{path}", adapter)
    if local:
        connection.mount(url, adapter)
    if courier:
        courier.start()
    elif len(spool.waiting()) > MANY_FRAMES:
        start(settings)
    return Destination(client, courier)


def _leave_nothing_behind() -> None:
    """See to it that what is queued is written when the process ends, also where it is told to (SIGTERM).

    Before the SDK's thread pool is shut down, which `atexit` would be too late for: from then on the SDK sends in ways
    that its own flush does not wait for, and one run in five was lost at the end of a short program.
    """
    module: Any = threading
    module._register_atexit(flush, 2.0)
    if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, _terminated)


def _terminated(number: int, _: object) -> None:
    # In a thread: what was interrupted here may hold a lock that flushing needs.
    writing = threading.Thread(target=flush, args=(1.5,), daemon=True)
    writing.start()
    writing.join(2.0)
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
