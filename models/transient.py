"""Which errors may pass by themselves: the connection broke, the other side is overloaded."""

from core.errors import ModelError, ToolError

_NAMES = (
    "APIConnectionError",
    "APITimeoutError",
    "ConnectError",
    "ConnectTimeout",
    "ReadTimeout",
    "RemoteProtocolError",
)
"""Of httpx and the providers' SDKs, known by name so that none need be imported."""


def transient(error: BaseException) -> bool:
    """True where the same call may succeed a moment later; of an error of ours, what caused it decides."""
    cause = error.__cause__ if isinstance(error, ModelError | ToolError) else error
    if cause is None:
        return False
    status = getattr(cause, "status_code", None) or getattr(getattr(cause, "response", None), "status_code", None)
    if isinstance(status, int):
        return status in (408, 429) or status >= 500
    return isinstance(cause, ConnectionError | TimeoutError) or type(cause).__name__ in _NAMES
