"""Sentences that answer come first; confidence tells answerable questions from others, in any workspace."""

import json
from pathlib import Path

import pytest

from vademecum.core.settings import load_settings
from vademecum.core.types import Evidence
from vademecum.retrieval.evidence.direct_answer import MAX_ANSWER_CHARS, MAX_ANSWER_SENTENCES, sentences_for_answer
from vademecum.retrieval.evidence.score_baseline import probes
from vademecum.retrieval.ingestion.ingest import ingest
from vademecum.retrieval.library import Library

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wiki(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Library:
    library = Library(tmp_path_factory.mktemp("wiki"), load_settings())
    ingest(library, [shared / "eval" / "wiki" / "corpus"])
    return library


@pytest.fixture(scope="module")
def weighed(wiki: Library, shared: Path) -> list[tuple[dict, Evidence, bool]]:
    """Questions with their evidence as weighed, and whether a hit in the first ten holds it at rank one."""
    rows = [json.loads(line) for line in (shared / "eval/wiki/questions.jsonl").read_text("utf-8").splitlines()]
    found = []
    for row in rows[::2]:
        hits = wiki.search(row["question"])
        first = bool(row["evidence"]) and row["evidence"] in hits[0].passage.text
        found.append((row, wiki.weigh(row["question"], hits), first))
    return found


def test_the_passage_that_answers_comes_first(weighed: list[tuple[dict, Evidence, bool]]) -> None:
    firsts = [first for row, _, first in weighed if row["evidence"]]
    assert sum(firsts) / len(firsts) > 0.86


def test_the_first_sentence_is_mostly_the_evidence(weighed: list[tuple[dict, Evidence, bool]]) -> None:
    right = [row["evidence"] == evidence.sentences[0].text for row, evidence, _ in weighed if row["evidence"]]
    assert sum(right) / len(right) > 0.75


def test_confidence_separates_answerable_questions_from_others(weighed: list[tuple[dict, Evidence, bool]]) -> None:
    answerable = [evidence.confidence for row, evidence, _ in weighed if row["evidence"]]
    others = [evidence.confidence for row, evidence, _ in weighed if "other subject" in row["kind"]]
    assert sum(value < 0.5 for value in answerable) / len(answerable) <= 0.06
    assert sum(value < 0.5 for value in others) / len(others) >= 0.95


def test_an_answer_is_short_and_each_quote_exact(wiki: Library, weighed: list[tuple[dict, Evidence, bool]]) -> None:
    for _, evidence, _ in weighed:
        chosen = sentences_for_answer(evidence)
        assert 1 <= len(chosen) <= MAX_ANSWER_SENTENCES
        assert len(chosen) == 1 or sum(len(sentence.text) for sentence in chosen) <= MAX_ANSWER_CHARS
        for sentence in chosen:
            cited = sentence.citation
            assert wiki.catalogue.text(cited.source_id)[cited.start : cited.end] == cited.quote == sentence.text


def test_the_baseline_is_measured_once(wiki: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    first = wiki.score_baseline()
    monkeypatch.setattr("vademecum.retrieval.evidence.score_baseline.probes", lambda: pytest.fail("measured again"))
    assert wiki.score_baseline() == pytest.approx(first, abs=1e-3)


def test_the_cohort_asks_about_many_things() -> None:
    assert len(probes()) == len(set(probes())) >= 40


def test_no_evidence_chooses_nothing() -> None:
    assert sentences_for_answer(Evidence()) == ()
