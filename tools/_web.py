"""Fetching over HTTP within bounds: of time, of size, and of where to.

`Web` opens http and https addresses only, and, unless it is allowed to, none of this machine or of a private network.
That is checked on the address that a name resolves to, at every redirect, and the connection is made to the very
address that was checked: a name that resolves differently the next time (DNS rebinding) gains nothing.
"""

import json
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import httpx

from vademecum.core.errors import ToolError
from vademecum.retrieval.addresses import answered, is_public, one_time_transport
from vademecum.tools._quoting import one_line

if TYPE_CHECKING:
    from vademecum.core.settings import Settings

AGENT = "Mozilla/5.0 (compatible; Vademecum/0.1)"
"""Who we say we are; some sites answer nobody who does not begin like a browser."""

MAX_REDIRECTS = 5
"""Redirects followed."""

MAX_WAIT = 5.0
"""Longest Retry-After that is waited for, in seconds; a longer one is told to the model."""


@dataclass(frozen=True)
class Reply:
    """What a server answered: `url` is where it came from at last."""

    url: str
    status: int
    headers: httpx.Headers
    body: bytes

    @property
    def text(self) -> str:
        """The body as text, in the charset that the headers name, else UTF-8."""
        charset = self.headers.encoding if "charset" in self.headers.get("content-type", "") else "utf-8"
        try:
            return self.body.decode(charset, errors="replace")
        except LookupError:
            return self.body.decode("utf-8", errors="replace")

    def json(self) -> Any:
        """The body's JSON.

        Raises:
            ToolError: it is none.
        """
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            raise ToolError(f"{_host(self.url)} answered something that is not JSON; try again later") from None


@dataclass(frozen=True)
class Web:
    """What may be fetched: `seconds` for one answer, redirects included; `most` bytes.

    `private` names the places ("host:port") that may be on this machine or in a private network; True means all.
    """

    seconds: float
    most: int
    private: bool | frozenset[str] = False

    def get(
        self, url: str, *, params: Mapping[str, Any] | None = None, headers: Mapping[str, str] | None = None
    ) -> Reply:
        """What the server answers, if it is well.

        A server that asks for patience (429 or 503 with Retry-After) is asked once more, where that is soon.

        Raises:
            ToolError: the address may not be opened, the server cannot be reached or answers with an error, or the
                answer is too large or too slow. Says so in words.
        """
        reply = self.ask("GET", url, follow=True, params=params, headers=headers)
        if reply.status >= 400:
            raise ToolError(refusal(reply))
        return reply

    def ask(self, method: str, url: str, **request: Any) -> Reply:
        """The answer as `send` has it; where the server asks for patience, a reading request is sent once more."""
        reply = self.send(method, url, **request)
        wait = patience(reply)
        if wait is None or wait > MAX_WAIT or method not in ("GET", "HEAD"):
            return reply
        time.sleep(wait)
        return self.send(method, url, **request)

    def send(self, method: str, url: str, *, follow: bool = False, **request: Any) -> Reply:
        """The answer, whatever its status; `request` as httpx takes it. Redirects are followed where `follow` says so.

        Raises:
            ToolError: there is no answer, or one that is too large or too slow; or the address may not be opened.
        """
        ends = time.monotonic() + self.seconds
        host = _host(url)
        try:
            with (
                httpx.Client(
                    transport=_Pinned(self.private),
                    timeout=self.seconds,
                    follow_redirects=follow,
                    max_redirects=MAX_REDIRECTS,
                    trust_env=False,
                    headers={"User-Agent": AGENT},
                ) as client,
                client.stream(method, url, **request) as response,
            ):
                body = self._read(response, ends)
                return Reply(str(response.url), response.status_code, response.headers, body)
        except httpx.TimeoutException:
            raise ToolError(_slow(host, self.seconds)) from None
        except httpx.TooManyRedirects:
            raise ToolError(f"{host} redirects more than {MAX_REDIRECTS} times; try another address") from None
        except (httpx.InvalidURL, httpx.UnsupportedProtocol, UnicodeError):
            raise ToolError(f"{one_line(url)!r} is not a web address; it begins with http:// or https://") from None
        except httpx.HTTPError as error:
            told = one_line(str(error)) or type(error).__name__
            raise ToolError(f"{host} cannot be reached ({told}); try again later") from None

    def _read(self, response: httpx.Response, ends: float) -> bytes:
        declared = response.headers.get("content-length", "")
        parts, size = [], 0
        if declared.isdecimal() and int(declared) > self.most:
            raise ToolError(_large(str(response.url), self.most))
        for part in response.iter_bytes():
            size += len(part)
            if size > self.most:
                raise ToolError(_large(str(response.url), self.most))
            if time.monotonic() > ends:
                raise ToolError(_slow(_host(str(response.url)), self.seconds))
            parts.append(part)
        return b"".join(parts)


