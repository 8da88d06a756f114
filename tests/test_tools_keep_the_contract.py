"""Every file in tools/, those added later too: described, typed, with examples, an effect, and words for errors."""

import importlib
from pathlib import Path
from typing import Any, get_args

import pytest
from isolation import attempts
from langchain_core.tools import BaseTool
from langchain_tests.unit_tests import ToolsUnitTests
from pydantic import ValidationError

from vademecum import tools
from vademecum.core.errors import ToolError, UsageError
from vademecum.core.settings import load_settings

NOWHERE = "http://127.0.0.1:9"
"""Nothing listens there."""

FILES = tools.names()
FAMILIES = [
    name for name in FILES if hasattr(importlib.import_module(f"vademecum.tools.{name.replace('-', '_')}"), "parts")
]
SINGLE = [name for name in FILES if name not in FAMILIES]

GARBAGE: tuple[Any, ...] = (
    None,
    "",
    " ",
    "((((",
    "\x00",
    "\ud800",
    "🙂" * 3000,
    "../../etc/passwd",
    "x" * 100_000,
    "1" * 5000,
    -1,
    10**30,
    float("nan"),
    [],
    ["a", {"b": 1}],
    {"a": 1},
    True,
)


def built(name: str) -> BaseTool:
    settings = load_settings(
        geocoding_url=NOWHERE, weather_url=NOWHERE, search_url=NOWHERE, web_seconds=2, tool_seconds=20
    )
    [tool] = tools.build(tools.Services(settings=settings), [name])
    return tool


def refused(tool: BaseTool, arguments: dict[str, Any]) -> None:
    """Call it: it answers, or says in words why not."""
    raised: list[Exception] = []
    try:
        tool.invoke(arguments)
    except (ToolError, ValidationError) as error:
        raised.append(error)
    for error in raised:
        # A ValidationError is LangChain's, of the arguments, and goes to the model; one from within a tool would not.
        assert isinstance(error, ToolError) or error.title == tool.get_input_schema().__name__
        assert " " in str(error)
    attempts.clear()  # a tool of the web may try what it is given; the hook of the tests has refused it


@pytest.mark.parametrize("name", SINGLE)
def test_a_tool_says_what_it_is_for_and_what_it_takes(name: str) -> None:
    tool = built(name)
    module = importlib.import_module(f"vademecum.tools.{name.replace('-', '_')}")
    assert (module.__doc__ or "").strip().splitlines()[0]
    assert tool.name.replace("_", "").isalnum()
    assert len(tool.description) > 40
    fields = tool.tool_call_schema.model_json_schema()["properties"]
    assert all(len(field["description"]) > 8 for field in fields.values())
    assert all("type" in field or "anyOf" in field or "enum" in field for field in fields.values())


@pytest.mark.slow
@pytest.mark.parametrize("name", SINGLE)
def test_its_examples_fit_its_arguments_and_can_be_called(name: str) -> None:
    tool = built(name)
    examples = (tool.metadata or {})["examples"]
    assert len([example for example in examples if "args" in example]) >= 2
    for example in examples:
        assert set(example) in ({"request", "args"}, {"request"})  # those without are for choosing only
        if "args" not in example:
            continue
        tool.tool_call_schema.model_validate(example["args"])
        refused(tool, example["args"])


@pytest.mark.parametrize("name", SINGLE)
def test_it_says_what_a_call_does_to_the_world(name: str) -> None:
    assert (built(name).metadata or {})["effect"] in get_args(tools.Effect)


@pytest.mark.slow
@pytest.mark.parametrize("name", SINGLE)
def test_garbage_is_answered_in_words(name: str) -> None:
    tool = built(name)
    fields = list(tool.args)
    refused(tool, {})
    for value in GARBAGE:
        refused(tool, dict.fromkeys(fields, value))
        refused(tool, {fields[0]: value})


@pytest.mark.parametrize("name", FAMILIES)
def test_a_family_has_no_tools_until_a_setting_names_some(name: str) -> None:
    assert tools.build(tools.Services(settings=load_settings()), [name]) == []
    with pytest.raises(UsageError, match=f"no part 'x' of the tools '{name}'"):
        tools.build(tools.Services(settings=load_settings()), [f"{name}:x"])


def test_what_leaves_the_machine_asks_first_and_what_does_not_does_not() -> None:
    asked = {name for name in SINGLE if tools.needs_approval(built(name))}
    assert asked >= {"weather", "web-search", "read-page"}
    assert not asked & {"calculator", "date-time", "python", "read-document", "search-documents"}


def test_a_tool_has_no_parts_and_a_name_is_taken_once() -> None:
    with pytest.raises(UsageError, match="has no parts such as 'x'"):
        tools.build(tools.Services(), ["calculator:x"])
    assert len(tools.build(tools.Services(), ["calculator", "calculator"])) == 1


def test_one_that_cannot_be_set_up_is_left_out_of_all_and_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "broken_one.py").write_text("1 / 0", "utf-8")
    monkeypatch.setattr(tools, "__path__", [*tools.__path__, str(tmp_path)])
    said: list[str] = []
    names = [tool.name for tool in tools.build(tools.Services(), report=said.append)]
    assert "calculator" in names
    [line] = said
    assert line.startswith("the tools of 'broken-one' are left out: ")
    assert str(tmp_path / "broken_one.py") in line
    assert "ZeroDivisionError: division by zero" in line


def standard(name: str) -> type:
    """LangChain's own unit tests for the tool."""
    return type(
        f"Test{name.title().replace('-', '')}",
        (ToolsUnitTests,),
        {
            "tool_constructor": property(lambda self: built(name)),
            "tool_invoke_params_example": property(lambda self: (built(name).metadata or {})["examples"][0]["args"]),
        },
    )


globals().update({f"Test{name.title().replace('-', '')}": standard(name) for name in SINGLE})
