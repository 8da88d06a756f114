"""The LangSmith SDK as used here: one client a process, its server asked first, secrets redacted, exits never held up.

What it says on the wire and how it hangs when its server is away was observed with langsmith 0.15.
"""

import atexit
import logging
import threading
import time
from dataclasses import dataclass

import requests
from langsmith import Client
from langsmith import utils as langsmith_utils
from langsmith.anonymizer import create_secret_anonymizer

from core.settings import prefer_environment

ASK_SECONDS = 1.5
"""How long the server may take to say that it is there."""

ASK_AGAIN_SECONDS = 60.0
"""How long a server that did not answer is left alone."""

_log = logging.getLogger("vademecum.tracing")
_lock = threading.Lock()


@dataclass(frozen=True)
class Destination:
    """Where traces go: no client where the server does not answer; `told` is what happened, in words."""

    client: Client | None
    told: str
    asked_at: float


_destination: Destination | None = None


def destination() -> Destination:
    """The process's client, made once; a server that was away is asked again after a minute."""
    global _destination
    with _lock:
        now = time.monotonic()
        stale = _destination is None or (
            _destination.client is None and now - _destination.asked_at > ASK_AGAIN_SECONDS
        )
        if stale:
            _destination = _connect(now)
            if _destination.client is None:
                _log.warning("runs are not traced: %s", _destination.told)
        return _destination


def flush(timeout: float) -> None:
    """Wait at most `timeout` seconds for what is queued to be sent."""
    if _destination and _destination.client:
        _destination.client.flush(timeout=timeout)


def _connect(now: float) -> Destination:
    url, key = langsmith_utils.get_api_url(None), langsmith_utils.get_api_key(None)
    try:
        reply = requests.get(f"{url}/info", headers={"x-api-key": key or ""}, timeout=ASK_SECONDS)
        reply.raise_for_status()
        info = reply.json()
    except (requests.RequestException, ValueError) as error:
        told = f"{url} does not answer ({type(error).__name__}); start the server or correct LANGSMITH_ENDPOINT"
        return Destination(None, told, now)
    if not key and url.startswith("https://"):
        return Destination(None, f"{url} needs a key; set LANGSMITH_API_KEY", now)
    return Destination(_client(url, info if isinstance(info, dict) else {}), f"runs are sent to {url}", now)


def _client(url: str, info: dict[str, object]) -> Client:
    # A server that dies later would hold the exit for as long as the SDK's threads try to reach it: daemon threads, and
    # no pool for compressed frames, which Python would join. These two switches are read when a client is made.
    prefer_environment(LANGSMITH_USE_DAEMON="true", LANGSMITH_DISABLE_RUN_COMPRESSION="true")
    # Its warnings have 4-8 kB a batch and show a short key as it is; ours has one line.
    logging.getLogger("langsmith").setLevel(logging.ERROR)
    told = threading.Event()

    def on_error(error: Exception) -> None:
        if not told.is_set():
            told.set()
            _log.warning("some runs could not be traced: %s does not take them (%s)", url, type(error).__name__)

    client = Client(
        api_url=url,
        info=info,
        anonymizer=create_secret_anonymizer(),
        timeout_ms=(2_000, 10_000),
        tracing_error_callback=on_error,
    )
    atexit.register(flush, 2.0)
    return client
