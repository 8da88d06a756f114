"""One step of a chain of prompts: as its file declares it, and with what it is filled and waits for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field

from vademecum import prompts
from vademecum.core.errors import PromptError
from vademecum.prompts.prompt import Prompt

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings

OTHERWISE = "otherwise"
"""The branch for replies that no other branch is for."""

_OF_TECHNIQUES = ("samples", "criteria", "rounds", "forbid")


class DeclaredStep(BaseModel):
    """A step as its file declares it; an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    prompt: str = ""
    runnable: str = ""
    inputs: dict[str, str | list[str]] = {}
    given: dict[str, str] = {}
    technique: str = ""
    samples: int | None = Field(default=None, ge=2, le=15)
    criteria: dict[str, str] | None = None
    rounds: int | None = Field(default=None, ge=1, le=5)
    forbid: tuple[str, ...] | None = None
    branches: dict[str, str] = {}


@dataclass(frozen=True)
class Step:
    """One step: how it is filled, what it waits for, and where it leads.

    `sources`: for each of its inputs the chain's input or the steps it comes from, of which the first that ran counts.
    `after`: the steps that it follows, with `waits` for "all" of them or "any"; a step that is a branch of another
    follows that one alone.
    """

    name: str
    where: str
    declared: DeclaredStep
    sources: Mapping[str, tuple[str, ...]]
    after: tuple[str, ...] = ()
    waits: Literal["all", "any", "branch"] = "all"

    @property
    def kind(self) -> str:
        """What it runs, for a person: the prompt's name, or the runnable's."""
        return self.declared.prompt or self.declared.runnable

    def load(self, embeddings: "Embeddings | None" = None) -> Prompt:
        """Its prompt, under its technique."""
        prompt, declared = prompts.load(self.declared.prompt, embeddings=embeddings), self.declared
        more = {name: value for name in _OF_TECHNIQUES if (value := getattr(declared, name)) is not None}
        if not declared.technique and not more:
            return prompt
        return prompt.under(declared.technique or prompt.technique, self.where, **more)

    def filled(self, inputs: Mapping[str, str], results: Mapping[str, str]) -> dict[str, str]:
        """Exactly what it is given: its declared inputs, from the chain's inputs and the results so far."""
        texts = {**inputs, **results}
        input_texts = {
            name: next(texts[origin] for origin in sources if origin in texts) for name, sources in self.sources.items()
        }
        return {**input_texts, **self.declared.given}

    def branch(self, reply: str) -> str:
        """The step that follows this reply.

        Raises:
            PromptError: there is no branch for it.
        """
        answer = " ".join(reply.split()).strip(" .\"'").casefold()
        for key, step in self.declared.branches.items():
            if key.casefold() == answer:
                return step
        if OTHERWISE in self.declared.branches:
            return self.declared.branches[OTHERWISE]
        raise PromptError(f"{self.where}: has no branch for the reply {reply[:60]!r}; add `{OTHERWISE}`")
