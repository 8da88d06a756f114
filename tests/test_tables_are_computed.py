"""What a question asks of the figures in a table is computed, cited cell by cell, and checked by computing it again."""

import sqlite3
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from scripted import Scripted

import vademecum
from vademecum import tools
from vademecum.core.errors import ToolError, UsageError
from vademecum.core.settings import Settings
from vademecum.retrieval.layout import Layout
from vademecum.retrieval.loaders import load
from vademecum.retrieval.tabular import reading, values
from vademecum.retrieval.tabular.by_model import propose_by_model
from vademecum.retrieval.tabular.computing import Computation
from vademecum.retrieval.tabular.engine import Engine
from vademecum.retrieval.tabular.plan import Filter, Plan, in_words, require_fits
from vademecum.retrieval.tabular.planning import propose
from vademecum.retrieval.tabular.running import run
from vademecum.retrieval.tabular.table import TypedTable
from vademecum.verification import computed

TODAY = date(2026, 5, 2)

EXPENSES = """Date,Category,Shop,Amount (EUR),Paid by,Note
2025-01-05,electricity,Stadtwerke,88.40,Tom,
2025-02-05,electricity,Stadtwerke,91.10,Tom,
2025-02-11,groceries,Hofladen,64.25,Ina,
2025-03-02,books,Buchhaus,32.00,Ina,birthday
2025-03-19,groceries,Markthalle,71.80,Tom,
2025-11-23,travel,Bahn,129.00,Ina,Hamburg
2026-01-05,electricity,Stadtwerke,96.70,Tom,new tariff
2026-01-14,groceries,Hofladen,83.15,Ina,
2026-02-05,electricity,Stadtwerke,99.20,Tom,
2026-02-17,doctor,Praxis Lang,45.00,Ina,
2026-03-08,groceries,Hofladen,58.60,Tom,
2026-03-21,travel,Bahn,210.50,Tom,Vienna
2026-04-02,books,Buchhaus,18.90,Ina,
2026-04-11,groceries,Markthalle,,Tom,receipt lost
2026-04-29,travel,Airline,389.00,Ina,Lisbon
"""

ROOMS = [
    ("Room", "Capacity", "Floor", "Price per day (€)", "Projector"),
    ("A", 12, 1, 90, "yes"),
    ("B", 30, 1, 160, "yes"),
    ("C", 8, 2, 60, "no"),
    ("Hall", 120, 0, 540, "yes"),
    ("Studio", 20, 3, 150, "no"),
]
TEAM = [
    ("Name", "Department", "Hours", "Start"),
    ("Ana Reyes", "Sales", 38, "2019-04-01"),
    ("Bo Lund", "IT", 40, "2021-09-15"),
    ("Cem Kaya", "IT", 20, "2024-01-08"),
    ("Dora Wolf", "Sales", 30, "2017-02-20"),
    ("Eli Stern", "Support", "part time", "2022-06-01"),
]

QUESTIONS = [
    ("Expenses", "How much did I spend on electricity in total?", "375.40 EUR"),
    (
        "Expenses",
        "What are the three cheapest purchases?",
        "books (18.90 EUR; 2026-04-02; Buchhaus), books (32.00 EUR;",
    ),
    ("Expenses", "Did I spend more on electricity this year than last year?", "Yes"),
    ("Expenses", "Which month had the most spending?", "April 2026"),
    ("Expenses", "How much did we spend on groceries in 2026?", "141.75 EUR"),
    ("Expenses", "Which category did I spend the most on in 2026?", "travel"),
    ("Expenses", "How many times did Ina pay?", "7"),
    ("Expenses", "What is the average amount for groceries?", "69.45 EUR"),
    ("Expenses", "What was the most expensive purchase?", "travel (389.00 EUR; 2026-04-29; Airline)"),
    ("Expenses", "How much more did I spend on travel than on books?", "677.60 EUR"),
    ("Expenses", "How many different shops are there?", "7"),
    ("Rooms", "What is the capacity of room B?", "30"),
    ("Rooms", "Which room is the largest?", "Hall (Capacity: 120)"),
    ("Rooms", "Which rooms have a capacity of at least 20?", "B, Hall and Studio"),
    ("Rooms", "How many rooms have a projector?", "3"),
    ("Rooms", "What is the total capacity of all rooms?", "190"),
    ("Rooms", "Which is larger, the Hall or the Studio?", "Hall"),
    ("Rooms", "Is the capacity of room B more or less than 25?", "More"),
    ("Team", "How many people work in IT?", "2"),
    ("Team", "Who started first?", "Dora Wolf"),
    ("Team", "How many hours does the Sales department work in total?", "68"),
]
"""Questions that one has of a table, and how the answer begins."""

REFUSED = [
    ("Expenses", "Why did I go to Lisbon?"),
    ("Expenses", "How much did I spend on insurance in total?"),
    ("Expenses", "How much does electricity cost me a month?"),
    ("Rooms", "What is the capacity of the swimming pool in Berlin?"),
    ("Team", "How many people with a driving licence work in IT?"),
]
"""Questions that no plan covers: what is not understood costs more than is allowed among several documents."""


def tables(path: Path) -> dict[str, TypedTable]:
    loaded = load(path, settings=Settings())
    return {table.name: table for table in reading.tables_in(loaded.text, loaded.layout, loaded.title)}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tables")
    (folder / "Expenses.csv").write_text(EXPENSES, "utf-8")
    book = openpyxl.Workbook()
    for name, rows in (("Rooms", ROOMS), ("Team", TEAM)):
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    del book["Sheet"]
    book.save(folder / "office.xlsx")
    return folder


@pytest.fixture(scope="module")
def own(folder: Path) -> dict[str, TypedTable]:
    return {**tables(folder / "Expenses.csv"), **tables(folder / "office.xlsx")}


@pytest.mark.parametrize(("name", "question", "begins"), QUESTIONS)
def test_questions_become_plans_that_give_the_answer(
    own: dict[str, TypedTable], name: str, question: str, begins: str
) -> None:
    proposal = propose(question, own[name], today=TODAY)
    assert proposal is not None
    result = run(proposal.plan, own[name])
    assert result is not None
    assert result.text.startswith(begins), (result.text, in_words(proposal.plan, own[name]))
    assert proposal.cost <= 0.5


@pytest.mark.parametrize(("name", "question"), REFUSED)
def test_what_is_not_understood_is_not_computed(own: dict[str, TypedTable], name: str, question: str) -> None:
    proposal = propose(question, own[name], today=TODAY)
    assert proposal is None or proposal.cost > 0.5 or run(proposal.plan, own[name]) is None


def test_a_plan_is_said_in_words_with_what_was_left_out(own: dict[str, TypedTable]) -> None:
    table = own["Expenses"]
    proposal = propose("How much did we spend on groceries in 2026?", table, today=TODAY)
    assert proposal is not None
    assert in_words(proposal.plan, table) == "sum of Amount (EUR) where Category is groceries and Date in 2026"
    result = run(proposal.plan, table)
    assert result is not None
    assert (result.used, result.left_out) == ("2 cells", "1 empty")


def test_cells_know_their_characters(folder: Path) -> None:
    loaded = load(folder / "office.xlsx", settings=Settings())
    for table in reading.tables_in(loaded.text, loaded.layout):
        for row in table.rows:
            assert all(loaded.text[cell.start : cell.end] == cell.text for cell in row.cells if cell)


def test_tables_drawn_with_bars_are_tables() -> None:
    text = "# Flat\n\n| Room | Size (m²) |\n|---|---|\n| Hall | 8.5 |\n| Bath | 6 |\n\nThe end.\n"
    (table,) = reading.tables_in(text, Layout())
    assert (table.name, [column.unit for column in table.columns]) == ("Flat", ["", "m²"])
    proposal = propose("What is the total size?", table)
    assert proposal is not None
    result = run(proposal.plan, table)
    assert result is not None
    assert result.text == "14.5 m²"
    assert text[slice(*(table.header or ()))] == "| Room | Size (m²) |"


@pytest.mark.parametrize(
    ("text", "kind", "number", "unit"),
    [
        ("1,250.50 kr", "number", 1250.5, "kr"),
        ("1.250,50", "number", 1250.5, ""),
        ("$1,000,000", "number", 1e6, "$"),
        ("4.8 million", "number", 4.8e6, ""),
        ("(120.00)", "number", -120, ""),
        ("17 %", "number", 17, "%"),
        ("2nd", "number", 2, ""),
        ("1-1/8", "number", 1.125, ""),
        ("September 6, 1998", "date", 19980906, ""),
        ("24.12.2025", "date", 20251224, ""),
        ("13/04/2025", "date", 20250413, ""),
        ("May 94", "date", 19940500, ""),
        ("1970–71", "date", 19700000, ""),
        ("1:54:20.388", "duration", 6860.388, ""),
        ("2:19:03:32", "duration", 241412, ""),
        ("yes", "boolean", 1, ""),
        ("n/a", "empty", None, ""),
        ("Room 7", "text", None, ""),
        ("x" * 100_000, "text", None, ""),
    ],
)
def test_cells_are_read_as_what_they_are(text: str, kind: str, number: float | None, unit: str) -> None:
    value = values.read(text)
    assert (value.kind, value.unit) == (kind, unit)
    assert value.number == (None if number is None else pytest.approx(number))


def piped(*rows: str) -> TypedTable:
    (table,) = reading.tables_in("\n".join(f"| {row} |" for row in rows), Layout())
    return table


def test_two_currencies_are_not_added_up() -> None:
    table = piped("What | Amount", "hotel | $120", "train | €80", "taxi | €20")
    result = run(Plan(action="sum", column=1), table)
    assert result is not None
    assert result.text == "$120 and €100"


def test_dates_in_two_notations_are_read_by_their_column() -> None:
    table = piped("Day | What", "03/04/2025 | a", "2025-05-17 | b", "25/04/2025 | c")
    assert [table.value(row, 0).month for row in range(3)] == [4, 5, 4]
    undecided = piped("Day | What", "03/04/2025 | a", "05/06/2025 | b")
    assert [(undecided.value(row, 0).year, undecided.value(row, 0).month) for row in range(2)] == [(2025, None)] * 2


def test_what_is_no_number_is_left_out_and_said() -> None:
    table = piped("What | Size", "a | 3", "b | 4", "c | many", "d | -")
    result = run(Plan(action="sum", column=1), table)
    assert result is not None
    assert (result.text, result.left_out) == ("7", "1 empty, 1 not a number")


def test_too_large_a_table_is_no_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_CELLS", 10)
    assert reading.tables_in("| a | b |\n" * 30, Layout()) == []


def test_names_of_columns_may_repeat() -> None:
    rows = ["Home: Ajax; Score: 2; Guest: PSV; Score: 1", "Home: NEC; Score: 0; Guest: Twente; Score: 3"]
    places = ((0, "row 2"), (len(rows[0]) + 1, "row 3"))
    (table,) = reading.tables_in("\n".join(rows), Layout(places=places, records=True))
    assert [column.name for column in table.columns] == ["Home", "Score", "Guest", "Score (2)"]
    assert [table.value(row, 3).number for row in (0, 1)] == [1, 3]


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM t",
        "ATTACH ':memory:' AS other",
        "PRAGMA database_list",
        "SELECT load_extension('x')",
        "SELECT * FROM sqlite_master",
        "SELECT 1; SELECT 2",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n",
    ],
)
def test_the_engine_only_reads_the_table(sql: str) -> None:
    engine = Engine(piped("a | b", "1 | 2"))
    assert engine.rows("SELECT n0 FROM t") == [(1,)]
    with pytest.raises((UsageError, sqlite3.ProgrammingError)):
        engine.rows(sql)


def test_a_plan_is_checked_against_its_table(own: dict[str, TypedTable]) -> None:
    for plan in (
        Plan(action="sum", column=99),
        Plan(action="sum", column=1),
        Plan(action="difference", column=3),
        Plan(action="most in a group"),
    ):
        with pytest.raises(UsageError):
            require_fits(plan, own["Expenses"])


