"""Calls of a chat model from a node: one place where what any provider may raise becomes a ModelError."""

from collections.abc import Sequence
from typing import Any, TypeVar

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage
from langgraph.types import RetryPolicy
from pydantic import BaseModel

from core.errors import ModelError, VademecumError
from models.transient import transient

Form = TypeVar("Form", bound=BaseModel)


def ask(model: BaseChatModel, messages: Sequence[BaseMessage]) -> str:
    """The model's reply as text, without white space around it.

    Raises:
        ModelError: it did not answer.
    """
    try:
        return model.invoke(list(messages)).text.strip()
    except VademecumError:
        raise
    except Exception as error:  # providers share no base class; nothing is swallowed
        raise _failed(error) from error


def fill(model: BaseChatModel, form: type[Form], messages: Sequence[BaseMessage]) -> Form | None:
    """The model's reply in structured form; None where it cannot be read.

    Raises:
        ModelError: it did not answer, or cannot give structured output at all.
    """
    try:
        reply: Any = model.with_structured_output(form, include_raw=True).invoke(list(messages))
    except VademecumError:
        raise
    except Exception as error:  # as above
        raise _failed(error) from error
    parsed = reply["parsed"] if isinstance(reply, dict) else reply
    return parsed if isinstance(parsed, form) else None


RETRY = RetryPolicy(max_attempts=3, initial_interval=0.5, backoff_factor=2.0, retry_on=transient)
"""For nodes that call a model."""


def _failed(error: Exception) -> ModelError:
    first = next(iter(str(error).strip().splitlines()), "")[:200]
    kind = type(error).__name__
    return ModelError(f"the model did not answer ({kind}: {first}); try again, or take another with --model")
