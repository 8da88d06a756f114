"""Data sets in the workspace: added when they are such, listed, removed, never written over."""

from pathlib import Path

import pytest

from vademecum.core.errors import UsageError
from vademecum.evaluation import data_set_folder

ROWS = b'{"id": "1", "question": "Why?", "evidence": null}\n'


def test_a_data_set_is_added_listed_and_removed(tmp_path: Path) -> None:
    other = tmp_path / "other.jsonl"
    other.write_bytes(ROWS)
    known, data = data_set_folder.add(tmp_path / "home", "../my questions.jsonl", ROWS)
    assert (known.name, data.name, len(data.cases)) == ("my-questions", "my-questions", 1)
    assert known.file.parent == tmp_path / "home" / data_set_folder.FOLDER
    listed = data_set_folder.files(tmp_path / "home", [other, tmp_path / "nowhere.jsonl"])
    assert [(it.name, it.own) for it in listed] == [("my-questions", True), ("other", False)]
    with pytest.raises(UsageError, match="already; give the file another name"):
        data_set_folder.add(tmp_path / "home", "my questions.csv", b"id,question\n1,Why?\n")
    data_set_folder.remove(tmp_path / "home", "my-questions")
    assert data_set_folder.files(tmp_path / "home") == []
    with pytest.raises(UsageError, match="keeps no data set named 'other'"):
        data_set_folder.remove(tmp_path / "home", "other")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.txt", ROWS, "a.txt is not a data set"),
        ("a.jsonl", b'{"id": "1"}\n', 'a.jsonl, line 1 has no "question"'),
        ("a.jsonl", b"", "has no cases"),
        ("a.jsonl", b"\xff\xfe", "a.jsonl is not UTF-8 text"),
        ("a.jsonl", ROWS + ROWS, "two cases with the id '1'"),
        ("a.csv", b"id,text\n1,x\n", 'a.csv has no column "question"'),
    ],
)
def test_what_is_no_data_set_is_refused_and_leaves_nothing(
    tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    with pytest.raises(UsageError, match=said) as told:
        data_set_folder.add(tmp_path, name, content)
    assert ".half" not in str(told.value)
    assert [file for file in tmp_path.rglob("*") if file.is_file()] == []
