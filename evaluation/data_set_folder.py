"""The data sets at hand: files in the workspace's folder `evaluation/data`, and others by their place."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from vademecum.core.errors import UsageError, WorkspaceError
from vademecum.core.writing import remedy
from vademecum.evaluation import data_sets
from vademecum.evaluation.cases import DataSet

FOLDER = Path("evaluation", "data")
"""Where data sets are kept in a workspace."""

ENDINGS = (".csv", ".jsonl")
MAX_MB = 20

_NAME = re.compile(r"[^A-Za-z0-9._-]+")


class Known(NamedTuple):
    """A data set by its name and file; `own`: it is kept in the workspace."""

    name: str
    file: Path
    own: bool


def known(home: Path, others: Iterable[Path] = ()) -> list[Known]:
    """The data sets of the workspace by name, then the other files that are there."""
    own = sorted(file for file in (home / FOLDER).glob("*") if file.suffix.lower() in ENDINGS)
    mine = [Known(file.stem, file, True) for file in own]
    taken = {it.name for it in mine}
    return [*mine, *(Known(file.stem, file, False) for file in others if file.is_file() and file.stem not in taken)]


def add(home: Path, name: str, content: bytes) -> tuple[Known, DataSet]:
    """Keep a data set in the workspace under the name of its file, once it is known to be one.

    Raises:
        UsageError: it is none, a row is off (names it), or there is one of that name.
        WorkspaceError: it cannot be written.
    """
    plain = _NAME.sub("-", Path(name.replace("\\", "/")).name).strip("-.") or "data"
    file = home / FOLDER / plain
    if file.suffix.lower() not in ENDINGS:
        raise UsageError(f"{plain} is not a data set; give a .jsonl or a .csv file")
    if len(content) > MAX_MB * 1_000_000:
        raise UsageError(f"{plain} is larger than {MAX_MB} MB; take a part of it")
    if any(it.name == file.stem for it in known(home)):
        raise UsageError(f"there is a data set named {file.stem!r} already; give the file another name")
    half = file.with_name(f".half-{plain}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        half.write_bytes(content)
        try:
            data = data_sets.read(str(half))
        except UsageError as error:
            raise UsageError(str(error).replace(str(half), plain).replace(half.stem, file.stem)) from error
        half.replace(file)
    except OSError as error:
        raise WorkspaceError(f"{file} cannot be written ({error.strerror}); {remedy(error)}") from error
    finally:
        half.unlink(missing_ok=True)
    return Known(file.stem, file, True), data.model_copy(update={"name": file.stem})


def remove(home: Path, name: str) -> None:
    """Delete a data set of the workspace; experiments made on it stay.

    Raises:
        UsageError: the workspace keeps none of that name.
    """
    found = next((it for it in known(home) if it.name == name), None)
    if found is None:
        raise UsageError(f"the workspace keeps no data set named {name!r}")
    found.file.unlink(missing_ok=True)
