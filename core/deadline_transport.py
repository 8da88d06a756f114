"""HTTP over connections that serve one request each, go to an address that was checked, and keep to one deadline.

httpx bounds each wait for a byte: a server that sends one a second is never late for that. Here one deadline covers all
of an exchange: looking up the name, connecting, TLS, what is sent, and what comes back.
"""

import queue
import socket
import ssl
import threading
import time
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import httpcore
import httpx

_PIECE = 4096
"""Bytes that are sent at once; for each the time that is left is looked at anew."""


class Deadline:
    """A moment, `seconds` from now."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def seconds_left(self) -> float:
        """More than 0.

        Raises:
            httpcore.TimeoutException: the moment has passed.
        """
        left = self._end - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout
        return left


def addresses_of(host: str, port: int, deadline: Deadline) -> list[str]:
    """The IP addresses of a host, in order.

    Raises:
        OSError: there is no such host.
        UnicodeError: it is no name of a host.
        httpcore.TimeoutException: nobody says so in time.
    """
    # In a thread, since it cannot be interrupted; one that is late ends by itself, unheard.
    answers: queue.SimpleQueue[list[Any] | Exception] = queue.SimpleQueue()

    def look_up() -> None:
        try:
            answers.put(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except Exception as error:  # noqa: BLE001 (whatever it is, it is raised where somebody waits)
            answers.put(error)

    threading.Thread(target=look_up, name=f"address of {host[:50]}", daemon=True).start()
    try:
        entries = answers.get(timeout=deadline.seconds_left())
    except queue.Empty:
        raise httpcore.ConnectTimeout from None
    if isinstance(entries, Exception):
        raise entries
    return list(dict.fromkeys(str(entry[4][0]) for entry in entries))


@lru_cache(1)
def _trusted() -> ssl.SSLContext:
    """Whose certificates are believed; reading them takes as long as many an answer."""
    return httpx.create_ssl_context()


def one_time_transport(deadline: Deadline) -> httpx.HTTPTransport:
    """A transport that uses no connection twice, and none beyond the deadline.

    One that was opened for a host could otherwise serve another of the same address, whose certificate nobody checked.
    """
    transport = httpx.HTTPTransport(verify=_trusted())
    # httpx has no parameter for how its connections are made; httpcore, which makes them, has.
    transport._pool = httpcore.ConnectionPool(
        ssl_context=_trusted(), max_keepalive_connections=0, network_backend=_TimedBackend(deadline)
    )
    return transport


def answered(transport: httpx.BaseTransport, addresses: Sequence[str], request: httpx.Request) -> httpx.Response:
    """The answer from one of the addresses, at least one; from the next where one lets nobody in."""
    *others, last = addresses
    for address in others:
        try:
            return transport.handle_request(_to(address, request))
        except httpx.ConnectError:
            continue
    return transport.handle_request(_to(last, request))


def _to(address: str, request: httpx.Request) -> httpx.Request:
    """The request, sent to the address, with the certificate checked against the name all the same."""
    return httpx.Request(
        request.method,
        request.url.copy_with(host=address),
        headers=request.headers,
        stream=request.stream,
        extensions={**request.extensions, "sni_hostname": request.url.raw_host.decode("ascii")},
    )


class _TimedBackend(httpcore.NetworkBackend):
    def __init__(self, deadline: Deadline) -> None:
        self.deadline = deadline
        self.inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002
        local_address: str | None = None,
        socket_options: Any = None,
    ) -> httpcore.NetworkStream:
        seconds = self.deadline.seconds_left()
        stream = self.inner.connect_tcp(host, port, seconds, local_address, socket_options)
        return _TimedStream(stream, self.deadline)


class _TimedStream(httpcore.NetworkStream):
    """A connection; each time it is used, for no longer than the deadline leaves."""

    def __init__(self, inner: httpcore.NetworkStream, deadline: Deadline) -> None:
        self.inner = inner
        self.deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002
        return self.inner.read(max_bytes, timeout=self.deadline.seconds_left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        for start in range(0, len(buffer), _PIECE):
            self.inner.write(buffer[start : start + _PIECE], timeout=self.deadline.seconds_left())

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002
    ) -> httpcore.NetworkStream:
        stream = self.inner.start_tls(ssl_context, server_hostname, timeout=self.deadline.seconds_left())
        return _TimedStream(stream, self.deadline)

    def close(self) -> None:
        self.inner.close()

    def get_extra_info(self, info: str) -> Any:
        return self.inner.get_extra_info(info)
