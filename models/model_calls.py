"""Calls of a chat model from a node: one place where what any provider may raise becomes a ModelError."""

from collections.abc import Sequence
from typing import Any, TypeVar

from langchain_core.exceptions import OutputParserException
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.runnables import Runnable
from langgraph.constants import TAG_NOSTREAM
from langgraph.types import RetryPolicy
from pydantic import BaseModel, ValidationError

from vademecum.core.errors import VademecumError
from vademecum.models import reply_limits
from vademecum.models.retryable import transient, unanswered, unreadable

Form = TypeVar("Form", bound=BaseModel)


def ask(
    model: Runnable[LanguageModelInput, AIMessage], messages: Sequence[BaseMessage], *, silent: bool = False
) -> str:
    """The model's reply as text, without white space around it, cut off where it is too long.

    `silent`: its words are not streamed.

    Raises:
        ModelError: it did not answer.
    """
    try:
        reply = model.invoke(list(messages), {"tags": [TAG_NOSTREAM]} if silent else None)
        return reply.text.strip()[: reply_limits.CHARS]
    except VademecumError:
        raise
    except Exception as error:  # providers share no base class; nothing is swallowed
        raise unanswered(error) from error


def fill(
    model: BaseChatModel, form: type[Form], messages: Sequence[BaseMessage], *, silent: bool = False
) -> Form | None:
    """The model's reply in structured form; None where it cannot be read. `silent`: its words are not streamed.

    Raises:
        ModelError: it did not answer, or cannot give structured output at all.
    """
    try:
        filled = model.with_structured_output(form, include_raw=True)
        reply: Any = filled.invoke(list(messages), {"tags": [TAG_NOSTREAM]} if silent else None)
    except VademecumError:
        raise
    except (ValidationError, OutputParserException):
        return None  # some providers' packages read the reply themselves, and raise where it has another shape
    except Exception as error:  # as above
        if unreadable(error):
            return None
        raise unanswered(error) from error
    if isinstance(reply, dict) and len(str(reply["raw"].content)) > reply_limits.CHARS:
        return None
    parsed = reply["parsed"] if isinstance(reply, dict) else reply
    return parsed if isinstance(parsed, form) else None


RETRY = RetryPolicy(max_attempts=3, initial_interval=0.5, backoff_factor=2.0, retry_on=transient)
"""For nodes that call a model."""
