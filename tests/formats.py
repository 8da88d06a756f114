"""A small document of every format, made as a person's programs make them."""

import io
import json
import mailbox
import zipfile
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NOTION_ID = "0123456789abcdef0123456789abcdef"


def docx() -> bytes:
    from docx import Document

    document = Document()
    document.add_heading("Garden plan", 0)
    document.add_paragraph("The beds are laid out in spring.")
    document.add_heading("Soil", 1)
    document.add_paragraph("Add two bags of compost.")
    document.add_paragraph("Lime the acid corner.", style="List Bullet")
    document.add_paragraph("Leave the rest.", style="List Bullet")
    table = document.add_table(2, 2)
    for cell, text in zip(table._cells, ("Bed", "Crop", "North", "Beans"), strict=True):
        cell.text = text
    return saved(document)


def pptx() -> bytes:
    from pptx import Presentation

    presentation = Presentation()
    for title, body in (
        ("Why bees matter", "They pollinate.\nThey make honey."),
        ("Hives", "A hive holds 40,000 bees."),
    ):
        slide = presentation.slides.add_slide(presentation.slide_layouts[1])
        slide.shapes.title.text, slide.placeholders[1].text = title, body
    presentation.slides[1].notes_slide.notes_text_frame.text = "Bring the model hive."
    return saved(presentation)


def xlsx() -> bytes:
    from openpyxl import Workbook

    book = Workbook()
    budget = book.active
    budget.title = "Budget"
    for row in (("Item", "Cost", "Share"), ("Rent", 900, 0.45), ("Food", 410.5, 0.205)):
        budget.append(row)
    budget["C2"].number_format = budget["C3"].number_format = "0.0%"
    book.create_sheet("Debts").append(["Anna lent me 20 euros."])
    return saved(book)


def html() -> bytes:
    return (
        '<html><head><meta charset="iso-8859-1"><title>Caf\xe9 rules</title><script>let x = "EVIL";</script>'
        "<style>p{color:red}</style></head><body><h1>Opening</h1><p>We open at <b>eight</b>.<br>Not on Monday.</p>"
        '<p style="display:none">HIDDEN</p><h2>Prices</h2><ul><li>Tea 2</li><li>Coffee 3</li></ul>'
        "<table><tr><th>Size</th><th>Price</th></tr><tr><td>Large</td><td>4</td></tr></table>"
        "<!-- COMMENT --></body></html>"
    ).encode("iso-8859-1")


def epub() -> bytes:
    opf = """<package xmlns="http://www.idpf.org/2007/opf" version="3.0"><metadata>
        <title xmlns="http://purl.org/dc/elements/1.1/">The Lighthouse</title></metadata><manifest>
        <item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>
        <item id="a" href="text/one%20a.xhtml" media-type="application/xhtml+xml"/>
        <item id="b" href="text/two.xhtml" media-type="application/xhtml+xml"/></manifest>
        <spine><itemref idref="nav"/><itemref idref="a"/><itemref idref="b"/></spine></package>"""
    chapters = (("text/one%20a.xhtml", "I. The keeper"), ("text/two.xhtml#x", "II. The storm"))
    nav = "<html><body>" + "".join(f'<a href="{file}">{name}</a>' for file, name in chapters) + "</body></html>"
    return packed(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
            '<rootfile full-path="OEBPS/book.opf"/></rootfiles></container>',
            "OEBPS/book.opf": opf,
            "OEBPS/nav.xhtml": nav,
            "OEBPS/text/one a.xhtml": "<html><body><h1>The keeper</h1><p>He lit the lamp at dusk.</p></body></html>",
            "OEBPS/text/two.xhtml": "<html><body><p>The storm came at night.</p></body></html>",
        }
    )


def notebook() -> bytes:
    cells = [
        {"cell_type": "markdown", "source": ["# Tides\n", "\n", "Water *rises* twice a day.\n", "\n", "## Data"]},
        {
            "cell_type": "code",
            "source": "# not a heading\nprint(6 * 7)",
            "outputs": [
                {"output_type": "stream", "text": ["42\n"]},
                {"output_type": "error", "ename": "KeyError", "evalue": "'moon'"},
            ],
        },
    ]
    return json.dumps({"nbformat": 4, "metadata": {}, "cells": cells}).encode()


