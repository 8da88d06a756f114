"""`vade tools` lists what can be called, shows one, and says for each request of a file which call would be made."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from vademecum.cli import run


def call(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = run(arguments)
    out = capsys.readouterr()
    return code, out.out, out.err


def test_it_lists_every_tool_with_what_a_call_does(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = call(capsys, "tools", "--json")
    listed = {tool["name"]: tool for tool in json.loads(out)["tools"]}
    assert code == 0
    assert listed["calculator"]["effect"] == "none"
    assert listed["calculator"]["parameters"]["required"] == ["expression"]
    assert "calculator  (only answers)" in call(capsys, "tools")[1]


def test_it_shows_one_tool_with_its_examples(capsys: pytest.CaptureFixture[str]) -> None:
    out = call(capsys, "tools", "show", "calculator")[1]
    assert "expression (string):" in out
    assert "What is 17.5% of 2,340?" in out


def test_an_unknown_tool_is_told_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = call(capsys, "tools", "show", "telescope")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "calculator" in err


@pytest.mark.slow
def test_a_batch_gives_a_line_for_each_case_in_order(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    room = {
        "name": "book_room",
        "description": "Book a room in a hotel.",
        "parameters": {
            "type": "object",
            "properties": {
                "hotel": {"type": "string", "description": "Name of the hotel."},
                "nights": {"type": "integer", "description": "Number of nights."},
            },
            "required": ["hotel", "nights"],
        },
    }
    rows = [
        json.dumps({"id": "a", "question": "Book a room at the Hotel Paradise for 3 nights", "tools": [room]}),
        "not JSON",
        json.dumps({"id": "b", "question": "Who painted the Mona Lisa?", "tools": [room]}),
        json.dumps({"id": "c", "question": "x", "tools": [{"nam": 1}]}),
        json.dumps({"id": "d", "question": "What is 5 + 6?"}),
        json.dumps({"id": "e", "question": "What is 5 + 6?", "tools": []}),
    ]
    file = tmp_path / "cases.jsonl"
    file.write_text("\n".join(rows), "utf-8")
    code, out, err = call(capsys, "tools", "--batch", str(file))
    assert [json.loads(line) for line in out.splitlines()] == [
        {"id": "a", "call": {"name": "book_room", "args": {"hotel": "Hotel Paradise", "nights": 3}}},
        {"id": "b", "call": None},
        {"id": "d", "call": {"name": "calculator", "args": {"expression": "5 + 6"}}},
        {"id": "e", "call": None},
    ]
    assert code == 1
    assert [line.split(": ", 3)[2].rsplit(", ")[-1] for line in err.splitlines()] == ["line 2", "line 4"]


def test_without_a_language_model_it_says_so(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "cases.jsonl"
    file.write_text('{"id": 1, "question": "What is 5 + 6?"}', "utf-8")
    code, out, err = call(capsys, "tools", "--model", "extractive", "--batch", str(file))
    assert (code, out) == (1, "")
    assert "needs a language model" in err


def test_help_is_there() -> None:
    from vademecum.cli import vade

    assert "Nothing is run." in CliRunner().invoke(vade, ["tools", "--help"]).output
