"""What every graph's `Context` has in common: a name that is none of its fields is refused by name."""

from dataclasses import Field, fields
from typing import Any, ClassVar, Self

from vademecum.core.errors import UsageError
from vademecum.core.nearest_name import unknown_name


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
