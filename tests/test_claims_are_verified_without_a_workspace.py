"""`vademecum.verify` judges a claim against any texts: the verdict, its reasons, and the place that decides."""

import json
import time
from collections import defaultdict
from pathlib import Path

import pytest

import vademecum as vade
from vademecum.core.errors import UsageError
from vademecum.core.types import Hit, Passage
from vademecum.verification.verdict import Judgement, Verifier
from vademecum.verification.wording import bare

DATA = Path(__file__).parent / "data" / "verdicts_in_context.jsonl"
CASES = [json.loads(line) for line in DATA.read_text("utf-8").splitlines()]
CAT = "A cat sleeps up to sixteen hours a day. A dog sleeps twelve."
ROSA = "Rosa Klein\nRoom: 12\nPhone: 555-0142\n\nAnna Berg\nRoom: 14\nPhone: 555-0187\n"


def judged(claim: str, *quotes: str, text: str) -> Judgement:
    passage = Passage(id="p", source_id="s", start=0, end=len(text), text=text, line=1)
    return Verifier().judge(claim, quotes, [Hit(passage=passage, path="a.md", root="", title="", score=1.0)])


def right_by_kind(cases: list[dict], supported: bool) -> dict[str, float]:
    right: defaultdict[str, list[bool]] = defaultdict(list)
    for case in cases:
        if case["supported"] is supported:
            verdict = vade.verify(case["claim"], [case["text"]]).verdict
            right[case["kind"]].append((verdict == "supported") is supported)
    return {kind: sum(values) / len(values) for kind, values in right.items()}


@pytest.mark.parametrize(("held_out", "least"), [(False, 0.85), (True, 0.6)])
def test_false_relations_are_caught_and_true_ones_pass(held_out: bool, least: float) -> None:
    cases = [case for case in CASES if case["held_out"] is held_out]
    for supported in (True, False):
        shares = right_by_kind(cases, supported)
        assert min(shares.values()) >= least, shares
        assert sum(shares.values()) / len(shares) >= 0.9 - 0.05 * held_out, shares


def test_the_span_that_supports_or_contradicts_is_named() -> None:
    texts = ["Nothing of the kind.", CAT]
    found = vade.verify("Cats sleep up to 16 hours a day [2].", texts)
    assert (found.verdict, found.kind, found.reasons) == ("supported", "supports", ())
    assert found.span is not None
    assert found.span.text == 1
    assert texts[1][found.span.start : found.span.end] == found.span.quote == CAT.split(". ")[0] + "."
    found = vade.verify("A cat sleeps up to twelve hours a day.", texts)
    assert (found.verdict, found.kind) == ("unsupported", "contradicts")
    assert found.span is not None
    assert found.span.quote.startswith("A cat")
    assert found.reasons


def test_a_claim_may_be_put_together_from_several_texts() -> None:
    texts = ["The Aurora was built in Bergen.", "In 1894 the Aurora sank off Shetland."]
    assert vade.verify("The Aurora, built in Bergen, sank off Shetland in 1894.", texts).is_supported
    assert not vade.verify("The Fram, built in Bergen, sank off Shetland in 1894.", texts).is_supported
    assert not vade.verify("The Aurora, built in Bergen, sank off Shetland in 1896.", texts).is_supported


def test_every_sentence_of_a_claim_must_be_supported() -> None:
    assert vade.verify("A cat sleeps up to sixteen hours a day. A dog sleeps twelve.", CAT).is_supported
    found = vade.verify("A cat sleeps up to sixteen hours a day. A horse sleeps three.", CAT)
    assert found.verdict == "unsupported"
    assert any("horse" in reason or "three" in reason for reason in found.reasons)


@pytest.mark.parametrize(
    ("claim", "texts"), [("", [CAT]), ("Is it?", [CAT]), ("Cats sleep.", []), ("Cats sleep.", [""])]
)
def test_what_claims_nothing_or_has_no_text_is_unsupported(claim: str, texts: list[str]) -> None:
    found = vade.verify(claim, texts)
    assert (found.verdict, found.span, found.kind) == ("unsupported", None, "none")
    assert found.reasons


def test_other_than_strings_is_one_clear_line() -> None:
    with pytest.raises(UsageError, match="all of them strings"):
        vade.verify("Cats sleep.", [None])  # ty: ignore[invalid-argument-type]


@pytest.mark.parametrize(
    ("sentence", "claim"),
    [
        ("Cats sleep [1].", "Cats sleep."),
        ("Cats [2, 5] sleep[^3].", "Cats sleep."),
        ("Cats sleep.[Source 4]", "Cats sleep."),
        ("The value lies in [1, 5].", "The value lies in [1, 5]."),
        ("It is row[2] of the table.", "It is row[2] of the table."),
    ],
)
def test_markers_of_citations_are_no_numbers(sentence: str, claim: str) -> None:
    assert bare(sentence, ["See row[2] there."]).text == claim


def test_a_judged_sentence_may_have_markers_and_a_yes() -> None:
    quote = CAT.split(". ")[0] + "."
    assert judged("Yes, a cat sleeps up to sixteen hours a day [1].", quote, text=CAT).verdict == "supported"
    assert judged("No, a cat does not sleep up to sixteen hours a day.", quote, text=CAT).verdict == "unsupported"


def test_a_field_belongs_to_its_own_record_only() -> None:
    assert judged("Anna Berg's phone is 555-0187.", "Anna Berg", "Phone: 555-0187", text=ROSA).verdict == "supported"
    mixed = judged("Rosa Klein's phone is 555-0187.", "Rosa Klein", "Phone: 555-0187", text=ROSA)
    assert mixed.verdict == "unsupported"
    assert judged("Rosa Klein's phone is 555-0187.", ROSA.strip(), text=ROSA).verdict == "unsupported"
    assert vade.verify("Anna Berg's phone is 555-0187.", ROSA).is_supported


def test_a_pronoun_stands_for_whom_the_sentence_before_names() -> None:
    text = "Ada Lindqvist joined in 2011. She became its managing director in 2017."
    assert vade.verify("Ada Lindqvist became managing director in 2017.", text).is_supported
    assert not vade.verify("Bo Falk became managing director in 2017.", text).is_supported


@pytest.mark.parametrize(
    "filler", ["word " * 10_000, "x" * 200_000, "|" + "-" * 50_000 + "x|\n" * 2, " " * 50_000 + "[1"]
)
def test_long_and_strange_texts_take_little_time(filler: str) -> None:
    began = time.process_time()
    found = vade.verify("A cat sleeps up to sixteen hours a day.", [f"{filler}\n\n{CAT}", filler])
    assert found.is_supported
    vade.verify(f"A cat sleeps up to twenty hours {filler[:5_000]}.", [CAT])
    assert time.process_time() - began < 10
