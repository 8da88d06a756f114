"""What tools ask of the web, within bounds (`core/guarded_fetch.py`); every refusal in words for a model."""

import json
import time
from collections.abc import Mapping
from dataclasses import replace
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import httpx

from vademecum.core.deadline_transport import Deadline
from vademecum.core.errors import ToolError
from vademecum.core.guarded_fetch import (
    MAX_REDIRECTS,
    Bounds,
    FetchError,
    Follow,
    Reply,
    checked_addresses,
    fetch,
    host_of,
)
from vademecum.core.guarded_fetch import host_and_port as host_and_port
from vademecum.tools._quoting import one_line

if TYPE_CHECKING:
    from vademecum.core.settings import Settings

MAX_WAIT = 5.0
"""Longest Retry-After that is waited for, in seconds; a longer one is reported to the model."""

_PROBLEMS = {
    "not a web address": "{url!r} is not a web address; it begins with http:// or https://",
    "credentials": "an address with a user name or password in it is not opened; leave them out",
    "unknown host": "there is no host called {host!r}; check the address",
    "private": "{host} is on this machine or in a private network, which is not opened",
    "elsewhere": "{host} sends on to {detail}, which is not asked, since what was asked is for {host} alone",
    "unreachable": "{host} cannot be reached ({detail}); try again later",
    "redirects": "{host} redirects more than {redirects} times; try another address",
    "slow": "{host} did not answer within {seconds:g} seconds; try again later, or another address",
    "packed": "{host} packs what it answers in a way that was not asked for; try another address",
    "too large": "what {host} answers is larger than the {megabytes:g} MB allowed; try another address",
}
"""What a model reads where there is no answer."""


class Web(Bounds):
    """The web within bounds."""

    def get(self, url: str, *, params: Mapping[str, Any] | None = None, follow: Follow = "same host") -> Reply:
        """What the server answers, if it is well.

        A server that asks for patience (429 or 503 with Retry-After) is asked once more, where that is soon.

        Raises:
            ToolError: the address may not be opened, the server cannot be reached or answers with an error, or the
                answer is too large or too slow. Says so in words.
        """
        reply = self.ask("GET", url, follow=follow, params=params)
        if reply.status >= 400:
            raise ToolError(refusal(reply))
        return reply

    def ask(self, method: str, url: str, **request: Any) -> Reply:
        """The answer as `send` has it; where the server asks for patience, a reading request is sent once more.

        All of it takes no longer than the bounds allow.
        """
        end = time.monotonic() + self.seconds
        reply = self.send(method, url, **request)
        wait = patience(reply)
        left = end - time.monotonic() - (wait or 0)
        if wait is None or wait > MAX_WAIT or left <= 0 or method not in ("GET", "HEAD"):
            return reply
        time.sleep(wait)
        return replace(self, seconds=left).send(method, url, **request)

    def require_public(self, url: httpx.URL) -> None:
        """Raise ToolError unless the host resolves, and to public addresses only."""
        try:
            checked_addresses(url, Deadline(self.seconds), private=False)
        except FetchError as error:
            raise ToolError(_in_words(error, self)) from None

    def send(self, method: str, url: str, *, follow: Follow = "never", **request: Any) -> Reply:
        """The answer, whatever its status; `request` as httpx takes it. Redirects are followed as `follow` says.

        Raises:
            ToolError: there is no answer, or one that is too large or too slow; or the address may not be opened.
        """
        try:
            return fetch(method, url, self, follow=follow, **request)
        except FetchError as error:
            raise ToolError(_in_words(error, self)) from None


def web(settings: "Settings", *services: str) -> Web:
    """The web within the bounds that the person has set.

    `services` are addresses that the settings name: these may be on this machine, but not what they redirect to.
    """
    private = settings.web_private or frozenset(host_and_port(httpx.URL(service)) for service in services)
    return Web(settings.web_seconds, int(settings.web_max_mb * 1_000_000), private)


def json_of(reply: Reply) -> Any:
    """The JSON of a reply's body.

    Raises:
        ToolError: it is none.
    """
    try:
        return json.loads(reply.text)
    except (ValueError, RecursionError):
        raise ToolError(f"{_host(reply.url)} answered something that is not JSON; try again later") from None


def patience(reply: Reply) -> float | None:
    """Seconds that the server asks to wait before the next try; None where it asks for nothing."""
    retry_after = reply.headers.get("retry-after", "").strip()
    if reply.status not in (429, 503) or not retry_after:
        return None
    if retry_after.isdecimal():
        return float(retry_after)
    try:
        return max(0.0, parsedate_to_datetime(retry_after).timestamp() - time.time())
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


def _in_words(error: FetchError, bounds: Bounds) -> str:
    return _PROBLEMS[error.problem].format(
        url=one_line(error.url),
        host=_host(error.url),
        detail=one_line(error.detail),
        redirects=MAX_REDIRECTS,
        seconds=bounds.seconds,
        megabytes=bounds.max_bytes / 1_000_000,
    )


def _host(url: str) -> str:
    return one_line(host_of(url), 80)
