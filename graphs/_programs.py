"""Worked programs for a model that is too small to write any: it chooses one and fills in its values.

They are in `prompts/code/programs.jsonl`, each a tool that the model may call: the one that is most like the task is
chosen, its values are filled under a grammar (see `models/smollm.py`), and only values that stand in the task pass.
Left to write freely, the same model got 4 of 18 such tasks right; in this way 22 of 24.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import BaseMessage

_NUMBER = re.compile(r"(?<![\w.])-?\d+(?:,\d{3})*(?:\.\d+)?(?![\w])")


def descriptions() -> list[str]:
    """What the programs do, one line each."""
    return [program["description"] for program in _programs().values()]


def fitted(model: "BaseChatModel", task: "Sequence[BaseMessage]") -> str | None:
    """The program for the task with its values filled in; None where none fits, or values are not those of the task."""
    text = task[-1].text
    # A word ("descending") can decide what likeness cannot: each program names those with which it is wrong.
    fit = [
        program
        for program in _programs().values()
        if not re.search(program.get("unless", r"(?!)"), text, re.IGNORECASE)
    ]
    offered = [{key: value for key, value in program.items() if key not in ("code", "unless")} for program in fit]
    calls = model.bind_tools(offered).invoke(list(task)).tool_calls
    if not calls or not stands_in(calls[0]["args"], text):
        return None
    values = "".join(f"{name} = {value!r}\n" for name, value in calls[0]["args"].items())
    return values + _programs()[calls[0]["name"]]["code"]


def stands_in(values: Mapping[str, Any], task: str) -> bool:
    """Whether the values are those of the task: its numbers, each as often as there, and texts that stand in it."""
    texts = [leaf for leaf in _leaves(values) if isinstance(leaf, str)]
    numbers = Counter(float(leaf) for leaf in _leaves(values) if not isinstance(leaf, str))
    task_numbers = Counter(float(leaf.replace(",", "")) for leaf in _NUMBER.findall(re.sub(r"[\"“].*?[\"”]", "", task)))
    return all(text and text in task for text in texts) and (numbers == task_numbers or (not numbers and bool(texts)))


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list):
        for member in value:
            yield from _leaves(member)
    else:
        yield value


@cache
def _programs() -> dict[str, dict[str, Any]]:
    lines = files("vademecum.prompts").joinpath("code", "programs.jsonl").read_text("utf-8").splitlines()
    return {program["name"]: program for program in map(json.loads, lines)}
