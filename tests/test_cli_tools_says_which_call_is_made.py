"""`vade tools` lists what can be called, shows one, and says for each request of a file which call would be made."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from model_server import calls, says, serving

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
    results = [json.loads(line) for line in out.splitlines()]
    assert results[:1] + results[2:3] + results[4:] == [
        {"id": "a", "call": {"name": "book_room", "args": {"hotel": "Hotel Paradise", "nights": 3}}},
        {"id": "b", "call": None},
        {"id": "d", "call": {"name": "calculator", "args": {"expression": "5 + 6"}}},
        {"id": "e", "call": None},
    ]
    assert results[1] == {"id": None, "error": "line 2 is not JSON"}
    assert (results[3]["id"], set(results[3])) == ("c", {"id", "error"})
    assert (code, err) == (1, "")


LAMP = {
    "name": "set_lamp",
    "description": "Switch a lamp.",
    "parameters": {"type": "object", "properties": {"room": {"type": "string"}}, "required": ["room"]},
}


@pytest.mark.slow
def test_a_model_that_fails_one_case_has_its_reason_in_that_row(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    replies = [
        calls(("set_lamp", {"room": "hall"})),
        calls(("set_lamp", '{"room": "ha')),  # cut off
        calls(("set_lamp", '["hall"]')),  # JSON, and no object
        says("No lamp fits."),
        calls(("set_lamp", {"room": "attic"})),
    ]
    asked = [{"id": id, "question": "Light!", "tools": [LAMP]} for id in ("a", "b", "c", "d", "twice", "twice")]
    file = tmp_path / "cases.jsonl"
    file.write_text("\n".join(map(json.dumps, asked)), "utf-8")
    with serving(*replies) as server:  # the sixth request is refused with 400
        code, out, err = call(capsys, "tools", "--batch", str(file), "--model", server.url)
    results = [json.loads(line) for line in out.splitlines()]
    assert (code, err) == (1, "")
    assert [result["id"] for result in results] == ["a", "b", "c", "d", "twice", "twice"]
    assert [result.get("call", "failed") for result in results] == [
        {"name": "set_lamp", "args": {"room": "hall"}},
        "failed",
        "failed",
        None,
        {"name": "set_lamp", "args": {"room": "attic"}},
        "failed",
    ]
    assert ["arguments of the" in results[place]["error"] for place in (1, 2)] == [True, True]
    assert "did not answer" in results[5]["error"]


BROKEN = {
    "no JSON": b'{"id": 1,',
    "nested without end": b"[" * 100_000,
    "no UTF-8": b'{"id": 1, "question": "\xff"}',
    "no object": b'"Light!"',
    "no question": b'{"id": 1}',
    "an empty question": b'{"id": 1, "question": " "}',
    "tools that are no list": b'{"id": 1, "question": "Light!", "tools": {}}',
    "a tool without a name": b'{"id": 1, "question": "Light!", "tools": [{"description": "?"}]}',
    "a schema that is none": b'{"id": 1, "question": "Light!", "tools": [{"name": "a", "parameters": {"enum": 5}}]}',
    "a schema broken deep inside": b'{"id": 1, "question": "Light!", "tools": [{"name": "a", "parameters": '
    b'{"properties": {"room": {"anyOf": [{"enum": 5}]}}}}]}',
}


def test_a_bad_row_has_its_reason_and_the_next_is_answered(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    last = json.dumps({"id": "last", "question": "Light!", "tools": [LAMP]}).encode()
    file = tmp_path / "cases.jsonl"
    file.write_bytes(b"\n\n".join([*BROKEN.values(), last]))
    with serving(calls(("set_lamp", {"room": "hall"}))) as server:
        code, out, err = call(capsys, "tools", "--batch", str(file), "--model", server.url)
    *failed, answered = [json.loads(line) for line in out.splitlines()]
    assert (code, err, answered["call"]) == (1, "", {"name": "set_lamp", "args": {"room": "hall"}})
    for kind, result in zip(BROKEN, failed, strict=True):
        assert set(result) == {"id", "error"}, kind
        assert "\n" not in result["error"], kind
        assert "bug" not in result["error"], kind
    assert [result["id"] for result in failed] == [None] * 4 + [1] * 6


def test_an_empty_file_gives_nothing_and_is_no_error(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "cases.jsonl"
    file.write_bytes(b"\n")
    assert call(capsys, "tools", "--batch", str(file)) == (0, "", "")


def test_ctrl_c_ends_a_batch(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("vademecum.Notebook.call", interrupted)
    file = tmp_path / "cases.jsonl"
    file.write_text('{"id": 1, "question": "What is 5 + 6?"}\n' * 2, "utf-8")
    assert call(capsys, "tools", "--batch", str(file))[:2] == (130, "")


def test_without_a_language_model_it_says_so(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "cases.jsonl"
    file.write_text('{"id": 1, "question": "What is 5 + 6?"}', "utf-8")
    code, out, err = call(capsys, "tools", "--model", "extractive", "--batch", str(file))
    assert (code, err) == (1, "")
    assert "needs a language model" in json.loads(out)["error"]


def test_help_is_there() -> None:
    from vademecum.cli import vade

    assert "Nothing is run." in CliRunner().invoke(vade, ["tools", "--help"]).output
