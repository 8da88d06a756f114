"""Who sent a request to a server on this machine: this machine's own pages and programs, or a page of elsewhere.

Judged from header values alone, so that each server can use it: names are compared whole, ports too, and what cannot
be read is of elsewhere.
"""

import ipaddress
import re
from collections.abc import Iterable
from urllib.parse import urlsplit

_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}
_SCHEMES = {"ws": "http", "wss": "https"}
_AUTHORITY = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(?::([0-9]{1,5}))?", re.IGNORECASE | re.ASCII)


def sign_of_elsewhere(
    headers: Iterable[tuple[bytes, bytes]], scheme: str = "http", *, any_host: bool = False
) -> str | None:
    """What shows that a request is of elsewhere, in words for people; None where nothing does.

    `headers` and `scheme` are an ASGI scope's; `any_host`: whether the server may have other names than this machine's.
    """
    values: dict[bytes, str] = {}
    for name, text in headers:  # a header sent twice is joined, as HTTP says, and so is none of ours
        earlier = values.get(name.lower())
        values[name.lower()] = text.decode("latin-1") if earlier is None else f"{earlier}, {text.decode('latin-1')}"
    host, origin = values.get(b"host"), values.get(b"origin")
    if not any_host and not is_local_host(host):
        return f"the host {host!r} is not this machine"
    if origin is not None and not is_same_origin(origin, host, scheme):
        return f"a page of {origin!r} asks"
    if is_of_another_site(*(values.get(b"sec-fetch-" + part) for part in (b"site", b"mode", b"dest"))):
        return "a page of another site asks"
    return None


def is_loopback(name: str) -> bool:
    """Whether the name or address, without brackets or port, is this machine: localhost, 127.0.0.0/8 or ::1."""
    if name.lower() in ("localhost", "::1"):
        return True
    try:
        return ipaddress.IPv4Address(name).is_loopback
    except ValueError:
        return False


def is_local_host(host: str | None) -> bool:
    """Whether a `Host` header names this machine, whatever the port.

    A page that had its own name pointed at this machine (DNS rebinding) sends that name: `127.0.0.1.nip.io`.
    """
    authority = _authority(host or "")
    return authority is not None and is_loopback(authority[0])


def is_same_origin(origin: str | None, host: str | None, scheme: str = "http") -> bool:
    """Whether an `Origin` header is that of the request itself, which came to `host` by http, https, ws or wss.

    `Origin: null`, which a sandboxed frame or a file sends, is not. What sends none is no page: ask before.
    """
    try:
        sender = urlsplit(origin or "")
    except ValueError:
        return False
    ours, theirs = _authority(host or "", scheme), _authority(sender.netloc, sender.scheme)
    return (
        origin == f"{sender.scheme}://{sender.netloc}"
        and sender.scheme == _SCHEMES.get(scheme, scheme)
        and theirs is not None
        and ours == theirs
    )


def is_of_another_site(site: str | None, mode: str | None = None, target: str | None = None) -> bool:
    """Whether a page of elsewhere asks, and not to be left for ours.

    `site`, `mode` and `target` are the headers `Sec-Fetch-Site`, `-Mode` and `-Dest`; only browsers send them. Another
    port of this machine is "same-site" to them. Following a link (or opening a tab) is no harm: our page is what shows.
    """
    return site not in (None, "none", "same-origin") and (mode, target) != ("navigate", "document")


def _authority(text: str, scheme: str = "http") -> tuple[str, int] | None:
    """Name and port; None where it is no plain `name:port`."""
    match = _AUTHORITY.fullmatch(text)
    if match is None or scheme not in _PORTS:
        return None
    return match[1].lower().strip("[]"), int(match[2] or _PORTS[scheme])
