"""A model tried before it is chosen: asked one short question, to see its answer and its time, or its error."""

import time
from typing import NamedTuple

from vademecum import prompts
from vademecum.core.errors import ModelError
from vademecum.evaluation.spending import Spending
from vademecum.workspace import Workspace

MAX_CHARS = 600
"""Characters of an answer that are kept."""


class Tested(NamedTuple):
    """What a model said; tokens are as it counts them itself, 0 where it does not."""

    model: str
    question: str
    answer: str
    tokens: int
    seconds: float


def model(workspace: Workspace, name: str) -> Tested:
    """Ask the model called `name`. Time includes loading it.

    Raises:
        UsageError: no such form of name.
        ModelError: it cannot be set up, or did not answer.
    """
    from vademecum import tracing
    from vademecum.models import model_calls

    began, spending = time.perf_counter(), Spending()
    with tracing.runs(workspace.settings):
        chat_model = workspace.model(name)
        if chat_model is None:
            reply = "No language model: answers are sentences of your documents, word for word."
            return Tested(name, "", reply, 0, time.perf_counter() - began)
        messages = prompts.load("try-model").render()
        answer = model_calls.ask(chat_model.with_config(callbacks=[spending]), messages)
    if not answer:
        raise ModelError(f"{name} answered with nothing; take another model")
    return Tested(name, messages[-1].text, answer[:MAX_CHARS], spending.usage().tokens, time.perf_counter() - began)
