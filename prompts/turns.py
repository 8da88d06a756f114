"""The body of a prompt file as a LangChain template: its turns, its placeholders, its examples."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

from vademecum.core.errors import PromptError
from vademecum.prompts.examples import Examples

if TYPE_CHECKING:
    from langchain_core.prompts import ChatPromptTemplate, PromptTemplate
    from langchain_core.prompts.chat import MessageLikeRepresentation

_INPUT = re.compile(r"\{\{ *([a-z][a-z0-9_]*) *\}\}")
_ALMOST_INPUT = re.compile(r"\{\{ *[\w .-]+ *\}\}")
_ROLES = ("system", "human", "ai", "placeholder", "examples", "text")


def template_of(file: Path, body: str, examples: Examples | None) -> "ChatPromptTemplate | PromptTemplate":
    """The template that `body` describes; a body whose only turn is `## text` makes a PromptTemplate.

    Raises:
        PromptError: a turn is unknown or empty, or examples are declared and not shown, or the other way round.
    """
    from langchain_core.prompts import ChatPromptTemplate, MessagesPlaceholder, PromptTemplate

    turns = _turns(file, body, _ROLES, "## ")
    roles = [role for role, _ in turns]
    if (examples is None) == ("examples" in roles):
        raise PromptError(f"{file}: `examples:` in the front matter and a turn ## examples go together; one is missing")
    if roles == ["text"]:
        return PromptTemplate.from_template(formatted(file, turns[0][1]))
    parts: list[MessageLikeRepresentation] = []
    for role, text in turns:
        if role == "placeholder":
            parts.append(MessagesPlaceholder(text))
        elif role == "examples" and examples:
            example_turns = _turns(file, text, ("human", "ai"), "### ")
            parts.append(
                examples.template(ChatPromptTemplate([(kind, formatted(file, turn)) for kind, turn in example_turns]))
            )
        elif role == "text":
            raise PromptError(f"{file}: ## text must be the only turn; take ## system, ## human and ## ai for several")
        else:
            parts.append((role, formatted(file, text)))
    return ChatPromptTemplate(parts)


def formatted(file: Path, text: str) -> str:
    """The text as an f-string template: `{{name}}` becomes `{name}`, and every other brace is doubled."""
    pieces = _INPUT.split(text)
    for literal in pieces[::2]:
        if wrong := _ALMOST_INPUT.search(literal):
            raise PromptError(f"{file}: {wrong[0]} is not an input; names are lower case, without blanks: {{{{name}}}}")
    pieces[::2] = [literal.replace("{", "{{").replace("}", "}}") for literal in pieces[::2]]
    pieces[1::2] = [f"{{{name}}}" for name in pieces[1::2]]
    return "".join(pieces)


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
