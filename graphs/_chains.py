"""The chain that a message asks for by its name: "Run the chain article with topic=Tides; audience=children"."""

import re
from typing import Any, NamedTuple

from vademecum import graphs, prompts

_NAME = r"[\"“'`]?([\w-]+)[\"”'`]?"
_ASKED = re.compile(
    rf"^\W*(?:(?:please|now|then|and)\s+)*(?:run|start)\s+(?:the\s+)?(?:chain\s+{_NAME}|{_NAME}\s+chain)(?!\w)"
    r"(?:\s+(?:on|with|for|about|over|to)\b)?\s*[:,]?\s*(?P<text>.*)$",
    re.IGNORECASE | re.DOTALL,
)
_PAIR = re.compile(r"(?:^|[;\n])\s*([a-z][a-z0-9_]*)\s*=\s*")

NEEDS_A_MODEL = "A chain needs a language model, which there is none of here; take one with --model."


class Order(NamedTuple):
    """What was asked for: the chain's name, and the text that it is given."""

    chain: str
    text: str


def chain_order(message: str) -> Order | None:
    """The chain that a message asks for, whether there is one of that name or not; None where it asks for none."""
    match = _ASKED.match(message) if "chain" in graphs.names() else None
    return Order(match[1] or match[2], match["text"].strip()) if match else None


def inputs(names: tuple[str, ...], text: str) -> dict[str, str]:
    """The chain's inputs: from `name=text; name=text`, or, where it takes only one, all of the text."""
    parts = _PAIR.split(text)
    if len(parts) > 1 and not parts[0].strip():
        return {name: part.strip() for name, part in zip(parts[1::2], parts[2::2], strict=True)}
    return {names[0]: text} if len(names) == 1 and text else {}


def run(order: Order, context: Any) -> str:
    """What the chain gives, or in words why it cannot be run: the conversation goes on."""
    chaining = prompts.members.get("chaining")
    if order.chain not in chaining.names():
        return f"There is no chain named {order.chain!r}; there are: {', '.join(chaining.names())}."
    names = chaining.load(order.chain).inputs
    values = inputs(names, order.text)
    if set(values) != set(names):
        example = "; ".join(f"{name}=..." for name in names)
        return f"The chain {order.chain!r} takes {', '.join(names)}; say: run the chain {order.chain} with {example}"
    if context.model is None:
        return NEEDS_A_MODEL
    module = graphs.members.get("chain")
    work = module.Context(model=context.model, model_name=context.model_name, library=context.library)
    return module.build(variant=order.chain).invoke({"inputs": values}, context=work)["output"]
