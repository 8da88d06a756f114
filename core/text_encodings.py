"""Bytes to text, whoever sent them: in the charset that was declared, else in the one that fits. In linear time.

For pages, answers of tools, mail and files. A charset is a stranger's word, and Python has codecs for it that are no
charsets (`zlib`, `rot13`), or take quadratic time (`punycode`): only those listed here are used. What a label means is
what it means on the web (https://encoding.spec.whatwg.org): "iso-8859-1" is windows-1252.
"""

import codecs
import re
from encodings.aliases import aliases

_CODECS = frozenset(
    """
    utf_8 utf_16 utf_16_le utf_16_be utf_32 utf_32_le utf_32_be
    cp1250 cp1251 cp1252 cp1253 cp1254 cp1255 cp1256 cp1257 cp1258
    cp437 cp720 cp737 cp775 cp850 cp852 cp855 cp857 cp858 cp860 cp861 cp862 cp863 cp864 cp865 cp866 cp869 cp874 cp1125
    iso8859_2 iso8859_3 iso8859_4 iso8859_5 iso8859_6 iso8859_7 iso8859_8 iso8859_10 iso8859_13 iso8859_14 iso8859_15
    iso8859_16 koi8_r koi8_t koi8_u kz1048 ptcp154
    mac_cyrillic mac_greek mac_iceland mac_latin2 mac_roman mac_turkish
    big5hkscs cp949 johab gb18030 hz euc_jis_2004 euc_jp cp932 shift_jis_2004
    iso2022_jp iso2022_jp_1 iso2022_jp_2 iso2022_jp_2004 iso2022_jp_3 iso2022_jp_ext iso2022_kr
    """.split()
)
"""Python's codecs for charsets; each takes linear time for whatever it is given."""

_WIDER = {
    **dict.fromkeys(("ascii", "latin_1"), "cp1252"), **dict.fromkeys(("gb2312", "gbk"), "gb18030"),
    **dict.fromkeys(("iso8859_11", "tis_620"), "cp874"), **dict.fromkeys(("big5", "cp950"), "big5hkscs"),
    "iso8859_9": "cp1254", "euc_kr": "cp949", "shift_jis": "cp932", "shift_jisx0213": "shift_jis_2004",
    "euc_jisx0213": "euc_jis_2004",
}  # fmt: skip
"""The charset that pages mean by a smaller one."""

_WEB_LABELS = {
    **dict.fromkeys(("ucs_2", "unicode", "csunicode", "iso_10646_ucs_2", "unicodefeff"), "utf_16_le"),
    "unicodefffe": "utf_16_be",
    **dict.fromkeys(("unicode11utf8", "unicode20utf8", "unicode_1_1_utf_8", "utf8mb4"), "utf_8"),
    **dict.fromkeys(("iso_8859_8_i", "iso_8859_8_e", "logical", "visual", "csiso88598e", "csiso88598i"), "iso8859_8"),
    **dict.fromkeys(("koi", "koi8", "koi8_ru"), "koi8_r"), "mac_ukrainian": "mac_cyrillic", "mac": "mac_roman",
    **dict.fromkeys(("windows_31j", "ms932"), "cp932"), "ksc_5601": "cp949", "ks_c_5601_1989": "cp949",
    **dict.fromkeys(("windows_874", "dos_874", "iso885911"), "cp874"), "hz_gb_2312": "hz", "cn_big5": "big5hkscs",
    "windows_949": "cp949", **dict.fromkeys(("gb_2312", "gb_2312_80"), "gb18030"), "jis": "iso2022_jp",
    "csgb18030": "gb18030",
}  # fmt: skip
"""Labels that Python does not know, written as its own are."""

_LABELS = {
    **{label: _WIDER.get(codec, codec) for label, codec in aliases.items()},
    **{codec: codec for codec in _CODECS},
    **_WIDER,
    **_WEB_LABELS,
}

_MARKS = {
    codecs.BOM_UTF8: "utf_8",
    codecs.BOM_UTF32_LE: "utf_32",
    codecs.BOM_UTF32_BE: "utf_32",
    codecs.BOM_UTF16_LE: "utf_16",
    codecs.BOM_UTF16_BE: "utf_16",
}
"""Byte order marks; those of UTF-32 go before those of UTF-16, which one of them begins with."""

_ZEROS = {
    (False, True, True, True): "utf_32_le",
    (True, True, True, False): "utf_32_be",
    (False, True, False, True): "utf_16_le",
    (True, False, True, False): "utf_16_be",
}
"""The encoding of a text without a mark that begins with two ASCII characters: where zeros are (RFC 4627, 3)."""

_META = re.compile(rb"""<meta[^>]{1,200}?charset\s{0,20}=\s{0,20}["']?\s{0,20}([\w.:-]{1,60})""", re.IGNORECASE)
_XML = re.compile(rb"""\A\s{0,100}<\?xml[^>]{1,200}?encoding\s{0,20}=\s{0,20}["']([\w.:-]{1,60})""")
_HEAD = 4096
"""Bytes in which a page must say its charset (HTML, 4.2.5.4: the first 1024; some pages are later)."""

_GUESSES = [
    *("cp1252", "cp1251", "koi8_r", "cp932", "euc_jp", "gb18030", "big5", "cp949"),
    *("cp1250", "cp1253", "mac_roman", "cp1254", "cp1255", "cp1256"),
]
"""Most likely first. Given its whole list, charset-normalizer takes Western European text for Baltic or Icelandic."""

_SAMPLE = 100_000
"""Bytes that a guess rests on; more make it slower, not better."""


def codec_of(label: str | None) -> str | None:
    """Python's codec for what a charset is called; None where nobody says, it is unknown, or no charset at all."""
    if not label or len(label) > 60:
        return None
    plain = re.sub(r"[^a-z0-9]+", "_", label.lower()).strip("_").removeprefix("x_")
    codec = _LABELS.get(plain)
    return codec if codec in _CODECS else None


def decode(data: bytes, charset: str | None = None, *, markup: bool = False) -> str | None:
    """The text, in the first encoding that fits; None where none does. A mark of UTF-8 stays in it, others do not.

    Args:
        data: The bytes, all of them: a sample may end within a character.
        charset: What the header calls it. A byte order mark goes before it, the bytes' own word comes after it.
        markup: Whether it is HTML or XML, which may name its charset.
    """
    if mark := next((codec for mark, codec in _MARKS.items() if data.startswith(mark)), None):
        return _strictly(data, mark)
    zeros = _ZEROS.get(tuple(not byte for byte in data[:4]))
    declared = [codec for codec in (_declared_codec(charset, zeros), markup and _own_codec(data)) if codec]
    fallback = zeros or _wide(data) or "utf_8"
    for codec in (*declared, fallback):
        if (text := _strictly(data, codec)) is not None:
            return text
    for codec in declared:
        if (text := _mostly(data, codec)) is not None:
            return text
    guess = _guess(data) if fallback == "utf_8" else None
    return _strictly(data, guess) if guess else None


def text_of(data: bytes, charset: str | None = None, *, markup: bool = False) -> str:
    """The text as `decode` has it, without its mark; where no encoding fits, UTF-8 with � for what is none."""
    text = decode(data, charset, markup=markup)
    return (data.decode("utf-8", errors="replace") if text is None else text).removeprefix("\ufeff")


def _declared_codec(charset: str | None, zeros: str | None) -> str | None:
    """The codec for a header's charset; of UTF-16 and UTF-32 the byte order is where the zeros are, else Intel's."""
    codec = codec_of(charset)
    if codec not in ("utf_16", "utf_32"):
        return codec
    return zeros if zeros and zeros.startswith(codec) else f"{codec}_le"


def _own_codec(data: bytes) -> str | None:
    """What a page says itself; it would not be legible there if it were in what it is not: then it means UTF-8."""
    head = data[:_HEAD]
    declaration = _META.search(head) or _XML.match(head)
    codec = codec_of(declaration[1].decode("ascii")) if declaration else None
    return "utf_8" if codec and codec.startswith(("utf_16", "utf_32")) else codec


def _strictly(data: bytes, codec: str) -> str | None:
    try:
        return data.decode(codec)
    except UnicodeDecodeError:
        return None


def _mostly(data: bytes, codec: str) -> str | None:
    """The text where some of it is damaged: of ten characters beyond ASCII at most one."""
    text = data.decode(codec, errors="replace")
    beyond_ascii = len(text) - len(text.encode("ascii", errors="ignore"))
    return text if text.count("\ufffd") * 10 <= beyond_ascii else None


def _wide(data: bytes) -> str | None:
    """UTF-16 without its mark: every other byte of Western text is zero."""
    sample = data[:_SAMPLE]
    if b"\0" not in sample:
        return None
    odd, even = sample[1::2].count(0), sample[0::2].count(0)
    if max(odd, even) < len(sample) / 4 or min(odd, even) > len(sample) / 100:
        return None
    return "utf_16_le" if odd > even else "utf_16_be"


def _guess(data: bytes) -> str | None:
    """An encoding that people's old files are in."""
    from charset_normalizer import from_bytes

    if b"\0" in data:
        return None
    sample = data if len(data) <= _SAMPLE else data[:_SAMPLE].rpartition(b"\n")[0] or data[:_SAMPLE]
    guesses = from_bytes(sample, cp_isolation=_GUESSES)
    ranked = sorted(guesses, key=lambda m: (round(m.chaos, 2), -m.coherence, _GUESSES.index(m.encoding)))
    return ranked[0].encoding if ranked else None
