#!/usr/bin/env python3
"""Make the handbook's PDF chapter from its source, byte for byte the same on every run.

    python3 -m venv ../pdf && ../pdf/bin/pip install fpdf2==2.8.9
    ../pdf/bin/python samples/make_pdf.py

Reads `samples/sources/10-fine-tuning.md`, writes `samples/handbook/10-fine-tuning.pdf`. fpdf2 is needed only
to make the file, so it is no dependency of the product.

The source is a small part of Markdown: `#` headings, paragraphs on one line, `-` and `1.` lists, `|` tables
(first row is the head) and lines indented by four spaces (set in Courier). Characters are Latin-1, because the
PDF uses the built-in fonts and embeds none. Headings become bookmarks.
"""

import re
from datetime import UTC, datetime
from pathlib import Path

from fpdf import FPDF

HERE = Path(__file__).parent
SOURCE = HERE / "sources" / "10-fine-tuning.md"
TARGET = HERE / "handbook" / "10-fine-tuning.pdf"

CREATED = datetime(2026, 1, 1, tzinfo=UTC)  # fixed, so that the bytes depend on the source alone
HEADING_POINTS = {1: 20, 2: 14, 3: 11.5}
BODY_POINTS = 11
LINE_MM = 5.7
TEXT_MM = 170
MARK_MM = 7


class Chapter(FPDF):
    """An A4 page with its number below."""

    def footer(self) -> None:
        """Set the page number; fpdf2 calls this for every page."""
        self.set_y(-15)
        self.set_font("Helvetica", "", 8.5)
        self.cell(0, 6, str(self.page_no()), align="C")


def blocks(text: str) -> list[list[str]]:
    """Runs of lines between blank lines."""
    return [block.split("\n") for block in re.split(r"\n{2,}", text.strip("\n"))]


def paragraph(pdf: Chapter, text: str, mark: str = "") -> None:
    """Set left-aligned, on one page: justified or broken text would spoil what a reader of the PDF extracts."""
    pdf.set_font("Helvetica", "", BODY_POINTS)
    with pdf.unbreakable() as whole:
        if mark:
            whole.cell(MARK_MM, LINE_MM, mark)
        whole.multi_cell(0, LINE_MM, text, align="L", new_x="LMARGIN", new_y="NEXT")


def heading(pdf: Chapter, level: int, text: str) -> None:
    """Set a heading of level 1 to 3, and bookmark it."""
    if pdf.will_page_break(30):  # millimetres: no heading alone at the foot of a page
        pdf.add_page()
    pdf.ln(0 if level == 1 else 3)
    pdf.start_section(text, level=level - 1)
    pdf.set_font("Helvetica", "B", HEADING_POINTS[level])
    pdf.multi_cell(TEXT_MM, HEADING_POINTS[level] * 0.55, text, align="L", new_x="LMARGIN", new_y="NEXT")
    pdf.ln(1.5)


def listing(pdf: Chapter, lines: list[str]) -> None:
    """Set a list, numbered or not, one item a line."""
    for line in lines:
        mark, text = re.match(r"(-|\d+\.) (.*)", line).groups()
        paragraph(pdf, text, mark)


def table(pdf: Chapter, lines: list[str]) -> None:
    """Set a table of three columns, whose first row is its head."""
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    pdf.set_font("Helvetica", "", 9.5)
    with pdf.table(width=TEXT_MM, col_widths=(20, 75, 75), text_align="LEFT", line_height=LINE_MM) as grid:
        for row in rows:
            grid.row(row)


def formula(pdf: Chapter, lines: list[str]) -> None:
    """Set lines as they are."""
    pdf.set_font("Courier", "", 9.5)
    for line in lines:
        pdf.cell(0, LINE_MM, line, new_x="LMARGIN", new_y="NEXT")


def main() -> None:
    """Make the file."""
    parts = blocks(SOURCE.read_text("utf-8"))
    pdf = Chapter(format="A4")
    pdf.set_margins(20, 20)
    pdf.set_auto_page_break(True, margin=20)
    pdf.set_title(parts[0][0].lstrip("# "))
    pdf.set_lang("en")
    pdf.set_creation_date(CREATED)
    pdf.set_producer("fpdf2")
    pdf.add_page()
    for lines in parts:
        first = lines[0]
        if first.startswith("#"):
            marks, text = first.split(" ", 1)
            heading(pdf, len(marks), text)
            continue
        if first.startswith("|"):
            table(pdf, lines)
        elif first.startswith("    "):
            formula(pdf, lines)
        elif re.match(r"(-|\d+\.) ", first):
            listing(pdf, lines)
        else:
            paragraph(pdf, " ".join(lines))
        pdf.ln(2.5)
    pdf.output(str(TARGET))
    print(f"{TARGET.name}: {pdf.page_no()} pages")


if __name__ == "__main__":
    main()
