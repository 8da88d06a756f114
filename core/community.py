"""Classes of langchain-community by name: `community:tools.wikipedia.tool.WikipediaQueryRun`.

The package is being sunset and takes seconds to import, so nothing else imports it, and it is asked only for what a
setting names. A name cannot lead out of it.
"""

import importlib
import re
import warnings
from collections.abc import Callable
from typing import Any, TypeVar

from vademecum.core.errors import SettingsError

PREFIX = "community:"
"""How such a name begins where other names are possible."""

_NAME = re.compile(r"[A-Za-z]\w*(\.[A-Za-z]\w*)+", re.ASCII)

T = TypeVar("T")


def community_class(name: str, kind: type[T]) -> type[T]:
    """The class, which must be a `kind`; with or without "community:" before its name.

    Raises:
        SettingsError: there is no such class, it is of another kind, or a package that it needs is missing.
    """
    path, _, last = name.removeprefix(PREFIX).rpartition(".")
    if not _NAME.fullmatch(f"{path}.{last}"):
        raise SettingsError(f"{name!r} names no class of langchain-community; write it like retrievers.BM25Retriever")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says at every import that it is being sunset
        try:
            python_class = getattr(importlib.import_module(f"langchain_community.{path}"), last)
        except ModuleNotFoundError as error:
            raise _missing(name, error) from error
        except (ImportError, AttributeError) as error:
            raise SettingsError(f"langchain-community has no {path}.{last}; look for its name there") from error
    if not (isinstance(python_class, type) and issubclass(python_class, kind)):
        raise SettingsError(f"{name!r} is no {kind.__name__}, which is what is needed here")
    return python_class


def community(name: str, kind: type[T], arguments: dict[str, Any] | None = None) -> T:
    """An instance of the class, made with `arguments`.

    An argument that is itself such a name ("community:utilities.wikipedia.WikipediaAPIWrapper") is made first.

    Raises:
        SettingsError: as `community_class`, or the class does not take the arguments.
    """
    prepared = {key: _argument(value) for key, value in (arguments or {}).items()}
    return built(name, lambda: community_class(name, kind)(**prepared))


def built(name: str, build: Callable[[], T]) -> T:
    """What `build` makes of the class called `name`, its errors raised as ours."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return build()
        except SettingsError:
            raise
        except ImportError as error:
            raise _missing(name, error) from error
        except Exception as error:
            first = next(iter(str(error).strip().splitlines()), "")[:200]
            raise SettingsError(f"{name!r} cannot be set up ({type(error).__name__}: {first})") from error


def _argument(value: Any) -> Any:
    return community(value, object) if isinstance(value, str) and value.startswith(PREFIX) else value


def _missing(name: str, error: ImportError) -> SettingsError:
    module = error.name or ""
    if module.startswith("langchain_community"):
        return SettingsError(f"langchain-community has no module {module.partition('.')[2]!r}, named by {name!r}")
    package = f"the package {module!r}" if module else "another package"
    return SettingsError(f"{name!r} needs {package}, which is not installed; add it to this environment")
