"""Arguments from what a request mentions, without generating: exact words and numbers, matched to the schema.

Required arguments are assigned together, so that none takes what another needs more; optional ones are filled where the
request speaks of them plainly, and left to the function's defaults elsewhere.
"""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

import numpy as np

from vademecum.models.tool_calling import argument_values
from vademecum.models.tool_calling.argument_matching import Argument, Request, argument, assign, overlaps, score, stems
from vademecum.models.tool_calling.mentions import (
    List,
    Number,
    Span,
    formulas,
    number_lists,
    numbers,
    spans,
    text_lists,
)
from vademecum.models.tool_calling.number_features import number_features
from vademecum.models.tool_calling.span_features import span_features
from vademecum.models.tool_calling.text_encoder import Encoder, plain

Schema = Mapping[str, Any]
Mention = TypeVar("Mention", Number, Span, List)

ORDER = 0.5
"""What it is worth that arguments stand in the request in the order of the schema."""

USED = 3.0
"""What is taken off a span that another argument has, or has a part of."""

OUT_OF_RANGE = 20.0
"""What is taken off a number that the schema does not allow: more than leaving the argument out costs."""

NAMED = 6.0
"""What it is worth to a name or a title that quotes behind "named", "called" or "titled" hold it."""

_FORMULA = re.compile(r"\b(?:function|equation|expression|formula|polynomial)\b")


