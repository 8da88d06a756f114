"""Choosing a tool for a request by likeness: a very small model that is asked to choose gets it right 5 times in 12.

The likeness of a tool is how well the request accounts for each word of the tool's name, description and parameters:
for each token of them the most similar token of the request, averaged (MaxSim: Khattab and Zaharia 2020, ColBERT,
arXiv:2004.12832, with the tool as the query). It says which tool fits best. Whether that one fits at all is a
probability of its own, from likeness, shared words, and whether the request holds what the tool needs: a request for a
tip that names no bill is none for the tip calculator. `benchmarks/fit_tool_calls.py` fits it on ../shared/eval/tools.
"""

import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vademecum.language.stop_words import NO_TOOL
from vademecum.models.tool_calling.argument_matching import Features, stems
from vademecum.models.tool_calling.arguments import Function
from vademecum.models.tool_calling.document_requests import document_request, query_argument
from vademecum.models.tool_calling.mentions import addresses, numbers
from vademecum.models.tool_calling.text_encoder import Text, encoder, plain

NAME_MARGIN = 0.13
"""What is taken off the likeness of a tool's name alone: enough where the description has many words or few."""

EXAMPLE_MARGIN = 0.15
"""What is taken off the likeness to an example request of the tool, to compare it with the likeness to its words."""

EXAMPLE_FITS = 0.44
"""From this likeness to one of a tool's examples on, the tool fits whatever else there is. In
`benchmarks/tool_requests.json` 37 of 39 requests for tools with examples reach it, and 2 of 24 that are for none."""

PLACE_NAMED = 0.55
"""The least likeness of a search of documents to a request that names them, but may be an order for another tool:
"How many days to the deadline in my notes?" has less for a tool of dates, "Send Anna the report in my files" has more
for one of mail."""

PLAIN_FIT = 5.0
"""Log-odds of a tool that fits whatever else there is."""

MAX_NAMES = 3
"""Named things of a request that count: more are not more of a reason to call a tool."""

_NAME = re.compile(r"(?<!^)(?<![.?!] )\b[A-Z][a-z]+")
_QUOTED = re.compile(r"(?<!\w)['\"][^'\"]+['\"]")


def choose(request: str, functions: Sequence[Function], *, threads: int = 0, forced: bool = False) -> Function | None:
    """The function that fits `request` best, or None where none fits; `forced` takes the best in any case."""
    if not functions:
        return None
    scores = [likeness(request, function, threads) for function in functions]
    best = functions[int(np.argmax(scores))]
    return best if forced or fits(request, best, threads, several=len(functions) > 1) else None


def likeness(request: str, function: Function, threads: int = 0) -> float:
    """How well `request` fits the function, in [-1, 1]: by its words, or by its nearest example."""
    encode = encoder(threads).texts
    (encoded_request, encoded_name, encoded_description, encoded_all), nearest = (
        encode([request, *_texts(function)]),
        nearest_example(request, function, threads),
    )
    words = [_accounted(text, encoded_request) for text in (encoded_description, encoded_all)]
    documents_likeness = _documents_likeness(request, function)
    return max(
        sum(words) / 2,
        _accounted(encoded_name, encoded_request) - NAME_MARGIN,
        nearest - EXAMPLE_MARGIN,
        documents_likeness,
    )


def asks_documents(request: str, function: Function) -> bool:
    """Whether the request names the person's documents as the place to look, and the function searches them.

    Not where it names a file or an address: that is to be read.
    """
    return _documents_likeness(request, function) > 0


def _documents_likeness(request: str, function: Function) -> float:
    """The least likeness of a search of documents to a request that names them as the place to look; else -1."""
    document_query = document_request(request) if query_argument(function) else None
    if document_query is None or not document_query.query or any("." in address.text for address in addresses(request)):
        return -1.0
    return 1.0 if document_query.only else PLACE_NAMED


def nearest_example(request: str, function: Function, threads: int = 0) -> float:
    """The likeness of the request to the nearest example request, in [-1, 1]; -1 where the function has none.

    That is the cosine, or how well the request accounts for the example's frame: its words without the arguments.
    "What do my notes say about X?" has the frame of the same question about anything else.
    """
    examples = function.get("examples", ())
    if not examples:
        return -1.0
    requests = [example if isinstance(example, str) else example["request"] for example in examples]
    encoded_request, *encoded_examples = encoder(threads).texts([request, *requests])
    return max(
        max(float(text.vector @ encoded_request.vector), _framed(example, text, encoded_request))
        for example, text in zip(examples, encoded_examples, strict=True)
    )


