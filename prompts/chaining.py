"""Chains of prompts, declared in files: steps, what each is filled with, where the way branches.

    chain = chaining.load("article")
    chain.steps["draft"].filled(inputs, results)

A file `prompts/chains/<name>.yaml` looks like this:

    name: reply
    description: One line for listings.
    source: Where the idea comes from.
    inputs: {text: the message to reply to} # or a list of names: [text]
    steps:
      kind:
        prompt: chains/kind-of-message      # a prompt, with the technique that its file asks for
        branches: {question: answer, otherwise: thank}
      answer:
        prompt: chains/answer
        technique: self-consistency         # another technique, for this step
        samples: 3
      thank:
        prompt: chains/thank
        given: {tone: friendly}             # a fixed text
      shorten:
        prompt: tasks/summarise
        inputs: {text: [answer, thank]}     # from earlier steps: whichever of them ran

A prompt's input is filled with the chain's input or the step of the same name, unless `inputs` says otherwise. Steps
that do not need each other run side by side. A step may also be a LangChain runnable, or a plain function, of one's
own: `runnable: package.module:name`; it is given its `inputs` as a dictionary and gives text.

What an error says: the file, the step, and what is wrong with it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from vademecum import prompts
from vademecum.core.errors import PromptError, UsageError
from vademecum.prompts.front_matter import validated
from vademecum.prompts.step_order import ordered
from vademecum.prompts.steps import OTHERWISE, DeclaredStep, Step

AREA = "chains"


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    description: str
    source: str
    inputs: dict[str, str]
    steps: dict[str, DeclaredStep] = Field(min_length=1)

    @field_validator("inputs", mode="before")
    @classmethod
    def _described(cls, value: Any) -> Any:
        """The inputs with their descriptions; those of a plain list of names have none."""
        listed = isinstance(value, list) and all(isinstance(name, str) for name in value)
        return dict.fromkeys(value, "") if listed else value


@dataclass(frozen=True)
class Chain:
    """One chain, checked: its steps in the order of its file, and its inputs with what each is ("" where not said)."""

    name: str
    description: str
    source: str
    inputs: dict[str, str]
    steps: dict[str, Step]

    def require(self, inputs: Mapping[str, str]) -> None:
        """Raise PromptError unless `inputs` are exactly those of the chain, each a text."""
        for name in self.inputs:
            if not str(inputs.get(name, "")).strip():
                raise PromptError(f"chain {self.name!r} needs the input {name!r}; give it")
        for name in inputs:
            if name not in self.inputs:
                raise PromptError(f"chain {self.name!r} has no input {name!r}; it takes: {', '.join(self.inputs)}")

    def last(self, results: Mapping[str, str]) -> str:
        """The result of the chain: that of the last of its steps that ran."""
        return next((results[name] for name in reversed(self.steps) if name in results), "")


def names(*, folder: Path | None = None) -> list[str]:
    """Names of the chains, sorted."""
    return sorted({file.stem for base in prompts.folders(folder) for file in (base / AREA).glob("*.yaml")})


def load(name: str, *, folder: Path | None = None) -> Chain:
    """The chain called `name`, read and checked.

    Raises:
        UsageError: there is none; the message lists those there are.
        PromptError: it is broken: a cycle, an unknown step, an undeclared input; names the file and the step.
    """
    file, declared = _declared(name, folder)
    if declared.name != file.stem:
        raise PromptError(f"{file}: is named {declared.name!r} inside; the two names must be the same")
    steps = {step: _step(file, step, declared_step, declared) for step, declared_step in declared.steps.items()}
    placed = ordered(str(file), steps)
    _require_used(file, declared, placed)
    return Chain(name, declared.description, declared.source, declared.inputs, placed)


def describe(name: str) -> str:
    """What the chain called `name` is for, as its file says; its steps and their prompts are not looked at.

    Raises:
        UsageError: there is none; the message lists those there are.
        PromptError: the file is broken.
    """
    return _declared(name, None)[1].description


def _declared(name: str, folder: Path | None) -> tuple[Path, _File]:
    """The file of a chain, and what it declares."""
    chain_names = names(folder=folder)
    if name not in chain_names:
        raise UsageError(f"no chain named {name!r}; there are: {', '.join(chain_names)}")
    places = (base / AREA / f"{name}.yaml" for base in prompts.folders(folder))
    file = next(place for place in places if place.is_file())
    return file, validated(file, _File, prompts.read(file), "the chain is not right")


def _step(file: Path, name: str, declared: DeclaredStep, chain: _File) -> Step:
    """The step with where each of its inputs comes from."""
    where = f"{file}: step {name!r}"
    if not name.isidentifier() or name in chain.inputs:
        raise PromptError(f"{where}: needs a name of its own, of letters, digits and _")
    if bool(declared.prompt) == bool(declared.runnable):
        raise PromptError(f"{where}: needs either `prompt` or `runnable`")
    sources: dict[str, tuple[str, ...]] = {
        input_name: (source,) if isinstance(source, str) else tuple(source)
        for input_name, source in declared.inputs.items()
    }
    if declared.prompt:
        input_names = _inputs_to_fill(where, declared, chain)
        sources = {key: sources.get(key, (key,)) for key in input_names}
    for key, origins in sources.items():
        for origin in origins:
            if origin not in chain.inputs and origin not in chain.steps:
                raise PromptError(
                    f"{where}: takes {key!r} from {origin!r}, which is neither an input of the chain nor a step; "
                    f"there are: {', '.join([*chain.inputs, *chain.steps])}"
                )
    step = Step(name, where, declared, sources)
    _require_branches(step, chain)
    return step


def _inputs_to_fill(where: str, declared: DeclaredStep, chain: _File) -> list[str]:
    """The inputs of the step's prompt that are not given as fixed texts."""
    try:
        prompt = Step("", where, declared, {}).load()
    except UsageError as error:
        raise PromptError(f"{where}: {error}") from error
    for name in (*declared.inputs, *declared.given):
        if name not in prompt.inputs:
            takes = ", ".join(prompt.inputs)
            raise PromptError(f"{where}: prompt {prompt.name!r} has no input {name!r}; it takes: {takes}")
    input_names = [name for name in prompt.inputs if name not in declared.given]
    for name in input_names:
        if name not in declared.inputs and name not in chain.inputs and name not in chain.steps:
            raise PromptError(f"{where}: prompt {prompt.name!r} needs {name!r}; say in `inputs` where it comes from")
    return input_names


def _require_branches(step: Step, chain: _File) -> None:
    branches = step.declared.branches
    for key, target in branches.items():
        if target not in chain.steps:
            step_names = ", ".join(chain.steps)
            raise PromptError(
                f"{step.where}: branch {key!r} leads to the unknown step {target!r}; there are: {step_names}"
            )
    if not branches:
        return
    answers: tuple[Any, ...] = step.load().front.answers if step.declared.prompt else ()
    for key in branches if answers else ():
        if key not in (*answers, OTHERWISE):
            raise PromptError(f"{step.where}: branch {key!r} is none of its answers: {', '.join(answers)}")
    if OTHERWISE not in branches and (not answers or set(answers) - set(branches)):
        raise PromptError(f"{step.where}: its branches do not cover every reply; add `{OTHERWISE}`")


def _require_used(file: Path, chain: _File, steps: Mapping[str, Step]) -> None:
    origins_used = {origin for step in steps.values() for origins in step.sources.values() for origin in origins}
    for name in chain.inputs:
        if name not in origins_used:
            raise PromptError(f"{file}: declares the input {name!r}, which no step takes; use it or drop it")
