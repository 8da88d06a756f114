"""What the SDK's client would send is written to a spool, and acknowledged; what is sent goes to its own host alone."""

import logging
from collections.abc import Callable
from typing import Any

import requests
from requests.adapters import BaseAdapter

from vademecum.tracing.spool import Frame, Spool

_log = logging.getLogger("vademecum.tracing")


class Spooling(BaseAdapter):
    """A transport of `requests` whose far end is a folder; `added` is called when there is more in it."""

    def __init__(self, spool: Spool, added: Callable[[], None]) -> None:
        super().__init__()
        self.spool = spool
        self.added = added
        self.has_warned = False

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        """Keep the request; the answer is as a server's would be."""
        body: Any = request.body or b""
        content = body.read() if hasattr(body, "read") else body.encode() if isinstance(body, str) else body
        name = request.path_url.rpartition("/")[2]
        headers = {key: str(value) for key, value in request.headers.items()}
        sizes = {key: value for key, value in headers.items() if key.lower().endswith("-compressed-size")}
        kind, packing = headers.get("Content-Type", ""), headers.get("Content-Encoding", "")
        frame = Frame(f"/runs/{name}", kind, content, packing, sizes)
        try:
            self.spool.add(frame)
            self.added()
        except OSError as error:
            # To be told of once; a full disk must not become a second trouble for what is traced.
            if not self.has_warned:
                self.has_warned = True
                _log.warning("runs are not traced: %s cannot be written (%s)", self.spool.folder, error.strerror)
        return _answer(request)

    def close(self) -> None:
        """Nothing is held open."""


def session(*, proxies: bool = True) -> requests.Session:
    """A session that follows no redirect: a key, which `requests` would send along, and runs are for their own host.

    One is an error, `requests.TooManyRedirects`. `proxies`: whether those that the environment names are used.
    """
    new = requests.Session()
    new.max_redirects = 0
    new.trust_env = proxies
    return new


def _answer(request: requests.PreparedRequest) -> requests.Response:
    response = requests.Response()
    response.status_code = 202
    response.url = str(request.url)
    response.request = request
    response._content = b"{}"  # what `requests` itself sets once a body has been read
    return response
