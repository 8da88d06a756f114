"""Worked examples of a prompt (few-shot): read from their file, and chosen for the inputs at hand.

`all` shows the first of them as they stand. `similarity` shows those most like the inputs (Liu et al. 2022, What Makes
Good In-Context Examples for GPT-3?), `mmr` those that are like the inputs and unlike each other (Carbonell and
Goldstein 1998, maximal marginal relevance); both by LangChain's own selectors over an in-memory vector store.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vademecum.core.errors import PromptError
from vademecum.prompts.front_matter import FrontMatter

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings
    from langchain_core.example_selectors import BaseExampleSelector
    from langchain_core.prompts import ChatPromptTemplate, FewShotChatMessagePromptTemplate

DEFAULT_COUNT = 3
"""Examples shown where they are chosen and the file does not say how many."""

LOOKED_AT = 4
"""Times as many of the nearest are looked at for `mmr` as are shown: the farthest are the least like each other."""


@dataclass(frozen=True)
class Examples:
    """The examples of one prompt file. `embeddings` compare them with the inputs, where they are chosen by likeness."""

    file: Path
    rows: list[dict[str, str]]
    front: FrontMatter
    embeddings: "Embeddings | None"

    def template(self, turns: "ChatPromptTemplate") -> "FewShotChatMessagePromptTemplate":
        """The turns of each example, as `shown` words one.

        Raises:
            PromptError: a row has other fields than `shown` uses, or none that the inputs could be compared by.
        """
        from langchain_core.prompts import FewShotChatMessagePromptTemplate

        for row in self.rows:
            require_declared(self.file, tuple(row), turns.input_variables)
        if self.front.choose == "all":
            rows = self.rows[: self.front.shown or None]
            return FewShotChatMessagePromptTemplate(examples=rows, example_prompt=turns, input_variables=[])
        keys = self._compared()
        return FewShotChatMessagePromptTemplate(
            example_selector=self._selector(keys), example_prompt=turns, input_variables=keys
        )

    def _selector(self, keys: list[str]) -> "BaseExampleSelector":
        from langchain_core.example_selectors import (
            MaxMarginalRelevanceExampleSelector,
            SemanticSimilarityExampleSelector,
        )
        from langchain_core.vectorstores import InMemoryVectorStore

        if self.embeddings is None:
            return _without_embeddings(self.file, self.front.choose)
        count = min(self.front.shown or DEFAULT_COUNT, len(self.rows))
        options: Any = {"k": count, "input_keys": keys}
        if self.front.choose == "mmr":
            return MaxMarginalRelevanceExampleSelector.from_examples(
                self.rows, self.embeddings, InMemoryVectorStore, fetch_k=LOOKED_AT * count, **options
            )
        return SemanticSimilarityExampleSelector.from_examples(
            self.rows, self.embeddings, InMemoryVectorStore, **options
        )

    def _compared(self) -> list[str]:
        """The inputs by which examples are compared."""
        shared = [name for name in self.front.inputs if name in self.rows[0]]
        keys = list(self.front.choose_by) or shared
        for name in keys:
            if name not in shared:
                raise PromptError(f"{self.file}: examples are chosen by {name!r}, which is not an input and a field")
        if not keys:
            raise PromptError(f"{self.file}: examples share no field with the inputs, by which they could be chosen")
        return keys


def read_examples(file: Path, front: FrontMatter, text: str, embeddings: "Embeddings | None") -> Examples:
    """The lines of the examples' file; values that are not text are shown as JSON, as a model should write them.

    Raises:
        PromptError: a line is not a JSON object, or there is none.
    """
    rows = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            row: Mapping[str, Any] = dict(json.loads(line))
        except (json.JSONDecodeError, TypeError, ValueError) as error:
            raise PromptError(f"{file.parent / str(front.examples)}: line {number} is not a JSON object") from error
        rows.append({k: v if isinstance(v, str) else json.dumps(v, ensure_ascii=False) for k, v in row.items()})
    if not rows:
        raise PromptError(f"{file.parent / str(front.examples)}: holds no examples; write one a line")
    return Examples(file, rows, front, embeddings)


def require_declared(file: Path, declared: tuple[str, ...], names_used: list[str]) -> None:
    """Raise PromptError where a template uses other names than are declared."""
    for name in names_used:
        if name not in declared:
            raise PromptError(f"{file}: uses the input {name!r} without declaring it; add it to `inputs`")
    for name in declared:
        if name not in names_used:
            raise PromptError(f"{file}: declares the input {name!r} but does not use it; use it or drop it")


def _without_embeddings(file: Path, choose: str) -> "BaseExampleSelector":
    """A selector for a prompt that is only looked at: choosing is what it cannot do."""
    from langchain_core.example_selectors import BaseExampleSelector

    class Unable(BaseExampleSelector):
        def add_example(self, example: dict[str, str]) -> None:
            self.select_examples(example)

        def select_examples(self, input_variables: dict[str, str]) -> list[dict]:  # noqa: ARG002 (LangChain's name)
            raise PromptError(f"{file}: chooses its examples by {choose}; load it with `embeddings` to compare them by")

    return Unable()
