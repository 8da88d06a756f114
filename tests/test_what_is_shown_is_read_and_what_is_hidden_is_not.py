"""Of documents of many kinds what is shown is read, with the form that carries meaning; what is hidden is listed."""

import io
import json
import zipfile
from pathlib import Path

import pytest
from formats import packed, saved

import vademecum
from vademecum.cli import run
from vademecum.core.errors import DocumentError
from vademecum.retrieval.loaders import LoadedText, load
from vademecum.retrieval.loaders._columns import in_reading_order
from vademecum.retrieval.loaders._furniture import without_furniture
from vademecum.retrieval.loaders._hyphens import Hyphens
from vademecum.retrieval.loaders._layout import Gap, Line, append_page

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def read(name: str, content: str | bytes) -> LoadedText:
    return load(Path(name), content if isinstance(content, bytes) else content.encode())


def word(body: str) -> bytes:
    """A Word document of which the body is `body`."""
    from docx import Document
    from docx.oxml import parse_xml

    document = Document()
    for element in parse_xml(f'<w:body xmlns:w="{W}">{body}</w:body>'):
        document.element.body.insert(len(document.element.body) - 1, element)
    return saved(document)


def words(text: str, properties: str = "") -> str:
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def test_word_shows_powers_and_neither_deleted_nor_hidden_words():
    loaded = read("a.docx", word(
        f'<w:p>{words("4 × 10")}{words("13", "<w:vertAlign w:val=" + chr(34) + "superscript" + chr(34) + "/>")}'
        f'{words(" a second. ")}{words("Old.", "<w:strike/>")}{words("Secret.", "<w:vanish/>")}'
        f'<w:del w:id="1"><w:r><w:delText>Gone.</w:delText></w:r></w:del>{words("New.")}</w:p>'
    ))  # fmt: skip
    assert loaded.text == "4 × 10¹³ a second. New."
    assert [words for _, words in loaded.layout.left_out] == ["Old.", "Secret.", "Gone."]


def test_merged_cells_of_word_fill_what_they_span():
    cell = "<w:tc><w:tcPr>{}</w:tcPr><w:p><w:r><w:t>{}</w:t></w:r></w:p></w:tc>".format
    rows = (
        [("", "Zone"), ("", "Ticket"), ("", "Price")],
        [('<w:vMerge w:val="restart"/>', "Outer"), ("", "Single"), ("", "4.30")],
        [("<w:vMerge/>", ""), ("", "Day"), ("", "11.60")],
    )
    table = "".join(f"<w:tr>{''.join(cell(*one) for one in row)}</w:tr>" for row in rows)
    assert read("a.docx", word(f"<w:tbl><w:tblGrid/>{table}</w:tbl>")).text == (
        "- Zone: Outer; Ticket: Single; Price: 4.30\n- Zone: Outer; Ticket: Day; Price: 11.60"
    )


PAGES = [
    ("<p>3 × 10<sup>6</sup> and 12 km<sup>2</sup>, the rent<sup>2</sup>.", "3 × 10⁶ and 12 km², the rent[2]."),
    ("<ol start=4><li>Close.<li>Ring.</ol>", "4. Close.\n5. Ring."),
    ("<p>Price: <s>90</s> <del>80</del> <ins>70</ins>", "Price: 70"),
    ("<style>.x{display:none}</style><p class=x>EVIL<p>seen", "seen"),
    ("<nav>Home</nav><div id=cookie>We use cookies.</div><p>seen", "seen"),
    ("<p>Boat <input value='Heron'> <input type=checkbox checked> power <select><option>a<option selected>b</select>",
     "Boat Heron ☒ power b"),
    ("<table><tr><th>Card<th>Adults<tr><td rowspan=2>Ten<td>38<tr><td>19</table>",
     "- Card: Ten; Adults: 38\n- Card: Ten; Adults: 19"),
    ("<p>x <math><mfrac><mn>1</mn><mn>2</mn></mfrac></math>", "x $\\frac{1}{2}$"),
]  # fmt: skip


@pytest.mark.parametrize(("markup", "text"), PAGES)
def test_a_page_is_read_as_it_is_shown(markup, text):
    assert read("a.html", markup).text == text