class Extraction:
    """The arguments of one call, as they are found. `found`: their values; the rest is for others to fill."""

    def __init__(self, name: str, parameters: Schema, request: str, encoder: Encoder) -> None:
        """Fill what can be filled. `name`: the function's; `parameters`: its JSON schema."""
        self.encoder = encoder
        self.request = Request(request, encoder)
        self.function = stems(plain(name))
        self.taken: list[tuple[int, int]] = []
        self.found: dict[str, Any] = {}
        self._spans: list[Span] | None = None
        properties: Mapping[str, Schema] = parameters.get("properties", {})
        needed = [key for key in parameters.get("required", ()) if key in properties]
        arguments = [argument(key, properties[key], encoder) for key in needed]
        self._fill(arguments)
        self._fill_optional([argument(key, schema, encoder) for key, schema in properties.items() if key not in needed])

    def _fill(self, arguments: list[Argument]) -> None:
        self._lists_of_numbers([one for one in arguments if _kind(one) == "array" and _items(one) in _NUMERIC])
        self._formulas([one for one in arguments if _kind(one) == "string" and _FORMULA.search(one.text)])
        self._numbers([one for one in arguments if _kind(one) in _NUMERIC])
        self._lists_of_texts([one for one in arguments if _kind(one) == "array" and _items(one) == "string"])
        left = [one for one in arguments if _kind(one) == "string" and one.key not in self.found]
        self._texts(left)
        for one in arguments:
            if one.key not in self.found:
                self._other(one)

    # Numbers

    def _lists_of_numbers(self, arguments: list[Argument]) -> None:
        told = number_lists(self.request.text)
        if arguments and told:
            as_numbers = [Number(0, one.start, one.end) for one in told]
            scores = self._number_scores(as_numbers, arguments)
            scores += [0.1 * len(one.values) + one.marked for one in told]
            for one, column in zip(arguments, assign(scores, overlaps([n[1:3] for n in as_numbers]), 3.0), strict=True):
                if column >= 0:
                    self._take(one, [_whole(value) for value in told[column].values], told[column])
        for one in arguments:
            loose = [found for found in numbers(self.request.text) if found.kind not in {"time", "rest"}]
            if one.key not in self.found and loose:
                self.found[one.key] = [argument_values.number(found, one) for found in self._free(loose)]

    def _numbers(self, arguments: list[Argument]) -> None:
        told = self._free(numbers(self.request.text))
        if not arguments or not told:
            return
        scores = self._number_scores(told, arguments)
        scores -= [
            [OUT_OF_RANGE * (not _in_range(argument_values.number(n, one), one)) for n in told] for one in arguments
        ]
        for one, column in zip(arguments, assign(scores, overlaps([n[1:3] for n in told]), ORDER), strict=True):
            if column >= 0:
                self._take(one, argument_values.number(told[column], one), told[column])

    def _number_scores(self, told: list[Number], arguments: list[Argument]) -> Any:
        def place(i: int, count: int) -> float:
            return i / max(1, count - 1)

        return np.array(
            [
                [
                    score(
                        number_features(self.request, number, one, (place(j, len(told)), place(i, len(arguments)))),
                        "numbers",
                    )
                    for j, number in enumerate(told)
                ]
                for i, one in enumerate(arguments)
            ]
        )

    # Words

    def _formulas(self, arguments: list[Argument]) -> None:
        for one, span in zip(arguments, self._free(formulas(self.request.text)), strict=False):
            self._take(one, argument_values.formula(span), span)

    def _lists_of_texts(self, arguments: list[Argument]) -> None:
        for one in arguments:
            if options := one.schema["items"].get("enum"):
                self.found[one.key] = argument_values.chosen(options, self.request.text) or options[:1]
            elif told := self._free(text_lists(self.request.text)):
                vectors = self.encoder.vectors([", ".join(map(str, many.values)) for many in told])
                marked = np.array([0.3 * many.marked - 0.2 * _wordy(many) for many in told])
                best = told[int(np.argmax(vectors @ one.vector + marked))]
                self._take(one, best.values, best)
            elif told := self.spans:
                best = told[int(np.argmax(self._span_scores(told, one)))]
                self._take(one, [argument_values.text(best, one, self.request.text)], best)

    def _texts(self, arguments: list[Argument]) -> None:
        told = self.spans
        if not arguments or not told:
            return
        scores = np.array([self._span_scores(told, one) for one in arguments])
        columns = assign(scores, overlaps([(span.start, span.end) for span in told]), ORDER)
        for one, column in zip(arguments, columns, strict=True):
            if column >= 0:
                self._take(one, argument_values.text(told[column], one, self.request.text), told[column])

    @property
    def spans(self) -> list[Span]:
        """The spans of the request."""
        if self._spans is None:
            self._spans = spans(self.request.text)
        return self._spans

    def _span_scores(self, told: list[Span], one: Argument) -> list[float]:
        vectors = self.encoder.vectors([span.text for span in told])
        pairs = zip(told, vectors, strict=True)
        return [
            score(span_features(self.request, span, vector, one, self.function), "spans")
            - USED * self._used(span)
            + NAMED * self._is_named(span, one)
            for span, vector in pairs
        ]

    def _is_named(self, span: Span, one: Argument) -> bool:
        """Whether the span is given as the name, or the title, that the argument wants."""
        verb = next(iter(self.request.before(span.start, 1)), "")
        return span.quoted and verb in {"named", "called", "titled"} and bool(_NAME.search(one.name))

    # Everything else

    def _other(self, one: Argument) -> None:
        """An enumeration, a yes or no, an object of named parts or a dictionary as it is written, or the default."""
        text, kind = self.request.text, _kind(one)
        if kind == "enum":
            self.found[one.key] = self._nearest(one)
        elif kind == "boolean":
            said = argument_values.truth(one, text, self.function)
            self.found[one.key] = one.schema.get("default", False) if said is None else said
        elif kind == "object" and (written := _dictionary(text)) is not None and "properties" not in one.schema:
            self.found[one.key] = written
        elif kind == "object" and one.schema.get("properties"):
            parts = {**one.schema, "required": list(one.schema["properties"])}
            self.found[one.key] = Extraction(f"{one.name} {one.told}", parts, text, self.encoder).found
        elif "default" in one.schema:
            self.found[one.key] = one.schema["default"]

    def _nearest(self, one: Argument) -> Any:
        """The value of an enumeration that the request names, or else is most like what it says."""
        options = one.schema.get("enum", [one.schema.get("const")])
        texts = [str(option) for option in options]
        named = argument_values.chosen(texts, self.request.text)
        if not named and "default" in one.schema:
            return one.schema["default"]
        told = [span.text for span in self.spans] or [self.request.text]
        likeness = (self.encoder.vectors(texts) @ self.encoder.vectors(told).T).max(axis=1)
        return options[int(np.argmax(likeness + [2.0 * (text in named) for text in texts]))]

    def _fill_optional(self, arguments: list[Argument]) -> None:
        text = self.request.text
        for one in arguments:
            kind = _kind(one)
            options = one.schema["items"].get("enum") if kind == "array" and _items(one) else one.schema.get("enum")
            if options and (named := argument_values.chosen(list(map(str, options)), text)):
                self.found[one.key] = named if kind == "array" else options[list(map(str, options)).index(named[0])]
            elif kind == "boolean" and (said := argument_values.truth(one, text, self.function)) is not None:
                self.found[one.key] = said
            elif kind in _NUMERIC:
                self._optional_number(one)
            elif kind == "string":
                self._optional_text(one)

    def _optional_number(self, one: Argument) -> None:
        for told in self._free(numbers(self.request.text)):
            marks = number_features(self.request, told, one, (0, 0))
            if not _in_range(argument_values.number(told, one), one):
                continue
            if marks["named close before"] >= 0.5 or any(marks[name] for name in ("named after", "same unit", "rate")):
                self._take(one, argument_values.number(told, one), told)
                return

    def _optional_text(self, one: Argument) -> None:
        free = self._free(self.spans)
        if not free:
            return
        scores = self._span_scores(free, one)
        best = free[int(np.argmax(scores))]
        marks = span_features(self.request, best, self.encoder.vectors([best.text])[0], one, self.function)
        named = marks["named before"] and (marks["quoted"] or marks["capital"] or marks["form of an example"])
        if named or any(marks[name] for name in ("is example", "date", "place")):
            self._take(one, argument_values.text(best, one, self.request.text), best)

    # What is taken

    def _take(self, one: Argument, value: Any, told: Number | Span | List) -> None:
        self.found[one.key] = value
        self.taken.append((told.start, told.end))

    def _used(self, told: Number | Span | List) -> bool:
        return any(told.start < end and start < told.end for start, end in self.taken)

    def _free(self, told: Iterable[Mention]) -> list[Mention]:
        return [one for one in told if not self._used(one)]


_NAME = re.compile(r"\b(?:name|title)\b")
_NUMERIC = frozenset(("integer", "number"))


def _kind(one: Argument) -> str:
    """The type, with "enum" for what has a choice."""
    return "enum" if "enum" in one.schema or "const" in one.schema else str(one.schema.get("type", ""))


def _in_range(value: float, one: Argument) -> bool:
    return one.schema.get("minimum", value) <= value <= one.schema.get("maximum", value)


def _items(one: Argument) -> str:
    items = one.schema.get("items")
    return str(items.get("type", "")) if isinstance(items, Mapping) else ""


def _whole(value: float | str) -> int | float | str:
    return int(value) if isinstance(value, float) and value == int(value) else value


def _wordy(told: List) -> bool:
    return any(len(str(value).split()) > 4 for value in told.values)


def _dictionary(request: str) -> dict[str, Any] | None:
    """A dictionary as the request writes it: "{'math': 90}"."""
    match = re.search(r"\{[^{}]*\}", request)
    try:
        return json.loads(match[0].replace("'", '"')) if match else None
    except ValueError:
        return None
