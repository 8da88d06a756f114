"""Brings what waits in the spool to a LangSmith server, in order, and removes it once that has acknowledged it.

It runs in a thread of its own. Whoever traces never waits for it: a server that is away or slow costs nothing, and what
was not delivered when the process ends is delivered by the next one.
"""

import hashlib
import logging
import threading
import time
from pathlib import Path
from typing import Any

import requests
from langsmith import utils as langsmith_utils

from vademecum.core.errors import TraceError
from vademecum.tracing.spool import REFUSED, Frame, Spool
from vademecum.tracing.transport import session

ASK_SECONDS = 1.5
"""How long the server may take to say that it is there."""

SEND_SECONDS = 10.0
ASK_AGAIN_SECONDS = 60.0
"""How long a server that did not answer is left alone."""

ATTEMPTS = 5
"""After so many failures of a server at one and the same frame, while it answers all else, that is set aside."""

_log = logging.getLogger("vademecum.tracing")


class Courier:
    """Delivers to the server at `url` what waits for it in the workspace `home`; at most `max_bytes` wait."""

    def __init__(self, url: str, home: Path, max_bytes: int) -> None:
        self.url = url
        self.spool = Spool(home / "spool" / hashlib.sha256(url.encode()).hexdigest()[:12], max_bytes)
        self.refused = Spool(home / "spool" / REFUSED)
        self.session = session()
        self.session.headers["User-Agent"] = "vademecum"
        self._wake = threading.Event()
        self._away = False
        self._multipart: bool | None = None
        self._last_message = ""
        self._failed: tuple[int, int] = (0, 0)
        """The frame at which the server failed last, by its hash, and how often."""

    def start(self) -> None:
        """Begin, with what an earlier process left."""
        self._wake.set()
        threading.Thread(target=self._work, name="traces to LangSmith", daemon=True).start()

    def wake(self) -> None:
        """Say that there is something to deliver."""
        self._wake.set()

    def finish(self, timeout: float) -> None:
        """Wait for what waits to be delivered, or for it to be known that it cannot be, at most `timeout` seconds."""
        deadline = time.monotonic() + timeout
        while not self._away and not self.spool.is_empty() and time.monotonic() < deadline:
            time.sleep(0.01)

    def _work(self) -> None:
        while True:
            self._wake.wait()
            self._wake.clear()
            while not self._deliver():
                # Not to be woken by every frame meanwhile: the server is away for all of them.
                self._away = True
                time.sleep(ASK_AGAIN_SECONDS)
            self._away = False

    def _deliver(self) -> bool:
        """Whether nothing waits any more (or another process is seeing to it)."""
        try:
            if self.spool.is_empty():
                return True
            if self._multipart is None:
                self._multipart = self._ask()
            failed: list[Frame] = []
            self.spool.deliver(lambda frame: self._send(frame) or bool(failed.append(frame)))
        except (requests.RequestException, OSError, ValueError) as error:
            self._multipart = None
            dropped = self.spool.trim()
            also = f"; the {dropped} oldest frames were dropped" if dropped else ""
            self._tell(f"{self.url} does not answer ({type(error).__name__}): runs wait in {self.spool.folder}{also}")
            return False
        if not failed:
            self._last_message = ""
        return not failed

    def _ask(self) -> bool:
        """Ask the server what it takes: True for multipart.

        Raises:
            RequestException, ValueError: it does not answer, or not as a LangSmith server does.
        """
        server_info = ask(self.url, self.session)
        config = server_info.get("batch_ingest_config")
        return bool(config.get("use_multipart_endpoint", True)) if isinstance(config, dict) else True

    def _send(self, frame: Frame) -> bool:
        """Whether the frame is dealt with.

        Raises:
            RequestException: the server is away.
        """
        headers = {**credentials(), **frame.headers, "Content-Type": frame.kind}
        if frame.packing:
            headers["Content-Encoding"] = frame.packing
        path, body = frame.path, frame.body
        if not self._multipart and path.endswith("/multipart"):
            headers = {**credentials(), "Content-Type": "application/json"}
            try:
                path, body = "/runs/batch", _as_batch(frame)
            except TraceError as error:
                return self._set_aside(frame, f"a frame of runs cannot be read ({error})")
        try:
            reply = self.session.post(
                f"{self.url}{path}", data=body, headers=headers, timeout=(2.0, SEND_SECONDS), allow_redirects=False
            )
        except requests.exceptions.InvalidHeader as error:
            return self._set_aside(frame, f"a frame of runs cannot be sent ({error})")
        if reply.is_redirect:
            self._tell(f"{self.url} sends elsewhere, where runs do not go: correct LANGSMITH_ENDPOINT; runs wait")
            return False
        if reply.ok or reply.status_code == 409:
            return True
        if reply.status_code in (401, 403):
            self._tell(f"{self.url} refuses the key ({reply.status_code}): correct LANGSMITH_API_KEY; runs wait")
            return False
        is_for_now = reply.status_code in (408, 429) or reply.status_code >= 500
        if is_for_now and not (reply.status_code == 500 and self._failed_too_often(frame)):
            reply.raise_for_status()
        return self._set_aside(frame, f"{self.url} refuses some runs ({reply.status_code})")

    def _failed_too_often(self, frame: Frame) -> bool:
        """Whether the server fails at this very frame, again and again, while it answers all else."""
        name = hash(frame.body)
        self._failed = (name, self._failed[1] + 1 if self._failed[0] == name else 1)
        return self._failed[1] >= ATTEMPTS

    def _set_aside(self, frame: Frame, reason: str) -> bool:
        self._tell(f"{reason}; they are in {self.refused.folder}")
        self.refused.add(frame)
        return True

    def _tell(self, message: str) -> None:
        if message != self._last_message:
            self._last_message = message
            _log.warning("%s", message)


def ask(url: str, connection: requests.Session) -> dict[str, Any]:
    """What the server says of itself, within `ASK_SECONDS`.

    Raises:
        RequestException, ValueError: it does not answer, or not as a LangSmith server does.
    """
    reply = connection.get(f"{url}/info", headers=credentials(), timeout=ASK_SECONDS)
    reply.raise_for_status()
    server_info = reply.json()
    if not isinstance(server_info, dict):
        raise ValueError("no LangSmith server")
    return server_info


def credentials() -> dict[str, str]:
    """What the environment says to show to LangSmith; never written to disk."""
    headers = {"x-api-key": langsmith_utils.get_api_key(None), "X-Tenant-Id": langsmith_utils.get_workspace_id(None)}
    return {name: value for name, value in headers.items() if value}


def _as_batch(frame: Frame) -> bytes:
    """A multipart frame for a server that takes JSON only; feedback and attachments stay behind."""
    from vademecum.tracing.store import frames
    from vademecum.tracing.store.unpacking import unpacked
    from vademecum.tracing.store.values import dumps

    operations = frames.frame(unpacked(frame.body, frame.packing), frame.kind).operations
    batch = {
        kind: [{**operation.fields, "id": operation.id} for operation in operations if operation.kind == kind]
        for kind in ("post", "patch")
    }
    return dumps(batch).encode()
