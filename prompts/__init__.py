"""Prompts are files: front matter that says what a prompt is for, then its turns. This loader makes templates of them.

    prompt = prompts.load("answer/few-shot")
    messages = prompt.render(question="Why?", evidence="...")

A file `prompts/<area>/<name>.md` looks like this:

    ---
    name: zero-shot
    technique: zero-shot
    description: One line for listings.
    inputs: [question]
    source: Where the technique comes from.
    ---
    ## system
    Answer in JSON: {"text": "..."}

    ## human
    {{question}}

Turns are `## system`, `## human`, `## ai`; `## placeholder` holds the name of an input that is a list of messages;
`## examples` holds `### human` and `### ai` turns that are repeated for each line of the JSON-lines file which the
front matter names (`examples: few-shot.examples.jsonl`). `{{name}}` is replaced; every other brace stays as it is, and
what is filled in is never expanded again. Deeper headings (`###`) may be used freely in a turn.

To add a prompt, add a file; a file in `prompts/answer/` is a technique of the answer graph, and becomes a node of it.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from core.errors import PromptError, UsageError

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage
    from langchain_core.prompts import ChatPromptTemplate
    from langchain_core.prompts.chat import MessageLikeRepresentation

_FRONT = re.compile(r"\A---\n(.*?)\n---\n(.*)\Z", re.DOTALL)
_INPUT = re.compile(r"\{\{ *([a-z][a-z0-9_]*) *\}\}")
_ALMOST_INPUT = re.compile(r"\{\{ *[\w .-]+ *\}\}")
_ROLES = ("system", "human", "ai", "placeholder", "examples")


class _FrontMatter(BaseModel):
    """What a prompt file says of itself; an unknown key is an error, so that a slip of the pen does not pass."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    technique: str
    description: str
    inputs: tuple[str, ...]
    source: str
    examples: str | None = None
    reasoning: bool = False
    forbid: tuple[str, ...] = ()


@dataclass(frozen=True)
class Prompt:
    """One prompt file as a template. `fingerprint` names its exact wording: 12 hexadecimal digits, for traces.

    `reasoning`: the model thinks in a field of its own before it answers (chain of thought). `forbid`: phrases that
    must not appear in what it writes; whoever uses the prompt checks for them (negative prompting).
    """

    name: str
    technique: str
    description: str
    inputs: tuple[str, ...]
    source: str
    template: "ChatPromptTemplate"
    fingerprint: str
    reasoning: bool = False
    forbid: tuple[str, ...] = ()

    def render(self, **inputs: Any) -> "list[BaseMessage]":
        """The messages to send, with `inputs` filled in.

        Raises:
            PromptError: an input is missing or unknown; names the prompt and the input.
        """
        for name in self.inputs:
            if name not in inputs:
                raise PromptError(f"prompt {self.name!r} needs the input {name!r}; give it")
        for name in inputs:
            if name not in self.inputs:
                raise PromptError(f"prompt {self.name!r} has no input {name!r}; it takes: {', '.join(self.inputs)}")
        return self.template.format_messages(**inputs)


def names(area: str = "", *, folder: Path | None = None) -> list[str]:
    """Names of the prompts, sorted: `names("answer")` gives those of one area without its name in front.

    `folder` None means those that ship with the application and those of the folders added to them.
    """
    return sorted(
        {
            file.relative_to(base / area).with_suffix("").as_posix()
            for base in _folders(folder)
            for file in (base / area).rglob("*.md")
        }
    )


def path(name: str, *, folder: Path | None = None) -> Path:
    """The file of the prompt called `name`.

    Raises:
        UsageError: there is none; the message lists those there are.
    """
    known = names(folder=folder)
    if name not in known:
        raise UsageError(f"no prompt named {name!r}; there are: {', '.join(known)}")
    return next(file for base in _folders(folder) if (file := base / f"{name}.md").is_file())


def load(name: str, *, folder: Path | None = None) -> Prompt:
    """The prompt called `name` ("answer/few-shot"), read and checked.

    Raises:
        UsageError: there is none; the message lists those there are.
        PromptError: the file is broken, or declares other inputs than it uses; names the file and the input.
    """
    file = path(name, folder=folder)
    text = _read(file)
    front, body = _parse(file, text)
    examples = _read(file.parent / front.examples) if front.examples else ""
    template = _template(file, _turns(file, body, _ROLES, "## "), _rows(file, front, examples))
    _compare_inputs(file, front.inputs, template.input_variables)
    return Prompt(
        name=name,
        template=template,
        fingerprint=_fingerprint(text, examples),
        **front.model_dump(include={"technique", "description", "inputs", "source", "reasoning", "forbid"}),
    )


def fingerprint(name: str, *, folder: Path | None = None) -> str:
    """The fingerprint of a prompt, without making a template of it."""
    file = path(name, folder=folder)
    text = _read(file)
    front, _ = _parse(file, text)
    return _fingerprint(text, _read(file.parent / front.examples) if front.examples else "")


