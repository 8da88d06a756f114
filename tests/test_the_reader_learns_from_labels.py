"""`vade reader train` weighs the reader by a person's labels, and keeps that only where left-out labels say so."""

from pathlib import Path

import numpy as np
import pytest

from vademecum.cli import run
from vademecum.core.errors import UsageError
from vademecum.evaluation.cases_from_traces import TracedRun
from vademecum.evaluation.reader_training import MIN_LABELS, Label, LabelledSentences, fit, judged, labels_of_runs
from vademecum.retrieval.evidence import own_weights
from vademecum.retrieval.evidence.read_passages import READ_WEIGHTS, UNREAD


def labelled(count: int, weights: np.ndarray, *, noise: float, seed: int = 0) -> list[LabelledSentences]:
    """Questions with six sentences each, of which the labelled one is the best by `weights`, but for noise."""
    rng = np.random.default_rng(seed)
    found = []
    for number in range(count):
        columns = np.column_stack([rng.normal(12, 2, 6), rng.normal(0, 3, 6), rng.random(6) < 0.2])
        columns[columns[:, 2] == 1, 1] = 0
        best = int(np.argmax(columns @ weights + rng.normal(0, noise, 6)))
        right = number % 4 != 3
        about = best if right else int(rng.choice([i for i in range(6) if i != best]))
        found.append(LabelledSentences(columns, np.arange(6) == about, right))
    return found


def test_what_the_labels_agree_on_is_learned_and_kept() -> None:
    wanted = READ_WEIGHTS * np.array([0.2, 2.5, 1])
    result = judged(labelled(120, wanted, noise=0.3), READ_WEIGHTS)
    assert result.wins
    assert result.after > result.before
    assert result.weights[1] / result.weights[0] > READ_WEIGHTS[1] / READ_WEIGHTS[0]


def test_labels_that_say_nothing_are_not_kept() -> None:
    assert not judged(labelled(60, READ_WEIGHTS, noise=100), READ_WEIGHTS).wins


def test_without_labels_the_weights_stay() -> None:
    assert fit(labelled(1, READ_WEIGHTS, noise=0)) == pytest.approx(READ_WEIGHTS, rel=0.5)
    with pytest.raises(UsageError, match=f"3 labels .* {MIN_LABELS} are needed"):
        judged(labelled(3, READ_WEIGHTS, noise=0), READ_WEIGHTS)


def test_the_newest_rating_of_a_question_counts() -> None:
    def rated(question: str, quote: str, liked: float | None, **answer: object) -> TracedRun:
        sentences = [{"text": quote, "citations": [{"quote": quote}]}, {"text": "x", "citations": [{"quote": "x"}]}]
        return TracedRun(question, {"question": question}, {"answer": {"sentences": sentences, **answer}}, "", liked)

    runs = [
        rated("Who?", "Nils Aas.", 0.0),
        rated("Who?", "The captain.", 1.0),
        rated("Where?", "In Bergen.", 1.0),
        rated("When?", "In 1962.", None),
        rated("Why?", "Because.", 0.0, abstained=True),
        TracedRun("broken", {}, {}, "failed", 0.0),
    ]
    assert list(labels_of_runs(runs)) == [
        Label("Who?", ("Nils Aas.",), right=False),
        Label("Where?", ("In Bergen.",), right=True),
    ]


def test_a_workspace_has_weights_of_its_own_until_they_are_reset(tmp_path: Path) -> None:
    assert own_weights.own_weights(tmp_path) is UNREAD
    own_weights.keep(tmp_path, READ_WEIGHTS * 2, 30)
    assert own_weights.own_weights(tmp_path) == pytest.approx(READ_WEIGHTS * 2)
    assert own_weights.reset(tmp_path)
    assert own_weights.own_weights(tmp_path) is UNREAD
    assert not own_weights.reset(tmp_path)


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"weights": [1, 2], "of": []}', '{"weights": [1e9, 0, 0], "of": %s}', "\x00" * 9999]
)
def test_a_file_that_is_none_of_ours_is_passed_over(tmp_path: Path, content: str) -> None:
    shipped = str(READ_WEIGHTS.tolist())
    (tmp_path / own_weights.FILE).write_text(content.replace("%s", shipped), "utf-8")
    assert own_weights.own_weights(tmp_path) is UNREAD


def test_with_too_few_labels_one_line_says_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["reader", "train", "--home", str(tmp_path)]) == 2
    error = capsys.readouterr().err
    assert "vade eval keep" in error
    assert error.count("\n") == 1
    assert run(["reader", "reset", "--home", str(tmp_path)]) == 0
    assert capsys.readouterr().out.strip() == "it did so already"
