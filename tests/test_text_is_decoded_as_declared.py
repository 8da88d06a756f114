"""Text is read in the charset that was declared, as the web understands it; no codec but of a charset is ever used."""

import codecs
import time
from encodings.aliases import aliases

import pytest

from vademecum.core import text_encodings
from vademecum.core.text_encodings import codec_of, decode, text_of

LABELS = {
    "ISO-8859-1": "cp1252", "latin1": "cp1252", "us-ascii": "cp1252", " 'UTF-8' ": "utf_8", "utf8": "utf_8",
    "gb2312": "gb18030", "GBK": "gb18030", "gb_2312-80": "gb18030", "x-gbk": "gb18030", "Shift_JIS": "cp932",
    "x-sjis": "cp932", "windows-31j": "cp932", "euc-kr": "cp949", "ks_c_5601-1987": "cp949", "koi8-r": "koi8_r",
    "KOI8-U": "koi8_u", "windows-1251": "cp1251", "x-cp1250": "cp1250", "iso-8859-9": "cp1254", "latin5": "cp1254",
    "iso-8859-15": "iso8859_15", "iso_8859-2:1987": "iso8859_2", "big5": "big5hkscs", "euc-jp": "euc_jp",
    "x-euc-jp": "euc_jp", "iso-2022-jp": "iso2022_jp", "tis-620": "cp874", "windows-874": "cp874", "utf-16": "utf_16",
    "utf-16be": "utf_16_be", "unicode": "utf_16_le", "macintosh": "mac_roman", "x-mac-cyrillic": "mac_cyrillic",
    "iso-8859-8-i": "iso8859_8", "ibm866": "cp866", "hebrew": "iso8859_8", "cp850": "cp850",
}  # fmt: skip

NO_CHARSETS = """punycode idna unicode_escape unicode-escape raw_unicode_escape rot13 rot-13 base64 base64_codec hex
hex_codec bz2 zlib zip uu quopri quoted-printable undefined mbcs ansi dbcs oem utf-7 cp037 cp65001 klingon . .. os
../../etc/passwd charmap palmos none""".split()


@pytest.mark.parametrize("label", LABELS)
def test_a_label_means_what_it_means_on_the_web(label: str) -> None:
    assert codec_of(label) == LABELS[label]


@pytest.mark.parametrize("label", [*NO_CHARSETS, "", None, "x" * 100_000, "\0", "utf-8\0", "é"])
def test_a_label_that_is_no_charset_is_none(label: str | None) -> None:
    assert codec_of(label) in (None, "utf_8")
    assert text_of("Café".encode(), label) == "Café"


def test_every_codec_that_is_used_decodes_bytes_to_text_in_linear_time() -> None:
    names = {codec for codec in map(codec_of, {*aliases, *aliases.values(), *text_encodings._CODECS}) if codec}
    assert names == text_encodings._CODECS
    for name in sorted(names):
        assert codecs.lookup(name)._is_text_encoding
        for hostile in (b"\xff", b"\x81\xff", b"\x1b$B", b"\x0e\xff", b"~{", b"a-"):
            small, large = (_seconds(hostile * (size // len(hostile)), name) for size in (5_000, 50_000))
            assert large < 0.05 + 40 * small, (name, hostile)  # ten times as much; quadratic would be a hundred times


def _seconds(data: bytes, codec: str) -> float:
    best = 10.0
    for _ in range(3):
        began = time.thread_time()
        data.decode(codec, errors="replace")
        best = min(best, time.thread_time() - began)
    return best


CAFE = "Café “Zürich”, 5 €"


@pytest.mark.parametrize("charset", ["utf-8", "windows-1252", "iso-8859-1", "utf-16-le", "utf-16be", "utf-32le"])
def test_the_header_decides(charset: str) -> None:
    assert text_of(CAFE.encode("cp1252" if charset == "iso-8859-1" else charset), charset) == CAFE


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize("charset", ["iso-8859-1", "utf-8", "klingon", None])
def test_a_byte_order_mark_goes_before_the_header(codec: str, charset: str | None) -> None:
    assert text_of(CAFE.encode(codec), charset) == CAFE


@pytest.mark.parametrize("codec", ["utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("charset", ["utf-16", None])
def test_json_without_a_charset_is_told_by_its_first_bytes(codec: str, charset: str | None) -> None:
    if (charset, codec[:6]) in ((None, codec[:6]), ("utf-16", "utf-16")):
        assert text_of('{"name": "Ω"}'.encode(codec), charset) == '{"name": "Ω"}'


@pytest.mark.parametrize(
    "head",
    ['<meta charset="{}">', "<meta http-equiv=Content-Type content='text/html; charset={}'>",
     '<?xml version="1.0" encoding="{}"?>'],
)  # fmt: skip
def test_a_page_says_its_charset_where_the_header_does_not(head: str) -> None:
    page = head.format("windows-1251") + "<p>Привет"
    assert text_of(page.encode("cp1251"), markup=True) == page
    assert text_of(page.encode("cp1251"), "punycode", markup=True) == page
    assert text_of(page.encode("koi8-r"), "koi8-r", markup=True) == page  # the header goes before it
    utf8 = head.format("utf-16") + "<p>Привет"
    assert text_of(utf8.encode(), markup=True) == utf8  # it could not be read if it were


def test_what_does_not_fit_falls_to_the_next_step() -> None:
    assert text_of("Grüße aus Köln, schöne Füße".encode("cp1252"), "utf-8") == "Grüße aus Köln, schöne Füße"
    assert text_of("Grüße".encode(), "iso-2022-jp") == "Grüße"


def test_a_damaged_character_does_not_take_the_others_with_it() -> None:
    text = "Grüße aus Köln. " * 9
    assert text_of(b"\xff" + text.encode(), "utf-8") == "\ufffd" + text


def test_bytes_that_are_no_text_are_none_and_never_fail() -> None:
    assert decode(bytes(range(256)) * 9) is None
    assert text_of(bytes(range(256)) * 9, "utf-8").count("\0") == 9
    assert text_of(b"") == ""


def test_a_mark_of_utf8_is_kept_by_one_and_not_by_the_other() -> None:
    assert decode(b"\xef\xbb\xbfa") == "\ufeffa"
    assert text_of(b"\xef\xbb\xbfa") == "a"
