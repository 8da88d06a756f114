"""Answers a question from the tables of a workspace: the best plan, its result, and citations of the cells it rests on.

computed = compute(question, library.catalogue, hits, library.weigh(question, hits))
computed.sentence       # "4,353.40 kr: sum of amount_kr where shop is Kraftlaget and date in 2026 (4 cells)"
computed.citations      # of each of the four cells
"""

import re
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from pydantic import BaseModel, ConfigDict

from vademecum.core.errors import UsageError
from vademecum.core.types import Citation, Evidence, Hit, Passage, Source
from vademecum.retrieval.tabular.plan import Plan, in_words
from vademecum.retrieval.tabular.planning import Proposal, propose
from vademecum.retrieval.tabular.reading import tables_in
from vademecum.retrieval.tabular.running import Result, run
from vademecum.retrieval.tabular.table import TypedTable

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from vademecum.retrieval.catalogue.reader import CatalogueReader

SOURCES_TRIED = 4
"""Sources, the best found first, whose tables are tried."""

MOST_COST = 1.25
"""What a plan may leave unread (`Reading.cost`) where one document is asked: a word of weight, and a light one."""

MOST_COST_AMONG_OTHERS = 0.5
"""The same where several documents were found: what the table does not know may be in another."""

MOST_CITED = 200
"""Citations of one sentence; of more cells whole rows are cited, and of more of these the first."""

_CHANCES = ((0.5, 0.85), (1.0, 0.7), (MOST_COST, 0.65))
"""How often a plan that leaves so much unread was right (`eval/tables`, without a model)."""

CHANCE_BY_MODEL = 0.5
"""The same of a plan that a large model made: not measured, and taken for no better than the flip of a coin."""

_ROW = re.compile(r"\brow \d+$")
_BARS = re.compile(r"^\s*\|.*\|\s*$", re.MULTILINE)

_kept: "OrderedDict[str, list[TypedTable]]" = OrderedDict()
_KEPT = 16


