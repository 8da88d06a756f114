"""HTTP requests within bounds: of time, of size, and of where to.

Only http and https addresses are opened, and, unless it is allowed, none of this machine or of a private network. That
is checked on the address that a name resolves to, at every redirect, and the connection is made to the very address
that was checked: a name that resolves differently the next time (DNS rebinding) gains nothing. Redirects are followed
one by one, and nothing is read of their bodies.

For pages that are ingested (`retrieval/fetching.py`) and for tools (`tools/_web.py`), each with its own words.
"""

import contextlib
import socket
import time
from dataclasses import dataclass
from email.message import Message
from typing import Any, Literal

import httpx

from vademecum.core.public_addresses import answered, is_public, one_time_transport

AGENT = "Mozilla/5.0 (compatible; Vademecum/0.1)"
"""Who we say we are; some sites answer nobody who does not begin like a browser."""

MAX_REDIRECTS = 5
"""Redirects followed."""

Problem = Literal[
    "not a web address", "credentials", "unknown host", "private", "unreachable", "redirects", "slow", "too large"
]
"""Why there is no answer: the address may not be opened, nobody answers, or the answer is beyond the bounds."""


class FetchError(Exception):
    """No answer. `url` is where it failed, which may be behind a redirect; `detail` the network's own words."""

    def __init__(self, problem: Problem, url: str, detail: str = "") -> None:
        super().__init__(f"{problem}: {url} {detail}".rstrip())
        self.problem: Problem = problem
        self.url = url
        self.detail = detail


@dataclass(frozen=True)
class Bounds:
    """What may be fetched: `seconds` for one answer, redirects included; at most `max_bytes` of it.

    `private` names the places (`host_and_port`) that may be on this machine or in a private network; True means all.
    """

    seconds: float
    max_bytes: int
    private: bool | frozenset[str] = False


@dataclass(frozen=True)
class Reply:
    """What a server answered: `url` is where it came from at last."""

    url: str
    status: int
    headers: httpx.Headers
    body: bytes

    @property
    def media_type(self) -> str:
        """The media type in small letters, without its parameters; "" where the server names none."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def charset(self) -> str | None:
        """The charset that the server names, in small letters; None where it names none."""
        content_type = Message()
        content_type["content-type"] = self.headers.get("content-type", "")
        return content_type.get_content_charset()

    @property
    def text(self) -> str:
        """The body as text, in the charset that the server names, else UTF-8."""
        try:
            return self.body.decode(self.charset or "utf-8", errors="replace")
        except LookupError:
            return self.body.decode("utf-8", errors="replace")


def fetch(
    method: str, url: str, bounds: Bounds, *, follow: bool = False, error_bodies: bool = True, **request: Any
) -> Reply:
    """The answer, whatever its status; `request` as httpx takes it (`params`, `headers`, `json`, ...).

    Args:
        method: GET, POST, ...
        url: The address.
        bounds: Of time, of size and of where to.
        follow: Whether redirects are followed.
        error_bodies: Whether the body of an error (a status from 400 on) is read.
        request: What else is sent.

    Raises:
        FetchError: the address may not be opened, nobody answers, or the answer is too large or too slow.
    """
    deadline = time.monotonic() + bounds.seconds
    try:
        with httpx.Client(
            transport=_PinnedTransport(bounds, deadline),
            timeout=bounds.seconds,
            follow_redirects=False,
            trust_env=False,
            headers={"User-Agent": AGENT},
        ) as client:
            following = client.build_request(method, url, **request)
            for _ in range(MAX_REDIRECTS + 1):
                with contextlib.closing(client.send(following, stream=True)) as response:
                    if not (follow and response.next_request):
                        unread = response.status_code >= 400 and not error_bodies
                        body = b"" if unread else _body(response, bounds, deadline)
                        return Reply(str(response.url), response.status_code, response.headers, body)
                    following = response.next_request
            raise FetchError("redirects", url)
    except httpx.TimeoutException as error:
        raise FetchError("slow", url) from error
    except (httpx.InvalidURL, httpx.UnsupportedProtocol, UnicodeError) as error:
        raise FetchError("not a web address", url) from error
    except httpx.HTTPError as error:
        raise FetchError("unreachable", url, " ".join(str(error).split()) or type(error).__name__) from error


def host_and_port(url: httpx.URL) -> str:
    """`host:port`, also where the port goes without saying."""
    return f"{url.host.lower()}:{_port(url)}"


def host_of(url: str) -> str:
    """The host of an address; the address itself where it has none."""
    try:
        return httpx.URL(url).host or url
    except (httpx.InvalidURL, UnicodeError):
        return url


def checked_addresses(url: httpx.URL, *, private: bool) -> list[str]:
    """The IP addresses of the host, at least one.

    Raises:
        FetchError: the name does not resolve, or to an address of this machine or of a private network.
    """
    try:
        entries = socket.getaddrinfo(url.host, _port(url), type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise FetchError("unknown host", str(url)) from error
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in entries))
    # One private address among several is enough to refuse: which of them is taken would be chance.
    if not addresses or not (private or all(map(is_public, addresses))):
        raise FetchError("private", str(url))
    return addresses


class _PinnedTransport(httpx.BaseTransport):
    """Resolves a host, checks what it resolves to, and connects to just that address.

    The certificate is checked against the host's name all the same, and no connection is used twice.
    """

    def __init__(self, bounds: Bounds, deadline: float) -> None:
        self.private = bounds.private
        self.deadline = deadline
        self.inner = one_time_transport()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer the request, from an address that was checked; the next one where the first lets nobody in."""
        url = request.url
        if url.scheme not in ("http", "https") or not url.host:
            raise FetchError("not a web address", str(url))
        if url.userinfo:
            raise FetchError("credentials", str(url.copy_with(userinfo=b"")))
        seconds_left = self.deadline - time.monotonic()
        if seconds_left <= 0:
            raise FetchError("slow", str(url))
        request.extensions["timeout"] = httpx.Timeout(seconds_left).as_dict()
        private = self.private if isinstance(self.private, bool) else host_and_port(url) in self.private
        return answered(self.inner, checked_addresses(url, private=private), request)

    def close(self) -> None:
        """Close what is open."""
        self.inner.close()


def _body(response: httpx.Response, bounds: Bounds, deadline: float) -> bytes:
    url = str(response.url)
    declared = response.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > bounds.max_bytes:
        raise FetchError("too large", url)
    body = bytearray()
    for part in response.iter_bytes():  # unpacked, so that a packed bomb counts by what it unpacks to
        body += part
        if len(body) > bounds.max_bytes:
            raise FetchError("too large", url)
        if time.monotonic() > deadline:
            raise FetchError("slow", url)
    return bytes(body)


def _port(url: httpx.URL) -> int:
    return url.port or (443 if url.scheme == "https" else 80)
