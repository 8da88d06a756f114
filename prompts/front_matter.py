"""What a prompt file says of itself, between two lines of ---, and which technique that makes of it."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from vademecum.core.errors import PromptError

TECHNIQUES: Mapping[str, str] = {
    "zero-shot": "",
    "one-shot": "examples",
    "few-shot": "examples",
    "chain-of-thought": "reasoning",
    "self-consistency": "samples",
    "negative": "forbid",
    "iterative": "criteria",
    "prompt-chaining": "steps",
}
"""The techniques that the graphs know how to run, each with the line of the front matter that asks for it.

A file may name its technique otherwise; what runs is what its front matter asks for.
"""

Form = TypeVar("Form", bound=BaseModel)

NODES = frozenset({"draft", "sample", "vote", "critique", "revise", "check_words", "write_again", "hand_in"})
"""Names of the nodes that techniques are made of; a step takes another."""

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml where the wheel has it: five times as fast, and the answer graph reads all its techniques."""

_FRONT = re.compile(r"\A---\n(.*?)\n---\n(.*)\Z", re.DOTALL)


class FrontMatter(BaseModel):
    """What a prompt file says of itself; an unknown key is an error, so that a slip of the pen does not pass."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    technique: str
    description: str
    inputs: tuple[str, ...]
    source: str
    examples: str | None = None
    """A JSON-lines file beside this one."""
    choose: Literal["all", "similarity", "mmr"] = "all"
    """Which examples are shown: the first, those most like the inputs, or those like them and unlike each other."""
    choose_by: tuple[str, ...] = ()
    """The inputs by which examples are compared; none means all that examples and prompt share."""
    shown: int = Field(default=0, ge=0)
    """Examples shown at most; 0 means all, or three where they are chosen."""
    answers: tuple[str, ...] = ()
    """The only replies there are (classification)."""
    reasoning: bool = False
    """The model thinks in a field of its own before it answers."""
    samples: int = Field(default=1, ge=1, le=15)
    """Replies of which the majority is taken."""
    forbid: tuple[str, ...] = ()
    """Phrases that must not appear in the reply."""
    criteria: dict[str, str] = {}
    """What a draft is judged by: the criterion's name, and what it asks."""
    rounds: int = Field(default=2, ge=1, le=5)
    """Revisions at most."""
    steps: dict[str, str] = {}
    """Prompts that run before this one, each by the name of the input that its reply becomes."""


def parse(file: Path, text: str) -> tuple[FrontMatter, str]:
    """The front matter of a prompt file, and what stands below it.

    Raises:
        PromptError: it is missing or not right; names the file and the key.
    """
    match = _FRONT.match(text)
    if not match:
        raise PromptError(f"{file}: begins without front matter; put it between two lines of ---")
    front = validated(file, FrontMatter, match[1], "the front matter is not right")
    if front.name != file.stem:
        raise PromptError(f"{file}: is named {front.name!r} in its front matter; the two names must be the same")
    require_technique(str(file), front.technique, front.model_dump())
    for step in front.steps:
        if not step.isidentifier() or step in NODES or step in front.inputs:
            raise PromptError(f"{file}: step {step!r} needs a name of its own, of letters, digits and _")
    return front, match[2]


def validated(file: Path, form: type[Form], text: str, wrong: str) -> Form:
    """The YAML `text` of `file` as `form`.

    Raises:
        PromptError: it is not YAML, or not of that form; names the file and the key.
    """
    try:
        return form.model_validate(yaml.load(text, Loader=_LOADER))
    except (yaml.YAMLError, ValidationError) as error:
        raise PromptError(f"{file}: {wrong}: {_first(error)}") from error


def require_technique(where: str, technique: str, front: Mapping[str, Any]) -> None:
    """Raise PromptError where `front` lacks what the technique is made of; `where` begins the message."""
    key = TECHNIQUES.get(technique, "")
    if key and (not front[key] or (key == "samples" and front[key] == 1)):
        raise PromptError(f"{where}: the technique {technique} needs `{key}`; give it, or name another technique")


def _first(error: yaml.YAMLError | ValidationError) -> str:
    """What is wrong first, and where."""
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg'].lower()}"
    mark = getattr(error, "problem_mark", None)
    place = f" (line {mark.line + 1} of it)" if mark else ""
    return f"{getattr(error, 'problem', None) or str(error).splitlines()[0]}{place}"