@pytest.fixture(scope="module")
def notes(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    (folder / "journal.md").write_text("# Journal\n\nWe flew to Lisbon in April, for the fado.\n", "utf-8")
    with vademecum.open(folder, home=tmp_path_factory.mktemp("home"), model="extractive") as notes:
        yield notes


@pytest.mark.slow
def test_an_answer_cites_each_cell_of_its_sum(notes: Any) -> None:
    answer = notes.ask("How much did I spend on electricity in total?")
    (sentence,) = answer.sentences
    assert sentence.text == "375.40 EUR: sum of Amount (EUR) where Category is electricity (4 cells)."
    assert (sentence.verdict, sentence.origin) == ("supported", "computed")
    assert [citation.quote for citation in sentence.citations] == ["88.40", "91.10", "96.70", "99.20"]
    text = notes.text(sentence.citations[0].source_id)
    assert all(text[citation.start : citation.end] == citation.quote for citation in sentence.citations)
    assert sentence.citations[0].place == "row 2"


@pytest.mark.slow
def test_a_question_of_prose_is_answered_from_prose(notes: Any) -> None:
    answer = notes.ask("Why did we fly to Lisbon?")
    assert all(sentence.origin == "quoted" for sentence in answer.sentences)


@pytest.mark.slow
def test_a_computed_sentence_is_supported_by_computing_it_alone(notes: Any) -> None:
    answer = notes.ask("How much did I spend on electricity in total?")
    (sentence,) = answer.sentences
    plan = Plan(action="sum", column=3, where=(Filter(column=1, op="is", text="electricity"),))
    computation = Computation(source_id=sentence.citations[0].source_id, table=0, plan=plan)
    catalogue = notes.library.catalogue
    assert computed.judge(sentence.text, sentence.citations, computation, catalogue).verdict == "supported"
    for text, citations, verdict in (
        (sentence.text.replace("375", "376"), sentence.citations, "unsupported"),
        (sentence.text, sentence.citations[1:], "unsupported"),
        (sentence.text, [sentence.citations[0].model_copy(update={"quote": "99"})], "not found"),
    ):
        assert computed.judge(text, citations, computation, catalogue).verdict == verdict


@pytest.mark.slow
def test_forgetting_takes_the_table_along(folder: Path, tmp_path: Path) -> None:
    with vademecum.open(folder, home=tmp_path / "home", model="extractive") as notes:
        notes.forget("Expenses.csv")
        answer = notes.ask("How much did I spend on electricity in total?")
    assert "375" not in answer.text


@pytest.mark.slow
def test_tables_are_data_frames(notes: Any) -> None:
    frame = notes.table("Expenses.csv")
    assert frame["Amount (EUR)"].sum() == pytest.approx(1477.60)
    assert str(frame["Date"].dtype).startswith("datetime64")
    assert list(notes.table("office.xlsx", "Team")["Name"])[:2] == ["Ana Reyes", "Bo Lund"]
    with pytest.raises(UsageError, match="it has: Rooms, Team"):
        notes.table("office.xlsx", "Kitchen")
    with pytest.raises(UsageError, match=r"Expenses\.csv"):
        notes.table("Expense.csv")


@pytest.mark.slow
def test_an_agent_can_ask_a_table(notes: Any) -> None:
    services = tools.Services(library=notes.library)
    [tool] = tools.build(services, ["query-table"])
    call = {"type": "tool_call", "id": "1", "name": tool.name}
    message = tool.invoke({**call, "args": {"question": "How much did I spend on travel in 2026 in total?"}})
    assert message.content.startswith("599.50 EUR: sum of Amount (EUR)")
    assert [citation.quote for citation in message.artifact] == ["210.50", "389.00"]
    with pytest.raises(ToolError, match="name their columns"):
        tool.invoke({**call, "args": {"question": "How many astronauts have flown to Mars in total?"}})


@pytest.mark.parametrize(
    ("reply", "text"),
    [
        ({"where": [{"column": "Department", "op": "is", "text": "Sales"}], "action": "sum", "column": "Hours"}, "68"),
        ({"action": "show", "column": "Name", "order": "highest", "order_column": "Hours"}, "Bo Lund"),
        ({"where": [{"column": "Start", "op": "<", "text": "2020"}], "action": "count", "column": "Name"}, "2"),
        ({"action": "most in a group", "column": "Department"}, "Sales and IT"),
        (
            {"where": [{"column": "Department", "op": "is", "text": "Nobody"}], "action": "count", "column": "Name"},
            None,
        ),
        ({"action": "sum", "column": "Name"}, None),
        ("no plan at all", None),
    ],
)
def test_a_model_makes_a_plan_of_the_same_kind(own: dict[str, TypedTable], reply: Any, text: str | None) -> None:
    rest = {"where": [], "order": "none", "order_column": "Hours", "limit": 1}
    script = [{**rest, **reply}] if isinstance(reply, dict) else [reply]
    proposal = propose_by_model(Scripted(script=script), "a question", own["Team"])
    result = run(proposal.plan, own["Team"]) if proposal else None
    assert (result.text if result else None) == text


def test_rows_may_begin_without_a_name_and_have_lines_above_them() -> None:
    rows = ["Household, all in kr", "Rent; Jan: 900; Feb: 900", "Food; Jan: 310; Feb: 295", "Heating; Feb: 80"]
    starts = [sum(len(row) + 1 for row in rows[:number]) for number in range(len(rows))]
    places = tuple((start, f"row {number}") for number, start in enumerate(starts, 1))
    (table,) = reading.tables_in("\n".join(rows), Layout(places=places, records=True))
    assert [column.name for column in table.columns] == ["row", "Jan", "Feb"]
    assert [cell.text for row in table.rows if (cell := row.cells[0])] == ["Rent", "Food", "Heating"]
    result = run(Plan(action="sum", column=2), table)
    assert result is not None
    assert result.text == "1,275"
