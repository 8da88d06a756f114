"""HTTP requests within bounds: of time, of size, and of where to.

The time is for all of an exchange (`core/deadline_transport.py`); the size is that of what is unpacked, in small steps.

Only http and https addresses are opened, and, unless it is allowed, none of this machine or of a private network. That
is checked on the address that a name resolves to, at every redirect, and the connection is made to the very address
that was checked: a name that resolves differently the next time (DNS rebinding) gains nothing. Redirects are followed
one by one, and nothing is read of their bodies.

For pages that are ingested (`retrieval/fetching.py`) and for tools (`tools/_web.py`), each with its own words.
"""

import contextlib
import re
import zlib
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import httpcore
import httpx

from vademecum.core.deadline_transport import Deadline, addresses_of, answered, one_time_transport
from vademecum.core.public_addresses import is_public
from vademecum.core.text_encodings import text_of

AGENT = "Mozilla/5.0 (compatible; Vademecum/0.1)"
"""Who we say we are; some sites answer nobody who does not begin like a browser."""

MAX_REDIRECTS = 5
"""Redirects followed."""

Problem = Literal[
    "not a web address", "credentials", "unknown host", "private", "elsewhere", "unreachable", "redirects", "slow",
    "packed", "too large",
]  # fmt: skip
"""Why there is no answer: the address may not be opened, nobody answers, or the answer is beyond the bounds."""

Follow = Literal["never", "same host", "anywhere"]
"""Which redirects are followed. A request that holds a key or what a person asked is for nobody but its host."""

_CHARSET = re.compile(r"""(?:^|;)\s*charset\s*=\s*["']?([^"';,\s]+)""", re.IGNORECASE)
_STEP = 65536
"""Bytes that are unpacked at once."""

_MAX_DETAIL = 200
"""Longest part that is passed on of what the network says of a failure, in characters."""


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
        name = _CHARSET.search(self.headers.get("content-type", "")[:1000])
        return name[1].lower() if name else None

    @property
    def text(self) -> str:
        """The body as text: in the charset that the server names, or a page itself, else in the one that fits."""
        kind = self.media_type
        return text_of(self.body, self.charset, markup=not kind or "html" in kind or "xml" in kind)


def fetch(
    method: str, url: str, bounds: Bounds, *, follow: Follow = "never", error_bodies: bool = True, **request: Any
) -> Reply:
    """The answer, whatever its status; `request` as httpx takes it (`params`, `headers`, `json`, ...).

    Args:
        method: GET, POST, ...
        url: The address.
        bounds: Of time, of size and of where to.
        follow: Which redirects are followed; with "never" one is the answer.
        error_bodies: Whether the body of an error (a status from 400 on) is read.
        request: What else is sent.

    Raises:
        FetchError: the address may not be opened, nobody answers, or the answer is too large or too slow.
    """
    deadline = Deadline(bounds.seconds)
    with (
        _network_errors(url),
        httpx.Client(
            transport=_PinnedTransport(bounds, deadline),
            follow_redirects=False,
            trust_env=False,
            headers={"User-Agent": AGENT, "Accept-Encoding": "gzip"},
        ) as client,
    ):
        following = client.build_request(method, url, **request)
        for _ in range(MAX_REDIRECTS + 1):
            with contextlib.closing(client.send(following, stream=True)) as response:
                if follow == "never" or not response.next_request:
                    unread = response.status_code >= 400 and not error_bodies
                    body = b"" if unread else _body(response, bounds)
                    return Reply(str(response.url), response.status_code, response.headers, body)
                following = response.next_request
                if follow == "same host" and not _same_host(response.url, following.url):
                    raise FetchError("elsewhere", url, host_of(str(following.url)))
    raise FetchError("redirects", url)


@contextlib.contextmanager
def _network_errors(url: str) -> Generator[None, None, None]:
    """What the network raises, as a FetchError."""
    try:
        yield
    except (httpx.TimeoutException, httpcore.TimeoutException) as error:
        raise FetchError("slow", url) from error
    except (httpx.InvalidURL, httpx.UnsupportedProtocol, UnicodeError) as error:
        raise FetchError("not a web address", url) from error
    except httpx.ProtocolError as error:
        # Its words quote what came, which is a stranger's, or what was sent, which may be a key.
        raise FetchError("unreachable", url, "what was asked or answered is cut off, or not HTTP") from error
    except httpx.HTTPError as error:
        detail = " ".join(str(error).split())[:_MAX_DETAIL]
        raise FetchError("unreachable", url, detail or type(error).__name__) from error