def _framed(example: str | Mapping[str, Any], encoded_example: Text, encoded_request: Text) -> float:
    """How well the request accounts for all of the example's frame, and for its words of weight: the lesser."""
    text = example if isinstance(example, str) else example["request"]
    values = [] if isinstance(example, str) else [str(value) for value in example.get("args", {}).values()]
    in_frame = np.ones(len(encoded_example.tokens), bool)
    for value in values:
        place = text.find(value)
        if place >= 0:
            in_frame &= (encoded_example.offsets[:, 0] >= place + len(value)) | (encoded_example.offsets[:, 1] <= place)
    weighty = in_frame & _of_weight(encoded_example, text)
    if in_frame.sum() < 3:
        return -1.0
    return min(
        _accounted(encoded_example._replace(tokens=encoded_example.tokens[part]), encoded_request)
        for part in (in_frame, weighty)
    )


def fits(request: str, function: Function, threads: int = 0, *, several: bool = False) -> bool:
    """Whether a request is one for the function; one that is the best of several has less to show."""
    return fit(request, function, threads, several=several) >= 0


def fit(request: str, function: Function, threads: int = 0, *, several: bool = False) -> float:
    """The log-odds that a request is one for the function, by likeness; `PLAIN_FIT` where it is so by an example."""
    if asks_documents(request, function) or nearest_example(request, function, threads) >= EXAMPLE_FITS:
        return PLAIN_FIT
    weights = gate()
    total = sum(weights[name] * value for name, value in fit_features(request, function, threads).items())
    return total + weights["bias of several" if several else "bias"]


@cache
def gate() -> Mapping[str, float]:
    """Weights of `fit_features`, and what is added to them: the bias."""
    weights_file = files("vademecum.models.tool_calling").joinpath("argument_weights.json")
    return json.loads(weights_file.read_text("utf-8"))["gate"]


def fit_features(request: str, function: Function, threads: int = 0) -> Features:
    """What speaks for a request being one for the function."""
    parameters = function.get("parameters") or {}
    properties = parameters.get("properties", {})
    required = [key for key in parameters.get("required", ()) if key in properties]
    encode = encoder(threads).texts
    encoded_request, _, encoded_description, _ = encode([request, *_texts(function)])
    keys = encode([plain(key) for key in required])
    name, words = stems(plain(function["name"])), stems(request)
    described = name | stems(function.get("description", ""))
    weighty = encoded_description.tokens[_of_weight(encoded_description, _texts(function)[1])]
    return {
        "likeness": likeness(request, {**function, "examples": []}, threads),
        "words of weight": _accounted(
            encoded_description._replace(tokens=weighty) if len(weighty) else encoded_description, encoded_request
        ),
        "parameters": float(np.mean([_accounted(key, encoded_request) for key in keys])) if keys else 0.4,
        "name said": len(name & words) / max(1, len(name)),
        "request told": len(words & described) / max(1, len(words)),
        "numbers missing": float(_numbers_missing(request, [properties[key] for key in required])),
        "things named": float(min(MAX_NAMES, len(_NAME.findall(request)) + len(_QUOTED.findall(request)))),
    }


def _numbers_missing(request: str, required_fields: Sequence[Mapping[str, Any]]) -> int:
    """How many numbers the required arguments need beyond those that the request has; a list needs two."""
    single = sum(field.get("type") in {"integer", "number"} for field in required_fields)
    lists = sum((field.get("items") or {}).get("type") in {"integer", "number"} for field in required_fields)
    return max(0, single + 2 * lists - len(numbers(request)))


def _texts(function: Function) -> tuple[str, str, str]:
    """The name, the name with the description, and these with the parameters."""
    name, description = plain(function["name"]), function.get("description", "")
    properties = (function.get("parameters") or {}).get("properties", {})
    description_text = f"{name}: {description}"
    parameters = " ".join(f"{plain(key)}: {field.get('description', '')}" for key, field in properties.items())
    return name, description_text, f"{description_text} {parameters}"


def _of_weight(encoded: Text, text: str) -> NDArray[np.bool_]:
    """Which tokens are more than a little word or a mark."""
    tokens = [text[start:end].lower() for start, end in encoded.offsets]
    return np.array([token.isalnum() and token not in NO_TOOL for token in tokens], bool)


def _accounted(encoded: Text, encoded_request: Text) -> float:
    if not len(encoded.tokens) or not len(encoded_request.tokens):
        return -1.0
    return float((encoded.tokens @ encoded_request.tokens.T).max(axis=1).mean())
