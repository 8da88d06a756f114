"""Exact arithmetic: fractions, decimals, percentages, powers, roots and units. Parsed by hand; nothing is run as code.

Numbers are fractions (`fractions.Fraction`), so 0.1 + 0.2 is 0.3 and 1/3 * 3 is 1. What has no exact decimal form is
given to 15 significant digits and marked "≈".
"""

import re

from langchain_core.tools import BaseTool, StructuredTool
from pydantic import BaseModel, Field

from vademecum.core.errors import ToolError
from vademecum.tools import Services
from vademecum.tools._arithmetic import MAX_CHARS, calculate, shorten
from vademecum.tools._units import has_units, work_out_units

EXAMPLES = [
    *(
        {"request": request, "args": {"expression": expression}}
        for request, expression in (
            ("What is 17.5% of 2,340?", "17.5% of 2,340"),
            ("Calculate the square root of 144 plus 8", "square root of 144 plus 8"),
            ("How much is a 15% tip on $64?", "15% tip on $64"),
            ("multiply 6 by 7", "multiply 6 by 7"),
            ("What is 391 divided by 17?", "391 divided by 17"),
            ("How much is 12 times 9.5?", "12 times 9.5"),
            ("Convert 3 miles to km", "3 miles to km"),
            ("What is 20 °C in °F?", "20 °C in °F"),
        )
    ),
    {"request": "What is 3 + 4?"},
    {"request": "Calculate 25 times 16"},
    {"request": "What is 2 to the power of 10?"},
    {"request": "What is 10% of 500?"},
    {"request": "How much is 100 divided by 4?"},
    {"request": "How many kilograms are 10 pounds?"},
    {"request": "How many feet are there in a metre?"},
    {"request": "Convert 50 celsius to fahrenheit"},
    {"request": "What is 12 plus 30 minus 5?"},
    {"request": "What is the product of 12 and 9?"},
]
"""Arguments in the words of the request: a small model copies better than it translates."""

_LEAD = re.compile(
    r"^(?:please\s+)?(?:what(?:['’]s|\s+is|\s+are)|how much (?:is|are)|calculate|compute|work out)\s+(?:the\s+)?",
    re.IGNORECASE,
)
"""A small model hands over the question as it stands."""


class Arguments(BaseModel):
    """What the calculator takes."""

    expression: str = Field(description="What to work out: the numbers and what to do with them, in symbols or words.")


def build(services: Services) -> BaseTool:  # noqa: ARG001 (the shape every tool has)
    """The calculator as a tool."""
    return StructuredTool.from_function(
        work_out,
        name="calculator",
        description=(
            "Work out arithmetic exactly: plus, minus, times, divided by, percentages (17.5% of 2,340), powers, square "
            "roots, parentheses, and units (3 miles in km). Call it for any calculation with numbers."
        ),
        args_schema=Arguments,
        metadata={"examples": EXAMPLES, "effect": "none"},
    )


def work_out(expression: str) -> str:
    """`expression = result`, with "≈" for "=" where the result is rounded.

    Units go along (`5 kg + 300 g`), and are converted (`3 miles in km`).
    `50 + 20%` is 60, as on a pocket calculator; `20% off 50` is 40; `%` between two numbers is the remainder.

    Raises:
        ToolError: it cannot be read or worked out; says why and what to write instead.
    """
    stripped = re.sub(r"[?=.!\s]+$", "", _LEAD.sub("", expression.strip()))
    small = stripped.lower()
    try:
        value = calculate(small)
    except ToolError:
        if len(stripped) > MAX_CHARS or not has_units(stripped):
            raise
        converted = work_out_units(stripped)
        return f"{stripped} {'=' if converted.exact else '≈'} {converted.text}"
    text, exact = shorten(value)
    return f"{small} {'=' if exact else '≈'} {text}"
