"""E-mail: one message (.eml), or a whole mailbox (.mbox), each message with who wrote it, to whom and when."""

import email
import email.policy
import re
from collections.abc import Iterator
from email.message import Message
from pathlib import Path
from typing import Any

from langchain_core.documents import Document

from vademecum.core.errors import DocumentError
from vademecum.core.text_encodings import codec_of
from vademecum.retrieval.loaders import _markup, kind_of, load
from vademecum.retrieval.loaders._decode import decode
from vademecum.retrieval.loaders._file import FileLoader, TextBuilder, clean, flowing, one_line
from vademecum.retrieval.loaders._mail_parts import parts_of
from vademecum.retrieval.loaders._title import from_name

SUFFIXES = (".eml", ".mbox", ".mbx")

_SHOWN = ("From", "To", "Cc", "Date")
_BEGINS = re.compile(rb"(?:\A|(?<=\n\n)|(?<=\n\r\n))From [^\r\n]*\r?\n")
_QUOTED_FROM = re.compile(rb"^>(>*From )", re.MULTILINE)
_HEADER = re.compile(rb"\A(?:[!-9;-~]+:[^\r\n]*\r?\n|[ \t][^\r\n]*\r?\n)+", re.MULTILINE)
_ENCODED = re.compile(r"=\?([^?*\s]{1,60})(?:\*[^?\s]{0,60})?\?(?=[bq]\?)", re.IGNORECASE)
_EXTENDED = re.compile(r"(\*=\s*\"?)([^'\s;]{1,60})'")
_LONGEST_HEADER = 20_000
"""Characters of a header that are read, a few hundred addresses: parsing so many takes a second, and grows faster."""

_DEEPEST = 5
"""Messages inside messages that are followed."""


class _Bounded(email.policy.EmailPolicy):
    """Reads of each header no more than `_LONGEST_HEADER`, and in no charset but those of `text_encodings`."""

    def header_fetch_parse(self, name: str, value: str) -> Any:
        """The header's value, parsed."""
        if hasattr(value, "name"):
            return value
        value = _ENCODED.sub(lambda word: word[0] if codec_of(word[1]) else "=?utf-8?", value[:_LONGEST_HEADER])
        value = _EXTENDED.sub(lambda word: word[0] if codec_of(word[2]) else f"{word[1]}utf-8'", value)
        return super().header_fetch_parse(name, value)


_BOUNDED: Any = _Bounded()  # ty: ignore[invalid-argument-type]


class Loader(FileLoader):
    """Reads messages; of a text that is there plain and as HTML, the plain one; what is attached by its own loader."""

    def lazy_load(self) -> Iterator[Document]:
        """One Document.

        Raises:
            DocumentError: it is not an e-mail, or has no text.
        """
        data, builder = self.content, self.builder()
        begins = [match.end() for match in _BEGINS.finditer(data)]
        ends = [match.start() for match in _BEGINS.finditer(data)][1:]
        if self.path.suffix.lower() == ".eml" or not begins:
            begins, ends = begins[:1] or [0], []
        messages = zip(begins, [*ends, len(data)], strict=True)
        first = ""
        for number, (begin, end) in enumerate(messages, 1):
            raw = data[begin:end]
            if not _HEADER.match(raw.lstrip(b"\r\n\xef\xbb\xbf")):
                raise self.error("not an e-mail: it does not begin with a message's header")
            raw = raw if len(begins) == 1 else _QUOTED_FROM.sub(rb"\1", raw)
            subject = self._write(builder, raw.lstrip(b"\r\n\xef\xbb\xbf"), number if len(begins) > 1 else None)
            first = first or subject
        title = first if len(begins) == 1 else ""
        yield builder.document(title or from_name(self.path), otherwise="its messages have no text")

    def _write(self, builder: TextBuilder, raw: bytes, number: int | None) -> str:
        """Write one message; its subject. `number` is its place in the mailbox."""
        message = email.message_from_bytes(raw, policy=_BOUNDED)
        subject = _header(message, "Subject")
        if number is not None:
            builder.place(f"message {number}, “{subject}”" if subject else f"message {number}")
        else:
            builder.place("the message")
        builder.write(subject or "(no subject)", level=1)
        _write_header(builder, message)
        _Body(builder, str(self.path), f"message {number}" if number is not None else "").write(message)
        return subject


def _write_header(builder: TextBuilder, message: Message) -> None:
    lines = [f"{name}: {value}" for name in _SHOWN if (value := _header(message, name))]
    builder.write("\n".join(lines), tight=True)


