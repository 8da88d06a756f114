"""A conversation as Markdown: each citation a footnote with path, place and quote; what was written stays text."""

import re

import pytest
from markdown_it import MarkdownIt

from vademecum import exporting
from vademecum.core.types import Answer, Citation, Sentence
from vademecum.memory.checkpoints import Turn

HOSTILE = "<script>alert(1)</script> ![x](http://pictures.example/a.png) # not a heading\n# nor this \u202e_em_ [^9]"


def cited(number: int, quote: str) -> Citation:
    return Citation(path=f"notes/{number}.md", title="T", start=0, end=len(quote), quote=quote, line=number)


def answered(*sentences: tuple[str, Citation]) -> Answer:
    said = tuple(Sentence(text=text, citations=(one,), verdict="supported") for text, one in sentences)
    return Answer(question="Q?", text=" ".join(one.text for one in said), sentences=said)


def test_footnotes_are_numbered_through_and_say_path_place_and_quote() -> None:
    one, two = cited(3, "A cat sleeps."), cited(12, "It eats *mice*.")
    turns = [
        Turn("How long?", "", answered(("A cat sleeps.", one))),
        Turn("And food?", "", answered(("It eats mice.", two), ("A cat sleeps.", one))),
        Turn("Hello", "Hello!", None),
        Turn("Stopped?", "", None),
    ]
    text = exporting.conversation(turns)
    assert text.startswith("# How long?\n\n## How long?\n\nA cat sleeps.[^1]\n")
    assert "It eats mice.[^2] A cat sleeps.[^1]" in text
    assert "[^1]: notes/3.md, line 3: “A cat sleeps.”\n[^2]: notes/12.md, line 12: “It eats \\*mice\\*.”\n" in text
    assert "Stopped before there was an answer" in text


def test_an_abstention_shows_what_comes_nearest() -> None:
    found = Answer(question="Q?", text="no", abstained=True, nearest=(cited(1, "Nearly."),))
    assert exporting.answer(found) == (
        "*Not in your documents.*\n\nThe passages that come nearest:\n\n- “Nearly.”[^1]\n\n"
        "[^1]: notes/1.md, line 1: “Nearly.”\n"
    )


def test_what_others_wrote_is_shown_as_it_is() -> None:
    text = exporting.conversation([Turn(HOSTILE, "", answered((HOSTILE, cited(1, HOSTILE))))])
    shown = MarkdownIt("gfm-like", {"linkify": False}).render(text)
    assert not re.search(r"<(?:script|img|em|a)\b", shown)
    assert shown.count("&lt;script&gt;") == 4
    assert len(re.findall("<h[1-6]", shown)) == 2
    assert "\u202e" not in text


@pytest.mark.parametrize("found", [[], [Turn("", "", None)]])
def test_an_empty_conversation_can_be_saved(found: list[Turn]) -> None:
    assert exporting.conversation(found).startswith("# ")
