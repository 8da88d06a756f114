"""What another side may raise: whether it may pass by itself, and as what a person is told of it."""

from vademecum.core.errors import ModelError, ToolError

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
    status = _status(cause)
    if status is not None:
        return status in (408, 429) or status >= 500
    return isinstance(cause, ConnectionError | TimeoutError) or type(cause).__name__ in _NAMES


def unanswered(error: BaseException) -> ModelError:
    """What a model's provider raised, in one line and with what to do."""
    first = next(iter(str(error).strip().splitlines()), "")[:200]
    cause = f"{type(error).__name__}: {first}"
    if (_status(error) or 0) in range(300, 400):
        cause = "its server sends on to another address, which is not followed; name that one if you trust it"
    return ModelError(f"the model did not answer ({cause}); try again, or take another with --model")


def _status(error: BaseException) -> int | None:
    status = getattr(error, "status_code", None) or getattr(getattr(error, "response", None), "status_code", None)
    return status if isinstance(status, int) else None
