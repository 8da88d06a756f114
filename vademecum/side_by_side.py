"""Prompts run beside each other on one input: what each says, how long it takes, how many tokens, at what cost.

A prompt in `answer/` is a technique of the answer graph, and is run within that, retrieval and verifier included; any
other is run by its own technique on the inputs that it declares.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from vademecum.core.errors import UsageError, VademecumError
from vademecum.core.types import Answer
from vademecum.evaluation.outcomes import Usage
from vademecum.evaluation.spending import Spending
from vademecum.prompts.drafts import Draft, in_place
from vademecum.workspace import Workspace

TECHNIQUES = "answer/"
"""What the names of techniques of the answer graph begin with."""


class Contender(NamedTuple):
    """A prompt and a model, by name; `draft` stands in the place of the prompt's file."""

    prompt: str
    model: str
    draft: Draft | None = None

    @property
    def label(self) -> str:
        """What it is called beside others."""
        return f"{self.prompt.removeprefix(TECHNIQUES)}{' (as edited)' if self.draft else ''}"


class Result(NamedTuple):
    """The result of a contender: an answer of the documents, or a reply; the error in one line where it failed."""

    contender: Contender
    answer: Answer | None
    reply: str
    usage: Usage
    seconds: float
    run_id: str = ""
    error: str = ""


def run(workspace: Workspace, contenders: Sequence[Contender], inputs: Mapping[str, str]) -> Iterator[Result]:
    """Run each on the inputs, one after the other, so that their times can be compared.

    For techniques the input is `question`. A failure is reported as its result, and does not stop the next.
    """
    for contender in contenders:
        began, spending = time.perf_counter(), Spending()
        with in_place({contender.prompt: contender.draft} if contender.draft else {}):
            try:
                answer, reply, run_id = _run_contender(workspace, contender, inputs, spending)
            except VademecumError as error:
                yield Result(contender, None, "", spending.usage(), time.perf_counter() - began, error=str(error))
                continue
        yield Result(contender, answer, reply, spending.usage(), time.perf_counter() - began, run_id)


def _run_contender(
    workspace: Workspace, contender: Contender, inputs: Mapping[str, str], spending: Spending
) -> tuple[Answer | None, str, str]:
    from vademecum import graph_runs, prompting

    if not contender.prompt.startswith(TECHNIQUES):
        tried = prompting.try_prompt(workspace, contender.prompt, inputs, model=contender.model, callbacks=[spending])
        return None, tried.reply, tried.run_id
    question, technique = inputs.get("question", ""), contender.prompt.removeprefix(TECHNIQUES)
    if contender.model == "extractive":
        raise UsageError("extractive is no language model, so no prompt is used; choose a model")
    workspace.check(question, technique=technique)
    prepared = graph_runs.prepare(workspace, "answer", thread=None, model=contender.model, technique=technique)
    config: Any = {**graph_runs.new_config(None), "callbacks": [spending]}
    answer = graph_runs.Run(workspace, prepared.graph, config).answer(question)
    return answer, answer.text, answer.run_id
