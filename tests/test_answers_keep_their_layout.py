"""Emphasis, tables with their header, formulas, code and lists survive in answers, JSON, Markdown and the terminal."""

import json
import re

import pytest
from markdown_it import MarkdownIt

from vademecum import exporting
from vademecum.cli import _answer
from vademecum.cli._shapes import answer_shape
from vademecum.core.types import Answer, Citation, Sentence

CODE = "```bash\ntimer stop\n  timer start --minutes 20\n```"
LIST = "- bread\n- cheese with `rind`\n  1. old *Gouda*"
FORMULA = "$$\nE = \\int_0^t P(s)\\,ds\n$$"
HEADER, BUTTER, FLOUR = "| Item | Price |", "| Butter | 2.40 euros |", "| Flour | 1.20 euros |"
PROSE = "It takes **exactly 20 minutes**, *never* more, and $E = P \\cdot t$ holds for `t > 0`."
HOSTILE = [
    "<script>alert(1)</script> ![x](http://pictures.example/a.png) [a](http://b.example)",
    "**<img src=x>** $![x](http://pictures.example/a.png)$ *[a](http://b.example)* $[^1]$",
    "$$\n![x](http://pictures.example/a.png)\n$$",
    "$$\n<img src=x>\n$$",
    "| <b>x</b> | ![x](http://pictures.example/a.png) |\n|---|---|\n| a | [a](http://b.example) |",
    "| a | b |\n|---|---|\n| x | `c \\| <img src=x>` |",
    "- ![x](http://pictures.example/a.png)\n- <img src=x>",
    "```x\n``\n<img src=x>\n",
    "# heading\n![x](http://pictures.example/a.png)\n- item",
]


def sentence(text: str, *quotes: str) -> Sentence:
    cited = [
        Citation(path="a.md", title="T", start=9 * n, end=9 * n + 1, quote=q, line=1) for n, q in enumerate(quotes)
    ]
    return Sentence(text=" ".join(text.split()), citations=tuple(cited), verdict="supported")


def answered(*sentences: Sentence) -> Answer:
    return Answer(question="Q?", text=" ".join(one.text for one in sentences), sentences=sentences)


def rendered(text: str) -> str:
    return MarkdownIt("gfm-like", {"linkify": False}).render(text)


@pytest.mark.parametrize("quote", [CODE, LIST, FORMULA, PROSE])
def test_a_sentence_has_the_lines_of_its_quote(quote: str) -> None:
    one = sentence(quote, quote)
    assert "\n" not in one.text
    assert one.layout == quote
    assert one.markdown == quote


def test_a_lead_in_stands_before_its_block() -> None:
    one = sentence(f"Run this: {CODE}", CODE, "Run this:")
    assert one.layout == f"Run this:\n\n{CODE}"


def test_a_fence_that_the_quote_leaves_open_is_closed() -> None:
    assert sentence(CODE.removesuffix("\n```"), CODE.removesuffix("\n```")).markdown == CODE


def test_rows_stand_below_their_header_once() -> None:
    answer = answered(sentence(BUTTER, BUTTER, HEADER), sentence(FLOUR, FLOUR, HEADER))
    assert answer.markdown.strip() == f"{HEADER}\n| --- | --- |\n{BUTTER}\n{FLOUR}"
    assert rendered(answer.markdown).count("<tr>") == 3
    exported = exporting.answer(answer)
    assert rendered(exported).count("<table>") == 1
    assert exported.count("[^1]: a.md") == 1
    assert "[^1][^2][^3][^2]" in exported.replace("\n", "")


def test_emphasis_code_and_formulas_stay_in_running_text() -> None:
    exported = exporting.answer(answered(sentence(PROSE, PROSE), sentence("2 * 3 * 4 costs $5 or $6.", "x")))
    assert "**exactly 20 minutes**, *never* more, and $E = P \\cdot t$ holds for `t > 0`.[^1]" in exported
    assert "2 \\* 3 \\* 4 costs \\$5 or \\$6." in exported
    assert "<strong>exactly 20 minutes</strong>, <em>never</em> more" in rendered(exported)


@pytest.mark.parametrize("text", HOSTILE)
def test_what_could_act_is_shown_as_it_is(text: str) -> None:
    shown = rendered(exporting.answer(answered(sentence(text, text))))
    assert not re.search(r"<(?:script|img|a|b|h[1-6])\b", re.sub(r'<a href="#fn.*?>|<(?:/?)thead>', "", shown)), shown
    assert "example" not in text or "example" in shown


def test_json_has_the_markdown_of_every_sentence() -> None:
    shape = answer_shape(answered(sentence(CODE, CODE), sentence(BUTTER, BUTTER, HEADER)), ())
    first, second = json.loads(json.dumps(shape))["sentences"]
    assert first["markdown"] == CODE
    assert first["text"] == " ".join(CODE.split())
    assert second["markdown"] == f"{HEADER}\n| --- | --- |\n{BUTTER}"


def test_the_terminal_shows_blocks_line_by_line(capsys: pytest.CaptureFixture[str]) -> None:
    lead = f"Run this to restart it: {CODE}"
    _answer.show(answered(sentence(lead, CODE), sentence(BUTTER, BUTTER, HEADER), sentence(LIST, LIST)), ())
    shown = capsys.readouterr().out
    assert "✓ Run this to restart it: [1]\n    timer stop\n      timer start --minutes 20\n" in shown
    assert "    Item    Price\n    ------  ----------\n    Butter  2.40 euros\n" in shown
    assert "    - bread\n    - cheese with `rind`\n      1. old *Gouda*\n" in shown


def test_control_characters_in_blocks_command_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    code = "```\n\x1b[31mred\x07\n```"
    _answer.show(answered(sentence(code, code)), ())
    assert not set("\x1b\x07") & set(capsys.readouterr().out)
