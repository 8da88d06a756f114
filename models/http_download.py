"""A large file from the web, from a byte on: redirects, ranges, and connections that break off.

What comes is checked by its SHA-256, so that a redirect may lead to any public host; it is sent no credentials. Only
the host that was named, by the catalogue or a person, may be on this machine or in a private network, and may speak
plain http, where its address begins so.
"""

import contextlib
import re
from collections.abc import Generator

import httpx

from vademecum.core.deadline_transport import Deadline, answered, one_time_transport
from vademecum.core.errors import WeightsError
from vademecum.core.guarded_fetch import AGENT, MAX_REDIRECTS, FetchError, checked_addresses

MAX_FUTILE = 3
"""Connections in a row that may break off with hardly anything brought."""

_HARDLY = 1 << 16
"""Bytes that are hardly anything."""

_SECONDS = 30
"""Longest until an answer begins, and that nothing may come for then."""

_RANGE = re.compile(r"bytes ([0-9]{1,18})-[0-9]{1,18}/([0-9]{1,18}|\*)")

_REASONS = {"private": "is in a private network", "slow": "cannot be reached (no answer in time)"}


class _Patience(Deadline):
    """A deadline until the answer begins; then one for each piece of it: a gigabyte takes as long as it takes."""

    has_begun = False

    def seconds_left(self) -> float:
        return _SECONDS if self.has_begun else super().seconds_left()


def stream(url: str, begin: int, size: int) -> Generator[bytes]:
    """The bytes of a file of `size` bytes from `begin` on; a connection that breaks off is made anew from there.

    Raises:
        WeightsError: the address cannot be reached or used, or has a file of another size. The message goes on from
            the name of the address.
    """
    futile = 0
    while begin < size:
        before, reason = begin, "it says no more"
        try:
            for chunk in _once(url, begin, size):
                begin += len(chunk)
                yield chunk
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise WeightsError(f"cannot be reached ({_line(error)})") from error
        except httpx.HTTPError as error:
            reason = _line(error)
        futile = 0 if begin - before > _HARDLY else futile + 1
        if begin < size and futile >= MAX_FUTILE:
            raise WeightsError(f"breaks off after {begin} of {size} bytes ({reason})")


def _once(url: str, begin: int, size: int) -> Generator[bytes]:
    """What one connection brings of it."""
    deadline = _Patience(_SECONDS)
    with (
        contextlib.closing(one_time_transport(deadline)) as transport,
        contextlib.closing(_answer(transport, url, begin, deadline)) as response,
    ):
        deadline.has_begun = True
        at = _first_byte(response, begin, size)
        for chunk in response.iter_raw():
            if fresh := chunk[max(begin - at, 0) : size - at]:
                yield fresh
            at += len(chunk)
            if at >= size:
                return


def _answer(transport: httpx.BaseTransport, url: str, begin: int, deadline: Deadline) -> httpx.Response:
    """The answer behind all redirects, its body unread."""
    headers = {"User-Agent": AGENT, "Accept-Encoding": "identity"} | ({"Range": f"bytes={begin}-"} if begin else {})
    try:
        address = start = httpx.URL(url)
        for _ in range(MAX_REDIRECTS + 1):
            addresses = _addresses(address, start, deadline)
            response = answered(transport, addresses, httpx.Request("GET", address, headers=headers))
            if not response.has_redirect_location:
                return response
            response.close()
            address = address.join(response.headers["location"])
    except (httpx.InvalidURL, httpx.UnsupportedProtocol, UnicodeError) as error:
        raise WeightsError("is no web address, or redirects to none") from error
    raise WeightsError("redirects too often")


def _addresses(address: httpx.URL, start: httpx.URL, deadline: Deadline) -> list[str]:
    """The IP addresses to ask for `address`, which came from `start`."""
    is_named = address.host == start.host
    subject = "" if is_named else f"redirects to {address.host or address}, which "
    if address.scheme not in ("http", "https") or not address.host:
        raise WeightsError(f"{subject}is no web address")
    if address.userinfo:
        raise WeightsError(f"{subject}holds a password, which is not sent")
    if address.scheme == "http" and not (is_named and start.scheme == "http"):
        raise WeightsError(f"redirects to {address.host} by plain http, which is not followed")
    try:
        return checked_addresses(address, deadline, private=is_named)
    except FetchError as error:
        raise WeightsError(f"{subject}{_REASONS.get(error.problem, 'cannot be reached (no such host)')}") from error


def _first_byte(response: httpx.Response, begin: int, size: int) -> int:
    """The place in the file that the answer begins at.

    Raises:
        WeightsError: it is no answer, or one with a file of another size.
    """
    if response.status_code == 206:
        span = _RANGE.fullmatch(response.headers.get("content-range", ""))
        if span is None or int(span[1]) != begin:
            raise WeightsError("answers with other bytes than it was asked for")
        first, total = begin, span[2]
    elif response.status_code == 200:  # it knows no ranges
        first, total = 0, response.headers.get("content-length", "*")
    else:
        raise WeightsError(f"answers with status {response.status_code}")
    if total.isdecimal() and int(total) != size:
        raise WeightsError(f"has another file there ({int(total)} bytes, not {size})")
    return first


def _line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
