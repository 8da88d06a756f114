"""A judge model grades answers by the rubric in `prompts/evaluation/correctness.md`, in structured form."""

from typing import TYPE_CHECKING

from pydantic import BaseModel, Field

from vademecum import prompts
from vademecum.core.errors import ModelError, UsageError
from vademecum.evaluation.cases import Case
from vademecum.evaluation.outcomes import Grade, Outcome

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

RUBRIC = "evaluation/correctness"
GRADES = 5
NOT_ANSWERED = "The documents do not answer this."


class Form(BaseModel):
    """The grade of an answer."""

    reason: str = Field(description="One sentence: what is right or wrong with the answer.")
    grade: int = Field(ge=1, le=GRADES, description="1 to 5, by the rubric.")


class Judge:
    """Grades answers with `model`, which reports call `name`."""

    def __init__(self, model: "BaseChatModel | None", name: str) -> None:
        """Refuse what cannot judge.

        Raises:
            UsageError: `name` is the embedded model, a file's, or none.
        """
        if model is None or name == "embedded" or name.lower().endswith(".gguf"):
            raise UsageError(
                f"{name!r} cannot judge answers: its grades would be chance; "
                "name a capable model with --judge, such as openai:gpt-5-mini or http://host:port/v1"
            )
        self.name = name
        self._model = model
        self._prompt = prompts.load(RUBRIC)

    @property
    def rubric(self) -> str:
        """The fingerprint of the rubric's wording."""
        return self._prompt.fingerprint

    def grade(self, case: Case, outcome: Outcome) -> Grade | None:
        """The grade; None where the case does not say what is right.

        Raises:
            ModelError: the judge did not answer, or not in the form asked for.
        """
        from vademecum.models import model_calls

        if outcome.answer is None or not case.says_what_is_right:
            return None
        answer = NOT_ANSWERED if outcome.answer.abstained else outcome.answer.text
        messages = self._prompt.render(question=case.question, reference=reference(case), answer=answer)
        form = model_calls.fill(self._model, Form, messages)
        if form is None:
            raise ModelError(
                f"the judge {self.name} did not grade the answer in the form asked for; take another model"
            )
        return Grade(score=(form.grade - 1) / (GRADES - 1), reason=form.reason)


def reference(case: Case) -> str:
    """What is right, in words for a judge."""
    if not case.answerable:
        return NOT_ANSWERED
    parts = ["Any of these: " + " / ".join(case.answer)] if case.answer else []
    parts += ["The documents say: " + " / ".join(case.evidence)] if case.evidence else []
    return "\n".join(parts)
