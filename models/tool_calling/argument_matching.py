"""Which of a request's mentions each argument is: pairs are scored, and the assignment is the best as a whole.

A score is linear in named features (`span_features.py`, `number_features.py`). The weights, in
`argument_weights.json`, are those of a conditional logit: of all mentions of a request the right one gets the most.
`benchmarks/fit_tool_calls.py` fits them on ../shared/eval/tools.
"""

import json
import re
from collections.abc import Mapping, Sequence
from functools import cache, cached_property
from importlib.resources import files
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vademecum.language.stems import plain_stem
from vademecum.language.stop_words import NO_ARGUMENT
from vademecum.models.tool_calling.text_encoder import Encoder, plain

Features = dict[str, float]

_BEAM = 60
_NONE = -12.0
"""The score of leaving an argument without a mention: lower than that of any pair."""

_EXAMPLE = re.compile(
    r"(?:e\.g\.?,?|\beg\.?:?|for example,?|for instance,?|such as|like|example,|i\.e\.?,?)\s+([^.;()]+)", re.I
)


class Argument(NamedTuple):
    """An argument to fill: what the schema says of it, as words and as vectors."""

    key: str
    name: str
    """The key as words."""
    description: str
    schema: Mapping[str, Any]
    vector: NDArray[np.float32]
    """Of name and description."""
    name_vector: NDArray[np.float32]
    examples: tuple[str, ...]
    """Values that the description names."""
    example_vectors: NDArray[np.float32]

    @property
    def text(self) -> str:
        """Name and description in small letters."""
        return f"{self.name} {self.description}".lower()


class Request:
    """A request with what is measured of it once."""

    def __init__(self, text: str, encoder: Encoder) -> None:
        encoded = encoder.texts([text])[0]
        self.text = text
        self.tokens = encoded.tokens - encoded.tokens.mean(axis=0) if len(encoded.tokens) else encoded.tokens
        self.offsets = encoded.offsets

    @cached_property
    def words(self) -> list[tuple[str, int, int]]:
        """Words in small letters with their places."""
        return [(m[0].lower(), *m.span()) for m in re.finditer(r"[^\W_]+(?:['’][a-z]+)?|°[CF]", self.text)]

    @cached_property
    def digits(self) -> int:
        """How many numbers are written in digits."""
        return len(re.findall(r"(?<![\w.])\d", self.text))

    def opens_sentence(self, place: int) -> bool:
        """Whether a sentence begins at a place."""
        return bool(re.search(r"(?:^|[.?!:]['\"]?)\W*$", self.text[:place]))

    def before(self, place: int, count: int) -> list[str]:
        """The last `count` words before a place, the nearest first."""
        return [word for word, _, end in self.words if end <= place][::-1][:count]

    def after(self, place: int, count: int) -> list[str]:
        """The first `count` words after a place."""
        return [word for word, start, _ in self.words if start >= place][:count]

    def likeness(self, argument: Argument, start: int, end: int) -> float:
        """How much a stretch, in its context and beyond what the whole request is about, is like the argument."""
        inside = (self.offsets[:, 0] < end) & (self.offsets[:, 1] > start)
        if not inside.any():
            return 0.0
        mean = self.tokens[inside].mean(axis=0)
        return float(argument.vector @ mean) / (float(np.linalg.norm(mean)) or 1.0)


def describe_argument(key: str, schema: Mapping[str, Any], encoder: Encoder) -> Argument:
    """The argument `key` as its schema describes it."""
    schema = _simple(schema)
    name, description = plain(key), str(schema.get("description", ""))
    examples = examples_in(schema)
    vectors = encoder.vectors([f"{name}: {description}", name, *examples])
    return Argument(key, name, description, schema, vectors[0], vectors[1], examples, vectors[2:])


def _simple(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema with one type: of several, or of `anyOf`, the first that is not null."""
    options = [option for option in schema.get("anyOf", ()) if option.get("type") != "null"]
    if options and "type" not in schema:
        schema = {**options[0], **{key: value for key, value in schema.items() if key != "anyOf"}}
    kinds = schema.get("type")
    if isinstance(kinds, list):
        schema = {**schema, "type": next((kind for kind in kinds if kind != "null"), "string")}
    return schema


def examples_in(schema: Mapping[str, Any]) -> tuple[str, ...]:
    """Values that a schema names: as examples, or in its description, in quotes or after "e.g." and the like."""
    description = str(schema.get("description", ""))
    examples = re.findall(r"(?<!\w)['\"]([^'\"]{1,40})['\"](?!\w)", description)
    for match in _EXAMPLE.finditer(description):
        listing = match[1].strip(" '\"")
        if re.fullmatch(r"[A-Z][\w ]+, [A-Z]{2}\b.*", listing):  # "Boston, MA"
            examples.append(listing)
        else:
            examples += [part.strip(" '\"") for part in re.split(r",| or | and ", listing) if len(part.strip()) <= 30]
    examples += [str(value) for value in [*schema.get("enum", ()), *schema.get("examples", ())]]
    return tuple(value for value in dict.fromkeys(examples) if value and value not in {"etc", "etc."})


def stem(word: str) -> str:
    """The stem of a word, irregular forms left as they are."""
    return plain_stem(word.lower())


_PLAIN = frozenset(map(stem, NO_ARGUMENT))


def stems(text: str) -> set[str]:
    """The stems of a text's words of weight."""
    return {stem(word) for word in re.findall(r"[^\W_]+", text.lower())} - _PLAIN


@cache
def weights(of: Literal["spans", "numbers"]) -> dict[str, float]:
    """The weight of each feature."""
    return json.loads(files("vademecum.models.tool_calling").joinpath("argument_weights.json").read_text("utf-8"))[of]


def score(features: Features, of: Literal["spans", "numbers"]) -> float:
    """What the features come to."""
    weight = weights(of)
    return sum(weight[name] * value for name, value in features.items() if value)


def assign(scores: NDArray[np.float64], clash: NDArray[np.bool_], order: float) -> list[int]:
    """For each row the column it gets, -1 where none is left: the best sum, by a beam search.

    No two rows get columns that clash (`clash`: columns by columns, each with itself). `order` is added for each row
    whose column stands after that of the rows before.
    """
    beams: list[tuple[float, tuple[int, ...]]] = [(0.0, ())]
    for row in scores:
        grown: list[tuple[float, tuple[int, ...]]] = [(total + _NONE, (*columns, -1)) for total, columns in beams]
        for total, columns in beams:
            used_columns = [column for column in columns if column >= 0]
            last = max(used_columns, default=-1)
            for column in map(int, np.argsort(-row)[:25]):
                if not clash[used_columns, column].any():
                    grown.append((total + row[column] + (order if column > last else 0.0), (*columns, column)))
        beams = sorted(grown, key=lambda beam: -beam[0])[:_BEAM]
    return list(beams[0][1])


def overlaps(places: Sequence[tuple[int, int]]) -> NDArray[np.bool_]:
    """Which stretches overlap, each with itself too."""
    starts, ends = np.array(places).T
    return (starts[:, None] < ends[None, :]) & (starts[None, :] < ends[:, None])
