"""Of every format the kept text is what a person sees, each passage has a place they can find, and nothing is lost."""

import json
import random
import re
from pathlib import Path

import pytest
from formats import NOTION_ID, SAMPLES, mbox, packed
from hypothesis import given, settings
from hypothesis import strategies as st

from vademecum.core.errors import DocumentError
from vademecum.core.settings import Settings
from vademecum.retrieval.layout import Layout
from vademecum.retrieval.loaders import LoadedText, load
from vademecum.retrieval.passages import PassageSpan
from vademecum.retrieval.splitters.structure import split


def passages(loaded: LoadedText) -> list[PassageSpan]:
    return split(
        loaded.text, kind=loaded.kind, page_starts=loaded.page_starts, title=loaded.title, layout=loaded.layout
    )


def read(name: str) -> tuple[LoadedText, list[tuple[str, str]]]:
    """The sample as it is loaded, and each passage's place with its own words."""
    file, make = SAMPLES[name]
    loaded = load(Path(file), make())
    return loaded, [(span.place, loaded.text[span.body : span.end]) for span in passages(loaded)]


def test_a_row_of_a_table_carries_its_column_names():
    loaded, found = read("csv")
    assert loaded.title == "people"
    assert found == [
        ("row 2", "name: Ada; born: 1815; town: London"),
        ("row 4", "name: Grace; G.; born: 1906; town: New York"),
    ]


def test_a_table_without_names_has_its_values():
    assert load(Path("t.csv"), b"1,2,3\n4,5,6\n").text == "1; 2; 3\n4; 5; 6"
    assert load(Path("t.tsv"), b"a\tb\n1\t\n").text == "a: 1"
    assert load(Path("t.csv"), b"a,b\n").text == "a; b"


def test_a_workbook_s_rows_know_their_sheet_and_are_shown_as_formatted():
    loaded, found = read("xlsx")
    assert found == [
        ("sheet Budget, row 2", "Item: Rent; Cost: 900; Share: 45.0%"),
        ("sheet Budget, row 3", "Item: Food; Cost: 410.5; Share: 20.5%"),
        ("sheet Debts, row 1", "Anna lent me 20 euros."),
    ]
    assert [span.headings for span in passages(loaded)] == [("Budget",), ("Budget",), ("Debts",)]


def test_a_word_document_has_sections_lists_and_tables():
    loaded, found = read("docx")
    assert loaded.title == "Garden plan"
    assert found == [
        ("section “Garden plan”", "The beds are laid out in spring."),
        (
            "section “Soil”",
            "Add two bags of compost.\n\n- Lime the acid corner.\n- Leave the rest."
            "\n\n| Bed | Crop |\n| North | Beans |",
        ),
    ]


def test_a_presentation_has_slides_and_notes():
    loaded, found = read("pptx")
    assert len(loaded.page_starts) == 2
    assert found == [
        ("slide 1", "They pollinate.\nThey make honey."),
        ("slide 2", "A hive holds 40,000 bees.\n\nNotes: Bring the model hive."),
    ]
    assert [(span.page, span.headings) for span in passages(loaded)] == [(1, ()), (2, ("Hives",))]


def test_a_page_has_what_is_seen_of_it_and_no_script():
    loaded, found = read("html")
    assert loaded.title == "Café rules"
    assert found == [
        ("section “Opening”", "We open at eight.\nNot on Monday."),
        ("section “Prices”", "- Tea 2\n- Coffee 3\n\n- Size: Large; Price: 4"),
    ]


HIDDEN = [
    *("<script>EVIL</script>", "<style>EVIL</style>", "<template>EVIL</template>", "<noscript>EVIL</noscript>"),
    *("<!-- EVIL -->", "<p hidden>EVIL</p>", '<b style="display:none">EVIL</b>', "<svg><text>EVIL</text></svg>"),
    '<input type="hidden" value="EVIL">',
]


@pytest.mark.parametrize("hidden", HIDDEN)
def test_what_is_hidden_on_a_page_is_not_kept_and_what_follows_is(hidden):
    text = load(Path("p.html"), f"<p>Before {hidden} after.</p>{hidden}<p>End.</p>".encode()).text
    assert text.split() == ["Before", "after.", "End."]


def test_a_book_has_its_chapters_by_their_names():
    loaded, found = read("epub")
    assert loaded.title == "The Lighthouse"
    assert found == [
        ("chapter “I. The keeper”", "He lit the lamp at dusk."),
        ("chapter “II. The storm”", "The storm came at night."),
    ]


