"""Files made to be slow to read: what took time with the square of their size, or worse, is read by doing little."""

import io
import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from vademecum.core.settings import load_settings
from vademecum.retrieval.loaders import LoadedText, _grid, load
from vademecum.retrieval.loaders._furniture import without_furniture
from vademecum.retrieval.loaders._hyphens import Hyphens
from vademecum.retrieval.loaders._layout import Line, page_text

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def read(name: str, data: bytes, **settings: int) -> LoadedText:
    return load(Path(name), data, load_settings(**settings))


def with_part(made: bytes, part: str, change: Callable[[bytes], bytes]) -> bytes:
    """An office document with one of its parts changed."""
    changed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(made)) as old, zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(old.read(name)) if name == part else old.read(name))
    return changed.getvalue()


def test_an_element_with_thousands_of_attributes_is_read_without_them() -> None:
    attributes = b" ".join(b"a%d=b" % number for number in range(400_000))  # five minutes, before
    assert read("a.html", b"<h1>One</h1><p " + attributes + b">two").text == "One\n\ntwo"


def test_a_long_picture_in_an_attribute_is_no_such_element() -> None:
    assert read("a.html", b"<img src='data:" + b"x" * 99_000 + b"' alt=a><p>two").text == "two"


def test_a_cell_of_many_digits_is_no_number() -> None:
    assert _grid.find_header([["born", "year"], ["Ada", "1" * 60]]) == (0,)
    assert _grid.find_header([["born", "1" * 50_000 + " " * 50_000 + "x"], ["a", "b"]]) == (0,)  # would take days


@pytest.mark.parametrize("charset", ["punycode", "idna", "unicode_escape", "utf-7", "rot13"])
def test_mail_is_not_decoded_by_what_is_no_charset(charset: str) -> None:
    coded = b"a" * 200_000 + b"-" + b"b99" * 200_000  # minutes, by punycode
    header = b"Subject: =?%s?q?plain-b99?=\r\nContent-Type: text/plain; charset=%s\r\n\r\n"
    mail = read("a.eml", b"From: a@example.org\r\n" + header.replace(b"%s", charset.encode()) + coded)
    assert (mail.title, mail.text[-6:]) == ("plain-b99", "b99b99")


def test_a_header_is_read_as_far_as_it_may_be_long() -> None:
    mail = read("a.eml", b"Subject: tea\r\nTo: " + b"a@b.c, " * 300_000 + b"\r\n\r\nGreen tea.")
    assert (mail.title, mail.text[-10:]) == ("tea", "Green tea.")
    assert len(mail.text) < 25_000


def test_a_header_of_brackets_alone_costs_no_more_than_itself() -> None:
    assert read("a.eml", b"Subject: tea\r\nTo: " + b"(" * 3000 + b"\r\n\r\nGreen tea.").text.endswith("Green tea.")


def test_text_boxes_inside_text_boxes_are_read_once_each() -> None:
    from docx import Document

    document = io.BytesIO()
    Document().save(document)
    inner = "<w:p><w:r><w:t>innermost</w:t></w:r></w:p>"
    for number in range(40):  # two to the power of 40 readings, before
        inner = f"<w:p><w:r><w:t>{number}</w:t><w:pict><w:txbxContent>{inner}</w:txbxContent></w:pict></w:r></w:p>"
    body = f"<w:body {W}>{inner}".encode()
    text = read(
        "a.docx", with_part(document.getvalue(), "word/document.xml", lambda xml: xml.replace(b"<w:body>", body))
    )
    assert text.text.split() == [*map(str, reversed(range(40))), "innermost"]


def test_a_row_far_below_is_not_searched_for() -> None:
    from openpyxl import Workbook

    workbook, made = Workbook(), io.BytesIO()
    assert workbook.active is not None
    workbook.active.append(["kept"])
    workbook.save(made)
    far = b'<row r="999999999999"><c r="A9"><v>1</v></c></row></sheetData>'
    data = with_part(made.getvalue(), "xl/worksheets/sheet1.xml", lambda xml: xml.replace(b"</sheetData>", far))
    assert "kept" in read("a.xlsx", data).text


def test_a_chapter_that_a_book_names_again_and_again_is_read_once() -> None:
    book = io.BytesIO()
    with zipfile.ZipFile(book, "w") as archive:
        rootfile = '<container><rootfiles><rootfile full-path="o.opf"/></rootfiles></container>'
        item = '<item id="a" href="a.html" media-type="application/xhtml+xml"/>'
        spine = '<itemref idref="a"/>' * 100_000
        archive.writestr("META-INF/container.xml", rootfile)
        archive.writestr("o.opf", f"<package><manifest>{item}</manifest><spine>{spine}</spine></package>")
        archive.writestr("a.html", "<p>once</p><script>" + "x" * 99_000 + "</script>")
    assert read("a.epub", book.getvalue()).text == "once"


def test_a_long_name_is_not_repeated_beyond_the_bound_of_the_text() -> None:
    data = json.dumps({"k" * 100_000: [{"a": 1}] * 3000, "l": 1}).encode()
    places = read("a.json", data).layout.places
    assert sum(len(name) for _, name in places) < 1_000_000
    many = json.dumps([{"k" * 1000: ["a\n"] * 100_000}]).encode()
    with pytest.raises(Exception, match="longer than the 100,000 characters allowed"):
        read("a.json", many, max_text_chars=100_000)


def line(text: str, *, is_cut: bool = False) -> Line:
    return Line(text, 0, 100, 0, 10, 10, 0, False, is_cut)


def test_a_page_of_very_many_lines_is_put_together() -> None:
    lines = [line("and so it goes on and on, ever the same in each of them", is_cut=i % 3 == 0) for i in range(20_000)]
    assert page_text(lines, Hyphens(frozenset())).count("goes") == 20_000  # a paragraph of 1 MB
    assert len(without_furniture([[line(str(i % 1000)) for i in range(100_000)]])[0][0]) == 100_000


def test_an_outline_of_many_entries_finds_its_lines_in_order() -> None:
    from vademecum.retrieval.loaders.pdf import _Entry, _headings

    text = "".join(f"{number} Section {number % 7}\n" for number in range(20_000))
    entries = [_Entry(0, 1, f"Section {number % 7}") for number in range(20_000)] + [_Entry(0, 1, "no such")] * 20_000
    starts = [start for start, _ in _headings(text, 0, entries)]
    assert starts == [match.start() for match in re.finditer(r"^.", text, re.MULTILINE)]


def test_a_table_of_many_rows_is_read_row_by_row() -> None:
    import copy

    from pptx import Presentation

    presentation, made = Presentation(), io.BytesIO()
    slide = presentation.slides.add_slide(presentation.slide_layouts[6])
    table = slide.shapes.add_table(1, 1, 0, 0, 9, 9).table
    table.cell(0, 0).text = "tea"
    for _ in range(500):
        table._tbl.append(copy.deepcopy(table._tbl.tr_lst[0]))
    presentation.save(made)
    assert read("a.pptx", made.getvalue()).text.count("tea") == 501
