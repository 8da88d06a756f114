"""Passages leave out nothing but white space, and say where they are."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vademecum.retrieval.splitters.structure import LONGEST, split

MARKED = ["# Title", "## Part", "Setext\n===", "- item one\n- item two", "```\ncode()\n```", "| a | b |\n|---|---|"]
PLAIN = ["A sentence about cells. Another one!", "word " * 300, "Question?\n- answer", "", "é́ 😀 tail", "\r\nshort\r\n"]
LINES = st.sampled_from([*MARKED, *PLAIN, "$$x^2$$"])
TEXTS = st.lists(LINES, max_size=12).map("\n\n".join) | st.text(max_size=200)


@pytest.mark.slow
@settings(deadline=None)
@given(TEXTS, st.sampled_from(["text", "markdown", "pdf"]), st.lists(st.integers(0, 300), max_size=3))
def test_nothing_but_white_space_is_left_out(text: str, kind: str, cuts: list[int]) -> None:
    pages = sorted({0, *(cut for cut in cuts if cut < len(text))}) if kind == "pdf" else None
    position = 0
    for span in split(text, kind=kind, page_starts=pages, title="Title"):
        assert position <= span.start < span.end <= len(text)
        assert not text[position : span.start].strip()
        assert span.line == text.count("\n", 0, span.start) + 1
        if pages is not None and span.page is not None:
            end_of_page = pages[span.page] if span.page < len(pages) else len(text)
            assert pages[span.page - 1] <= span.start
            assert span.end <= end_of_page
        position = span.end
    assert not text[position:].strip()


def test_passages_know_the_headings_above_them() -> None:
    text = "# Book\n\nIntro.\n\n## Cells\n\nCells divide.\n\n### Mitosis\n\nIt has phases.\n\n## Plants\n\nPlants grow."
    spans = split(text, kind="markdown", page_starts=None, title="Book")
    assert [span.headings for span in spans] == [(), ("Cells",), ("Cells", "Mitosis"), ("Plants",)]


def test_a_plain_note_s_questions_are_headings_of_the_lists_below_them() -> None:
    text = "What is an LSTM\n- A recurrent network.\n- It has gates.\n\nAdvantages\n- Long memory.\n"
    spans = split(text, kind="text", page_starts=None, title="notes")
    assert [span.headings for span in spans] == [("What is an LSTM",), ("Advantages",)]


def test_a_comment_in_code_is_no_heading() -> None:
    text = "# Real\n\n```python\n# not a heading\nx = 1\n```\n\nProse."
    assert {span.headings for span in split(text, kind="markdown", page_starts=None, title="t")} == {("Real",)}


def test_a_long_paragraph_is_cut_between_sentences() -> None:
    sentence = "The cell divides into two daughters of equal size. "
    spans = split(sentence * 60, kind="text", page_starts=None, title="t")
    assert len(spans) > 1
    for span in spans:
        assert span.end - span.start <= LONGEST * 1.3
        assert (sentence * 60)[span.start : span.end].endswith("size.")


@pytest.mark.parametrize("text", ["", " \n\n ", "\ufeff"])
def test_a_text_without_words_has_no_passage_or_one(text: str) -> None:
    assert len(split(text, kind="text", page_starts=None, title="t")) <= 1
