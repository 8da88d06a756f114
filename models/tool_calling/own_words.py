"""Texts of a call that name numbers which nobody gave: replaced by the request's own words, after the worked calls.

A small model copies "days between 3 May 2024 and ..." from the description of an argument.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from vademecum.models.tool_calling.arguments import Function
from vademecum.models.tool_calling.text_encoder import encoder
from vademecum.models.tool_calling.tool_choice import likeness
from vademecum.models.tool_calling.worked_calls import wording

_CODE = re.compile(r"[(){}\[\]=]")
_NUMBER = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")


def in_own_words(
    function: Function, arguments: Mapping[str, Any], parts: Sequence[str], known: str, threads: int = 0
) -> dict[str, Any]:
    """The arguments of a call of `function`, as far as its worked calls tell how a text is taken from a request.

    `parts`: those of the request; `known`: all that was said, and returned by tools.
    """
    input_values = _numbers(known)
    mended = dict(arguments)
    for key, value in arguments.items():
        if not isinstance(value, str) or _numbers(value) <= input_values:
            continue
        worked = [
            example
            for example in function.get("examples", ())
            if isinstance(example, Mapping) and key in example.get("args", {})
        ]
        if any(_CODE.search(str(example["args"][key])) for example in worked):
            continue  # a program has numbers of its own
        part = max(parts, key=lambda one: likeness(one, function, threads))
        if worked and (words := wording(key, worked, part, encoder(threads))):
            mended[key] = words
    return mended


def _numbers(text: str) -> set[float]:
    return {float(number.replace(",", "")) for number in _NUMBER.findall(text)}