class Computation(BaseModel):
    """A plan and the table that it is for: number `table` of the source. Run again, it gives the same."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source_id: str
    table: int
    plan: Plan


class Computed(NamedTuple):
    """A computed answer. `words`: the plan in words; `chance`: how often answers like it were right."""

    sentence: str
    citations: tuple[Citation, ...]
    computation: Computation
    words: str
    chance: float


def is_of_table(passage: Passage) -> bool:
    """Whether a passage is a row, or has rows in it: what is computed stands where something was found."""
    return bool(_ROW.search(passage.place or "") or _BARS.search(passage.text))


def tables_of(catalogue: "CatalogueReader", source_id: str) -> list[TypedTable]:
    """The tables of a source; kept in memory while its text is the same."""
    key = f"{source_id} {catalogue.text_hash(source_id)}"
    if key not in _kept:
        source = catalogue.source(source_id)
        text = catalogue.text(source_id)
        _kept[key] = tables_in(text, catalogue.layout(source_id), source.title if source else "") if source else []
        while len(_kept) > _KEPT:
            _kept.popitem(last=False)
    return _kept[key]


def compute(
    question: str, catalogue: "CatalogueReader", hits: Sequence[Hit], evidence: Evidence, *, today: date | None = None
) -> Computed | None:
    """The answer that a table of what was found gives; None where no plan leaves little enough unread.

    Where several documents were found, a plan that only looks something up is taken where the best evidence stands in
    a row that it cites.
    """
    alone = len({hit.passage.source_id for hit in hits}) == 1
    source_ids = list(dict.fromkeys(hit.passage.source_id for hit in hits if is_of_table(hit.passage)))
    most = MOST_COST if alone else MOST_COST_AMONG_OTHERS
    best: tuple[float, Source, int, Proposal, Result] | None = None
    for rank, source_id in enumerate(source_ids[:SOURCES_TRIED]):
        source = catalogue.source(source_id)
        if source is None:
            continue
        for number, table in enumerate(tables_of(catalogue, source_id)):
            proposal = propose(question, table, today=today, topic=topic_of(source))
            if proposal is None or proposal.cost > most:
                continue
            result = _run(proposal.plan, table)
            cost = proposal.cost + 0.1 * rank
            if result is None or (not alone and not _agrees(proposal.plan, table, result, source_id, evidence)):
                continue
            if best is None or cost < best[0]:
                best = cost, source, number, proposal, result
    if best is None:
        return None
    _, source, number, proposal, result = best
    computation = Computation(source_id=source.id, table=number, plan=proposal.plan)
    chance = next(chance for most, chance in _CHANCES if proposal.cost <= most)
    return _computed(catalogue, source, computation, result, chance)


def _agrees(plan: Plan, table: TypedTable, result: Result, source_id: str, evidence: Evidence) -> bool:
    """Whether a plan calculates with what it names, or looks up where the best evidence stands."""
    if plan.action != "show" or plan.order is not None:
        return bool(plan.where or plan.sides or plan.column is not None or plan.group is not None)
    best = next((one.citation for one in evidence.sentences), None)
    if best is None or best.source_id != source_id:
        return False
    return any(table.rows[row].start < best.end and best.start < table.rows[row].end for row in result.rows)


def compute_by_model(
    model: "BaseChatModel", question: str, catalogue: "CatalogueReader", hits: Sequence[Hit]
) -> Computed | None:
    """The answer of the plan that a model makes for the table of the best hit; None where that is none, or gives none.

    Raises:
        ModelError: the model did not answer.
    """
    from vademecum.retrieval.tabular.by_model import propose_by_model

    passage = hits[0].passage if hits and is_of_table(hits[0].passage) else None
    source = catalogue.source(passage.source_id) if passage else None
    if passage is None or source is None:
        return None
    for number, table in enumerate(tables_of(catalogue, source.id)):
        if any(row.start < passage.end and passage.start < row.end for row in table.rows):
            proposal = propose_by_model(model, question, table)
            result = _run(proposal.plan, table) if proposal else None
            if proposal is None or result is None:
                return None
            computation = Computation(source_id=source.id, table=number, plan=proposal.plan)
            return _computed(catalogue, source, computation, result, CHANCE_BY_MODEL)
    return None


def again(computation: Computation, catalogue: "CatalogueReader") -> Computed | None:
    """What the computation gives now, of the text as it is stored; None where it gives nothing."""
    source = catalogue.source(computation.source_id)
    tables = tables_of(catalogue, computation.source_id) if source else []
    if source is None or computation.table >= len(tables):
        return None
    result = _run(computation.plan, tables[computation.table])
    return None if result is None else _computed(catalogue, source, computation, result, 1.0)


def topic_of(source: Source) -> str:
    """Words that a question may use for the table although none of its cells has them: those of title and path."""
    return f"{source.title} {re.sub(r'[/_.-]', ' ', source.path)}"


def _run(plan: Plan, table: TypedTable) -> Result | None:
    try:
        return run(plan, table)
    except UsageError:
        return None


def _computed(
    catalogue: "CatalogueReader", source: Source, computation: Computation, result: Result, chance: float
) -> Computed:
    table = tables_of(catalogue, source.id)[computation.table]
    words = in_words(computation.plan, table)
    spans = cited_spans(computation.plan, table, result, catalogue.text(source.id))
    note = "; ".join(part for part in (result.used, f"left out: {result.left_out}" if result.left_out else "") if part)
    sentence = f"{result.text}: {words}{f' ({note})' if note else ''}."
    citations = tuple(_citations(catalogue, source, spans))
    return Computed(sentence, citations, computation, words, chance)


def cited_spans(plan: Plan, table: TypedTable, result: Result, text: str) -> list[tuple[int, int]]:
    """Where what the result rests on stands: the cells of a sum or mean, else the rows; the header with rows of which
    none carries its column names. Rows that follow each other are one stretch.
    """
    cells = [cell for row, column in dict.fromkeys(result.cells) if (cell := table.cell(row, column))]
    if plan.action in ("sum", "mean") and 1 < len(cells) <= MOST_CITED:
        return sorted((cell.start, cell.end) for cell in cells)
    spans: list[tuple[int, int]] = []
    for number in sorted(set(result.rows)):
        row = table.rows[number]
        if spans and not text[spans[-1][1] : row.start].strip():
            spans[-1] = (spans[-1][0], row.end)
        else:
            spans.append((row.start, row.end))
    return [*([table.header] if table.header else []), *spans[:MOST_CITED]]


def _citations(catalogue: "CatalogueReader", source: Source, spans: Sequence[tuple[int, int]]) -> "list[Citation]":
    text, layout, pages = catalogue.text(source.id), catalogue.layout(source.id), catalogue.page_starts(source.id)
    places = [start for start, _ in layout.places]
    citations = []
    for start, end in spans:
        place = bisect_right(places, start)
        citations.append(
            Citation(
                path=source.path,
                title=source.title,
                start=start,
                end=end,
                quote=text[start:end],
                page=bisect_right(pages, start) or None if pages else None,
                line=text.count("\n", 0, start) + 1,
                root=source.root,
                source_id=source.id,
                place=layout.places[place - 1][1] if place else None,
                sha256=source.sha256,
            )
        )
    return citations