def _fingerprint(text: str, examples: str) -> str:
    return hashlib.sha256((text + examples).encode()).hexdigest()[:12]


def _folders(folder: Path | None) -> list[Path]:
    return [Path(each) for each in __path__] if folder is None else [folder]


def _read(file: Path) -> str:
    try:
        return file.read_text("utf-8").replace("\r\n", "\n")
    except (OSError, UnicodeDecodeError) as error:
        raise PromptError(f"{file}: cannot be read ({error}); it should be a UTF-8 text file") from error


def _parse(file: Path, text: str) -> tuple[_FrontMatter, str]:
    match = _FRONT.match(text)
    if not match:
        raise PromptError(f"{file}: begins without front matter; put it between two lines of ---")
    try:
        front = _FrontMatter.model_validate(yaml.safe_load(match[1]))
    except (yaml.YAMLError, ValidationError) as error:
        first = error.errors()[0] if isinstance(error, ValidationError) else None
        where = f"{'.'.join(map(str, first['loc']))}: {first['msg'].lower()}" if first else str(error).splitlines()[0]
        raise PromptError(f"{file}: the front matter is not right: {where}") from error
    if front.name != file.stem:
        raise PromptError(f"{file}: is named {front.name!r} in its front matter; the two names must be the same")
    return front, match[2]


def _turns(file: Path, body: str, roles: tuple[str, ...], mark: str) -> list[tuple[str, str]]:
    """(role, text) in order; headings that begin with `mark` are turns."""
    before, *parts = re.split(rf"^{mark}(.*)$", f"\n{body}", flags=re.MULTILINE)
    if before.strip() or not parts:
        raise PromptError(f"{file}: its text must stand under headings: {', '.join(mark + role for role in roles)}")
    turns = [(role.strip(), text.strip()) for role, text in zip(parts[::2], parts[1::2], strict=True)]
    for role, text in turns:
        if role not in roles:
            raise PromptError(f"{file}: unknown turn {mark}{role}; there are: {', '.join(roles)}")
        if not text:
            raise PromptError(f"{file}: the turn {mark}{role} is empty; write it or leave it out")
    return turns


def _template(file: Path, turns: list[tuple[str, str]], rows: list[dict[str, str]]) -> "ChatPromptTemplate":
    from langchain_core.prompts import ChatPromptTemplate, FewShotChatMessagePromptTemplate, MessagesPlaceholder

    parts: list[MessageLikeRepresentation] = []
    for role, text in turns:
        if role == "placeholder":
            parts.append(MessagesPlaceholder(text))
        elif role == "examples":
            shown = _turns(file, text, ("human", "ai"), "### ")
            example = ChatPromptTemplate([(kind, _formatted(file, turn)) for kind, turn in shown])
            for row in rows:
                _compare_inputs(file, tuple(row), example.input_variables)
            parts.append(FewShotChatMessagePromptTemplate(examples=rows, example_prompt=example, input_variables=[]))
        else:
            parts.append((role, _formatted(file, text)))
    if bool(rows) != any(role == "examples" for role, _ in turns):
        raise PromptError(f"{file}: `examples:` in the front matter and a turn ## examples go together; one is missing")
    return ChatPromptTemplate(parts)


def _formatted(file: Path, text: str) -> str:
    """The text as an f-string template: `{{name}}` becomes `{name}`, and every other brace is doubled."""
    pieces = _INPUT.split(text)
    for literal in pieces[::2]:
        if wrong := _ALMOST_INPUT.search(literal):
            raise PromptError(f"{file}: {wrong[0]} is not an input; names are lower case, without blanks: {{{{name}}}}")
    pieces[::2] = [literal.replace("{", "{{").replace("}", "}}") for literal in pieces[::2]]
    pieces[1::2] = [f"{{{name}}}" for name in pieces[1::2]]
    return "".join(pieces)


def _rows(file: Path, front: _FrontMatter, text: str) -> list[dict[str, str]]:
    """The lines of the examples' file; values that are not text are shown as JSON, as a model should write them."""
    rows = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            row: Mapping[str, Any] = dict(json.loads(line))
        except (json.JSONDecodeError, TypeError, ValueError) as error:
            raise PromptError(f"{file.parent / str(front.examples)}: line {number} is not a JSON object") from error
        rows.append(
            {k: v if isinstance(v, str) else json.dumps(v, ensure_ascii=False) for k, v in row.items()},
        )
    return rows


def _compare_inputs(file: Path, declared: tuple[str, ...], used: list[str]) -> None:
    for name in used:
        if name not in declared:
            raise PromptError(f"{file}: uses the input {name!r} without declaring it; add it to `inputs`")
    for name in declared:
        if name not in used:
            raise PromptError(f"{file}: declares the input {name!r} but does not use it; use it or drop it")
