"""Sentences are found with exact offsets, whatever the text is made of."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vademecum.language.sentences import sentence_spans

TEXTS = st.text(st.sampled_from("aB. ?!\n\r\t-*#|>1é́😀“”’()[]$`…。？」と।ก"), max_size=120) | st.text(max_size=120)


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text)]


@given(TEXTS)
def test_spans_are_in_order_and_trimmed(text: str) -> None:
    position = 0
    for start, end in sentence_spans(text):
        assert position <= start < end <= len(text)
        assert text[start:end] == text[start:end].strip()
        position = end


@pytest.mark.slow
@given(
    st.lists(st.sampled_from(["Cells divide.", "Is it so? 😀", "Café ole\u0301!", "“Why not?” he said."]), min_size=1)
)
def test_prose_is_covered_but_for_white_space(parts: list[str]) -> None:
    text = "\r\n\r\n".join(parts)
    covered = "".join(sentences(text))
    assert "".join(covered.split()) == "".join(text.split())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Dr. Smith met J. Doe. They left.", ["Dr. Smith met J. Doe.", "They left."]),
        ("It costs 3.5 million. See Fig. 2 for more.", ["It costs 3.5 million.", "See Fig. 2 for more."]),
        ("The U.S. Senate voted. It passed.", ["The U.S. Senate voted.", "It passed."]),
        ("Skin makes vitamin D. The liver stores it.", ["Skin makes vitamin D.", "The liver stores it."]),
        ("He said “no.” She left.", ["He said “no.”", "She left."]),
        ("Use tools (e.g. Python) often. Good!", ["Use tools (e.g. Python) often.", "Good!"]),
        ("- First point\n- Second point. More of it.", ["First point", "Second point.", "More of it."]),
        ("A line that is\nwrapped by hand. Next.", ["A line that is\nwrapped by hand.", "Next."]),
        ("Wait... what? Yes.", ["Wait... what?", "Yes."]),
        ("| a | b |\n| 1 | 2 |", ["| a | b |", "| 1 | 2 |"]),
        ("Seen in 1990.[3] It grew.[citation needed] End.", ["Seen in 1990.[3]", "It grew.[citation needed]", "End."]),
        ("库房的租金为每月三千元。谁负责？王工！", ["库房的租金为每月三千元。", "谁负责？", "王工！"]),
        ("「明日は休みです。」と言った。鍵は受付です。", ["「明日は休みです。」と言った。", "鍵は受付です。"]),
        ("他说：“好的。”然后走了。", ["他说：“好的。”", "然后走了。"]),
        ("متى تغلق المكتبة؟تغلق في التاسعة. شكرا", ["متى تغلق المكتبة؟", "تغلق في التاسعة.", "شكرا"]),
        ("پانی کا بل مالک دے گا۔چابی یہاں ہے۔", ["پانی کا بل مالک دے گا۔", "چابی یہاں ہے۔"]),
        ("वह आया।वह गया॥ और?", ["वह आया।", "वह गया॥", "और?"]),
        (
            "ห้องสมุดปิดเวลาสองทุ่มทุกวันยกเว้นวันอาทิตย์ สมาชิกยืมได้ครั้งละห้าเล่ม คือ หนังสือ วารสาร",
            ["ห้องสมุดปิดเวลาสองทุ่มทุกวันยกเว้นวันอาทิตย์", "สมาชิกยืมได้ครั้งละห้าเล่ม คือ หนังสือ วารสาร"],
        ),
        (
            "ค่าปรับหนังสือเกินกำหนดวันละสามบาท\nผู้ดูแลชื่อคุณสมชายนั่งอยู่ชั้นสอง",
            ["ค่าปรับหนังสือเกินกำหนดวันละสามบาท", "ผู้ดูแลชื่อคุณสมชายนั่งอยู่ชั้นสอง"],
        ),
        ("", []),
        (" \r\n\t", []),
    ],
)
def test_sentences_end_where_a_reader_ends_them(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected
