"""A draft judged against named criteria by a language model."""

from collections.abc import Mapping
from typing import Any, Literal

from langchain_core.language_models import BaseChatModel
from pydantic import BaseModel, Field, create_model

from vademecum import prompts
from vademecum.graphs._fences import inside
from vademecum.models import model_calls


def judge(model: BaseChatModel, criteria: Mapping[str, str], task: str, draft: str) -> list[str]:
    """What is wrong, criterion by criterion, each by its name; nothing where all are met or the reply cannot be read.

    Raises:
        ModelError: the model did not answer.
    """
    criteria_lines = "\n".join(f"- {name}: {asks}" for name, asks in criteria.items())
    messages = prompts.load("techniques/critique").render(
        criteria=criteria_lines, task=inside(task), draft=inside(draft)
    )
    critique: Any = model_calls.fill(model, _form(criteria), messages)
    if critique is None:
        return []
    return [
        f"{judgement.criterion}: {judgement.fault or criteria[judgement.criterion]}"
        for judgement in critique.judgements
        if not judgement.met
    ]


def _form(criteria: Mapping[str, str]) -> type[BaseModel]:
    """One judgement for each criterion, which it names."""
    criterion: Any = Literal[tuple(criteria)]  # ty: ignore[invalid-type-form]
    fields: dict[str, Any] = {
        "criterion": (criterion, Field(description="the criterion's name")),
        "fault": (str, Field(description="what is wrong and what would put it right; empty where it is met")),
        "met": (bool, Field(description="whether the draft meets it")),
    }
    judgement: Any = create_model("Judgement", **fields)
    count = len(criteria)
    judgements: Any = (list[judgement], Field(min_length=1, max_length=count, description="one for each criterion"))
    return create_model("Critique", judgements=judgements)
