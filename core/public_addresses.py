"""Which addresses are of the public internet, and requests that go to just the address that was checked.

For all that is fetched over HTTP (`core/guarded_fetch.py`).
"""

import ipaddress
from collections.abc import Sequence

import httpx

NOT_PUBLIC = (ipaddress.ip_network("64:ff9b:1::/48"), ipaddress.ip_network("fec0::/10"))
"""Local networks that Python's ipaddress takes for public: NAT64 of one's own (RFC 8215), and site-local addresses."""


def one_time_transport() -> httpx.HTTPTransport:
    """A transport that uses no connection twice.

    One that was opened for a host could otherwise serve another of the same address, whose certificate nobody checked.
    """
    return httpx.HTTPTransport(limits=httpx.Limits(max_keepalive_connections=0))


def answered(transport: httpx.BaseTransport, addresses: Sequence[str], request: httpx.Request) -> httpx.Response:
    """The answer from one of the addresses, at least one; from the next where one lets nobody in."""
    *others, last = addresses
    for address in others:
        try:
            return transport.handle_request(_to(address, request))
        except httpx.ConnectError:
            continue
    return transport.handle_request(_to(last, request))


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


def _to(address: str, request: httpx.Request) -> httpx.Request:
    """The request, sent to the address, with the certificate checked against the name all the same."""
    return httpx.Request(
        request.method,
        request.url.copy_with(host=address),
        headers=request.headers,
        stream=request.stream,
        extensions={**request.extensions, "sni_hostname": request.url.raw_host.decode("ascii")},
    )
