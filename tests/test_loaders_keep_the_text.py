"""What a loader keeps is what a person sees in the file, with a title, a place for each page, and exact offsets."""

import codecs
from contextlib import suppress
from pathlib import Path

import pytest
from formats import SAMPLES
from langchain_core.document_loaders.base import BaseLoader

from vademecum.core.errors import DocumentError
from vademecum.retrieval import loaders
from vademecum.retrieval.loaders import load
from vademecum.retrieval.loaders._furniture import without_furniture
from vademecum.retrieval.loaders._hyphens import Hyphens
from vademecum.retrieval.loaders._layout import Line, page_text

HANDBOOK = Path(__file__).parent.parent / "samples" / "handbook"

ENCODED = {
    "cp1252": "The café’s naïve “quote” – a résumé of Zoë.\nAnother line in English with déjà vu.",
    "cp1252 in German": "Größe und Übermaß: die Straße führt nach Köln. Ärger über Öl. 5 € sind genug.",
    "latin-1": "Les élèves français étudient à l'école près de Besançon.",
    "mac_roman": "Les élèves français étudient à l’école près de Besançon.",
    "cp1250": "Příliš žluťoučký kůň úpěl ďábelské ódy.",
    "cp1251": "Нейронные сети обучаются на данных. Это простой текст.",
    "koi8-r": "Нейронные сети обучаются на данных. Это простой текст.",
    "cp1253": "Τα νευρωνικά δίκτυα μαθαίνουν από δεδομένα.",
    "shift_jis": "名前,年齢,住所\n佐藤太郎,30,東京\n三木英子,25,大阪\n",
    "euc_jp": "名前,年齢,住所\n佐藤太郎,30,東京\n三木英子,25,大阪\n",
    "gb18030": "神经网络是一种模型，可以学习数据。",
    "big5": "神經網路是一種模型",
    "cp949": "신경망은 데이터에서 배운다. 이것은 간단한 글이다.",
    "utf-16": "Gates 🚪 and ﬁelds.",
    "utf-32": "Gates 🚪 and ﬁelds.",
    "utf-16-le": "Plain words without a mark in front of them.",
    "utf-16-be": "Plain words without a mark in front of them.",
}


@pytest.mark.parametrize("encoding", ENCODED)
def test_old_encodings_are_told(tmp_path, encoding):
    text = ENCODED[encoding]
    (tmp_path / "note.txt").write_bytes(text.encode(encoding.split()[0]))
    assert load(tmp_path / "note.txt").text == text


@pytest.mark.parametrize(
    "text", ["one\r\ntwo\rthree\n", "\ufeffmarked", "e\u0301 ≠ é 👩‍👩‍👧 \u2028 end", "a\fb\v c\x1b[0m"]
)
def test_utf8_is_kept_to_the_letter(tmp_path, text):
    data = text.encode("utf-8")
    (tmp_path / "note.txt").write_bytes(data)
    assert load(tmp_path / "note.txt").text == data.decode("utf-8") == text
    assert codecs.BOM_UTF8 not in data or text[0] == "\ufeff"


@pytest.mark.parametrize(
    ("name", "text", "title"),
    [
        ("a_b.md", "# Gates\n\nText.\n\n# Later\n", "Gates"),
        ("a_b.md", "\ufeff# Gates\n\nText.", "Gates"),
        ("a_b.md", "Some prose first.\n\n## Under\n\n# Top\n\nText.", "Top"),
        ("a_b.md", "Gates\n=====\n\nText.", "Gates"),
        ("a_b.md", '---\ntitle: "Of gates"\ntags: [a]\n---\n\n# Gates\n', "Of gates"),
        ("a_b.md", "Only prose, which names nothing.", "a b"),
        ("a_b.txt", "Steam engine\n\nIt drives a wheel.\n", "Steam engine"),
        ("a_b.txt", "It drives a wheel.\n\nHeading\n\nMore.", "a b"),
    ],
)
def test_a_document_is_called_what_it_calls_itself(tmp_path, name, text, title):
    (tmp_path / name).write_text(text, "utf-8")
    assert load(tmp_path / name).title == title


KNOWN = {
    *(
        "title",
        "pages",
        "page_starts",
        "places",
        "headings",
        "guess",
        "records",
        "marked",
        "notes",
        "left_out",
        "tables",
    )
}


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[pytest.mark.slow, pytest.mark.extra("ocr")] if name == "image" else [])
        for name in loaders.members.names()
    ],
)
def test_every_loader_is_a_langchain_loader_that_takes_a_path_and_bytes(tmp_path, name):
    module = loaders.members.get(name)
    file, make = SAMPLES[name]
    sample = tmp_path / "made" / file
    sample.parent.mkdir()
    sample.write_bytes(make())
    assert loaders.kind_of(sample) == name
    from_path = module.Loader(str(sample)).load()
    assert isinstance(module.Loader(sample), BaseLoader)
    assert from_path == module.Loader(tmp_path / sample.name, sample.read_bytes()).load()
    assert len(from_path) == 1
    assert {"title", "pages", "page_starts"} <= set(from_path[0].metadata) <= KNOWN
    assert all(suffix == suffix.lower() for suffix in module.SUFFIXES)