def _header(message: Message, name: str) -> str:
    """A header's value, decoded as far as it can be."""
    try:
        return one_line(str(message.get(name, "")))
    except (ValueError, LookupError, AttributeError, TypeError, RecursionError):  # malformed in one of many ways
        return ""


class _Body:
    """Writes the parts of one message: its own words, what it quotes, and what is attached to it."""

    def __init__(self, builder: TextBuilder, path: str, name: str) -> None:
        self.builder = builder
        self.path = path
        self.name = name
        self._attached: list[tuple[str, bytes]] = []

    def write(self, message: Message, depth: int = 0) -> None:
        """Write the text of a message and of those in it, then its attachments."""
        for part in _shown_parts(message):
            kind = part.get_content_type()
            if kind == "message/rfc822" and depth < _DEEPEST:
                inner = part.get_payload(0) if part.is_multipart() else None
                if isinstance(inner, Message):
                    self.builder.write(f"Forwarded: {_header(inner, 'Subject') or '(no subject)'}", level=depth + 2)
                    _write_header(self.builder, inner)
                    self.write(inner, depth + 1)
            elif part.get_content_disposition() == "attachment" or part.get_content_maintype() != "text":
                self._attached.append((one_line(part.get_filename() or ""), _payload(part)))
            elif kind == "text/html":
                self._page(part, depth)
            elif kind == "text/calendar":
                self._attached.append((one_line(part.get_filename() or "invitation.ics"), _payload(part)))
            else:
                self._text(_unwrapped(_text(part, self.path), part.get_param("format") == "flowed"))
        if not depth:
            self._write_attached()

    def _text(self, text: str) -> None:
        for part in parts_of(text):
            if part.kind != "message":
                self.builder.place(f"{self.name}, {part.kind}" if self.name else part.kind)
            self.builder.write(part.text)

    def _page(self, part: Message, depth: int) -> None:
        """Write a message that is a web page: of one with older messages below, these as such."""
        page = _markup.parse(_payload(part) or b" ", self.path, charset=_charset(part))
        blocks = list(_markup.blocks_of(page))
        text = "\n".join(block.text for block in blocks)
        parts = parts_of(text)
        own = len(parts[0].text) if len(parts) > 1 and parts[0].kind == "message" else len(text)
        at, placed = 0, False
        for block in blocks:
            if at >= own and not placed:
                placed = True
                self.builder.place(f"{self.name}, {parts[-1].kind}" if self.name else parts[-1].kind)
            _markup.write_block(self.builder, block, deeper=depth + 1)
            at += len(block.text) + 1

    def _write_attached(self) -> None:
        """Name what is attached, and write what can be read of it, each as a place of its own."""
        if names := [name for name, _ in self._attached if name]:
            self.builder.write(f"Attached: {', '.join(names)}")
        for name, data in self._attached:
            if name and data and kind_of(Path(name)) not in (None, "image"):
                self._include(name, data)

    def _include(self, name: str, data: bytes) -> None:
        try:
            loaded = load(Path(name), data, self.builder.settings)
        except DocumentError as error:
            self.builder.notes.append(f"the attachment {name} was not read: {error.reason}")
            return
        self.builder.include(loaded, f"{self.name}, attachment {name}" if self.name else f"attachment {name}")


def _shown_parts(message: Message) -> Iterator[Message]:
    """The parts that a reader shows, in order: of alternatives the plain one, else the HTML."""
    kind = message.get_content_type()
    parts = [part for part in message.get_payload() if isinstance(part, Message)] if message.is_multipart() else []
    if kind == "message/rfc822" or not parts:
        yield message
    elif kind == "multipart/alternative":
        plain = [part for part in parts if part.get_content_type() == "text/plain" and _payload(part).strip()]
        for part in plain[:1] or parts[-1:]:
            yield from _shown_parts(part)
    else:
        for part in parts:
            yield from _shown_parts(part)


def _payload(part: Message) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _charset(part: Message) -> str | None:
    try:
        return part.get_content_charset()
    except (LookupError, ValueError):
        return None


def _text(part: Message, path: str) -> str:
    data = _payload(part)
    try:
        if codec := codec_of(_charset(part)):
            return data.decode(codec)
    except UnicodeDecodeError:
        pass
    try:
        return decode(data, path) if data.strip() else ""
    except DocumentError:
        return data.decode("utf-8", "replace")


def _unwrapped(text: str, flowed: bool) -> str:
    """The text; lines that end in a space go on in the next where the message says so (RFC 3676)."""
    text = clean(text)
    if flowed:
        text = re.sub(r"(?<!\n--) \n(?!>|\n| )", " ", text)
    return flowing(text)