OTHERS = [
    ("a.ics", "BEGIN:VEVENT\nSUMMARY:Dentist\\, Dr Ahn\nDTSTART:20250314T093000\nEND:VEVENT\n",
     "Event: Dentist, Dr Ahn; Starts: 2025-03-14 09:30"),
    ("a.vcf", "BEGIN:VCARD\nFN:Rosa Klein\nTEL;TYPE=CELL:555\nEND:VCARD\n", "Name: Rosa Klein; Phone (cell): 555"),
    ("a.srt",
     "1\n00:00:01,000 --> 00:00:03,000\nWe meet\nat nine.\n\n2\n00:00:04,000 --> 00:00:06,000\nBring 12 keys.\n",
     "We meet at nine. Bring 12 keys."),
    ("a.vtt", "WEBVTT\n\n00:01.000 --> 00:03.000\n<v Ann>Hello.\n\n00:04.000 --> 00:06.000\n<v Bob>4417.\n",
     "Ann: Hello.\n\nBob: 4417."),
    ("a.rtf", r"{\rtf1\ansi\ansicpg1252 Caf\'e9 is 10{\super 6} \u8364?5{\footnote Net.}.\par {\v secret}New.\par}",
     "Café is 10⁶ €5 [Net.].\n\nNew."),
    ("a.md", "# A\n%%not\nshown%%\nseen <!-- no --> here\n```\n%% code %%\n```\n",
     "# A\n\n\nseen  here\n```\n%% code %%\n```\n"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "content", "text"), OTHERS)
def test_other_formats_are_read_as_they_are_shown(name, content, text):
    assert read(name, content).text == text


def test_headings_of_marked_text_and_code_are_known():
    for name, text, headings in (
        ("a.org", "* One\ntext\n** Two\n", [(0, 1), (11, 2)]),
        ("a.rst", "One\n===\n\nTwo\n---\n", [(0, 1), (9, 2)]),
        ("a.tex", "\\section{One}\nx\n", [(0, 3)]),
        ("a.py", "class A:\n    def run(self):\n        pass\n", [(0, 1), (9, 2)]),
    ):
        assert list(read(name, text).layout.headings) == headings


def test_opendocument_is_read_as_it_is_shown():
    names = "text table office style".split()
    spaces = " ".join(f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in names)
    style = '<style:style style:name="D"><style:text-properties style:text-line-through-style="solid"/></style:style>'
    row = "<table:table-row>{}</table:table-row>".format
    cell = "<table:table-cell><text:p>{}</text:p></table:table-cell>".format
    sheet = row(cell("Item") + cell("Cost")) + row(cell("Tea") + cell("4.00 €"))
    bodies = {
        "a.odt": "<office:text><text:h>Plan</text:h><text:p>New "
        '<text:span text:style-name="D">old</text:span>.</text:p></office:text>',
        "a.ods": f'<office:spreadsheet><table:table table:name="T">{sheet}</table:table></office:spreadsheet>',
    }
    texts = {}
    for name, body in bodies.items():
        content = (
            f"<office:document-content {spaces}>{style}<office:body>{body}</office:body></office:document-content>"
        )
        texts[name] = read(name, packed({"content.xml": content})).text
    assert texts == {"a.odt": "Plan\n\nNew .", "a.ods": "T\nItem: Tea; Cost: 4.00 €"}


MAIL = """From: Nora <nora@example.org>
Subject: Re: Offer
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="b"

--b
Content-Type: text/plain; charset=utf-8

The price is 2,150 euros now.

-- 
Nora, sales

On Mon, 3 Mar 2025 at 17:40, Nora wrote:
> The price is 1,900 euros.
--b
Content-Type: text/csv; charset=utf-8
Content-Disposition: attachment; filename="costs.csv"

Item,Cost
Glass,900
Frame,1250
--b--
"""


def test_a_mail_s_history_and_attachments_are_places_of_their_own():
    loaded = read("a.eml", MAIL)
    ends = [start for start, _ in loaded.layout.places[1:]] + [len(loaded.text)]
    places = {name: loaded.text[start:end] for (start, name), end in zip(loaded.layout.places, ends, strict=True)}
    assert "1,900" not in places["the message"]
    assert places["signature"].strip() == "Nora, sales"
    assert "1,900 euros" in places["quoted message"]
    assert places["attachment costs.csv, row 3"].strip() == "Item: Frame; Cost: 1250"
    cost = next(iter(loaded.tables[0].rows())).cells[1]
    assert loaded.text[cost.start : cost.end] == "900"


def line(text: str, y: float, left: float = 0, **more: object) -> Line:
    values = {"size": 10.0, "word": 20.0, "gap": 3.0, "bold": False, "is_cut": False, **more}
    return Line(text=text, left=left, right=left + 5.0 * len(text), y=y, **values)


def test_columns_painted_row_by_row_are_read_one_after_the_other():
    left = ["the light was built in", "one year after a wreck", "and its lamp burned oil", "until the keeper left."]
    right = ["the museum next to it", "keeps the lens, which", "was ground in a city", "and weighs two tonnes."]
    rows = [
        line(f"{a} {b}", 100 - 12 * n, gaps=(Gap(len(a) + 1, 5.0 * len(a), 150.0),))._replace(right=150 + 5.0 * len(b))
        for n, (a, b) in enumerate(zip(left, right, strict=True))
    ]
    assert [row.text for row in in_reading_order(rows)] == left + right


