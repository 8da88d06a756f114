"""Each metric on cases small enough to count by hand, and against libraries that count the same."""

import math

import numpy as np
import pytest
from evaluated import GRADE, answer, case, citation, judged, scores
from hypothesis import given, settings
from hypothesis import strategies as st

from vademecum.evaluation import metrics
from vademecum.evaluation.metrics import abstaining, overlap, ranking, ratio, rouge, writing
from vademecum.evaluation.outcomes import Usage


def test_ranking_as_in_the_handbooks_example() -> None:
    # samples/handbook/09: 4 relevant, five found: relevant, not, relevant, not, not.
    row = judged(case(evidence="e"), answer(), relevant=["a", "b", "c", "d"], found=["a", "x", "b", "y", "z"])
    found = scores(row)
    assert found["precision@1"] == 1
    assert found["precision@5"] == pytest.approx(2 / 5)
    assert found["recall@1"] == pytest.approx(1 / 4)
    assert found["recall@5"] == pytest.approx(2 / 4)
    assert found["mrr@10"] == 1
    assert found["map@10"] == pytest.approx((1 + 2 / 3) / 4)
    ideal = sum(1 / math.log2(rank + 1) for rank in (1, 2, 3, 4))
    assert found["ndcg@10"] == pytest.approx((1 + 1 / math.log2(4)) / ideal)


@pytest.mark.slow
def test_ranking_agrees_with_scikit_learn() -> None:
    from sklearn.metrics import average_precision_score, ndcg_score

    rng = np.random.default_rng(0)
    for _ in range(20):
        relevant = rng.random(10) < 0.4
        if not relevant.any():
            continue
        names = [f"p{at}" for at in range(10)]
        found = scores(
            judged(
                case(evidence="e"),
                answer(),
                relevant=[n for n, r in zip(names, relevant, strict=True) if r],
                found=names,
            )
        )
        places = -np.arange(10.0)
        assert found["map@10"] == pytest.approx(average_precision_score(relevant, places))
        assert found["ndcg@10"] == pytest.approx(ndcg_score([relevant], [places]))


IR_MEASURES = {
    "precision@1": "P@1", "precision@5": "P@5", "recall@1": "R@1", "recall@5": "R@5", "recall@10": "R@10",
    "mrr@10": "RR@10", "map@10": "AP@10", "ndcg@10": "nDCG@10",
}  # fmt: skip


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(
    found=st.permutations([f"p{number}" for number in range(15)]).flatmap(
        lambda order: st.integers(1, 15).map(lambda length: order[:length])
    ),
    relevant=st.sets(st.sampled_from([f"p{number}" for number in range(20)]), min_size=1),
)
def test_ranking_agrees_with_ir_measures(found: list[str], relevant: set[str]) -> None:
    ir_measures = pytest.importorskip("ir_measures", reason="ir-measures is not installed: no wheels for this machine")
    wanted = {name: ir_measures.parse_measure(text) for name, text in IR_MEASURES.items()}
    expected = [ir_measures.Qrel("q", name, 1) for name in relevant]
    run = [ir_measures.ScoredDoc("q", name, float(-place)) for place, name in enumerate(found)]
    theirs = ir_measures.calc_aggregate(list(wanted.values()), expected, run)
    ours = ranking.score(judged(case(evidence="e"), answer(), relevant=sorted(relevant), found=found))
    for name, measure in wanted.items():
        assert ours[name] == (pytest.approx(theirs[measure], rel=0, abs=1e-9),), name


def test_a_ranking_keeps_its_order_where_scores_tie_and_counts_a_passage_once() -> None:
    row = judged(case(evidence="e"), answer(), relevant=["b"], found=["a", "a", "b"])
    assert scores(row)["mrr@10"] == pytest.approx(1 / 2)
    assert scores(judged(case(evidence="e"), answer(), relevant=["b"], found=[]))["mrr@10"] == 0


def test_files_are_ranked_where_the_data_set_names_files() -> None:
    row = judged(case(relevant=["b.md"]), answer(), found=["a", "b"])
    row = row.model_copy(
        update={"truth": row.truth.model_copy(update={"by_file": True, "relevant": frozenset({"b.md"})})}
    )
    assert scores(row)["mrr@10"] == pytest.approx(1 / 2)


