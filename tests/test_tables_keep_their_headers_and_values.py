"""Of every table the rows that are kept carry the names of their columns, and their values as they are shown."""

import io
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from vademecum.core.settings import Settings
from vademecum.retrieval.loaders import LoadedText, load
from vademecum.retrieval.loaders._number_format import number
from vademecum.retrieval.loaders._process import LoaderProcess
from vademecum.retrieval.tables import Table


def rows(loaded: LoadedText) -> list[tuple[tuple[str, ...], list[list[str]]]]:
    """The names of each table, with its rows, cut out of the text."""
    cut = loaded.text
    return [
        (table.columns, [[cut[cell.start : cell.end] for cell in row.cells] for row in table.rows()])
        for table in loaded.tables
    ]


TABLES = {
    "years": (",2021,2022\nNorth,1,2\nSouth,3,4\n", "North; 2021: 1; 2022: 2\nSouth; 2021: 3; 2022: 4"),
    "decimal commas": (
        "Name;Preis\r\nApfel;1,50\r\nBirne;1.250,50\r\n",
        "Name: Apfel; Preis: 1,50\nName: Birne; Preis: 1.250,50"),
    "last field quoted": ('a;b\r\n1;"x; y"\r\n2;"z"\r\n', "a: 1; b: x; y\na: 2; b: z"),
    "declared": ("sep=;\r\nName;Preis\r\nApfel;1,50\r\n", "Name: Apfel; Preis: 1,50"),
    "tabs": ("Name\tPreis\nApfel\t1,50\n", "Name: Apfel; Preis: 1,50"),
    "two header rows": (
        ",2023,,2024,\nRegion,Sales,Cost,Sales,Cost\nN,1,2,3,4\nS,5,6,7,8\n",
        "Region: N; 2023 Sales: 1; 2023 Cost: 2; 2024 Sales: 3; 2024 Cost: 4\n"
        "Region: S; 2023 Sales: 5; 2023 Cost: 6; 2024 Sales: 7; 2024 Cost: 8",
    ),
    "units": (
        "Item,Weight,Price\n,kg,EUR\nA,1,2\nB,3,4\n",
        "Item: A; Weight kg: 1; Price EUR: 2\nItem: B; Weight kg: 3; Price EUR: 4"),
    "repeated names": ("Name,Tel,Tel\nAnn,1,2\nBob,3,\n", "Name: Ann; Tel: 1; Tel: 2\nName: Bob; Tel: 3"),
    "preamble": (
        "Statement\nAccount,Joint\nFrom,2025-03-01\n\nDate,Payee,Sum\n2025-03-02,Moor,1.5\n2025-03-09,Kestrel,2\n",
        "Statement\nAccount; Joint\nFrom; 2025-03-01\nDate: 2025-03-02; Payee: Moor; Sum: 1.5\n"
        "Date: 2025-03-09; Payee: Kestrel; Sum: 2",
    ),
    "two tables": (
        "Item,Cost\nRent,900\nFood,41\n\nName,Role\nAnn,Chief\nBob,Clerk\n",
        "Item: Rent; Cost: 900\nItem: Food; Cost: 41\nName: Ann; Role: Chief\nName: Bob; Role: Clerk",
    ),
    "an empty line within": ("name,born\nAda,1815\n\nGrace,1906\n", "name: Ada; born: 1815\nname: Grace; born: 1906"),
    "no names": ("Ann,30\nBob,40\n", "Ann; 30\nBob; 40"),
}  # fmt: skip


@pytest.mark.parametrize("name", TABLES)
def test_each_row_carries_the_names_of_its_columns(name):
    content, text = TABLES[name]
    loaded = load(Path("t.csv"), content.encode())
    assert loaded.text == text
    for _, cells in rows(loaded):
        assert all(cell in text for row in cells for cell in row)


def test_a_table_that_is_interrupted_by_an_empty_line_is_one():
    (table,) = rows(load(Path("t.csv"), b"name,born\nAda,1815\n\nGrace,1906\n"))
    assert table == (("name", "born"), [["Ada", "1815"], ["Grace", "1906"]])


def test_tables_of_markdown_stay_as_they_are_written_and_have_places():
    text = "# T\r\n| Task | Cost |\r\n|---|--:|\r\n| A \\| B | 1 |\r\n| C | |\r\n\r\n"
    text += "```\r\n| x |\r\n|---|\r\n| y |\r\n```\r\n"
    loaded = load(Path("t.md"), text.encode())
    assert loaded.text == text
    assert rows(loaded) == [(("Task", "Cost"), [["A \\| B", "1"], ["C", ""]])]
    header = loaded.tables[0].header
    assert header is not None
    assert text[header.start : header.end] == "| Task | Cost |"


