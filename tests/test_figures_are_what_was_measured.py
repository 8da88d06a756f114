"""The tables of docs/retrieval.md are made from measured figures, and are not typed."""

import json
import re
import runpy
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parent.parent / "docs"
FIGURES = runpy.run_path(str(DOCS / "retrieval" / "figures.py"))


def measured() -> list[dict[str, object]]:
    return [json.loads(line) for line in (DOCS / "retrieval" / "figures.jsonl").read_text("utf-8").splitlines()]


def test_the_page_is_what_the_figures_say() -> None:
    page = (DOCS / "retrieval.md").read_text("utf-8")
    assert FIGURES["filled"](page, measured()) == page, "docs/retrieval/figures.py makes the tables anew"


@pytest.mark.parametrize("name", FIGURES["TABLES"])
def test_every_table_is_filled(name: str) -> None:
    page = (DOCS / "retrieval.md").read_text("utf-8")
    found = re.search(rf"<!-- table {name} -->\n(.*?)<!-- end -->", page, re.DOTALL)
    assert found
    assert found[1].count("\n|") >= 3


def test_a_new_line_takes_the_place_of_the_old_one_and_of_no_other(tmp_path: Path) -> None:
    old = [
        {"benchmark": "modes", "set": "wiki", "mode": "best", "mrr": 0.1},
        {"benchmark": "modes", "set": "wiki", "mode": "dense", "mrr": 0.2},
        {"benchmark": "splitters", "set": "wiki", "splitter": "token", "size": 0, "passages": 7},
    ]
    new = tmp_path / "new.jsonl"
    new.write_text(
        '{"benchmark": "modes", "set": "wiki", "mode": "best", "mrr": 0.9}\n'
        '{"benchmark": "splitters", "set": "wiki", "splitter": "token", "size": 0, "passages": 8}\n'
    )
    rows = FIGURES["merged"](old, [new])
    assert [(row["benchmark"], row.get("mrr"), row.get("passages")) for row in rows] == [
        ("modes", 0.9, None), ("modes", 0.2, None), ("splitters", None, 8),
    ]  # fmt: skip