def test_exact_match_and_f1_normalise_as_squad_does() -> None:
    assert overlap.exact_match("The Huber loss.", "huber loss") == 1
    assert overlap.exact_match("Huber", "huber loss") == 0
    # "cat sat on mat" against "cat is on mat": three of four tokens shared.
    assert overlap.token_f1("The cat sat on the mat.", "a cat is on the mat") == pytest.approx(2 * 3 / (4 + 4))
    assert overlap.token_f1("", "") == 1
    assert overlap.token_f1("", "something") == 0


def test_the_best_of_several_references_counts() -> None:
    row = judged(case(answer=["no match at all", "Huber loss"]), answer("Huber loss"))
    assert scores(row)["exact_match"] == 1
    assert scores(row)["rougeL"] == 1


def test_bleu_of_a_corpus_is_sacrebleus() -> None:
    import sacrebleu

    said = ["the cat sat on the mat today", "a dog barked at the tree in the yard", "it rains"]
    right = ["the cat is on the mat today", "a dog barked at the cat in the yard", "it snows and rains"]
    numbers = np.array([overlap.bleu_statistics(one, (other,)) for one, other in zip(said, right, strict=True)])
    assert overlap.corpus_bleu(numbers) == pytest.approx(sacrebleu.corpus_bleu(said, [right]).score / 100)


def test_bleu_by_hand() -> None:
    # 5 of 6 words, 3 of 5 pairs, 1 of 4 triples; no quadruple of 3, smoothed to 1 / (2 * 3); lengths equal.
    expected = math.exp((math.log(5 / 6) + math.log(3 / 5) + math.log(1 / 4) + math.log(1 / 6)) / 4)
    numbers = np.array([overlap.bleu_statistics("the cat sat on the mat", ("the cat is on the mat",))])
    assert overlap.corpus_bleu(numbers) == pytest.approx(expected)


def test_rouge_as_in_lins_examples() -> None:
    # Lin 2004, section 3.1: LCS is 3 for S2, 2 for S3, over sentences of four words; ROUGE-2 is the same for both.
    reference = "police killed the gunman"
    second, third = rouge.rouge("police kill the gunman", reference), rouge.rouge("the gunman kill police", reference)
    # Porter's stemmer makes "killed" and "kill" one; Lin's example is without stems.
    assert rouge.longest_common("police kill the gunman".split(), reference.split()) == 3
    assert rouge.longest_common("the gunman kill police".split(), reference.split()) == 2
    assert second["rougeL"] == 1
    assert third["rougeL"] == pytest.approx(2 / 4)
    assert third["rouge1"] == 1
    assert third["rouge2"] == pytest.approx(1 / 3)


def test_rouge_by_hand() -> None:
    found = rouge.rouge("The quick brown fox jumps", "the quick red fox jumped over")
    assert found["rouge1"] == pytest.approx(2 * 4 / (5 + 6))  # the, quick, fox, jump
    assert found["rouge2"] == pytest.approx(2 * 2 / (4 + 5))  # the quick, fox jump
    assert found["rougeL"] == pytest.approx(2 * 4 / (5 + 6))
    assert rouge.rouge("", "word") == {"rouge1": 0, "rouge2": 0, "rougeL": 0}


@given(st.lists(st.sampled_from("abcd"), max_size=7), st.lists(st.sampled_from("abcd"), max_size=7))
def test_the_longest_common_subsequence_is_the_longest(one: list[str], other: list[str]) -> None:
    from itertools import combinations

    def has(sequence: tuple[str, ...]) -> bool:
        rest = iter(other)
        return all(item in rest for item in sequence)

    longest = max(n for n in range(len(one) + 1) for part in combinations(one, n) if has(part))
    assert rouge.longest_common(one, other) == longest


def test_citations_count_characters() -> None:
    # Evidence 100-200; cited 150-250 and 160-170: 50 of 100 cited characters are evidence, 50 of 100 of it are cited.
    row = judged(case(evidence="e"), answer("x", citation(150, 250), citation(160, 170)), spans=[(100, 200)])
    assert scores(row)["citation_precision"] == pytest.approx(50 / 100)
    assert scores(row)["citation_recall"] == pytest.approx(50 / 100)
    elsewhere = judged(case(evidence="e"), answer("x", citation(100, 200, "b.md")), spans=[(100, 200)])
    assert scores(elsewhere)["citation_recall"] == 0


def test_any_of_several_evidences_is_enough_but_all_of_several_spans_count() -> None:
    said = answer("x", citation(0, 10))
    spans = [(0, 10), (50, 60)]
    assert scores(judged(case(evidence=["e", "f"]), said, spans=spans, alternatives=True))["citation_recall"] == 1
    assert scores(judged(case(evidence="e"), said, spans=spans))["citation_recall"] == pytest.approx(1 / 2)


