"""PDFs that are cut off anywhere, garbled, or locked: text, or one reason that a person understands."""

from pathlib import Path

import pytest

from vademecum.core.errors import DocumentError
from vademecum.retrieval.loaders import load

SAMPLE = Path(__file__).parent.parent / "samples" / "handbook" / "10-fine-tuning.pdf"


def outcome(data: bytes) -> str:
    """The reason why there is no text; empty where there is."""
    try:
        return "" if load(Path("m.pdf"), data).text.strip() else "no text"
    except DocumentError as error:
        return error.reason


@pytest.mark.parametrize("part", range(1, 10))
def test_one_that_is_cut_off_or_garbled_is_read_or_refused(part):
    data = SAMPLE.read_bytes()
    cut = len(data) * part // 10
    for broken in (data[:cut], data[:cut] + b"\xff" * 400 + data[cut + 400 :]):
        reason = outcome(broken)
        assert "\n" not in reason
        assert not reason or any(word in reason for word in ("damaged", "not complete", "text")), reason


def locked() -> bytes:
    """A PDF of one page whose dictionary of encryption fits no empty password."""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] >>",
        b"<< /Filter /Standard /V 1 /R 2 /P -4 /O <" + b"4f" * 32 + b"> /U <" + b"55" * 32 + b"> >>",
    ]
    data, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(data))
        data += b"%d 0 obj\n" % number + body + b"\nendobj\n"
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    trailer = b"<< /Size 5 /Root 1 0 R /Encrypt 4 0 R /ID [<" + b"aa" * 16 + b"> <" + b"aa" * 16 + b">] >>"
    return (
        data
        + b"xref\n0 5\n0000000000 65535 f \n"
        + table
        + b"trailer\n"
        + trailer
        + b"\nstartxref\n%d\n%%%%EOF" % len(data)
    )


def test_one_that_is_locked_says_so():
    assert outcome(locked()) == "the PDF is protected by a password; save a copy without one"
