"""The prompts of a workspace, to be run, looked at, edited and kept: `notebook.prompts`.

tried = notes.prompts.run("rewrite", {"question": "Why?"})
for event in notes.prompts.chain("article", {"topic": "tides"}): ...
notes.prompts.keep("answer/few-shot", draft, "few-shot-brief")
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from vademecum import editing, prompting, side_by_side
from vademecum.events import Event
from vademecum.prompting import Tried
from vademecum.prompts.drafts import Draft, Fault
from vademecum.side_by_side import Contender, Result
from vademecum.workspace import Workspace

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage


class Prompts:
    """Made by `Notebook.prompts`. For errors see the functions that do the work."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def run(
        self, name: str, inputs: Mapping[str, str], *, technique: str | None = None, model: str | None = None
    ) -> Tried:
        """Run one prompt by its technique, or by another; see `vademecum.prompting.try_prompt`."""
        return prompting.try_prompt(self._workspace, name, inputs, technique=technique, model=model)

    def messages(self, name: str, inputs: Mapping[str, str], *, technique: str | None = None) -> "list[BaseMessage]":
        """The messages that a prompt would be sent as first; see `vademecum.prompting.messages`."""
        return prompting.messages(self._workspace, name, inputs, technique=technique)

    def chain(
        self, name: str, inputs: Mapping[str, str], *, thread: str | None = None, model: str | None = None
    ) -> Iterator[Event]:
        """Run a chain, with events while it runs; see `vademecum.prompting.run_chain`."""
        return prompting.run_chain(self._workspace, name, inputs, thread=thread, model=model)

    def side_by_side(self, contenders: Sequence[Contender], inputs: Mapping[str, str]) -> Iterator[Result]:
        """Run several on the same input; see `vademecum.side_by_side.run`."""
        return side_by_side.run(self._workspace, contenders, inputs)

    def check(self, name: str, draft: Draft) -> Fault | None:
        """What is wrong with a draft of a prompt, and where; None where it can be run."""
        return editing.check(self._workspace, name, draft)

    def is_own(self, name: str) -> bool:
        """Whether the workspace keeps the prompt; all others cannot be changed."""
        return editing.is_own(self._workspace, name)

    def keep(self, name: str, draft: Draft, new: str) -> str:
        """Keep a draft of a prompt under a new name; its whole name. See `vademecum.editing.keep`."""
        return editing.keep(self._workspace, name, draft, new)

    def forget(self, name: str) -> None:
        """Delete a prompt that the workspace keeps; see `vademecum.editing.forget`."""
        editing.forget(self._workspace, name)
