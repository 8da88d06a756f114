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

Turns are `## system`, `## human`, `## ai`, which make a `ChatPromptTemplate`; a single `## text` makes a
`PromptTemplate`. `## placeholder` holds the name of an input that is a list of messages. `## examples` holds
`### human` and `### ai` turns that are repeated (`FewShotChatMessagePromptTemplate`) for each line of the JSON-lines
file which the front matter names (`examples: few-shot.examples.jsonl`), or for those that `choose: similarity` or
`choose: mmr` picks.
`{{name}}` is replaced; every other brace stays as it is, and what is filled in is never expanded again. Deeper headings
(`###`) may be used freely in a turn.

The front matter also asks for the technique: `examples`, `reasoning: true`, `samples: 5`, `forbid: [...]`,
`criteria: {...}`, `steps: {...}` (see `front_matter.py`). `graphs/_techniques.py` makes nodes of these, for every
prompt alike.

To add a prompt, add a file; a file in `prompts/answer/` is a technique of the answer graph, and becomes a node of it.
Chains of prompts are files too: see `prompts/chaining.py`.
"""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vademecum.core import plugins
from vademecum.core.errors import PromptError, UsageError
from vademecum.prompts import drafts
from vademecum.prompts.drafts import Draft
from vademecum.prompts.examples import read_examples, require_declared
from vademecum.prompts.front_matter import TECHNIQUES, FrontMatter, parse
from vademecum.prompts.prompt import Prompt
from vademecum.prompts.turns import template_of

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings

__all__ = ["TECHNIQUES", "Prompt", "load", "names", "path"]

members = plugins.Members("prompts")


def names(area: str = "", *, folder: Path | None = None) -> list[str]:
    """Names of the prompts, sorted: `names("answer")` gives those of one area without its name in front.

    `folder` None means those that ship with the application and those of the folders added to them.
    """
    return sorted(
        {
            file.relative_to(base / area).with_suffix("").as_posix()
            for base in folders(folder)
            for file in (base / area).rglob("*.md")
        }
    )


def path(name: str, *, folder: Path | None = None) -> Path:
    """The file of the prompt called `name`.

    Raises:
        UsageError: there is none; the message lists those of its area, or the areas there are.
    """
    for base in folders(folder) if ".." not in name.split("/") else ():
        if (file := base / f"{name}.md").is_file():
            return file
    raise UsageError(f"no prompt named {name!r}; there are: {', '.join(_near(name, names(folder=folder)))}")


def load(name: str, *, folder: Path | None = None, embeddings: "Embeddings | None" = None) -> Prompt:
    """The prompt called `name` ("answer/few-shot"), read and checked.

    `embeddings` compare examples with the inputs where the file says `choose: similarity` or `choose: mmr`; without
    them such a prompt can be looked at and not rendered.

    Raises:
        UsageError: there is none; the message lists those there are.
        PromptError: the file is broken, or declares other inputs than it uses; names the file and the input.
    """
    file = path(name, folder=folder)
    text, draft = _text(name, file)
    front, body = parse(file, text)
    _require_steps(file, front, (name,), folder)
    example_lines = _examples(file, front, draft)
    examples = read_examples(file, front, example_lines, embeddings) if front.examples else None
    template: Any = template_of(file, body, examples)
    own = {key: value for key, value in _own_inputs(front).items() if key in template.input_variables}
    inputs_used = [name for name in template.input_variables if name not in own]
    require_declared(file, (*front.inputs, *front.steps), inputs_used)
    return Prompt(
        name=name,
        front=front,
        template=template.partial(**own),
        fingerprint=_fingerprint(text, example_lines),
    )


def fingerprint(name: str) -> str:
    """The fingerprint of a prompt, without making a template of it.

    Raises:
        UsageError: there is none.
        PromptError: the file is broken.
    """
    file = path(name)
    text, draft = _text(name, file)
    front, _ = parse(file, text)
    return _fingerprint(text, _examples(file, front, draft))


def _text(name: str, file: Path) -> tuple[str, Draft | None]:
    """The text of a prompt: that of its draft, where one stands in its place, or of its file."""
    draft = drafts.of(name)
    return (draft.text.replace("\r\n", "\n"), draft) if draft else (read(file), None)


def _examples(file: Path, front: FrontMatter, draft: Draft | None) -> str:
    """The lines of a prompt's examples; empty where it has none."""
    if not front.examples:
        return ""
    return draft.examples if draft else read(file.parent / front.examples)


def _fingerprint(text: str, examples: str) -> str:
    return hashlib.sha256((text + examples).encode()).hexdigest()[:12]


def folders(folder: Path | None = None) -> list[Path]:
    """Where prompts are looked for: `folder`, or those of the application and those added to it."""
    return [Path(folder_path) for folder_path in __path__] if folder is None else [folder]


def read(file: Path) -> str:
    """The text of a file of this room.

    Raises:
        PromptError: it cannot be read.
    """
    try:
        return file.read_text("utf-8").replace("\r\n", "\n")
    except (OSError, UnicodeDecodeError) as error:
        raise PromptError(f"{file}: cannot be read ({error}); it should be a UTF-8 text file") from error


def _near(name: str, prompt_names: list[str]) -> list[str]:
    """The prompts of the area that `name` is in; where there is no such area, those of none, and the areas."""
    area = name.rpartition("/")[0]
    beside = [prompt_name for prompt_name in prompt_names if area and prompt_name.startswith(f"{area}/")]
    return beside or list(
        dict.fromkeys(
            f"{prompt_name.partition('/')[0]}/..." if "/" in prompt_name else prompt_name
            for prompt_name in prompt_names
        )
    )


def _require_steps(file: Path, front: FrontMatter, way: tuple[str, ...], folder: Path | None) -> None:
    """Raise PromptError where a step is no prompt, needs what is not there before it, or leads back to its own file."""
    available = list(front.inputs)
    for step, name in front.steps.items():
        where = f"{file}: step {step!r}"
        if name in way:
            raise PromptError(f"{where}: the steps go round in a circle: {' → '.join([*way, name])}; take one out")
        try:
            step_front, _ = parse(path(name, folder=folder), read(path(name, folder=folder)))
        except UsageError as error:
            raise PromptError(f"{where}: {error}") from error
        for input_name in step_front.inputs:
            if input_name not in available:
                raise PromptError(
                    f"{where}: {name!r} needs {input_name!r}; before it there are: {', '.join(available) or 'none'}"
                )
        _require_steps(file, step_front, (*way, name), folder)
        available.append(step)


def _own_inputs(front: FrontMatter) -> dict[str, str]:
    """What the front matter itself fills in, but where an input has that name."""
    own_inputs = {
        "forbidden": ", ".join(f'"{phrase}"' for phrase in front.forbid),
        "criteria": "\n".join(f"- {name}: {asks}" for name, asks in front.criteria.items()),
        "answers": ", ".join(front.answers),
    }
    return {name: text for name, text in own_inputs.items() if text and name not in front.inputs}
