"""Questions put by a language model, where one is set that can be trusted with it."""

import re
from typing import TYPE_CHECKING

from vademecum import prompts
from vademecum.models import chat_model
from vademecum.models.fitness import is_very_small

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from vademecum.core.settings import Settings

_ORNAMENT = re.compile(r"""^\s*(?:[-*•]|\(?\d+[.)])?\s*["“”']*|["“”']+\s*$""")
"""What models put around a question that they list."""


def capable_model(settings: "Settings") -> "BaseChatModel | None":
    """The chat model of the settings; None for one that would do harm, and for none at all."""
    return None if is_very_small(settings.model, settings) else chat_model(settings.model, settings)


def wordings(model: "BaseChatModel", prompt: str, question: str, most: int) -> list[str]:
    """The questions, at most `most`, that the model writes for the prompt of that name, each on a line of its own.

    Raises:
        ModelError: it did not answer.
    """
    from vademecum.models import model_calls

    reply = model_calls.ask(model, prompts.load(prompt).render(question=question))
    lines = (_ORNAMENT.sub("", line).strip() for line in reply.splitlines())
    return list(dict.fromkeys(line for line in lines if line))[:most]
