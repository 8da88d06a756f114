"""Fetching a page over HTTP within bounds: of time, of size, and of where to.

Only http and https addresses are opened, and, unless it is allowed, none of this machine or of a private network. That
is checked on the address that a name resolves to, at every redirect, and the connection is made to the very address
that was checked: a name that resolves differently the next time (DNS rebinding) gains nothing.
"""

import socket
import time
from dataclasses import dataclass

import httpx

from vademecum.core.errors import DocumentError
from vademecum.core.settings import Settings
from vademecum.retrieval.addresses import answered, is_public, one_time_transport

AGENT = "Mozilla/5.0 (compatible; Vademecum/0.1)"
"""Who we say we are; some sites answer nobody who does not begin like a browser."""

MAX_REDIRECTS = 5
"""Redirects followed."""

_GONE = "there is nothing at this address"
_REFUSED = {401: "the site wants a login", 403: "the site does not let us in", 404: _GONE, 410: _GONE}


@dataclass(frozen=True)
class Page:
    """What a server answered: `url` is where it came from at last, `kind` its media type, `charset` if it named one."""

    url: str
    body: bytes
    kind: str
    charset: str | None


def is_url(given: str) -> bool:
    """True for what begins as a web address does, whatever its scheme."""
    scheme, separator, _ = given.partition("://")
    return bool(separator) and scheme.isalpha()


def fetch(url: str, settings: Settings) -> Page:
    """The page at `url`.

    Raises:
        DocumentError: the address may not be opened, nobody answers, or the answer is an error, too large or too slow.
    """
    ends = time.monotonic() + settings.web_seconds
    try:
        with (
            httpx.Client(
                transport=_Pinned(url, private=settings.web_private),
                timeout=settings.web_seconds,
                follow_redirects=True,
                max_redirects=MAX_REDIRECTS,
                trust_env=False,
                headers={"User-Agent": AGENT},
            ) as client,
            client.stream("GET", url) as response,
        ):
            if response.status_code >= 400:
                raise DocumentError(url, _refusal(response.status_code))
            body = _read(response, url, ends, settings)
    except httpx.TimeoutException as error:
        raise DocumentError(url, _slow(settings)) from error
    except httpx.TooManyRedirects as error:
        raise DocumentError(url, f"it redirects more than {MAX_REDIRECTS} times") from error
    except (httpx.InvalidURL, httpx.UnsupportedProtocol, UnicodeError) as error:
        raise DocumentError(url, "not a web address; those begin with http:// or https://") from error
    except httpx.HTTPError as error:
        told = " ".join(str(error).split()) or type(error).__name__
        raise DocumentError(url, f"the site cannot be reached ({told})") from error
    said = response.headers.get("content-type", "")
    charset = response.charset_encoding if "charset" in said.lower() else None
    return Page(str(response.url), body, said.partition(";")[0].strip().lower(), charset)


def _read(response: httpx.Response, url: str, ends: float, settings: Settings) -> bytes:
    most = int(settings.web_max_mb * 1_000_000)
    too_large = f"it is larger than the {settings.web_max_mb:g} MB allowed; see the setting web_max_mb"
    declared = response.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > most:
        raise DocumentError(url, too_large)
    body = bytearray()
    for part in response.iter_bytes(65536):  # unpacked, so that a packed bomb counts by what it unpacks to
        body += part
        if len(body) > most:
            raise DocumentError(url, too_large)
        if time.monotonic() > ends:
            raise DocumentError(url, _slow(settings))
    return bytes(body)


def _slow(settings: Settings) -> str:
    return f"the site did not answer within {settings.web_seconds:g} seconds; see the setting web_seconds"


def _refusal(status: int) -> str:
    if status >= 500:
        return f"the site is out of order ({status}); try again later"
    return f"{_REFUSED.get(status, 'the site refuses the request')} ({status})"


class _Pinned(httpx.BaseTransport):
    """Resolves a host, checks what it resolves to, and connects to just that address.

    The certificate is checked against the host's name all the same, and no connection is used twice.
    """

    def __init__(self, asked: str, *, private: bool) -> None:
        self.asked = asked
        self.private = private
        self.inner = one_time_transport()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer the request, from an address that was checked; the next one where the first lets nobody in."""
        url = request.url
        if url.scheme not in ("http", "https") or not url.host:
            raise DocumentError(self.asked, "not a web address; those begin with http:// or https://")
        if url.userinfo:
            raise DocumentError(self.asked, "an address with a user name or password in it is not opened")
        port = url.port or (443 if url.scheme == "https" else 80)
        return answered(self.inner, self._addresses(url.host, port), request)

    def close(self) -> None:
        """Close what is open."""
        self.inner.close()

    def _addresses(self, host: str, port: int) -> list[str]:
        """The IP addresses of `host`, at least one, all of them allowed."""
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise DocumentError(self.asked, f"there is no site called {host}") from error
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        # One private address among several is enough to refuse: which of them is taken would be chance.
        if not addresses or not (self.private or all(map(is_public, addresses))):
            reason = (
                f"{host} is on this machine or in a private network, which is not opened; see the setting web_private"
            )
            raise DocumentError(self.asked, reason)
        return addresses