def host_and_port(url: httpx.URL) -> str:
    """`host:port`, also where the port goes without saying."""
    return f"{url.host.lower()}:{_port(url)}"


def host_of(url: str) -> str:
    """The host of an address; the address itself where it has none."""
    try:
        return httpx.URL(url).host or url
    except (httpx.InvalidURL, UnicodeError):
        return url


def checked_addresses(url: httpx.URL, deadline: Deadline, *, private: bool) -> list[str]:
    """The IP addresses of the host, at least one.

    Raises:
        FetchError: the name does not resolve, not in time, or to an address of this machine or of a private network.
    """
    try:
        # As it is written on the wire: Python's own rules for international names are those of 2003.
        addresses = addresses_of(url.raw_host.decode("ascii"), _port(url), deadline)
    except (OSError, UnicodeError) as error:
        raise FetchError("unknown host", str(url)) from error
    except httpcore.TimeoutException as error:
        raise FetchError("slow", str(url)) from error
    # One private address among several is enough to refuse: which of them is taken would be chance.
    if not addresses or not (private or all(map(is_public, addresses))):
        raise FetchError("private", str(url))
    return addresses


def gunzipped(parts: Iterable[bytes]) -> Iterator[bytes]:
    """What gzip packed, in small steps, so that who counts can stop a bomb; of nothing nothing.

    What comes after its end is left out.

    Raises:
        zlib.error: it is no gzip, or cut off.
    """
    stream = zlib.decompressobj(zlib.MAX_WBITS | 16)
    has_begun = False
    for part in parts:
        has_begun = has_begun or bool(part)
        while part and not stream.eof:
            yield stream.decompress(part, _STEP)
            part = stream.unconsumed_tail
        if stream.eof:
            return
    if has_begun:
        raise zlib.error("it is cut off")


class _PinnedTransport(httpx.BaseTransport):
    """Resolves a host, checks what it resolves to, and connects to just that address.

    The certificate is checked against the host's name all the same, and no connection is used twice.
    """

    def __init__(self, bounds: Bounds, deadline: Deadline) -> None:
        self.private = bounds.private
        self.deadline = deadline
        self.inner = one_time_transport(deadline)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer the request, from an address that was checked; the next one where the first lets nobody in."""
        url = request.url
        if url.scheme not in ("http", "https") or not url.host:
            raise FetchError("not a web address", str(url))
        if url.userinfo:
            raise FetchError("credentials", str(url.copy_with(userinfo=b"")))
        private = self.private if isinstance(self.private, bool) else host_and_port(url) in self.private
        return answered(self.inner, checked_addresses(url, self.deadline, private=private), request)

    def close(self) -> None:
        """Close what is open."""
        self.inner.close()


def _body(response: httpx.Response, bounds: Bounds) -> bytes:
    url = str(response.url)
    declared = response.headers.get("content-length", "")
    if declared.isdecimal() and int(declared[:20]) > bounds.max_bytes:
        raise FetchError("too large", url)
    packing = response.headers.get("content-encoding", "").strip().lower()
    if packing not in ("", "identity", "gzip", "x-gzip"):
        raise FetchError("packed", url)
    parts = _bounded(response.iter_raw(), url, bounds)
    try:
        return b"".join(_bounded(gunzipped(parts), url, bounds) if "gzip" in packing else parts)
    except zlib.error as error:
        raise FetchError("packed", url) from error


def _bounded(parts: Iterable[bytes], url: str, bounds: Bounds) -> Iterator[bytes]:
    size = 0
    for part in parts:
        size += len(part)
        if size > bounds.max_bytes:
            raise FetchError("too large", url)
        yield part


def _same_host(asked: httpx.URL, following: httpx.URL) -> bool:
    """Whether a redirect stays: the same scheme, host and port, or TLS at the same host."""
    upgraded = asked.scheme == "http" and following.scheme == "https" and (_port(asked), _port(following)) == (80, 443)
    same = asked.scheme == following.scheme and _port(asked) == _port(following)
    return asked.raw_host == following.raw_host and (same or upgraded)


def _port(url: httpx.URL) -> int:
    return url.port or (443 if url.scheme == "https" else 80)