def test_data_has_its_values_with_their_names():
    assert read("json")[1] == [
        ("the top level", "name: Ada; born: 1.50; tags: a, b"),
        ("works, item 1", "title: Notes"),
    ]
    lines = load(Path("x.jsonl"), b'{"a": 1}\n\n{"b": {"c": null, "d": true}}\nbroken {\n')
    assert [(span.place, lines.text[span.start : span.end]) for span in passages(lines)] == [
        ("line 1", "a: 1"),
        ("line 3", "b.d: true"),
        ("line 4", "broken {"),
    ]
    assert lines.notes == ("1 of its lines are not JSON, and are kept as they are",)


def test_a_notebook_has_its_cells_with_their_output():
    loaded, found = read("notebook")
    assert loaded.title == "Tides"
    assert found == [
        ("cell 1", "Water *rises* twice a day."),
        ("cell 1", "Data"),
        ("cell 2", "# not a heading\nprint(6 * 7)\n\n42\n\nKeyError: 'moon'"),
    ]


def test_a_letter_has_its_sender_and_its_text_once():
    loaded, found = read("email")
    assert loaded.title == "Keys for the shed"
    assert found[0][0] == "the message"
    assert loaded.text == (
        "Keys for the shed\nFrom: Zoë <zoe@example.org>\nTo: ann@example.org\nDate: Mon, 03 Mar 2025 10:00:00 +0100\n\n"
        "The keys hang behind the door.\n\nLock up after you.\n\nAttached: plan.pdf"
    )


def test_a_mailbox_has_a_place_for_each_letter(tmp_path):
    loaded = load(Path("letters.mbox"), mbox(tmp_path))
    assert [(span.place, loaded.text[span.body : span.end]) for span in passages(loaded)] == [
        ("message 1, “First”", "From: ann@example.org\n\nLetter number 1.\nFrom here on it rains."),
        ("message 2, “Second”", "From: ann@example.org\n\nLetter number 2.\nFrom here on it rains."),
    ]


def test_an_export_of_notion_has_titles_and_links_without_ids():
    loaded, _ = read("notion")
    assert loaded.title == "Gates"
    assert "[the cells](Notes/Cells (new).md) and [a site](https://a.b/c%20d)" in loaded.text
    assert passages(loaded)[0].line == 1
    table = load(Path(f"Tasks {NOTION_ID}_all.csv"), b"Name,Done\nSow,Yes\n")
    assert (table.title, table.text, table.kind) == ("Tasks", "Name: Sow; Done: Yes", "notion")


@pytest.mark.slow
@pytest.mark.extra("ocr")
def test_a_picture_is_read():
    loaded, _ = read("image")
    assert "ferry leaves at noon" in loaded.text


def test_a_picture_without_ocr_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr("vademecum.retrieval.loaders._ocr.find_spec", lambda name: None)
    with pytest.raises(DocumentError, match=r"OCR.*\./run setup ocr"):
        load(Path("ferry.png"), SAMPLES["image"][1]())


def test_headings_of_a_pdf_come_from_its_outline(shared):
    loaded = load(shared / "documents" / "pdflatex-outline.pdf")
    lines = [loaded.text[start:].partition("\n")[0] for start, _ in loaded.layout.headings]
    assert lines == ["1 Foo", "2 Bar", "3 Baz", "4 Foo", "5 Bar", "6 Baz", "7 Foo", "8 Bar", "9 Baz"]
    assert {span.headings for span in passages(loaded) if span.page == 2} == {
        ("1 Foo",), ("2 Bar",), ("3 Baz",), ("4 Foo",)
    }  # fmt: skip


def test_where_an_outline_names_the_sections_no_formula_is_one():
    sample = SAMPLES["pdf"]
    loaded = load(Path(sample[0]), sample[1]())
    written = (Path(__file__).parent.parent / "samples" / "sources" / "10-fine-tuning.md").read_text("utf-8")
    named = set(re.findall(r"^#+ (.+)$", written, re.MULTILINE))
    assert {heading for span in passages(loaded) for heading in span.headings} == named - {loaded.title}
    assert "L = -log sigmoid(" in loaded.text


def test_a_pdf_without_an_outline_has_its_headings_guessed(shared):
    loaded = load(shared / "documents" / "google-doc-document.pdf")
    assert (loaded.layout.headings, loaded.layout.guess) == ((), True)


def test_a_scanned_pdf_without_ocr_says_how_to_get_it(shared, monkeypatch):
    monkeypatch.setattr("vademecum.retrieval.loaders._ocr.find_spec", lambda name: None)
    with pytest.raises(DocumentError, match=r"no text in its pages.*OCR.*\./run setup ocr"):
        load(shared / "documents" / "pdf_scanned_minimal.pdf")


