"""Run Python in a sandbox, and return what it prints and the value of its last expression."""

from langchain_core.tools import BaseTool, StructuredTool
from pydantic import BaseModel, Field

from vademecum.core.errors import ToolError
from vademecum.tools import Services
from vademecum.tools._sandbox import MEMORY_MB as MEMORY_MB
from vademecum.tools._sandbox import MODULES, Outcome, run
from vademecum.tools._sandbox import SECONDS as SECONDS

EXAMPLES = [
    *(
        {"request": request, "args": {"code": code}}
        for request, code in (
            ("Run this Python: print(sum(range(10)))", "print(sum(range(10)))"),
            ("Execute the code [n**2 for n in range(5)]", "[n**2 for n in range(5)]"),
            ("What does `sorted({3, 1, 2})` return in Python?", "sorted({3, 1, 2})"),
            ("Evaluate len('vademecum') in the Python interpreter", "len('vademecum')"),
        )
    ),
    {"request": "Run this code: print('hello')"},
    {"request": "Execute for x in range(5): print(x)"},
    {"request": "Run this script for me: import math; print(math.pi)"},
]


class Arguments(BaseModel):
    """What the sandbox takes."""

    code: str = Field(description="Python code; the value of its last expression is returned.", min_length=1)


def build(services: Services) -> BaseTool:  # noqa: ARG001 (the shape every tool has)
    """The sandbox as a tool; its artifact is the `Outcome`."""
    return StructuredTool.from_function(
        run_python,
        name="run_python",
        description=(
            "Run Python code in a sandbox without files and network, and return its output. Call it to run or test "
            f"code, and for work with data that a formula cannot do. It has: {MODULES}."
        ),
        args_schema=Arguments,
        response_format="content_and_artifact",
        metadata={"examples": EXAMPLES, "effect": "none"},
    )


def run_python(code: str) -> tuple[str, Outcome]:
    """What the code printed and returned.

    Raises:
        ToolError: it failed, or met a bound; the text is Python's, for the model to correct the code by.
    """
    outcome = run(code)
    output_parts = [outcome.printed.rstrip("\n"), outcome.result]
    if outcome.failed:
        before = f"It printed:\n{outcome.printed}\n" if outcome.printed else ""
        raise ToolError(f"the code failed.\n{before}{outcome.error}")
    return "\n".join(filter(None, output_parts)) or "The code ran, and printed and returned nothing.", outcome
