"""A variant: what is measured, as settings that differ from the usual ones, and the graph that answers.

Variant.parse("mode=dense,model=extractive")
Variant.parse("extractive")          a mode, a technique, a graph or a model by its name alone
"""

import re
from dataclasses import dataclass, field
from typing import Self

from vademecum import graphs, prompts
from vademecum.core.errors import UsageError
from vademecum.core.settings import Settings
from vademecum.retrieval import retrievers

OWN = ("graph", "name")
"""Keys of a variant that are not settings."""

FIXED = frozenset({"home", "plugins", "redact", "tracing"})
"""Settings that a variant cannot choose."""

_UNNAMED = re.compile(r"[^A-Za-z0-9.]+")


@dataclass(frozen=True)
class Variant:
    """Settings by name, as text, and the graph; `name` is what reports call it."""

    name: str
    graph: str = "answer"
    settings: dict[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str) -> Self:
        """The variant that `KEY=VALUE,...` describes; a part without `=` is a mode, technique, graph or model.

        Raises:
            UsageError: a key is no setting, or is given twice; the message lists those there are.
        """
        choices: dict[str, str] = {}
        for part in filter(None, (piece.strip() for piece in text.split(","))):
            key, equals, choice = (piece.strip() for piece in part.partition("="))
            if not equals:
                key, choice = _kind(part), part
            if key not in _keys():
                raise UsageError(f"a variant has no {key!r}; there are: {', '.join(_keys())}")
            if key in choices:
                raise UsageError(f"the variant {text!r} gives {key!r} twice; give it once")
            choices[key] = choice
        name = choices.pop("name", "") or _UNNAMED.sub("-", text).strip("-")[:60] or "default"
        return cls(name=name, graph=choices.pop("graph", "answer"), settings=choices)


def _keys() -> list[str]:
    """The keys of a variant. No secrets: reports, files and traces show its settings."""
    settings = (name for name, field in Settings.model_fields.items() if "Secret" not in str(field.annotation))
    return [*OWN, *(name for name in settings if name not in FIXED)]


def _kind(word: str) -> str:
    """What a bare word names."""
    kinds = (
        ("mode", retrievers.members.names()),
        ("technique", prompts.names("answer")),
        ("graph", graphs.names()),
    )
    first = word.partition("+")[0]  # best+neighbours is a mode, too
    return next((kind for kind, names in kinds if (first if kind == "mode" else word) in names), "model")
