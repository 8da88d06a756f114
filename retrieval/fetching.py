"""Fetching a page that becomes a document, within the bounds that the settings name."""

from dataclasses import dataclass

from vademecum.core.errors import DocumentError
from vademecum.core.guarded_fetch import MAX_REDIRECTS, Bounds, FetchError, host_of
from vademecum.core.guarded_fetch import fetch as guarded_fetch
from vademecum.core.settings import Settings

_GONE = "there is nothing at this address"
_REFUSED = {401: "the site wants a login", 403: "the site does not let us in", 404: _GONE, 410: _GONE}

_PROBLEMS = {
    "not a web address": "not a web address; those begin with http:// or https://",
    "credentials": "an address with a user name or password in it is not opened",
    "unknown host": "there is no site called {host}",
    "private": "{host} is on this machine or in a private network, which is not opened; see the setting web_private",
    "elsewhere": "it sends on to another site, {detail}",
    "unreachable": "the site cannot be reached ({detail})",
    "redirects": "it redirects more than {redirects} times",
    "slow": "the site did not answer within {seconds:g} seconds; see the setting web_seconds",
    "packed": "the site packs it in a way that was not asked for",
    "too large": "it is larger than the {megabytes:g} MB allowed; see the setting web_max_mb",
}
"""What a person reads where there is no page."""


@dataclass(frozen=True)
class Page:
    """What a server answered: `url` is where it came from at last, `kind` its media type, `charset` if it named one."""

    url: str
    body: bytes
    kind: str
    charset: str | None


def is_url(text: str) -> bool:
    """True for what begins as a web address does, whatever its scheme."""
    scheme, separator, _ = text.partition("://")
    return bool(separator) and scheme.isalpha()


def fetch(url: str, settings: Settings) -> Page:
    """The page at `url`.

    Raises:
        DocumentError: the address may not be opened, nobody answers, or the answer is an error, too large or too slow.
    """
    bounds = Bounds(settings.web_seconds, int(settings.web_max_mb * 1_000_000), settings.web_private)
    try:
        reply = guarded_fetch("GET", url, bounds, follow="anywhere", error_bodies=False)
    except FetchError as error:
        raise DocumentError(url, _reason(error, settings)) from error
    if reply.status >= 400:
        raise DocumentError(url, _refusal(reply.status))
    return Page(reply.url, reply.body, reply.media_type, reply.charset)


def _reason(error: FetchError, settings: Settings) -> str:
    return _PROBLEMS[error.problem].format(
        host=host_of(error.url),
        detail=error.detail,
        redirects=MAX_REDIRECTS,
        seconds=settings.web_seconds,
        megabytes=settings.web_max_mb,
    )


def _refusal(status: int) -> str:
    if status >= 500:
        return f"the site is out of order ({status}); try again later"
    return f"{_REFUSED.get(status, 'the site refuses the request')} ({status})"
