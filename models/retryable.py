"""What another side may raise: whether it may pass by itself, and as what a person is told of it."""

from json import JSONDecodeError

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
    if cause is None or isinstance(cause.__cause__, ModelError):
        return False
    status = _status(cause)
    if status is not None:
        return status in (408, 429) or status >= 500
    return isinstance(cause, ConnectionError | TimeoutError) or _is_named(cause, _NAMES)


def unanswered(error: BaseException) -> ModelError:
    """What a model's provider raised, in one line and with what to do."""
    if isinstance(error.__cause__, ModelError):
        return ModelError(str(error.__cause__))
    if _is_named(error, ("ValidationError",)):
        return ModelError("the model's reply cannot be read; try again, or take another with --model")
    first = next(iter(str(error).strip().splitlines()), "")[:200]
    cause = f"{type(error).__name__}: {first}" if first else type(error).__name__
    if (_status(error) or 0) in range(300, 400):
        cause = "its server sends on to another address, which is not followed; name that one if you trust it"
    odd = isinstance(
        error, AssertionError | AttributeError | LookupError | TypeError | RecursionError | JSONDecodeError
    )
    if odd or first.startswith("No generations"):
        return ModelError(
            f"the server sent what is no reply of a model ({cause}); check its address, which often ends in /v1, or "
            "take another with --model"
        )
    return ModelError(f"the model did not answer ({cause}); try again, or take another with --model")


def unreadable(error: BaseException) -> bool:
    """True where a reply came, and the provider's package could not read it as the form that was asked for."""
    return (isinstance(error, ValueError) and not isinstance(error, JSONDecodeError)) or _is_named(
        error, ("LengthFinishReasonError", "ContentFilterFinishReasonError", "RecursionError")
    )


def _is_named(error: BaseException, names: tuple[str, ...]) -> bool:
    """Whether the error's type, or one that it extends, has one of the names."""
    return any(kind.__name__ in names for kind in type(error).__mro__)


def _status(error: BaseException) -> int | None:
    status = getattr(error, "status_code", None) or getattr(getattr(error, "response", None), "status_code", None)
    return status if isinstance(status, int) else None
