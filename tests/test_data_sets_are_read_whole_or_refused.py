"""JSONL and CSV data sets; a bad row is named, and nothing is made of half a file."""

import json
from pathlib import Path

import pytest

from vademecum.core.errors import UsageError
from vademecum.evaluation import data_sets
from vademecum.evaluation.cases import Case

ROOT = Path(__file__).parent.parent


def test_the_samples_are_a_data_set() -> None:
    data = data_sets.read(str(ROOT / "samples" / "questions.jsonl"))
    assert (data.name, len(data.cases)) == ("questions", 100)
    assert sum(case.answerable is True for case in data.cases) == 80
    assert data.cases[0].answer == ("matrix multiplication", "multiplication of large matrices")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["notes", "wiki", "musique", "spans", "scifact"])
def test_the_projects_other_sets_are_data_sets(shared: Path, name: str) -> None:
    assert data_sets.read(str(shared / "eval" / name / "questions.jsonl")).cases


def test_csv_says_the_same_as_jsonl(tmp_path: Path) -> None:
    rows = [
        {"id": "1", "question": "What, exactly?", "evidence": "a, b", "answer": ["x", "y"]},
        {"id": "2", "question": "And\nnow?", "evidence": None, "answer": None},
    ]
    (tmp_path / "cases.jsonl").write_text("\n".join(map(json.dumps, rows)))
    (tmp_path / "cases.csv").write_text(
        'id,question,evidence,answer\r\n1,"What, exactly?","a, b","[""x"", ""y""]"\r\n2,"And\nnow?",,\r\n'
    )
    one, other = (data_sets.read(str(tmp_path / f"cases.{ending}")) for ending in ("jsonl", "csv"))
    assert one.cases == other.cases
    assert one.fingerprint == other.fingerprint
    assert [case.answerable for case in one.cases] == [True, False]


def test_a_row_survives_being_written_and_read(tmp_path: Path) -> None:
    cases = data_sets.read(str(ROOT / "samples" / "questions.jsonl")).cases
    data_sets.write(tmp_path / "again.jsonl", cases)
    assert data_sets.read(str(tmp_path / "again.jsonl")).cases == cases


def test_a_row_that_says_nothing_of_what_is_right_is_only_run() -> None:
    assert Case.of({"id": "1", "question": "Why?"}, "row").answerable is None


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("a.jsonl", '{"id": 1, "question": "Why?"}\n{"id"', "a.jsonl, line 2 is not JSON"),
        ("a.jsonl", "[1]", "line 1 is not a JSON object"),
        ("a.jsonl", '{"id": 1}', 'line 1 has no "question"'),
        ("a.jsonl", '{"id": 1, "question": "Why?", "spans": [{"path": "a"}]}', "line 1: spans.0.start"),
        ("a.jsonl", '{"id": 1, "question": "Why?", "evidence": 3}', "line 1: evidence"),
        ("a.jsonl", '{"id": 1, "question": "Why?"}\n' * 2, "two cases with the id '1'"),
        ("a.jsonl", "\n\n", "has no cases"),
        ("a.csv", "id,text\n1,Why?\n", 'no column "question"'),
        ("a.csv", "id,question\n1,Why?,more\n", "line 2 has another number of cells"),
        ("a.csv", "id,question,answer\n1,Why?,[oops\n", "must be a JSON list"),
        ("a.txt", "Why?", "is not a data set; give"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, name: str, text: str, told: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(UsageError) as raised:
        data_sets.read(str(tmp_path / name))
    assert told in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_file_that_is_no_text_or_not_there(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="not UTF-8"):
        data_sets.read(str(tmp_path / "a.jsonl"))
    with pytest.raises(UsageError, match="cannot be read"):
        data_sets.read(str(tmp_path / "none.jsonl"))
    with pytest.raises(UsageError, match="tracing is off"):
        data_sets.read("langsmith:regressions")
