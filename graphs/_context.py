"""What every graph's `Context` has in common: a name that is none of its fields is refused by name."""

from dataclasses import Field, fields
from typing import TYPE_CHECKING, Any, ClassVar, Self

from vademecum.core.errors import UsageError
from vademecum.core.nearest_name import unknown_name
from vademecum.models.fitness import Ability, is_trusted_with

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel


class GraphContext:
    """Base of the dataclasses called `Context`, whether made in Python or, from a dict, by LangGraph."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    def __new__(cls, *_: Any, **values: Any) -> Self:
        """Raise UsageError where a value is given for a field that does not exist."""
        names = [field.name for field in fields(cls)]
        for name in values:
            if name not in names:
                raise UsageError(unknown_name("field of the context", name, names))
        return super().__new__(cls)

    def model_for(self, ability: Ability) -> "BaseChatModel | None":
        """The chat model, where it is trusted with this; None where it is done by rules."""
        model = getattr(self, "model", None)
        return model if model and is_trusted_with(ability, getattr(self, "model_name", "")) else None
