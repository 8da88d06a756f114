"""Filling in a function's arguments from a request.

What the request says in so many words is taken from it (`argument_extraction.py`, and `worked_calls.py` for a function
with worked calls): right more often than what a very small model writes, and ten times as fast. The model fills what is
left: held to the JSON schema by a grammar, and, where the schema leaves it open, to the numbers and the words of the
request.
"""

import json
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from vademecum.core.errors import ModelError
from vademecum.models.json_schema import Schema, grammar
from vademecum.models.llama import Llama
from vademecum.models.messages import ChatTurn
from vademecum.models.tool_calling.argument_extraction import Extraction
from vademecum.models.tool_calling.candidate_spans import numbers, stretches
from vademecum.models.tool_calling.document_requests import query, query_argument
from vademecum.models.tool_calling.text_encoder import encoder
from vademecum.models.tool_calling.worked_calls import is_wording, wording

MAX_TOKENS = 400
"""Longest set of arguments, in tokens."""

Function = dict[str, Any]
"""`name`, `description`, `parameters` (JSON schema) as OpenAI has them, and `examples`: requests with their args."""


def fill(llama: Llama, function: Function, request: str, threads: int = 0) -> dict[str, Any]:
    """Arguments for a call of `function` that does what `request` asks: those it needs, and others that it speaks of.

    Raises:
        ModelError: the request is too long, or its arguments are.
    """
    parameters = function.get("parameters") or {}
    if not parameters.get("properties"):
        return {}
    stated = _stated_arguments(function, parameters, request, threads)
    unfilled = {key: field for key, field in parameters["properties"].items() if key not in stated}
    required = [key for key in parameters.get("required", ()) if key in unfilled]
    if not required:
        return stated
    rest = {**parameters, "properties": unfilled, "required": required}
    generated = generate(llama, {**function, "parameters": rest}, request)
    together = {**stated, **generated}
    return {key: together[key] for key in parameters["properties"] if key in together}


def _stated_arguments(function: Function, parameters: Schema, request: str, threads: int) -> dict[str, Any]:
    """The arguments that the request says: what it asks of documents, as worked calls have it, or by the schema."""
    examples_by_key = {
        key: [example for example in _worked_examples(function) if key in example["args"]]
        for key in parameters["properties"]
    }
    example_values = {
        key: [example["args"][key] for example in examples] for key, examples in examples_by_key.items() if examples
    }
    stated = {
        key: wording(key, examples_by_key[key], request, encoder(threads))
        for key, values in example_values.items()
        if is_wording(values)
    }
    stated = {key: value for key, value in stated.items() if value}
    if (query_key := query_argument(function)) in parameters["properties"]:
        stated[query_key] = query(request)
    properties = {
        key: {**field, "examples": example_values.get(key, [])}
        for key, field in parameters["properties"].items()
        if key not in stated
    }
    required = [key for key in parameters.get("required", ()) if key not in stated]
    rest = {**parameters, "properties": properties, "required": required}
    return {**stated, **Extraction(function["name"], rest, request, encoder(threads)).arguments}


def generate(llama: Llama, function: Function, request: str) -> dict[str, Any]:
    """Arguments written by the model. Required arguments only, as long as there are any.

    Raises:
        ModelError: the request is too long, or its arguments are.
    """
    schema = offered(function, request)
    if not schema["properties"]:
        return {}
    if all(_forced(field) for field in schema["properties"].values()):
        return {name: field["enum"][0] for name, field in schema["properties"].items()}
    parts: list[str] = []
    chat = [*_examples(function), {"role": "user", "content": _task(_outline(function), request)}]
    options = {
        "messages": chat,
        "temperature": 0,
        "max_tokens": MAX_TOKENS,
        "cache_prompt": False,
        "grammar": grammar(schema),
    }
    for chunk in llama.stream(options):
        parts.extend(choice["delta"].get("content") or "" for choice in chunk["choices"])
    try:
        return json.loads("".join(parts))
    except ValueError as error:
        raise ModelError(f"the arguments of {function['name']} came out too long; say it more briefly") from error


def offered(function: Function, request: str) -> Schema:
    """The schema of the arguments to fill, each held to what `request` offers for it."""
    parameters = function.get("parameters") or {}
    properties: Mapping[str, Schema] = parameters.get("properties", {})
    names = [name for name in parameters.get("required", []) if name in properties] or list(properties)
    alone = len(names) == 1
    schema = {name: _restricted(properties[name], request, alone=alone) for name in names}
    rest = {key: parameters[key] for key in ("$defs", "definitions") if key in parameters}
    return {"type": "object", "properties": schema, "required": names, "additionalProperties": False, **rest}


def _restricted(field: Schema, request: str, *, alone: bool) -> Schema:
    kind = field.get("type")
    if "enum" in field or "const" in field or "format" in field or "pattern" in field:
        return field
    if kind in {"integer", "number"}:
        within = [value for value in numbers(request, whole=kind == "integer") if _in_range(value, field)]
        return {"enum": within} if within else field
    if kind == "string" and request.strip():
        return {"enum": [*stretches(request, every_number=alone), *_quoted_values(field)]}
    if kind == "array" and isinstance(field.get("items"), Mapping):
        return {"minItems": 1, **field, "items": _restricted(field["items"], request, alone=False)}
    return field


def _quoted_values(field: Schema) -> list[str]:
    """Values that the description names in quotes: "(e.g. 'Open', 'Close')"."""
    return re.findall(r"(?<!\w)['\"]([^'\"]{1,40})['\"](?!\w)", field.get("description", ""))


def _in_range(value: float, field: Schema) -> bool:
    return field.get("minimum", value) <= value <= field.get("maximum", value)


def _forced(field: Schema) -> bool:
    return len(field.get("enum", ())) == 1


def _outline(function: Function) -> str:
    """The function as the model reads it: one line, and one for each argument it has to fill."""
    parameters = function.get("parameters") or {}
    properties = parameters.get("properties", {})
    names = parameters.get("required") or list(properties)
    lines = [
        f"- {name} ({properties[name].get('type', 'any')}): {properties[name].get('description', '')[:160]}"
        for name in names
        if name in properties
    ]
    return "\n".join([f"Function {function['name']}: {function.get('description', '')[:200]}", *lines])


def _task(outline: str, request: str) -> str:
    return f"{outline}\nRequest: {request}"


def _examples(function: Function) -> list[ChatTurn]:
    """The prompt before the request: the function's own examples where it has them, else three of other functions."""
    prompt = _prompt()
    turns = [{"role": "system", "content": prompt["system"]}]
    outline = _outline(function)
    own = [(outline, example["request"], example["args"]) for example in _worked_examples(function)]
    others = [(example["function"], example["request"], example["arguments"]) for example in prompt["examples"]]
    for example_outline, request, arguments in own or others:
        turns.append({"role": "user", "content": _task(example_outline, request)})
        turns.append({"role": "assistant", "content": json.dumps(arguments, ensure_ascii=False)})
    return turns


def _worked_examples(function: Function) -> list[dict[str, Any]]:
    """The function's own examples that show a call."""
    return [example for example in function.get("examples", ()) if isinstance(example, dict) and "args" in example]


@cache
def _prompt() -> dict[str, Any]:
    return json.loads(files("vademecum.models.tool_calling").joinpath("fill_arguments.json").read_text("utf-8"))
