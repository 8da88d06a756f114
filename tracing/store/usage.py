"""Tokens and costs of a run, as model integrations report them; a cost that is not known is None, never 0.

Prices: `prices.json`, in US dollars for a million tokens, with the day they were noted down. A client that says what a
call cost (`usage_metadata.total_cost` and its parts) is believed before the table.
"""

import contextlib
import functools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from vademecum.core.errors import TraceError
from vademecum.tracing.store.operations import RunRecord
from vademecum.tracing.store.values import MOST_USED, microseconds

PRICES = Path(__file__).with_name("prices.json")


class Usage(NamedTuple):
    """Of one call of a model: tokens, and cost in US dollars."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    prompt_cost: float | None = None
    completion_cost: float | None = None


def usage(record: RunRecord) -> Usage:
    """What the run itself used; only calls of models use anything."""
    if record.run_type != "llm":
        return Usage()
    for report in _reported(record):
        prompt = _number(report, "input_tokens", "prompt_tokens")
        completion = _number(report, "output_tokens", "completion_tokens")
        if prompt is not None or completion is not None:
            return _priced(report, int(prompt or 0), int(completion or 0), model_name(record))
    return Usage()


def model_name(record: RunRecord) -> str | None:
    """The model that a run called."""
    extra = record.extra
    invocation = extra.get("invocation_params")
    params = invocation if isinstance(invocation, dict) else {}
    for name in (record.metadata.get("ls_model_name"), params.get("model"), params.get("model_name")):
        if isinstance(name, str) and name:
            return name
    return None


def first_token_time(record: RunRecord) -> int | None:
    """When the first token came (microseconds since 1970), as the run's own events say."""
    for event in record.events:
        if isinstance(event, dict) and event.get("name") == "new_token" and event.get("time"):
            with contextlib.suppress(TraceError):
                return microseconds(event["time"])
    return None


def _reported(record: RunRecord) -> Iterator[dict[str, Any]]:
    """Places in which integrations put their usage, the standard one first."""
    outputs = record.outputs or {}
    yield from _dicts(outputs.get("usage_metadata"), record.metadata.get("usage_metadata"))
    generations = outputs.get("generations")
    for row in generations if isinstance(generations, list) else ():
        for generation in row if isinstance(row, list) else (row,):
            message = generation.get("message") if isinstance(generation, dict) else None
            kwargs = message.get("kwargs", message) if isinstance(message, dict) else {}
            yield from _dicts(kwargs.get("usage_metadata") if isinstance(kwargs, dict) else None)
    llm_output = outputs.get("llm_output")
    if isinstance(llm_output, dict):
        yield from _dicts(llm_output.get("token_usage"), llm_output.get("usage"))
    yield from _dicts(outputs.get("usage"))


def _dicts(*values: Any) -> Iterator[dict[str, Any]]:
    yield from (value for value in values if isinstance(value, dict))


def _number(report: dict[str, Any], *names: str) -> float | None:
    """The first that is a number; one below 0, or larger than anybody uses, is not believed."""
    for name in names:
        value = report.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= MOST_USED:
            return value
    return None


def _priced(report: dict[str, Any], prompt: int, completion: int, model: str | None) -> Usage:
    price = _price(model) if model else None
    prompt_cost = _number(report, "input_cost")
    completion_cost = _number(report, "output_cost")
    if price and prompt_cost is None:
        prompt_cost = prompt * price["input"] / 1_000_000
    if price and completion_cost is None:
        completion_cost = completion * price["output"] / 1_000_000
    return Usage(prompt, completion, prompt_cost, completion_cost)


def _price(model: str) -> dict[str, float] | None:
    """The price of a model, also of a dated one (`gpt-4o-2024-08-06`) and of one named with its provider."""
    name = model.rpartition("/")[2].rpartition(":")[2].lower()
    table = _table()
    if name in table:
        return table[name]
    stem = max((model_name for model_name in table if name.startswith(f"{model_name}-20")), key=len, default=None)
    return table[stem] if stem else None


@functools.cache
def _table() -> dict[str, dict[str, float]]:
    return json.loads(PRICES.read_text("utf-8"))["models"]


def cost(model: str, input_tokens: int, output_tokens: int) -> float | None:
    """US dollars for tokens of the model called `model`; None where its price is not known."""
    price = _price(model)
    return (input_tokens * price["input"] + output_tokens * price["output"]) / 1_000_000 if price else None