@pytest.mark.slow
@pytest.mark.extra("ocr")
def test_a_scanned_pdf_is_read(shared):
    scanned = shared / "documents" / "pdf_scanned_minimal.pdf"
    assert "This is a minimal test document with just a few lines of text." in load(scanned).text


SEEN_IN = {
    "docx_image_middle.docx": ("This is the introduction section.", "This section comes after the image."),
    "test.docx": (
        "314b0a30-5b04-470b-b9f7-eed2c2bec74a",
        "Large language models (LLMs) are becoming a crucial building block",
    ),
    "test.epub": ("Here's a second chapter with a different style.",),
    "test.json": ("5b64c88c-b3c3-4510-bcb8-da0b200602d8: uuid_key", "key2: 1234"),
    "test.pptx": ("2cdda5c8-e50e-4db4-b5f0-9722a649f455", "1b92870d-e3b5-4e65-8153-919f4ff45592", "2003"),
    "test.xlsx": ("6ff4173b-42a5-4784-9b19-f49caff4d93d", "affc7dad-52dc-4b98-9b5d-51e65d8a8ad0"),
    "test_blog.html": (
        "Large language models (LLMs) are powerful tools",
        "Just by tuning the inference parameters like model, number of responses, temperature etc.",
    ),
    "test_mskanji.csv": ("名前: 髙橋淳; 年齢: 35; 住所: 名古屋",),
    "test_notebook.ipynb": ("Code Cell Below", "# comment in code\nprint(42)\n\n42"),
}


@pytest.mark.parametrize("name", SEEN_IN)
def test_real_files_have_what_a_person_sees(shared, name):
    text = load(shared / "documents" / name).text
    assert [seen for seen in SEEN_IN[name] if seen not in text] == []


WORDS = st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Cf", "Cn", "Co"), exclude_characters="\ufeff"), max_size=80
)
LINES = st.lists(
    WORDS | st.sampled_from(["# A", "| a | b |", "- item", "A sentence. Another!", "word " * 300]), max_size=8
)


def as_csv(lines: list[str]) -> bytes:
    return "\n".join('"' + line.replace('"', '""') + '"' for line in lines).encode()


def as_cells(lines: list[str]) -> bytes:
    kinds = ("markdown", "code")
    cells = [{"cell_type": kinds[i % 2], "source": line} for i, line in enumerate(lines)]
    return json.dumps({"cells": cells}).encode()


def as_page(lines: list[str]) -> bytes:
    from html import escape

    tags = ("p", "h2", "li", "td", "pre")
    body = "".join(f"<{tags[i % 5]}>{escape(line)}</{tags[i % 5]}>" for i, line in enumerate(lines))
    return f'<meta charset="utf-8"><body>{body}'.encode()


def as_word(lines: list[str]) -> bytes:
    from docx import Document
    from formats import saved

    document = Document()
    for i, line in enumerate(lines):
        document.add_paragraph(line, style=("Normal", "Heading 1", "List Bullet")[i % 3])
    return saved(document)


WRITTEN = {
    "t.txt": lambda lines: "\n\n".join(lines).encode(),
    "t.md": lambda lines: "\r\n".join(lines).encode(),
    f"t {NOTION_ID}.md": lambda lines: "\n".join(lines).encode(),
    "t.csv": as_csv,
    "t.json": lambda lines: json.dumps([{"a": line, "b": [line]} for line in lines]).encode(),
    "t.jsonl": lambda lines: "\n".join(json.dumps(line) for line in lines).encode(),
    "t.ipynb": as_cells,
    "t.html": as_page,
    "t.eml": lambda lines: ("Subject: S\nContent-Type: text/plain; charset=utf-8\n\n" + "\n".join(lines)).encode(),
    "t.docx": as_word,
}


@pytest.mark.slow
@pytest.mark.parametrize("name", WRITTEN)
@settings(deadline=None, max_examples=40)
@given(LINES)
def test_passages_of_any_text_in_any_format_are_exact_in_order_and_leave_nothing_out(name, lines):
    try:
        loaded = load(Path(name), WRITTEN[name](lines))
    except DocumentError:  # nothing but white space
        assert not "".join(lines).strip() or name.endswith((".txt", ".md", ".csv", ".jsonl"))
        return
    position = 0
    for span in passages(loaded):
        assert position <= span.start <= (span.body or span.start) < span.end <= len(loaded.text)
        assert not loaded.text[position : span.start].strip()
        assert span.line == loaded.text.count("\n", 0, span.start) + 1
        position = span.end
    assert not loaded.text[position:].strip()


