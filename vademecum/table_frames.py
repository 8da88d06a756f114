"""The tables of a document as data frames of pandas: `notebook.table("expenses.csv")`."""

from typing import TYPE_CHECKING, Any

from vademecum.core.errors import UsageError
from vademecum.core.nearest_name import unknown_name
from vademecum.core.types import Source
from vademecum.workspace import Workspace

if TYPE_CHECKING:
    from pandas import DataFrame

    from vademecum.retrieval.tabular.table import Cell, Column, TypedTable


def table_frame(workspace: Workspace, source: Source | str, table: str | int = 0) -> "DataFrame":
    """One table of a document, with typed columns: numbers as floats, whole dates as timestamps, the rest as written.

    `source` may be an id or a path; `table` is a name ("Rooms", the sheet or the heading above it) or a number from 0.

    Raises:
        UsageError: there is no such document, or it has no such table; the message lists those it has.
    """
    import pandas

    from vademecum.retrieval.tabular.computing import tables_of

    catalogue = workspace.library.catalogue
    document = source if isinstance(source, Source) else _source(workspace, source)
    tables = tables_of(catalogue, document.id)
    if not tables:
        raise UsageError(f"{document.path} has no tables that can be computed with")
    selection = _table(tables, table, document)
    columns = {
        column.name: [_shown(row.cells[number], column) for row in selection.rows]
        for number, column in enumerate(selection.columns)
    }
    frame = pandas.DataFrame(columns)
    for column in selection.columns:
        if column.kind == "date" and frame[column.name].map(lambda day: not isinstance(day, str)).all():
            frame[column.name] = pandas.to_datetime(frame[column.name])
    return frame


def _source(workspace: Workspace, name: str) -> Source:
    sources = workspace.library.catalogue.sources()
    fitting = [source for source in sources if name in (source.id, source.path, f"{source.root}/{source.path}")]
    if len(fitting) != 1:
        if fitting:
            raise UsageError(f"{len(fitting)} documents are called {name!r}; give the id, or the path with its folder")
        raise UsageError(unknown_name("document", name, [source.path for source in sources]))
    return fitting[0]


def _table(tables: "list[TypedTable]", wanted: str | int, document: Source) -> "TypedTable":
    names = [table.name for table in tables]
    if isinstance(wanted, int) and 0 <= wanted < len(tables):
        return tables[wanted]
    if isinstance(wanted, str) and wanted in names:
        return tables[names.index(wanted)]
    raise UsageError(f"{document.path} has no table {wanted!r}; it has: {', '.join(names)}")


def _shown(cell: "Cell | None", column: "Column") -> Any:
    """What a cell holds in a column of that kind; None where it is empty."""
    import datetime

    if cell is None or cell.value.kind == "empty":
        return None
    value = cell.value
    if column.kind in ("number", "duration"):
        return value.number
    if column.kind == "boolean":
        return bool(value.number) if value.kind == "boolean" else cell.text
    if column.kind == "date" and value.year and value.month and value.day:
        try:
            return datetime.datetime(value.year, value.month, value.day)
        except ValueError:
            return cell.text
    return cell.text
