"""JSON and JSON Lines: each item is a passage whose values carry their names."""

import json
from collections.abc import Iterator
from typing import Any

from langchain_core.documents import Document

from vademecum.retrieval.loaders._decode import decode
from vademecum.retrieval.loaders._file import FileLoader, TextBuilder, clean, one_line, too_long
from vademecum.retrieval.loaders._title import from_name

SUFFIXES = (".json", ".jsonl", ".ndjson", ".geojson")

_LONGEST_LINE = 600
"""Characters; the values of an item go on one line up to here, and each on its own where they are longer."""


class Loader(FileLoader):
    """Reads one file of data. Numbers are kept as they are written."""

    def lazy_load(self) -> Iterator[Document]:
        """One Document.

        Raises:
            DocumentError: it is not JSON, or nested too deeply, or holds no values.
        """
        text = decode(self.content, str(self.path)).removeprefix("\ufeff")
        builder = self.builder()
        if self.path.suffix.lower() in (".jsonl", ".ndjson"):
            self._lines(builder, text)
        else:
            self._whole(builder, text)
        yield builder.document(from_name(self.path), records=True, otherwise="its values are all empty")

    def _whole(self, builder: TextBuilder, text: str) -> None:
        try:
            for name, item in _items(_parsed(text)):
                builder.place(name)
                _write_item(builder, item)
        except json.JSONDecodeError as error:
            raise self.error(f"not valid JSON: {error.msg.lower()} in line {error.lineno}") from error
        except (RecursionError, ValueError) as error:
            raise self.error("the JSON is nested too deeply to be read") from error

    def _lines(self, builder: TextBuilder, text: str) -> None:
        """One item a line; a line that is not JSON is kept as it is, unless it is the first."""
        good, bad = 0, 0
        for number, line in enumerate(text.splitlines(), 1):
            if not line.strip():
                continue
            builder.place(f"line {number}")
            try:
                _write_item(builder, _parsed(line))
                good += 1
            except (RecursionError, ValueError) as error:
                if not good:
                    raise self.error(f"not valid JSON Lines: line {number} is not JSON") from error
                builder.write(one_line(line), tight=True)
                bad += 1
        if bad:
            builder.notes.append(f"{bad} of its lines are not JSON, and are kept as they are")


def _parsed(text: str) -> Any:
    return json.loads(text, parse_int=str, parse_float=str, parse_constant=str)


def _items(value: Any) -> Iterator[tuple[str, Any]]:
    """The parts of the whole that are passages of their own, with their places; plain values side by side are one."""
    if isinstance(value, list):
        yield from ((f"item {number}", item) for number, item in enumerate(value, 1))
    elif not isinstance(value, dict):
        yield "the top level", value
    else:
        plain: dict[str, Any] = {}
        for key, item in value.items():
            if not _is_nested(item):
                plain[key] = item
                continue
            if plain:
                yield "the top level", plain
                plain = {}
            if isinstance(item, list):
                yield from ((f"{key}, item {number}", element) for number, element in enumerate(item, 1))
            else:
                yield key or "(no name)", {key: item}
        yield "the top level", plain


def _is_nested(value: Any) -> bool:
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return isinstance(value, dict) or any(isinstance(part, dict | list) for part in parts)


def _write_item(builder: TextBuilder, item: Any) -> None:
    parts, length = [], 0
    for path, text in _leaves("", item):
        if text.strip():
            parts.append(f"{path}: {clean(text).strip()}" if path else clean(text).strip())
            length += len(parts[-1])
        if length > builder.settings.max_text_chars:
            raise too_long(builder.path, builder.settings)
    short = length <= _LONGEST_LINE and not any("\n" in part for part in parts)
    builder.write(("; " if short else "\n").join(parts), tight=True)


def _leaves(path: str, value: Any) -> Iterator[tuple[str, str]]:
    """Every value that is text, a number or a truth value, with the names that lead to it."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _leaves(f"{path}.{key}" if path else str(key), item)
    elif isinstance(value, list):
        if all(isinstance(item, str) and "\n" not in item for item in value):
            yield path, ", ".join(value)
            return
        for number, item in enumerate(value, 1):
            yield from _leaves(f"{path}[{number}]", item)
    elif value is not None:
        yield path, str(value).lower() if isinstance(value, bool) else str(value)