def test_a_refusal_of_an_answerable_question_cites_nothing_and_says_nothing() -> None:
    found = scores(judged(case(evidence="some words", answer="words"), answer(), spans=[(0, 10)]))
    assert found["citation_recall"] == 0
    assert "citation_precision" not in found
    assert found["token_f1"] == 0
    assert found["evidence_covered"] == 0


def test_groundedness_and_quotes_are_shares_of_all() -> None:
    metric = metrics.all_metrics()["groundedness"]
    assert metric.of(np.array([[1.0, 1.0], [1.0, 3.0]])) == pytest.approx(2 / 4)
    row = judged(case(), answer("x"), supported=(True, False), true_quotes=(True, True, False))
    assert scores(row)["groundedness"] == pytest.approx(1 / 2)
    assert scores(row)["true_quotes"] == pytest.approx(2 / 3)


@pytest.mark.slow
def test_abstention_agrees_with_scikit_learn() -> None:
    from sklearn.metrics import precision_score, recall_score

    rng = np.random.default_rng(1)
    refused, unanswerable = rng.random(50) < 0.4, rng.random(50) < 0.3
    rows = [
        judged(case(evidence=None if u else "e"), answer() if r else answer("x"))
        for r, u in zip(refused, unanswerable, strict=True)
    ]
    values = [metrics.score(row) for row in rows]
    for name, theirs in (("abstention_precision", precision_score), ("abstention_recall", recall_score)):
        numbers = np.array([it[name] for it in values if name in it])
        assert ratio(numbers) == pytest.approx(theirs(unanswerable, refused))


def test_nothing_is_said_of_abstention_where_the_truth_is_not_known() -> None:
    assert not {"abstention_precision", "calibration_error"} & scores(judged(case(), answer())).keys()


def test_calibration_error_by_hand() -> None:
    # Bin .9-1: three of .95, two of them right: gap .95 - 2/3. Bin .1-.2: one of .15, right: gap .85.
    numbers = np.array([[0.95, 1], [0.95, 1], [0.95, 0], [0.15, 1]])
    assert abstaining.calibration_error(numbers) == pytest.approx(3 / 4 * (0.95 - 2 / 3) + 1 / 4 * 0.85)
    assert abstaining.calibration_error(np.array([[1.0, 1], [0.0, 0]])) == 0


@pytest.mark.slow
def test_calibration_error_agrees_with_scikit_learns_bins() -> None:
    from sklearn.calibration import calibration_curve

    rng = np.random.default_rng(2)
    said = rng.random(400)
    so = (rng.random(400) < said**2).astype(float)
    was, mean = calibration_curve(so, said, n_bins=10, strategy="uniform")
    counts = np.bincount((said * 10).astype(int), minlength=10)
    expected = float((counts / 400 * np.abs(was - mean)).sum())
    assert abstaining.calibration_error(np.column_stack([said, so])) == pytest.approx(expected)


def test_perplexity_by_hand() -> None:
    # Two tokens of probability 1/2, two of 1/8: exp(mean of ln 2, ln 2, ln 8, ln 8) = 4.
    logs = [math.log(1 / 2)] * 2 + [math.log(1 / 8)] * 2
    numbers = np.array([[sum(logs[:1]), 1], [sum(logs[1:]), 3]])
    assert writing.perplexity(numbers) == pytest.approx(4)
    assert "perplexity" not in scores(judged(case(), answer("x")))


def test_time_tokens_cost_grades_and_labels_are_passed_on() -> None:
    usage = Usage(calls=2, input_tokens=30, output_tokens=5, cost=0.25)
    found = scores(judged(case(), answer("x"), usage=usage, seconds=2.5, grade=GRADE, label=1.0))
    assert (found["seconds"], found["input_tokens"], found["output_tokens"], found["cost"]) == (2.5, 30, 5, 0.25)
    assert (found["correctness"], found["labelled_right"]) == (0.75, 1.0)


def test_a_failed_run_is_not_scored() -> None:
    assert metrics.score(judged(case(evidence="e"), None, relevant=["a"], found=["a"], error="it broke")) == {}


@pytest.mark.parametrize("name", metrics.all_metrics())
def test_every_metric_says_what_it_is(name: str) -> None:
    metric = metrics.all_metrics()[name]
    assert metric.about
    assert metric.formula
    assert metric.source
    assert metric.name == name
