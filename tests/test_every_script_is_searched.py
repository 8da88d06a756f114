"""Words are found in every script: without spaces between them, with vowel signs in them, however they are typed."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from workspaces import open_library

from vademecum.language.words import normalised, word_spans, words
from vademecum.models.minilm import MiniLM
from vademecum.retrieval.ingestion.ingest import ingest
from vademecum.retrieval.languages import of_script
from vademecum.retrieval.library import Library
from vademecum.retrieval.passages import sentences
from vademecum.retrieval.question import Question
from vademecum.retrieval.terms import terms

TEXTS = {
    "zh-repair": "空调滤网每两个月清洗一次。电梯由新港公司维护，合同到二零二七年结束。备用发电机放在西侧车库。",
    "zh-travel": "我们四月三日坐火车去杭州。酒店在西湖北边，价格是每晚五百八十元。第二天参观茶园，导游姓陈。",
    "ja-office": "出張の経費は帰社後五日以内に申請してください。夏休みは八月十日から始まる。",
    "ja-house": "ゴミは火曜日と金曜日の朝に出します。管理人は平日の午前中にいます。駐車場の料金は月に一万二千円です。",
    "ko-gym": "수영장은 월요일에 쉽니다. 회원권은 한 달에 오만 원입니다. 사물함 열쇠를 잃어버리면 만 원을 내야 합니다.",
    "th-library": "ห้องสมุดปิดเวลาสองทุ่มทุกวันยกเว้นวันอาทิตย์ สมาชิกยืมหนังสือได้ครั้งละห้าเล่ม ค่าปรับวันละสามบาท",
    "hi-flat": "मकान का किराया हर महीने बारह हज़ार रुपये है। पानी का बिल मालिक चुकाएगा। चाबियाँ दुकान के पीछे रखी हैं।",
    "ar-clinic": "تفتح العيادة أبوابها في الساعة الثامنة صباحا. ثمن الكشف مئتا درهم. توجد الصيدلية بجانب المدخل.",
    "he-school": "השיעורים מתחילים בשעה שמונה בבוקר. דמי ההסעה הם מאה וחמישים שקלים. המפתחות של המעבדה אצל השומר.",
    "he-garden": "משקים את העגבניות פעמיים בשבוע. כלי העבודה שמורים במחסן הירוק. האסיפה תתקיים ביום שלישי במרץ.",
}
"""Ten small notes. Questions below use other forms of their words, and other words around them."""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    folder = tmp_path_factory.mktemp("texts")
    for name, text in TEXTS.items():
        (folder / f"{name}.txt").write_text(text, "utf-8")
    library = open_library(tmp_path_factory.mktemp("home"))
    ingest(library, [folder])
    yield library
    library.close()


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("空调多久清洗？", "zh-repair"), ("发电机在哪里？", "zh-repair"), ("去杭州坐什么车？", "zh-travel"),
        ("酒店多少钱一晚？", "zh-travel"), ("経費の申請はいつまでですか。", "ja-office"), ("夏休み", "ja-office"),
        ("ゴミは何曜日？", "ja-house"), ("駐車場はいくらですか。", "ja-house"), ("수영장이 쉬는 날", "ko-gym"),
        ("열쇠를 잃어버렸어요", "ko-gym"), ("ยืมหนังสือ", "th-library"), ("ห้องสมุดปิดกี่โมง", "th-library"),
        ("किराया कितना है?", "hi-flat"), ("चाबी कहाँ है?", "hi-flat"), ("متى تَفْتَح العيادة؟", "ar-clinic"),
        ("أين صيدلية؟", "ar-clinic"), ("איפה מפתח המעבדה?", "he-school"), ("מתי מתחיל שיעור?", "he-school"),
        ("עגבנייה", "he-garden"), ("מחסן", "he-garden"),
    ],
)  # fmt: skip
def test_a_note_is_found_by_its_words(library: Library, question: str, name: str) -> None:
    for mode in ("sparse", "tfidf"):
        assert library.search(question, mode=mode)[0].path == f"{name}.txt"


def test_each_note_has_its_language(library: Library) -> None:
    counts = library.catalogue.language_counts()
    told = {source.path: next(iter(counts[source.id])) for source in library.catalogue.sources()}
    assert told == {f"{name}.txt": name[:2] for name in TEXTS}


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("租金", "zh"), ("会議室の鍵", "ja"), ("열쇠", "ko"), ("ประตู", "th"), ("चाबी", "hi"), ("مفتاح", "ar"),
        ("מפתח", "he"), ("Ключ", "ru"), ("κλειδί", "el"), ("Schlüssel", ""), ("key 钥", ""), ("神", ""), ("42", ""),
    ],
)  # fmt: skip
def test_a_few_words_have_the_language_of_their_script(text: str, language: str) -> None:
    assert of_script(text) == language


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("第3章 ABC公司", ["第", "3", "章", "abc", "公", "公司", "司"]),
        ("C++, C# or C; a ++ b, #1, C#x", ["cplusplus", "csharp", "or", "c", "a", "b", "1", "c", "x"]),
        ("茶。", ["茶"]),
        ("ปิด", ["ปิด"]),
        ("पुस्तकालय कब", ["पुस्तकालय", "कब"]),
        ("הַסִּפְרִיָּה", ["הספריה"]),
        ("كِتَـــابٌ", ["كتاب"]),
        ("Ｆｕｌｌ ﬁt naïve don’t 3.5", ["full", "fit", "naïve", "don't", "3", "5"]),
    ],
)
def test_words_are_those_that_people_type(text: str, expected: list[str]) -> None:
    assert words(normalised(text)) == expected


def test_places_of_words_are_those_in_the_text() -> None:
    text = "ABC公司 นี้ कब"
    assert [text[start:end] for start, end in word_spans(text)] == ["ABC", "公", "司", "นี้", "कब"]


def test_english_is_cut_as_ever() -> None:
    text = "Which of the gates are running’s naïve leases — 3.5 % of A_B, e.g. “x-ray”?"
    assert terms(text) == [
        "which", "of", "the", "gate", "are", "run", "naïv", "leas", "3", "5", "of", "a", "b", "e", "g", "x", "ray"
    ]  # fmt: skip
    assert Question(text, None).terms == ("gate", "run", "naïv", "leas", "3", "5", "b", "e", "g", "x", "ray")


def test_no_letter_is_cut_off_from_its_marks() -> None:
    text = "กี้" * 40
    cut = [text[start:end] for start, end in sentences(text, 0, len(text), 50)]
    assert "".join(cut) == text
    assert all(part.startswith("ก") for part in cut)


def test_what_the_embedded_model_cannot_spell_is_told_apart(tmp_path: Path) -> None:
    model = MiniLM()
    thai, other = "ห้องสมุดปิดเวลาสองทุ่ม", "ค่าปรับวันละสามบาท"
    near, far = model.embed_documents([thai, other])
    asked = model.embed_query("ห้องสมุดปิดกี่โมง")
    cosines = [sum(a * b for a, b in zip(asked, vector, strict=True)) for vector in (near, far)]
    assert cosines[0] > cosines[1] + 0.05
    assert model.embed_query(thai) == near
