"""Calendars and address books (iCalendar, vCard): each event, task or person is a passage with its properties."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from langchain_core.documents import Document

from vademecum.retrieval.loaders._decode import decode
from vademecum.retrieval.loaders._file import FileLoader, one_line
from vademecum.retrieval.loaders._title import from_name

SUFFIXES = (".ics", ".ical", ".vcf", ".vcard")

_LINE = re.compile(r"(?:[\w.-]+\.)?([\w-]+)((?:;[\w-]+=(?:\"[^\"]*\"|[^;:\"]*)|;[\w-]+)*):(.*)", re.DOTALL)
_MOMENT = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)?(Z)?)?")
_NAMES = {
    "SUMMARY": "Event", "DTSTART": "Starts", "DTEND": "Ends", "DUE": "Due", "LOCATION": "Place",
    "DESCRIPTION": "Description", "ORGANIZER": "Organizer", "ATTENDEE": "Attendee", "STATUS": "Status",
    "RRULE": "Repeats", "CATEGORIES": "Categories",
    "URL": "Address", "FN": "Name", "ORG": "Organization", "TITLE": "Position", "ROLE": "Role", "TEL": "Phone",
    "EMAIL": "E-mail", "ADR": "Postal address", "BDAY": "Born", "ANNIVERSARY": "Anniversary", "NOTE": "Note",
    "NICKNAME": "Nickname", "COMMENT": "Comment", "COMPLETED": "Completed",
    "PRIORITY": "Priority", "DURATION": "Duration",
}  # fmt: skip
_KINDS = {"VEVENT": "Event", "VTODO": "Task", "VJOURNAL": "Entry", "VCARD": "Name"}


class _Property(NamedTuple):
    name: str
    parameters: str
    value: str


class Loader(FileLoader):
    """Reads one calendar or address book."""

    def lazy_load(self) -> Iterator[Document]:
        """One Document.

        Raises:
            DocumentError: it is not text, or holds no event, task or person.
        """
        text = decode(self.content, str(self.path)).removeprefix("\ufeff")
        builder = self.builder()
        for number, (kind, properties) in enumerate(_components(text), 1):
            what = "person" if kind == "VCARD" else "task" if kind == "VTODO" else "event"
            builder.place(f"{what} {number}")
            names = _NAMES | {"SUMMARY": _KINDS[kind]}
            parts = [
                f"{_label(item, names)}: {value}"
                for item in properties
                if (value := _value(item)) and item.name in names
            ]
            builder.write("; ".join(dict.fromkeys(parts)), tight=True)
        yield builder.document(from_name(self.path), records=True, otherwise="it holds no event, task or person")


def _components(text: str) -> Iterator[tuple[str, list[_Property]]]:
    """The kind of each event, task or person, and its properties; alarms and time zones inside are passed over."""
    unfolded = re.sub(r"\r?\n[ \t]", "", text)
    kind, properties, inside = "", [], 0
    for line in unfolded.splitlines():
        match = _LINE.fullmatch(line)
        if match is None:
            continue
        name, value = match[1].upper(), match[3].strip()
        if name == "BEGIN":
            if value.upper() in _KINDS and not kind:
                kind, properties = value.upper(), []
            elif kind:
                inside += 1
        elif name == "END" and kind:
            if inside:
                inside -= 1
            else:
                yield kind, properties
                kind = ""
        elif kind and not inside:
            properties.append(_Property(name, match[2], value))


def _label(item: _Property, names: dict[str, str]) -> str:
    kind = re.search(r"TYPE=\"?([\w,-]+)", item.parameters, re.IGNORECASE)
    usual = {"pref", "voice", "internet", "x-internet"}
    kinds = [name for name in kind[1].lower().split(",") if name not in usual] if kind else []
    return f"{names[item.name]} ({', '.join(kinds)})" if kinds else names[item.name]


def _value(item: _Property) -> str:
    """The value as a person reads it."""
    value = item.value
    if item.name in ("DTSTART", "DTEND", "DUE", "COMPLETED", "BDAY", "ANNIVERSARY") and (
        match := _MOMENT.fullmatch(value)
    ):
        year, month, day, hour, minute, _, utc = match.groups()
        zone = re.search(r"TZID=\"?([^;:\"]+)", item.parameters)
        clock = f" {hour}:{minute}" + (" UTC" if utc else f" {zone[1]}" if zone else "") if hour else ""
        return f"{year}-{month}-{day}{clock}"
    if item.name in ("ORGANIZER", "ATTENDEE"):
        name = re.search(r"CN=\"?([^;:\"]+)", item.parameters)
        address = re.sub(r"^mailto:", "", value, flags=re.IGNORECASE)
        return f"{name[1]} <{address}>" if name and name[1] != address else address
    if item.name in ("ADR", "ORG"):
        value = ", ".join(filter(None, re.split(r"(?<!\\);", value)))
    return one_line(re.sub(r"\\([,;\\])", r"\1", value.replace("\\n", "\n").replace("\\N", "\n")))