FORMATS = [
    (1234.5, '"$"#,##0.00', "$1,234.50"), (0.0375, "0.00%", "3.75%"),
    (-1234.5, "#,##0.00;[Red](#,##0.00)", "(1,234.50)"),
    (42, "00000", "00042"), (0, '#,##0 "€"', "0 €"), (1_250_000, '0.0,,"M"', "1.3M"), (5550142, "000-0000", "555-0142"),
    (1.5, "# ?/?", "1 1/2"), (12345.678, "0.00E+00", "1.23E+04"), (1.25, "[h]:mm", "30:00"), (-0.004, "0.00", "0.00"),
    (45672, "d mmmm yyyy", "15 January 2025"), (45672.75, "dd.mm.yyyy hh:mm", "15.01.2025 18:00"), (7, ";;;", ""),
    (45672, "mm-dd-yy", "2025-01-15"), (0.5, "h:mm AM/PM", "12:00 PM"), (1500, '[>=1000]0.0,"k";0', "1.5k"),
    (1234.5, "_-* #,##0.00 [$€-407]_-", "1,234.50 €"), (0.123456, "0.0##", "0.123"), (0, '0.00;-0.00;"-"', "-"),
    (12, 'General" kg"', "12 kg"), (12.5, "General", "12.5"),
]  # fmt: skip


@pytest.mark.parametrize(("value", "form", "shown"), FORMATS)
def test_numbers_are_shown_by_their_format(value, form, shown):
    assert number(value, form, epoch=datetime(1899, 12, 30)).text == shown


def workbook() -> bytes:
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    sheet.title = "Plan"
    for row in (
        ["Staff plan"],
        ["Team", "Lead", "Start", "Rate", "Secret", "Sum"],
        ["Packing", "Okafor", date(2025, 2, 3), 0.12345, 1, "=D3*2"],
        [None, "Lindt", date(2025, 2, 10), 0.5, 2, 3],
        [None, "Hidden", date(2025, 2, 11), 0.7, 3, 4],
    ):
        sheet.append(row)
    sheet.merge_cells("A1:F1")
    sheet.merge_cells("A3:A4")
    sheet.column_dimensions["E"].hidden = True
    sheet.row_dimensions[5].hidden = True
    for row in (3, 4):
        sheet.cell(row, 3).number_format, sheet.cell(row, 4).number_format = "dd.mm.yyyy", "0.0%"
    book.create_sheet("Old").append(["Rate", 9.99])
    book["Old"].sheet_state = "hidden"
    book.create_sheet("Times").append(["Duration", timedelta(hours=30)])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def test_a_workbook_is_read_as_it_is_shown_and_what_is_left_out_is_said():
    loaded = load(Path("plan.xlsx"), workbook())
    assert loaded.text == (
        "Plan\nStaff plan\nTeam: Packing; Lead: Okafor; Start: 03.02.2025; Rate: 12.3%\n"
        "Team: Packing; Lead: Lindt; Start: 10.02.2025; Rate: 50.0%; Sum: 3\n\nTimes\nDuration; 30:00:00"
    )
    table = loaded.tables[0]
    assert table.columns == ("Team", "Lead", "Start", "Rate", "Sum")
    assert table.exact == {2: "2025-02-03", 3: "0.12345", 7: "2025-02-10"}
    assert loaded.notes == (
        "sheet “Plan”: 1 hidden row left out",
        "sheet “Plan”: 1 hidden column left out",
        "sheet “Plan”: a formula has no value (F3): open it in a spreadsheet program, and save it",
        "the sheet “Old” is hidden, and left out",
    )


def test_tables_come_back_from_the_process_that_reads_documents():
    process = LoaderProcess(Settings.model_construct())
    try:
        loaded = process.load(Path("plan.xlsx"), workbook(), kind="xlsx")
    finally:
        process.close()
    assert rows(loaded) == rows(load(Path("plan.xlsx"), workbook()))


def test_what_is_no_table_of_the_text_is_refused():
    content = load(Path("t.csv"), b"a,b\n1,2\n").tables[0].to_json()
    assert Table.from_json(content, 10).columns == ("a", "b")
    with pytest.raises(ValueError, match="outside"):
        Table.from_json(content, 5)
    with pytest.raises(TypeError):
        Table.from_json([1, *content[1:]], 10)
