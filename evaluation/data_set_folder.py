"""Data sets to choose from: files in the workspace's folder `evaluation/data`, and other files by their path."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from vademecum.core import private_files
from vademecum.core.atomic_write import remedy
from vademecum.core.errors import UsageError, WorkspaceError
from vademecum.evaluation import data_sets
from vademecum.evaluation.cases import DataSet

FOLDER = Path("evaluation", "data")
"""Where data sets are kept in a workspace."""

ENDINGS = (".csv", ".jsonl")
MAX_MB = 20

_NAME = re.compile(r"[^A-Za-z0-9._-]+")


class DataSetFile(NamedTuple):
    """A data set by its name and file; `own`: it is kept in the workspace."""

    name: str
    file: Path
    own: bool


def files(home: Path, others: Iterable[Path] = ()) -> list[DataSetFile]:
    """The data sets of the workspace by name, then the other files that are there."""
    paths = sorted(file for file in (home / FOLDER).glob("*") if file.suffix.lower() in ENDINGS)
    own = [DataSetFile(path.stem, path, True) for path in paths]
    names = {file.name for file in own}
    more = [DataSetFile(path.stem, path, False) for path in others if path.is_file() and path.stem not in names]
    return [*own, *more]


def add(home: Path, name: str, content: bytes) -> tuple[DataSetFile, DataSet]:
    """Check a data set, and store it in the workspace under the name of its file.

    Raises:
        UsageError: it is no data set, a row is wrong (the message names it), or there is one of that name.
        WorkspaceError: it cannot be written.
    """
    plain = _NAME.sub("-", Path(name.replace("\\", "/")).name).strip("-.") or "data"
    file = home / FOLDER / plain
    if file.suffix.lower() not in ENDINGS:
        raise UsageError(f"{plain} is not a data set; give a .jsonl or a .csv file")
    if len(content) > MAX_MB * 1_000_000:
        raise UsageError(f"{plain} is larger than {MAX_MB} MB; take a part of it")
    if any(existing.name == file.stem for existing in files(home)):
        raise UsageError(f"there is a data set named {file.stem!r} already; give the file another name")
    half = file.with_name(f".half-{plain}")
    try:
        private_files.make_folder(file.parent)
        private_files.make_file(half)
        half.write_bytes(content)
        try:
            data_set = data_sets.read(str(half))
        except UsageError as error:
            raise UsageError(str(error).replace(str(half), plain).replace(half.stem, file.stem)) from error
        half.replace(file)
    except OSError as error:
        raise WorkspaceError(f"{file} cannot be written ({error.strerror}); {remedy(error)}") from error
    finally:
        half.unlink(missing_ok=True)
    return DataSetFile(file.stem, file, True), data_set.model_copy(update={"name": file.stem})


def remove(home: Path, name: str) -> None:
    """Delete a data set of the workspace; experiments made on it stay.

    Raises:
        UsageError: the workspace has none of that name.
    """
    data_set = next((existing for existing in files(home) if existing.name == name), None)
    if data_set is None:
        raise UsageError(f"the workspace keeps no data set named {name!r}")
    data_set.file.unlink(missing_ok=True)
