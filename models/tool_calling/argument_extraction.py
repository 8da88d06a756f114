"""Arguments from what a request mentions, without generating: exact words and numbers, matched to the schema.

Required arguments are assigned together, so that none takes what another needs more; optional ones are filled where the
request speaks of them plainly, and left to the function's defaults elsewhere.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

import numpy as np

from vademecum.models.tool_calling import argument_values
from vademecum.models.tool_calling.argument_matching import (
    Argument,
    Request,
    assign,
    describe_argument,
    overlaps,
    score,
    stems,
)
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

ALREADY_USED = 3.0
"""What is taken off a span that another argument has, or has a part of."""

OUT_OF_RANGE = 20.0
"""What is taken off a number that the schema does not allow: more than leaving the argument out costs."""

QUOTED_NAME = 6.0
"""What it is worth to a name or a title that quotes behind "named", "called" or "titled" hold it."""

_FORMULA = re.compile(r"\b(?:function|equation|expression|formula|polynomial)\b")


class Extraction:
    """The arguments of one call that the request states: `arguments`, by key; the rest is for others to fill."""

    def __init__(self, name: str, parameters: Schema, request: str, encoder: Encoder) -> None:
        """Fill what can be filled. `name`: the function's; `parameters`: its JSON schema."""
        self.encoder = encoder
        self.request = Request(request, encoder)
        self.function = stems(plain(name))
        self.used_spans: list[tuple[int, int]] = []
        self.arguments: dict[str, Any] = {}
        self._spans: list[Span] | None = None
        properties: Mapping[str, Schema] = parameters.get("properties", {})
        required = [key for key in parameters.get("required", ()) if key in properties]
        arguments = [describe_argument(key, properties[key], encoder) for key in required]
        self._fill(arguments)
        self._fill_optional(
            [describe_argument(key, schema, encoder) for key, schema in properties.items() if key not in required]
        )

    def _fill(self, arguments: list[Argument]) -> None:
        self._lists_of_numbers(
            [argument for argument in arguments if _kind(argument) == "array" and _items(argument) in _NUMERIC]
        )
        self._formulas(
            [argument for argument in arguments if _kind(argument) == "string" and _FORMULA.search(argument.text)]
        )
        self._numbers([argument for argument in arguments if _kind(argument) in _NUMERIC])
        self._lists_of_texts(
            [argument for argument in arguments if _kind(argument) == "array" and _items(argument) == "string"]
        )
        unfilled = [
            argument for argument in arguments if _kind(argument) == "string" and argument.key not in self.arguments
        ]
        self._texts(unfilled)
        for argument in arguments:
            if argument.key not in self.arguments:
                self._other_kind(argument)

    # Numbers

    def _lists_of_numbers(self, arguments: list[Argument]) -> None:
        lists = number_lists(self.request.text)
        if arguments and lists:
            as_numbers = [Number(0, mention.start, mention.end) for mention in lists]
            scores = self._number_scores(as_numbers, arguments)
            scores += [0.1 * len(mention.values) + mention.marked for mention in lists]
            columns = assign(scores, overlaps([n[1:3] for n in as_numbers]), 3.0)
            for argument, column in zip(arguments, columns, strict=True):
                if column >= 0:
                    self._take(
                        argument, [argument_values.whole(value) for value in lists[column].values], lists[column]
                    )
        for argument in arguments:
            loose = [number for number in numbers(self.request.text) if number.kind not in {"time", "rest"}]
            if argument.key not in self.arguments and loose:
                self.arguments[argument.key] = [argument_values.number(n, argument) for n in self._free(loose)]

    def _numbers(self, arguments: list[Argument]) -> None:
        mentions = self._free(numbers(self.request.text))
        if not arguments or not mentions:
            return
        scores = self._number_scores(mentions, arguments)
        scores -= [
            [OUT_OF_RANGE * (not _in_range(argument_values.number(n, argument), argument)) for n in mentions]
            for argument in arguments
        ]
        for argument, column in zip(
            arguments, assign(scores, overlaps([n[1:3] for n in mentions]), ORDER), strict=True
        ):
            if column >= 0:
                self._take(argument, argument_values.number(mentions[column], argument), mentions[column])

    def _number_scores(self, mentions: list[Number], arguments: list[Argument]) -> Any:
        def place(i: int, count: int) -> float:
            return i / max(1, count - 1)

        return np.array(
            [
                [
                    score(
                        number_features(
                            self.request, number, argument, (place(j, len(mentions)), place(i, len(arguments)))
                        ),
                        "numbers",
                    )
                    for j, number in enumerate(mentions)
                ]
                for i, argument in enumerate(arguments)
            ]
        )

    # Words

    def _formulas(self, arguments: list[Argument]) -> None:
        for argument, span in zip(arguments, self._free(formulas(self.request.text)), strict=False):
            self._take(argument, argument_values.formula(span), span)

    def _lists_of_texts(self, arguments: list[Argument]) -> None:
        for argument in arguments:
            if options := argument.schema["items"].get("enum"):
                self.arguments[argument.key] = argument_values.named_options(options, self.request.text) or options[:1]
            elif mentions := self._free(text_lists(self.request.text)):
                vectors = self.encoder.vectors([", ".join(map(str, many.values)) for many in mentions])
                marked = np.array([0.3 * many.marked - 0.2 * argument_values.is_wordy(many) for many in mentions])
                best = mentions[int(np.argmax(vectors @ argument.vector + marked))]
                self._take(argument, best.values, best)
            elif mentions := self.spans:
                best = mentions[int(np.argmax(self._span_scores(mentions, argument)))]
                self._take(argument, [argument_values.text(best, argument, self.request.text)], best)

    def _texts(self, arguments: list[Argument]) -> None:
        mentions = self.spans
        if not arguments or not mentions:
            return
        scores = np.array([self._span_scores(mentions, argument) for argument in arguments])
        columns = assign(scores, overlaps([(span.start, span.end) for span in mentions]), ORDER)
        for argument, column in zip(arguments, columns, strict=True):
            if column >= 0:
                self._take(
                    argument, argument_values.text(mentions[column], argument, self.request.text), mentions[column]
                )

    @property
    def spans(self) -> list[Span]:
        """The spans of the request."""
        if self._spans is None:
            self._spans = spans(self.request.text)
        return self._spans

    def _span_scores(self, candidates: list[Span], argument: Argument) -> list[float]:
        vectors = self.encoder.vectors([span.text for span in candidates])
        pairs = zip(candidates, vectors, strict=True)
        return [
            score(span_features(self.request, span, vector, argument, self.function), "spans")
            - ALREADY_USED * self._overlaps_used(span)
            + QUOTED_NAME * self._is_named(span, argument)
            for span, vector in pairs
        ]

    def _is_named(self, span: Span, argument: Argument) -> bool:
        """Whether the span is given as the name, or the title, that the argument wants."""
        verb = next(iter(self.request.before(span.start, 1)), "")
        return span.quoted and verb in {"named", "called", "titled"} and bool(_NAME.search(argument.name))

    # Everything else

    def _other_kind(self, argument: Argument) -> None:
        """An enumeration, a yes or no, an object of named parts or a dictionary as it is written, or the default."""
        text, kind = self.request.text, _kind(argument)
        entries = argument_values.dictionary(text)
        if kind == "enum":
            self.arguments[argument.key] = self._nearest(argument)
        elif kind == "boolean":
            truth = argument_values.truth(argument, text, self.function)
            self.arguments[argument.key] = argument.schema.get("default", False) if truth is None else truth
        elif kind == "object" and entries is not None and "properties" not in argument.schema:
            self.arguments[argument.key] = entries
        elif kind == "object" and argument.schema.get("properties"):
            parts = {**argument.schema, "required": list(argument.schema["properties"])}
            self.arguments[argument.key] = Extraction(
                f"{argument.name} {argument.description}", parts, text, self.encoder
            ).arguments
        elif "default" in argument.schema:
            self.arguments[argument.key] = argument.schema["default"]

    def _nearest(self, argument: Argument) -> Any:
        """The value of an enumeration that the request names, or else is most like what it says."""
        options = argument.schema.get("enum", [argument.schema.get("const")])
        texts = [str(option) for option in options]
        named_options = argument_values.named_options(texts, self.request.text)
        if not named_options and "default" in argument.schema:
            return argument.schema["default"]
        texts_said = [span.text for span in self.spans] or [self.request.text]
        likeness = (self.encoder.vectors(texts) @ self.encoder.vectors(texts_said).T).max(axis=1)
        return options[int(np.argmax(likeness + [2.0 * (text in named_options) for text in texts]))]

    def _fill_optional(self, arguments: list[Argument]) -> None:
        text = self.request.text
        for argument in arguments:
            kind = _kind(argument)
            options = (
                argument.schema["items"].get("enum")
                if kind == "array" and _items(argument)
                else argument.schema.get("enum")
            )
            if options and (named_options := argument_values.named_options(list(map(str, options)), text)):
                self.arguments[argument.key] = (
                    named_options if kind == "array" else options[list(map(str, options)).index(named_options[0])]
                )
            elif kind == "boolean" and (truth := argument_values.truth(argument, text, self.function)) is not None:
                self.arguments[argument.key] = truth
            elif kind in _NUMERIC:
                self._optional_number(argument)
            elif kind == "string":
                self._optional_text(argument)

    def _optional_number(self, argument: Argument) -> None:
        for mention in self._free(numbers(self.request.text)):
            marks = number_features(self.request, mention, argument, (0, 0))
            if not _in_range(argument_values.number(mention, argument), argument):
                continue
            if marks["named close before"] >= 0.5 or any(marks[name] for name in ("named after", "same unit", "rate")):
                self._take(argument, argument_values.number(mention, argument), mention)
                return

    def _optional_text(self, argument: Argument) -> None:
        free = self._free(self.spans)
        if not free:
            return
        scores = self._span_scores(free, argument)
        best = free[int(np.argmax(scores))]
        marks = span_features(self.request, best, self.encoder.vectors([best.text])[0], argument, self.function)
        is_named = marks["named before"] and (marks["quoted"] or marks["capital"] or marks["form of an example"])
        if is_named or any(marks[name] for name in ("is example", "date", "place")):
            self._take(argument, argument_values.text(best, argument, self.request.text), best)

    # What is taken

    def _take(self, argument: Argument, value: Any, mention: Number | Span | List) -> None:
        self.arguments[argument.key] = value
        self.used_spans.append((mention.start, mention.end))

    def _overlaps_used(self, mention: Number | Span | List) -> bool:
        return any(mention.start < end and start < mention.end for start, end in self.used_spans)

    def _free(self, mentions: Iterable[Mention]) -> list[Mention]:
        return [mention for mention in mentions if not self._overlaps_used(mention)]


_NAME = re.compile(r"\b(?:name|title)\b")
_NUMERIC = frozenset(("integer", "number"))


def _kind(argument: Argument) -> str:
    """The type, with "enum" for what has a choice."""
    return "enum" if "enum" in argument.schema or "const" in argument.schema else str(argument.schema.get("type", ""))


def _in_range(value: float, argument: Argument) -> bool:
    return argument.schema.get("minimum", value) <= value <= argument.schema.get("maximum", value)


def _items(argument: Argument) -> str:
    items = argument.schema.get("items")
    return str(items.get("type", "")) if isinstance(items, Mapping) else ""
