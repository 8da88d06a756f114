"""One prompt: a LangChain template, and the technique that its file asks for."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from vademecum.core.errors import PromptError
from vademecum.prompts.front_matter import TECHNIQUES, FrontMatter, require_technique

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage
    from langchain_core.prompts import ChatPromptTemplate, PromptTemplate


@dataclass(frozen=True)
class Prompt:
    """One prompt file as a template. `fingerprint` names its exact wording: 12 hexadecimal digits, for traces.

    `inputs` are what whoever uses it gives; `front` is all that the file says of itself. What the front matter holds
    is filled in by itself where the text asks for it: `{{forbidden}}`, `{{criteria}}`, `{{answers}}`.
    """

    name: str
    front: FrontMatter
    template: "ChatPromptTemplate | PromptTemplate"
    fingerprint: str

    @property
    def technique(self) -> str:
        """The technique's name."""
        return self.front.technique

    @property
    def description(self) -> str:
        """One line for listings."""
        return self.front.description

    @property
    def inputs(self) -> tuple[str, ...]:
        """What must be given to `render`, but for what the prompt's own steps find."""
        return self.front.inputs

    @property
    def source(self) -> str:
        """Where the technique or the wording comes from."""
        return self.front.source

    @property
    def needs_embeddings(self) -> bool:
        """True where examples are chosen by likeness."""
        return self.front.choose != "all"

    def render(self, **inputs: Any) -> "list[BaseMessage]":
        """The messages to send, with `inputs` (and what the steps found, by the steps' names) filled in.

        Raises:
            PromptError: an input is missing or unknown; names the prompt and the input.
        """
        self.require(inputs, (*self.inputs, *self.front.steps))
        return self.template.format_prompt(**inputs).to_messages()  # `invoke` would be a run, traced by itself

    def text(self, **inputs: Any) -> str:
        """As `render`, for a prompt that is one text: the words."""
        return "\n\n".join(message.text for message in self.render(**inputs))

    def require(self, inputs: dict[str, Any], names: tuple[str, ...] | None = None) -> None:
        """Raise PromptError unless `inputs` are exactly those `names` (None: the prompt's inputs)."""
        names = self.inputs if names is None else names
        for name in names:
            if name not in inputs:
                raise PromptError(f"prompt {self.name!r} needs the input {name!r}; give it")
        for name in inputs:
            if name not in names:
                takes = ", ".join(names) or "none"
                raise PromptError(f"prompt {self.name!r} has no input {name!r}; it takes: {takes}")

    def under(self, technique: str, where: str = "", **more: Any) -> "Prompt":
        """The same wording under another technique; `more` are lines of front matter, such as `samples=5`.

        `where` begins the message of the error that is raised.

        Raises:
            PromptError: there is no such technique, or it needs what neither the file nor `more` gives.
        """
        where = where or f"prompt {self.name!r}"
        if technique not in TECHNIQUES:
            raise PromptError(f"{where}: no technique named {technique!r}; there are: {', '.join(TECHNIQUES)}")
        changes = {**_DEFAULTS.get(technique, {}), **more}
        front = self.front.model_copy(update={"technique": technique, **changes})
        require_technique(where, technique, front.model_dump())
        return replace(self, front=front)


_DEFAULTS: dict[str, dict[str, Any]] = {"chain-of-thought": {"reasoning": True}, "self-consistency": {"samples": 5}}
