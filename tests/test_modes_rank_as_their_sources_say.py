"""TF-IDF, maximal marginal relevance, fusion and late interaction give what their definitions give."""

import itertools
import math
import sqlite3
from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_core.vectorstores.utils import maximal_marginal_relevance
from workspaces import open_library

from vademecum.cli.search import MODE_HELP
from vademecum.core.errors import SettingsError
from vademecum.core.settings import Settings
from vademecum.core.types import Scope
from vademecum.retrieval import retrievers, transforms
from vademecum.retrieval.encode import compress, read_tokens, unit
from vademecum.retrieval.ingestion.ingest import ingest
from vademecum.retrieval.library import Library
from vademecum.retrieval.maintenance.forget import forget
from vademecum.retrieval.question import Question
from vademecum.retrieval.retrievers.best import takes_several
from vademecum.retrieval.retrievers.dense import marginal
from vademecum.retrieval.retrievers.hybrid import reciprocal_ranks, standard_scores
from vademecum.retrieval.retrievers.late import SHARPNESS, interaction, weights
from vademecum.retrieval.terms import as_indexed, index_terms, terms

TEXTS = {
    "gates.txt": "A forget gate decides what a cell keeps. A gate, a gate, a gate: café gates don't rust.",
    "trees.txt": "Trees grow rings. A tree that doesn't grow is no tree.",
    "rings.md": "# Rings\n\nA ring of gold, at the café.\n\n# Gates\n\nThe garden gate is shut.",
}
QUESTIONS = ("gate", "café rings", "doesn't rust", "gold tree gate grow", "nothing of this kind")


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    folder = tmp_path_factory.mktemp("texts")
    for name, text in TEXTS.items():
        (folder / name).write_text(text, "utf-8")
    (folder / "gone.txt").write_text("A gate that is gone.", "utf-8")
    made = open_library(tmp_path_factory.mktemp("home"))
    ingest(made, [folder])
    forget(made, "gone.txt")
    return made


def cosines(library: Library, question: str) -> dict[int, float]:
    """Key and cosine (lnc.ltc) of every passage that holds a word of the question, reckoned from the texts alone."""
    rows = library.catalogue.passages(keys=library.catalogue.keys(Scope()))
    told = {row.key: "\n".join((row.title, *row.passage.headings, row.passage.text)) for row in rows}
    bags = {key: Counter(form for term in terms(text) for form in as_indexed(term)) for key, text in told.items()}
    asked = {form for term in library.question(question).terms for form in as_indexed(term)}
    held = {form: sum(form in bag for bag in bags.values()) for form in asked}
    wanted = {form: math.log(len(bags) / count) for form, count in held.items() if count}
    found = {}
    for key, bag in bags.items():
        if shared := wanted.keys() & bag.keys():
            length = math.sqrt(sum((1 + math.log(count)) ** 2 for count in bag.values()))
            asked_length = math.sqrt(sum(weight**2 for weight in wanted.values())) or 1
            found[key] = sum(wanted[it] * (1 + math.log(bag[it])) for it in shared) / length / asked_length
    return found


@pytest.mark.slow
@pytest.mark.parametrize("question", QUESTIONS)
def test_tfidf_is_the_cosine_that_the_texts_alone_give(library: Library, question: str) -> None:
    retriever = library.retriever("tfidf")
    expected = cosines(library, question)
    assert dict(retriever.rank(library.question(question), 100, Scope())) == pytest.approx(expected)
    best = sorted(expected.items(), key=lambda pair: (-pair[1], pair[0]))[:2]
    assert [key for key, _ in retriever.rank(library.question(question), 2, Scope())] == [key for key, _ in best]


@settings(deadline=None)
@given(st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=60))
def test_stems_are_known_in_the_form_that_the_index_gives_them(text: str) -> None:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE VIRTUAL TABLE w USING fts5 (terms, tokenize = 'unicode61 remove_diacritics 2')")
    connection.execute("CREATE VIRTUAL TABLE v USING fts5vocab (w, 'row')")
    western = "".join(letter for letter in text if ord(letter) < 0x250)
    connection.execute("INSERT INTO w VALUES (?)", (index_terms(western),))
    there = dict(connection.execute("SELECT term, cnt FROM v"))
    connection.close()
    assert Counter(form for term in terms(western) for form in as_indexed(term)) == there


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 12), st.sampled_from([0.0, 0.3, 0.5, 1.0]))
def test_marginal_relevance_chooses_as_langchain_does(seed: int, k: int, lambda_mult: float) -> None:
    drawn = np.random.default_rng(seed)
    vectors, question = unit(drawn.standard_normal((9, 8)).astype(np.float32)), drawn.standard_normal(8)
    question = unit(question.astype(np.float32))
    chosen = marginal(vectors @ question, vectors, k, lambda_mult)
    assert [i for i, _ in chosen] == maximal_marginal_relevance(question, list(vectors), lambda_mult, k)
    worths = [worth for _, worth in chosen]
    assert len({i for i, _ in chosen}) == min(k, 9)
    assert all(later <= earlier for earlier, later in itertools.pairwise(worths))


