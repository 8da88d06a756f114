"""Fetching a page over HTTP within bounds: of time, of size, and of where to.

Only http and https addresses are opened, and, unless it is allowed, none of this machine or of a private network. That
is checked on the address that a name resolves to, at every redirect, and the connection is made to the very address
that was checked: a name that resolves differently the next time (DNS rebinding) gains nothing.
"""

import ipaddress
import socket
import time
from dataclasses import dataclass

import httpx

from core.errors import DocumentError
from core.settings import Settings

AGENT = "Mozilla/5.0 (compatible; Vademecum/0.1)"
"""Who we say we are; some sites answer nobody who does not begin like a browser."""

MAX_REDIRECTS = 5
"""Redirects followed."""

NOT_PUBLIC = (ipaddress.ip_network("64:ff9b:1::/48"), ipaddress.ip_network("fec0::/10"))
"""Local networks that Python's ipaddress takes for public: NAT64 of one's own (RFC 8215), and site-local addresses."""

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

    The certificate is checked against the host's name all the same (`sni_hostname`), and no connection is used twice:
    one that was opened for a host could otherwise serve another of the same address, whose certificate nobody checked.
    """

    def __init__(self, asked: str, *, private: bool) -> None:
        self.asked = asked
        self.private = private
        self.inner = httpx.HTTPTransport(limits=httpx.Limits(max_keepalive_connections=0))

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer the request, from an address that was checked; the next one where the first lets nobody in."""
        url = request.url
        if url.scheme not in ("http", "https") or not url.host:
            raise DocumentError(self.asked, "not a web address; those begin with http:// or https://")
        if url.userinfo:
            raise DocumentError(self.asked, "an address with a user name or password in it is not opened")
        port = url.port or (443 if url.scheme == "https" else 80)
        *others, last = self._addresses(url.host, port)
        for address in others:
            try:
                return self.inner.handle_request(_to(address, request))
            except httpx.ConnectError:
                continue
        return self.inner.handle_request(_to(last, request))

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


def _to(address: str, request: httpx.Request) -> httpx.Request:
    return httpx.Request(
        request.method,
        request.url.copy_with(host=address),
        headers=request.headers,
        stream=request.stream,
        extensions={**request.extensions, "sni_hostname": request.url.raw_host.decode("ascii")},
    )


def is_public(address: str) -> bool:
    """Whether the address is one of the public internet; an IPv6 address that stands for an IPv4 one counts as that."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(parsed, ipaddress.IPv6Address):
        inner = parsed.ipv4_mapped or parsed.sixtofour or (parsed.teredo or (None, None))[1] or _translated(parsed)
        if inner is not None:
            return is_public(str(inner))
    return parsed.is_global and not parsed.is_multicast and not any(parsed in local for local in NOT_PUBLIC)


def _translated(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address behind one of NAT64 (RFC 6052)."""
    inside = address in ipaddress.ip_network("64:ff9b::/96")
    return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF) if inside else None