@settings(deadline=None, max_examples=60)
@given(st.lists(st.text(st.sampled_from("ab .\n"), max_size=30), min_size=1, max_size=6), st.booleans(), st.booleans())
def test_passages_keep_to_their_places_and_a_layout_survives_its_storage(parts, records, guess):
    text, places, headings = "", [], []
    for number, part in enumerate(parts):
        places.append((len(text), f"place {number}"))
        headings += [(len(text), number % 3 + 1)] if number % 2 else []
        text += part + "\n\n"
    layout = Layout(tuple(dict(places).items()), tuple(dict(headings).items()), guess, records)
    assert Layout.from_json(layout.to_json()) == layout
    ends = [*(start for start, _ in places[1:]), len(text)]
    for span in split(text, kind="x", page_starts=None, title="t", layout=layout):
        number = int(span.place.removeprefix("place "))
        assert places[number][0] <= span.start < span.end <= ends[number]


def test_texts_and_pages_are_bounded():
    few = Settings.model_construct(max_text_chars=1000, max_pages=1)
    with pytest.raises(DocumentError, match="longer than the 1,000 characters allowed"):
        load(Path("t.csv"), b"a,b\n" + b"1,2\n" * 1000, few)
    with pytest.raises(DocumentError, match="more than the 1 pages allowed"):
        load(Path("b.pptx"), SAMPLES["pptx"][1](), few)
    long = packed({"word/document.xml": random.Random(1).randbytes(1_100_000)})
    with pytest.raises(DocumentError, match=r"its text unpacks to 1\.1 MB, more than the 1 MB allowed"):
        load(Path("b.docx"), long, Settings.model_construct(max_file_mb=1))
    with pytest.raises(DocumentError, match="more than the 1 pages allowed"):
        load(Path("b.pdf"), SAMPLES["pdf"][1](), few)


def test_a_book_that_is_locked_or_lies_about_its_files_says_so():
    lock = '<encryption><EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#aes128-cbc"/></encryption>'
    with pytest.raises(DocumentError, match="DRM"):
        load(Path("b.epub"), packed({"META-INF/encryption.xml": lock}))
    with pytest.raises(DocumentError, match=r"container\.xml is missing"):
        load(Path("b.epub"), packed({"mimetype": "application/epub+zip"}))


def test_every_format_and_bound_is_in_the_documentation():
    from vademecum.retrieval.loaders import kinds

    text = (Path(__file__).parent.parent / "docs" / "formats.md").read_text("utf-8")
    assert [suffix for suffix in kinds() if f"`{suffix}`" not in text] == []
    bounds = [name for name in Settings.model_fields if name.startswith(("max_", "web_")) and "question" not in name]
    assert [name for name in bounds if f"`{name}`" not in text] == []


def half_scanned() -> bytes:
    """A PDF of two pages: one of text, one that is a picture of words."""
    import io

    from PIL import Image
    from pypdfium2 import PdfBitmap, PdfDocument, PdfImage, PdfMatrix

    document = PdfDocument.new()
    with PdfDocument(SAMPLES["pdf"][1]()) as handbook:
        document.import_pages(handbook, [0])
    page = document.new_page(900, 160)
    picture = PdfImage.new(document)
    picture.set_bitmap(PdfBitmap.from_pil(Image.open(io.BytesIO(SAMPLES["image"][1]()))))
    picture.set_matrix(PdfMatrix().scale(900, 160))
    page.insert_obj(picture)
    page.gen_content()
    kept = io.BytesIO()
    document.save(kept)
    document.close()
    return kept.getvalue()


def test_of_a_pdf_scanned_in_part_the_rest_is_read_and_what_is_missing_is_said(monkeypatch):
    monkeypatch.setattr("vademecum.retrieval.loaders._ocr.find_spec", lambda name: None)
    loaded = load(Path("half.pdf"), half_scanned())
    assert loaded.text.startswith("Fine-tuning and transfer learning")
    assert len(loaded.page_starts) == 2
    assert len(loaded.notes) == 1
    assert loaded.notes[0].startswith("page 2 is a picture")
    assert "./run setup ocr" in loaded.notes[0]


@pytest.mark.slow
@pytest.mark.extra("ocr")
def test_of_a_pdf_scanned_in_part_both_parts_are_read():
    loaded = load(Path("half.pdf"), half_scanned())
    assert "ferry leaves at noon" in loaded.text[loaded.page_starts[1] :]
    assert passages(loaded)[-1].page == 2
    assert loaded.notes == ()
