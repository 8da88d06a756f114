"""What any provider may raise, as a `ModelError` in one line: for every agent the same."""

from collections.abc import Callable
from typing import Any

from langchain.agents.middleware import AgentMiddleware
from langchain.agents.middleware.types import ModelRequest, ModelResponse
from langchain_core.messages import AIMessage

from core.errors import ModelError, VademecumError


class ModelErrors(AgentMiddleware[Any, Any, Any]):
    """Turns what a call of the model raises into a ModelError."""

    def wrap_model_call(
        self, request: ModelRequest[Any], handler: Callable[[ModelRequest[Any]], ModelResponse[Any]]
    ) -> ModelResponse[Any] | AIMessage:
        """Call the model.

        Raises:
            ModelError: it cannot call tools, or did not answer.
        """
        try:
            return handler(request)
        except VademecumError:
            raise
        except NotImplementedError as error:
            raise ModelError("this model cannot call tools; take another with --model") from error
        except Exception as error:  # providers share no base class; nothing is swallowed
            first = next(iter(str(error).strip().splitlines()), "")[:200]
            told = f"{type(error).__name__}: {first}"
            raise ModelError(f"the model did not answer ({told}); try again, or take another with --model") from error