def web(settings: "Settings", *services: str) -> Web:
    """The web within the bounds that the person has set.

    `services` are addresses that the settings name: these may be on this machine, but not what they redirect to.
    """
    private = settings.web_private or frozenset(place(httpx.URL(service)) for service in services)
    return Web(seconds=settings.web_seconds, most=int(settings.web_max_mb * 1_000_000), private=private)


def place(url: httpx.URL) -> str:
    """`host:port`, also where the port goes without saying."""
    return f"{url.host.lower()}:{url.port or (443 if url.scheme == 'https' else 80)}"


def patience(reply: Reply) -> float | None:
    """Seconds that the server asks to wait before the next try; None where it asks for nothing."""
    said = reply.headers.get("retry-after", "").strip()
    if reply.status not in (429, 503) or not said:
        return None
    if said.isdecimal():
        return float(said)
    try:
        return max(0.0, parsedate_to_datetime(said).timestamp() - time.time())
    except ValueError:
        return None


def refusal(reply: Reply) -> str:
    """An error status in words, without the server's own: those are for nobody to follow."""
    host, wait = _host(reply.url), patience(reply)
    if reply.status in (404, 410):
        return f"there is nothing at {one_line(reply.url)} ({reply.status}); try another address"
    if reply.status == 429:
        when = f"in {wait:,.0f} seconds" if wait else "later"
        return f"{host} has had too many requests (429); it may be asked again {when}"
    if reply.status in (401, 403):
        return f"{host} does not let us in ({reply.status}); answer without it"
    if reply.status >= 500:
        return f"{host} is out of order ({reply.status}); try again later"
    return f"{host} refuses the request ({reply.status}); check what was asked for"


class _Pinned(httpx.BaseTransport):
    """Resolves a host, checks what it resolves to, and connects to just that address.

    The certificate is checked against the host's name all the same, and no connection is used twice.
    """

    def __init__(self, private: bool | frozenset[str]) -> None:
        self.private = private
        self.inner = one_time_transport()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer the request, from an address that was checked; the next one where the first lets nobody in."""
        url = request.url
        if url.scheme not in ("http", "https") or not url.host:
            raise ToolError(f"{one_line(str(url))!r} is not a web address; it begins with http:// or https://")
        if url.userinfo:
            raise ToolError("an address with a user name or password in it is not opened; leave them out")
        private = self.private if isinstance(self.private, bool) else place(url) in self.private
        addresses = checked_addresses(url.host, int(place(url).rpartition(":")[2]), private=private)
        return answered(self.inner, addresses, request)

    def close(self) -> None:
        """Close what is open."""
        self.inner.close()


def checked_addresses(host: str, port: int, *, private: bool) -> list[str]:
    """The IP addresses of `host`, at least one.

    Raises:
        ToolError: the name does not resolve, or to an address of this machine or of a private network.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise ToolError(f"there is no host called {one_line(host)!r}; check the address") from None
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    # One private address among several is enough to refuse: which of them is taken would be chance.
    if not addresses or not (private or all(map(is_public, addresses))):
        raise ToolError(f"{one_line(host)} is on this machine or in a private network, which is not opened")
    return addresses


def _host(url: str) -> str:
    try:
        return one_line(httpx.URL(url).host or url, 80)
    except (httpx.InvalidURL, UnicodeError):
        return one_line(url, 80)


def _slow(host: str, seconds: float) -> str:
    return f"{host} did not answer within {seconds:g} seconds; try again later, or another address"


def _large(url: str, most: int) -> str:
    return f"what {_host(url)} answers is larger than the {most / 1_000_000:g} MB allowed; try another address"