def test_a_pdf_has_its_pages_paragraphs_and_title():
    loaded = load(HANDBOOK / "10-fine-tuning.pdf")
    assert loaded.title == "Fine-tuning and transfer learning"
    assert loaded.text.startswith("Fine-tuning and transfer learning\n\nFew people train")
    starts = list(loaded.page_starts)
    assert starts[0] == 0
    assert len(starts) > 2
    assert starts == sorted(set(starts))
    pages = [loaded.text[a:b].strip() for a, b in zip(starts, [*starts[1:], None], strict=True)]
    assert all(pages)
    assert "\n\n".join(pages) == loaded.text.strip()
    prose = [paragraph for paragraph in loaded.text.split("\n\n") if len(paragraph) > 200]
    assert prose
    assert not [paragraph for paragraph in prose if "\n" in paragraph and "  " in paragraph]


SEEN = {
    "002-trivial-libre-office-writer.pdf": "sed diam nonumy eirmod tempor invidunt ut labore et dolore magna aliquyam",
    "crazyones-pdfa.pdf": "The ones who see things differently. They\x19re not fond of rules. And they have no respect",
    "google-doc-document.pdf": "Flat is better than nested.\n\nSparse is better than dense.",
    "minimal-document.pdf": "Stet clita kasd gubergren, no sea takimata sanctus est",
    "pdflatex-image.pdf": "1 Your Chapter\n\nLorem ipsum",
    "pdflatex-outline.pdf": "2 Bar\n\nHello, here is some text without a meaning.",
    "RECEIPT-2024-TXN-98765_retail_purchase.pdf": "SUBTOTAL $863.91\nMember Discount (15%)",
    "test.pdf": "There are at least three reasons confirming its general feasibility",
    "habibi.pdf": "habibi",
}
UNREADABLE = {
    "libreoffice-writer-password.pdf": "password",
    "unreadablemetadata.pdf": "damaged",
}


@pytest.mark.parametrize("name", SEEN)
def test_pdfs_of_many_makers_read_on(shared, name):
    assert SEEN[name].replace("\x19", "") in load(shared / "documents" / name).text


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_pdf_that_cannot_be_read_says_why(shared, name):
    with pytest.raises(DocumentError, match=UNREADABLE[name]):
        load(shared / "documents" / name)


def test_a_pdf_cut_off_anywhere_is_read_or_refused_with_a_reason(tmp_path):
    data = (HANDBOOK / "10-fine-tuning.pdf").read_bytes()
    for part in range(1, 20):
        with suppress(DocumentError):
            assert load(tmp_path / "cut.pdf", data[: len(data) * part // 20]).text


def line(text: str, y: float, left: float = 0, right: float | None = None, **more) -> Line:
    width = 5.0 * len(text) if right is None else right - left
    values = {"size": 10.0, "word": 5.0 * len(text.split()[0]), "gap": 3.0, "bold": False, "is_cut": False, **more}
    return Line(text=text, left=left, right=left + width, y=y, **values)


def read(*lines: Line, words: tuple[str, ...] = ()) -> str:
    return page_text(lines, Hyphens(frozenset(words)))


WIDE = "a line of prose that is as wide as the page is, or so"


def test_wrapped_lines_are_joined_and_ended_ones_are_not():
    assert read(line(WIDE, 100), line("It goes on.", 88)) == f"{WIDE} It goes on."
    assert read(line(WIDE, 100), line("It ends.", 88), line("It begins anew.", 76)) == (
        f"{WIDE} It ends.\n\nIt begins anew."
    )
    assert read(line(WIDE, 100), line("• one item", 88)) == f"{WIDE}\n• one item"
    assert read(line(WIDE, 100), line("A heading", 88, bold=True)) == f"{WIDE}\n\nA heading"
    assert read(line("Total", 100, gap=90), line("Due", 88, gap=90)) == "Total\nDue"


def test_words_cut_at_the_end_of_a_line_are_mended_and_compounds_keep_their_hyphen():
    cut = line("all the reasons con", 100, is_cut=True)
    assert read(cut, line("firming it", 88)) == "all the reasons confirming it"
    multi = line("several multi", 100, is_cut=True)
    assert read(multi, line("agent systems", 88), words=("multi-agent",)) == "several multi-agent systems"
    assert read(line("in Alsace", 100, is_cut=True), line("Lorraine", 88)) == "in Alsace-Lorraine"


def test_page_numbers_and_running_heads_are_left_out_but_for_the_first():
    pages = [[line("A handbook", 100), line(f"Text of page {n}", 88), line(str(n), 10)] for n in range(1, 5)]
    bodies, left_out = without_furniture(pages)
    assert [[row.text for row in page] for page in bodies] == [
        ["A handbook", "Text of page 1"], ["Text of page 2"], ["Text of page 3"], ["Text of page 4"]
    ]  # fmt: skip
    assert left_out[:3] == [(0, "1"), (1, "A handbook"), (1, "2")]
    assert without_furniture([[line("7", 100)], []])[0] == [[line("7", 100)], []]


def test_a_number_alone_at_the_end_of_a_page_is_text():
    pages = [[line("Key figures", 100), line(number, 10)] for number in ("37", "212", "9", "38")]
    assert [page[-1].text for page in without_furniture(pages)[0]] == ["37", "212", "9", "38"]
