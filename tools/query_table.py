"""Work out what is asked of a table of the reader's own: counts, sums, means, extremes, rows; with the cells used."""

from langchain_core.tools import BaseTool, StructuredTool
from pydantic import BaseModel, Field

from vademecum.core.errors import EmptyWorkspaceError, ToolError, UsageError
from vademecum.core.types import Citation, Scope
from vademecum.retrieval.library import Library
from vademecum.tools import Services
from vademecum.tools._quoting import one_line
from vademecum.tools.search_documents import as_quotes

EXAMPLES = [
    {
        "request": "From my spreadsheet, what is the sum of the column Amount where Category is rent?",
        "args": {"question": "sum of Amount where Category is rent"},
    },
    {
        "request": "In the table members.csv, which member has the most points?",
        "args": {"question": "which member has the most points?", "path": "members.csv"},
    },
    {"request": "Query the spreadsheet for the number of rows with status open"},
]

TABLES_NAMED = 5
"""Tables that are named where none of them answers."""

QUOTED = 10
"""Cells and rows that are quoted to the model; all are in the artifact."""


class Arguments(BaseModel):
    """What the calculation takes."""

    question: str = Field(
        description="What to work out, with the names of columns and cells: total Amount where Category is rent.",
        min_length=1,
        max_length=1000,
    )
    path: str = Field(default="", description="The document that has the table, if it is known.", max_length=500)


def build(services: Services) -> BaseTool:
    """The calculation as a tool; its artifact is the list of `Citation`s of the cells and rows that it rests on."""

    def query_table(question: str, path: str = "") -> tuple[str, list[Citation]]:
        from vademecum.retrieval.tabular.computing import compute

        library = services.library
        scope = Scope(collection=services.collection, path=path.strip() or None)
        try:
            hits = library.search(question, scope=scope) if library else []
            answer = compute(question, library.catalogue, hits, library.weigh(question, hits)) if library else None
        except UsageError as error:
            raise ToolError(str(error)) from error
        except EmptyWorkspaceError:
            library = None
        if library is None:
            raise ToolError("there are no documents with tables; answer without them, and say so")
        if answer is None:
            raise ToolError(_no_answer(library, list(dict.fromkeys(hit.passage.source_id for hit in hits))))
        citations = list(answer.citations)
        return f"{answer.sentence}\n\n{as_quotes(citations[:QUOTED])}", citations

    return StructuredTool.from_function(
        query_table,
        name="query_table",
        description=(
            "Calculate over a table or spreadsheet of the person's own: count rows, add up a column, find the highest, "
            "filter, compare. Returns the result with the cells it used."
        ),
        args_schema=Arguments,
        response_format="content_and_artifact",
        metadata={"examples": EXAMPLES, "effect": "none"},
    )


def _no_answer(library: Library, source_ids: list[str]) -> str:
    """What to do where no table answers: the tables that there are, with their columns."""
    from vademecum.retrieval.tabular.computing import tables_of

    names = []
    for source_id in source_ids:
        source = library.catalogue.source(source_id)
        for table in tables_of(library.catalogue, source_id) if source else []:
            columns = ", ".join(one_line(column.name, 60) for column in table.columns[:20])
            names.append(f"{one_line(source.path, 200)}: {columns}" if source else columns)
    if not names:
        return "no table was found for this; search the documents instead"
    return "no table answers this as it is worded; name their columns and cells: " + "; ".join(names[:TABLES_NAMED])
