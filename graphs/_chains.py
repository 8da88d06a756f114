"""The chain that a message asks for by its name: "Run the chain article with topic=Tides; audience=children"."""

import re
from typing import Any, NamedTuple

from vademecum import graphs, prompts

_NAME = r"[\"“'`]?([\w-]+)[\"”'`]?"
_ASKED = re.compile(
    rf"^\W*(?:(?:please|now|then|and)\s+)*(?:run|start)\s+(?:the\s+)?(?:chain\s+{_NAME}|{_NAME}\s+chain)(?!\w)"
    r"(?:\s+(?:on|with|for|about|over|to)\b)?\s*[:,]?\s*(?P<given>.*)$",
    re.IGNORECASE | re.DOTALL,
)
_PAIR = re.compile(r"(?:^|[;\n])\s*([a-z][a-z0-9_]*)\s*=\s*")

NEEDS_A_MODEL = "A chain needs a language model, which there is none of here; take one with --model."


class Order(NamedTuple):
    """What was asked for: the chain's name, and the text that it is given."""

    chain: str
    given: str


def asked(message: str) -> Order | None:
    """The chain that a message asks for, whether there is one of that name or not; None where it asks for none."""
    found = _ASKED.match(message) if "chain" in graphs.names() else None
    return Order(found[1] or found[2], found["given"].strip()) if found else None


def inputs(wanted: tuple[str, ...], given: str) -> dict[str, str]:
    """The chain's inputs: from `name=text; name=text`, or, where it takes only one, all of the text."""
    parts = _PAIR.split(given)
    if len(parts) > 1 and not parts[0].strip():
        return {name: text.strip() for name, text in zip(parts[1::2], parts[2::2], strict=True)}
    return {wanted[0]: given} if len(wanted) == 1 and given else {}


def run(order: Order, context: Any) -> str:
    """What the chain gives, or in words why it cannot be run: the conversation goes on."""
    chaining = prompts.members.get("chaining")
    if order.chain not in chaining.names():
        return f"There is no chain named {order.chain!r}; there are: {', '.join(chaining.names())}."
    wanted = chaining.load(order.chain).inputs
    found = inputs(wanted, order.given)
    if set(found) != set(wanted):
        example = "; ".join(f"{name}=..." for name in wanted)
        return f"The chain {order.chain!r} takes {', '.join(wanted)}; say: run the chain {order.chain} with {example}"
    if context.model is None:
        return NEEDS_A_MODEL
    module = graphs.members.get("chain")
    work = module.Context(model=context.model, model_name=context.model_name, library=context.library)
    return module.build(variant=order.chain).invoke({"inputs": found}, context=work)["output"]