def test_a_sentence_over_the_end_of_a_page_stays_whole_and_belongs_to_the_first():
    hyphens = Hyphens(frozenset())
    first = "Members receive two thirds of the surplus, and the"
    text, begin, start = append_page(first, "rest is kept. The chair is elected.", [line(first, 10)], hyphens)
    assert text == f"{first} rest is kept. The chair is elected."
    assert (text[begin:start], text[start:]) == ("rest is kept. ", "The chair is elected.")


def test_hyphens_of_the_word_s_own_stay():
    english = Hyphens(frozenset("the of and in is to".split()))
    assert english.mend("a slow-", "release capsule") == "a slow-release capsule"
    assert english.mend("the infor-", "mation") == "the information"
    german = Hyphens(frozenset({"der", "die"}))
    assert german.mend("der Energie-", "und Wasserkosten") == "der Energie- und Wasserkosten"
    assert german.mend("die Haus-", "ordnung") == "die Hausordnung"


def test_a_page_s_own_number_is_left_out_only_where_it_counts_on():
    pages = [[line(f"Text {n}", 50), line(f"Page {n} of 4", 10)] for n in range(1, 5)]
    bodies, left_out = without_furniture(pages)
    assert [[row.text for row in page] for page in bodies] == [[f"Text {n}"] for n in range(1, 5)]
    assert left_out[0] == (0, "Page 1 of 4")


def test_what_was_read_is_shown_and_a_misreading_is_kept_as_a_case(tmp_path, capsys):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.md").write_text("# A\nseen %%not seen%%\n", "utf-8")
    home = ["--home", str(tmp_path / "home")]
    with vademecum.open(home=tmp_path / "home", model="extractive") as notes:
        notes.ingest(tmp_path / "in")
    assert run(["sources", "show", "a.md", *home]) == 0
    shown = capsys.readouterr().out
    assert "line 2: %%not seen%%" in shown
    assert run(["sources", "report", "a.md", "--has", "not seen", "--json", *home]) == 0
    folder = Path(json.loads(capsys.readouterr().out)["case"])
    assert json.loads((folder / "case.json").read_text("utf-8"))["text"][0]["has"] == ["not seen"]
    assert (folder / "in" / "a.md").is_file()
    assert run(["sources", "show", "b.md", *home]) == 2


def test_names_above_a_markdown_row_are_cited_with_it(tmp_path):
    rows = "".join(f"| T-0{n} | {n}00 |\n" for n in range(1, 6))
    (tmp_path / "t.md").write_text(f"# Tasks\n\n| Task | Budget |\n|---|--:|\n{rows}", "utf-8")
    with vademecum.open(home=tmp_path / "home", model="extractive") as notes:
        notes.ingest(tmp_path / "t.md")
        quotes = [citation.quote for citation in notes.ask("What is the budget of task T-03?").cited]
    assert "| Task | Budget |" in quotes


def test_hidden_slides_are_left_out_and_said():
    from pptx import Presentation

    presentation = Presentation()
    for title in ("Seen", "Hidden"):
        slide = presentation.slides.add_slide(presentation.slide_layouts[5])
        slide.shapes.title.text = title
    presentation.slides[1]._element.set("show", "0")
    loaded = read("a.pptx", saved(presentation))
    assert (loaded.text, loaded.notes) == ("Seen", ("slide 2 is hidden, and left out",))


def test_fields_of_a_form_are_read(shared):
    text = load(shared / "cases" / "pdf-form" / "in" / "mooring.pdf").text
    assert "Vessel name: Grey Heron" in text
    assert "Shore power needed: ☒" in text


def test_an_archive_of_nothing_but_markup_is_no_opendocument():
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("content.xml", "<broken")
    with pytest.raises(DocumentError, match="damaged"):
        read("a.odt", made.getvalue())


def test_the_clause_that_is_asked_for_comes_before_those_that_refer_to_it(tmp_path):
    clauses = "2.1 The charge is 310 euros.\n\n2.2 Late payment bears interest at 6% a year.\n\n"
    (tmp_path / "a.txt").write_text(f"Agreement\n\n{clauses}Interest under clause 2.2 is waived in May.\n", "utf-8")
    with vademecum.open(home=tmp_path / "home", model="extractive") as notes:
        notes.ingest(tmp_path / "a.txt")
        assert "6% a year" in notes.ask("What does clause 2.2 say?").cited[0].quote