def eml() -> bytes:
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = "Keys for the shed", "Zoë <zoe@example.org>", "ann@example.org"
    message["Date"] = "Mon, 3 Mar 2025 10:00:00 +0100"
    message.set_content("The keys hang behind the door.\n\nLock up after you.\n")
    message.add_alternative("<p>The keys hang <script>EVIL</script>behind the door.</p>", subtype="html")
    message.add_attachment(b"%PDF-", maintype="application", subtype="pdf", filename="plan.pdf")
    return message.as_bytes()


def mbox(folder: Path) -> bytes:
    box = mailbox.mbox(folder / "made.mbox")
    for number, subject in enumerate(("First", "Second"), 1):
        message = EmailMessage()
        message["Subject"], message["From"] = subject, "ann@example.org"
        message.set_content(f"Letter number {number}.\nFrom here on it rains.\n")
        box.add(message)
    box.close()
    return (folder / "made.mbox").read_bytes()


def picture() -> bytes:
    from PIL import Image, ImageDraw, ImageFont

    image = Image.new("RGB", (900, 160), "white")
    ImageDraw.Draw(image).text((30, 50), "The ferry leaves at noon", "black", ImageFont.load_default(48))
    return saved(image, "PNG")


def notion() -> bytes:
    link = f"Notes%20{NOTION_ID}/Cells%20%28new%29%20{NOTION_ID}.md"
    return f"# Gates\n\nSee [the cells]({link}) and [a site](https://a.b/c%20d).\n".encode()


def saved(document: object, *how: str) -> bytes:
    kept = io.BytesIO()
    document.save(kept, *how)
    return kept.getvalue()


def packed(files: dict[str, str | bytes]) -> bytes:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return kept.getvalue()


def odt() -> bytes:
    """A text of OpenDocument: a heading and a paragraph."""
    office = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"
    text = "urn:oasis:names:tc:opendocument:xmlns:text:1.0"
    content = (
        f'<office:document-content xmlns:office="{office}" xmlns:text="{text}"><office:body><office:text>'
        '<text:h text:outline-level="1">Gates</text:h><text:p>A gate decides.</text:p>'
        "</office:text></office:body></office:document-content>"
    )
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        archive.writestr("content.xml", content)
    return packed.getvalue()


EVENT = (
    b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nSUMMARY:Fire drill\r\nDTSTART:20260603T180000\r\n"
    b"END:VEVENT\r\nEND:VCALENDAR\r\n"
)
SAMPLES: dict[str, tuple[str, Callable[[], bytes]]] = {
    "calendar": ("drill.ics", lambda: EVENT),
    "csv": ("people.csv", lambda: 'name;born;town\nAda;1815;London\n\n"Grace; G.";1906;"New\nYork"\n'.encode("utf-16")),
    "docx": ("plan.docx", docx),
    "email": ("keys.eml", eml),
    "epub": ("book.epub", epub),
    "html": ("rules.html", html),
    "image": ("ferry.png", picture),
    "json": ("data.json", lambda: b'{"name": "Ada", "born": 1.50, "tags": ["a", "b"], "works": [{"title": "Notes"}]}'),
    "markdown": ("gates.md", lambda: b"# Gates\n\nA gate decides.\n\n## More\n\n- one\n- two\n"),
    "marked-text": ("gates.rst", lambda: b"Gates\n=====\n\nA gate decides.\n"),
    "notebook": ("tides.ipynb", notebook),
    "notion": (f"Gates {NOTION_ID}.md", notion),
    "opendocument": ("gates.odt", odt),
    "pdf": ("tuning.pdf", (ROOT / "samples" / "handbook" / "10-fine-tuning.pdf").read_bytes),
    "pptx": ("bees.pptx", pptx),
    "rtf": ("gates.rtf", lambda: rb"{\rtf1\ansi A gate decides.\par Another line.}"),
    "subtitles": ("talk.srt", lambda: b"1\n00:00:01,000 --> 00:00:02,500\nA gate decides.\n"),
    "text": ("note.txt", lambda: b"Note\n\nOnly text."),
    "xlsx": ("budget.xlsx", xlsx),
}
"""File name and bytes by the name of the loader."""