def test_fusion_by_ranks_and_by_standard_scores() -> None:
    one, other = [(1, 9.0), (2, 8.0), (3, 1.0)], [(3, 0.5), (1, 0.4)]
    assert reciprocal_ranks([one, other]) == pytest.approx({1: 1 / 61 + 1 / 62, 2: 1 / 62, 3: 1 / 63 + 1 / 61})
    fused = standard_scores([one, other])
    first, second = np.array([9.0, 8.0, 1.0]), np.array([0.4, 0.4, 0.5])
    expected = (first - first.mean()) / first.std() + (second - second.mean()) / second.std()
    assert [fused[key] for key in (1, 2, 3)] == pytest.approx(expected.tolist(), abs=1e-6)
    assert standard_scores([[], []]) == {}
    assert standard_scores([[(7, 3.0)], []]) == {7: 0.0}


def test_hybrid_fuses_as_the_settings_say(library: Library) -> None:
    changed = Library(library.home, library.settings.model_copy(update={"fusion": "zscore"}))
    changed.embeddings = library.embeddings
    by_ranks, by_scores = (one.search("gate", k=9, mode="hybrid") for one in (library, changed))
    assert {hit.passage.id for hit in by_ranks} == {hit.passage.id for hit in by_scores}
    assert max(hit.score for hit in by_ranks) < 0.04 < max(hit.score for hit in by_scores)
    changed.close()


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_late_interaction_is_the_weighted_sum_of_the_best_matches(seed: int) -> None:
    drawn = np.random.default_rng(seed)
    question = unit(drawn.standard_normal((4, 128)).astype(np.float32))
    shares = drawn.dirichlet(np.ones(4)).astype(np.float32)
    passages = [
        compress(None, drawn.standard_normal((count, 384)).astype(np.float32)).tobytes()
        for count in drawn.integers(1, 9, 5)
    ]
    expected = [shares @ np.maximum((question @ read_tokens(it).T).max(axis=1), 0) ** SHARPNESS for it in passages]
    assert interaction(question, shares, passages) == pytest.approx(np.array(expected), abs=1e-5)


@pytest.mark.parametrize("mode", ["late", "sparse+rerank"])
def test_embeddings_without_token_vectors_are_told_what_to_do(library: Library, mode: str) -> None:
    with pytest.raises(SettingsError, match="take another mode, or set embeddings to embedded"):
        library.search("gate", mode=mode)


def test_every_mode_and_transform_is_named_where_a_person_looks() -> None:
    names = [*retrievers.members.names(), *transforms.members.names()]
    described: Any = Settings.model_fields["mode"].description
    for told in (MODE_HELP, described):
        assert [name for name in names if name not in told] == []


@pytest.mark.slow
def test_each_token_of_a_question_knows_its_word(embeddings: Any) -> None:
    question = Question("Doesn’t photorespiration, café-wise, waste energy?", embeddings)
    assert len(question.token_terms) == len(question.tokens)
    assert set(question.token_terms) == {*terms(question.text), ""}
    assert question.token_terms.count("photorespir") > 1  # the model knows the word in pieces
    assert Question("?!", embeddings).token_terms == ("", "")


@pytest.mark.slow
def test_rare_words_weigh_more_and_weights_sum_to_one(library: Library, embeddings: Any) -> None:
    question = Question("the gate of gold", embeddings)
    shares = dict(zip(question.token_terms, weights(question, library.catalogue).tolist(), strict=True))
    assert shares["gold"] > shares["gate"] > 0
    assert sum(shares.values()) == pytest.approx(1)
    assert sum(weights(Question("?!", embeddings), library.catalogue)) == pytest.approx(1)


def test_it_takes_several_passages_where_others_say_what_the_first_leaves_open() -> None:
    first, other, less = (np.array(row, np.float32) for row in ([0.9, 0.9, 0.2], [0.1, 0.2, 0.8], [0.5, 0.5, 0.2]))
    assert takes_several([first, other])
    assert not takes_several([first, less])
    assert not takes_several([first])
    assert not takes_several([])
