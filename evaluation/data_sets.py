"""Data sets, read from where they are: a JSONL or CSV file, or a data set of the trace store by its name.

read("samples/questions.jsonl")
read("langsmith:regressions", client)
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vademecum.core.errors import UsageError
from vademecum.core.settings import from_here
from vademecum.evaluation.cases import Case, DataSet

if TYPE_CHECKING:
    from langsmith import Client

STORED = "langsmith:"
"""What the name of a data set of the trace store begins with."""

FORMS = "a .jsonl file, a .csv file, or langsmith:NAME"

_LISTS = ("evidence", "relevant", "spans", "answer")
"""Columns of a CSV file whose cells may hold a JSON list."""


def read(name: str, client: "Client | None" = None) -> DataSet:
    """The data set called `name`: a path, or `langsmith:NAME` for one that `client`'s store holds.

    Raises:
        UsageError: there is no such data set, or one of its rows is not a case; names the row.
    """
    if name.startswith(STORED):
        return _stored(name.removeprefix(STORED), client)
    path = from_here(name)
    readers = {".jsonl": _json_rows, ".csv": _csv_rows}
    if path.suffix.lower() not in readers:
        raise UsageError(f"{name!r} is not a data set; give {FORMS}")
    rows = readers[path.suffix.lower()](_text(path), path.name)
    return DataSet.of(path.stem, (Case.of(row, where) for where, row in rows))


def write(path: Path, cases: Iterable[Case]) -> None:
    """Add cases to a JSONL file, which is made where there is none.

    Raises:
        UsageError: the file cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            for case in cases:
                file.write(json.dumps(case.row(), ensure_ascii=False) + "\n")
    except OSError as error:
        raise UsageError(f"{path} cannot be written ({error.strerror}); choose another file with --to") from error


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8 text ({error.reason} at byte {error.start})") from error
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror}); give {FORMS}") from error


def _json_rows(text: str, name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        where = f"{name}, line {number}"
        try:
            row = json.loads(line)
        except ValueError as error:
            raise UsageError(f"{where} is not JSON") from error
        if not isinstance(row, dict):
            raise UsageError(f"{where} is not a JSON object")
        yield where, row


def _csv_rows(text: str, name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    table = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        if "question" not in (table.fieldnames or ()):
            raise UsageError(f'{name} has no column "question"; its first line names the columns')
        for row in table:
            where = f"{name}, line {table.line_num}"
            if None in row or None in row.values():
                raise UsageError(f"{where} has another number of cells than the first line has columns")
            yield where, {column: _cell(cell, where) if column in _LISTS else cell for column, cell in row.items()}
    except csv.Error as error:
        raise UsageError(f"{name}, line {table.line_num}: {error}") from error


def _cell(cell: str, where: str) -> Any:
    """The text of a cell, or the JSON list that it holds; None where it is empty."""
    if not cell.startswith("["):
        return cell or None
    try:
        return json.loads(cell)
    except ValueError as error:
        raise UsageError(f"{where}: a cell that begins with [ must be a JSON list") from error


def _stored(name: str, client: "Client | None") -> DataSet:
    from langsmith.utils import LangSmithError, LangSmithNotFoundError

    if client is None:
        raise UsageError(
            f"the data set {name!r} is in the trace store, which is out of reach: tracing is off, or --offline"
        )
    try:
        examples = list(client.list_examples(dataset_name=name))
    except LangSmithNotFoundError as error:
        names = ", ".join(sorted(data_set.name for data_set in client.list_datasets())) or "none"
        raise UsageError(f"the trace store has no data set named {name!r}; there are: {names}") from error
    except LangSmithError as error:
        raise UsageError(f"the trace store does not give the data set {name!r} ({type(error).__name__})") from error
    rows = [
        {"id": str(example.id), **(example.metadata or {}), **(example.inputs or {}), **(example.outputs or {})}
        for example in sorted(examples, key=lambda example: (example.created_at, str(example.id)))
    ]
    return DataSet.of(name, (Case.of(row, f"{name}, example {row['id']}") for row in rows), stored=name)
