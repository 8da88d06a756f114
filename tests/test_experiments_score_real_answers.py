"""Experiments on the sample handbook, with real answers: scored, kept, repeated, and honest about what failed."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from scripted import Scripted

from vademecum import evaluating
from vademecum.core.errors import ModelError, UsageError
from vademecum.core.types import Answer
from vademecum.evaluation import data_sets, experiments, labels, running
from vademecum.evaluation.cases import Case, DataSet
from vademecum.evaluation.expected import ExpectedEvidence
from vademecum.evaluation.judge import Judge
from vademecum.evaluation.spending import Spending
from vademecum.evaluation.target import Target
from vademecum.evaluation.variants import Variant

if TYPE_CHECKING:
    from vademecum import Notebook

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
PICKED = ("s000", "s005", "s030", "s050", "s080", "s095")
VARIANT = Variant.parse("extractive")


@pytest.fixture(scope="module")
def data() -> DataSet:
    cases = data_sets.read(str(ROOT / "samples" / "questions.jsonl")).cases
    return DataSet.of("samples", [case for case in cases if case.id in PICKED])


@pytest.fixture(scope="module")
def untraced(notebook: "Notebook") -> evaluating.Measured:
    return evaluating.Measured(notebook.settings.model_copy(update={"tracing": "off"}))


@pytest.fixture(scope="module")
def target(untraced: evaluating.Measured) -> Target:
    return evaluating.target(untraced)


def run(data: DataSet, target: Target, **more: object) -> experiments.Experiment:
    return running.run(data, VARIANT, target, client=None, **more)


def test_every_number_but_times_is_the_same_a_second_time(data: DataSet, target: Target) -> None:
    def figures() -> dict:
        told = experiments.summary(run(data, target, seed=3))
        told["metrics"].pop("seconds")
        told.pop("experiment")
        return told

    first = figures()
    assert first == figures()
    assert first["metrics"]["groundedness"]["value"] == 1
    assert first["metrics"]["true_quotes"]["value"] == 1
    assert first["metrics"]["recall@10"]["n"] == 4
    assert "no perplexity: no language model wrote" in first["notes"]


def test_evidence_is_found_where_it_stands_also_in_a_pdf(target: Target) -> None:
    expected = ExpectedEvidence(target.library)
    for case in data_sets.read(str(ROOT / "samples" / "questions.jsonl")).cases:
        truth = expected.of(case)
        assert bool(truth.spans) == bool(case.evidence), case.id
        assert bool(truth.relevant) == bool(case.evidence), case.id
        assert not case.doc or truth.spans[0].path == case.doc


def test_evidence_that_the_documents_do_not_hold_is_told(target: Target) -> None:
    lost = DataSet.of("lost", [Case.of({"id": "1", "question": "What is attention?", "evidence": "zyx wvu"}, "row")])
    made = run(lost, target)
    assert "mrr@10" not in made.metrics()
    assert any("do not hold the evidence of 1 cases (1)" in note for note in made.notes)


def test_a_case_that_fails_is_counted_shown_and_not_scored(data: DataSet, target: Target) -> None:
    def ask(question: str, spending: Spending) -> Answer | None:
        if question == data.cases[0].question:
            raise ModelError("the model did not answer; try again")
        if question == data.cases[1].question:
            raise ZeroDivisionError("a bug")
        return target.ask(question, spending)

    failing = Target(target.library, target.verifier, target.settings, ask)
    made = run(data, failing)
    assert [row.case.id for row in made.errors] == [case.id for case in data.cases[:2]]
    assert made.errors[0].outcome.error == "the model did not answer; try again"
    assert "a bug" in made.errors[1].outcome.error
    assert made.errors[0].values == {}
    assert len(made.numbers("seconds")) == len(data.cases) - 2
    assert any("2 of 6 cases failed and are not scored" in note for note in made.notes)


def test_a_judge_grades_by_the_rubric_and_may_fail_on_a_case(data: DataSet, target: Target) -> None:
    grades = [{"reason": "all there", "grade": 5}, {"reason": "part", "grade": 3}]
    model = Scripted(script=[*grades, ConnectionError("gone"), *[{"reason": "wrong", "grade": 1}] * 3])
    made = run(data, target, judge=Judge(model, "scripted"))
    assert made.numbers("correctness")[:, 0].tolist() == [1.0, 0.5, 0.0, 0.0, 0.0]
    assert made.rows[0].notes["correctness"] == "all there"
    assert made.rows[2].notes["correctness"].startswith("not graded: the model did not answer")
    asked = model.seen[0][-1].text
    assert data.cases[0].question in asked
    assert data.cases[0].answer[0] in asked
    assert made.judge.startswith("scripted, rubric ")


@pytest.mark.parametrize("name", ["embedded", "extractive", "small.gguf"])
def test_a_model_that_cannot_judge_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="cannot judge answers"):
        Judge(None if name == "extractive" else Scripted(script=[]), name)


def test_an_experiment_is_found_again_by_its_name_its_set_or_its_variant(
    data: DataSet, target: Target, tmp_path: Path
) -> None:
    made = run(data, target)
    experiments.save(made, tmp_path)
    later = made.model_copy(update={"name": "samples-extractive-00000000"})
    experiments.save(later, tmp_path)
    assert experiments.load(made.name, tmp_path) == made
    assert experiments.load("samples-extractive", tmp_path).name == later.name
    assert experiments.load("extractive", tmp_path).name == later.name
    with pytest.raises(UsageError, match="no experiment named 'other'; there are: samples-extractive-"):
        experiments.load("other", tmp_path)
    (tmp_path / experiments.FOLDER / "broken-x-00000000.json").write_text("{")
    with pytest.raises(UsageError, match="is not an experiment of this version"):
        experiments.load("broken-x", tmp_path)


def test_labels_are_kept_resumed_and_change_an_experiment(data: DataSet, target: Target, tmp_path: Path) -> None:
    made = run(data, target)
    labels.add(tmp_path, made.name, "ann", "s000", True)
    labels.add(tmp_path, made.name, "ann", "s005", True)
    labels.add(tmp_path, made.name, "ann", "s005", False)
    labels.add(tmp_path, made.name, "bob", "s000", False)
    with (tmp_path / labels.FOLDER / f"{made.name}.ann.jsonl").open("a") as file:
        file.write('{"id": "s0')  # stopped in the middle of a line
    assert labels.of(tmp_path, made.name, "ann") == {"s000": True, "s005": False}
    assert labels.people(tmp_path, made.name) == ["ann", "bob"]
    assert labels.applied(made, tmp_path).numbers("labelled_right")[:, 0].tolist() == [0.5, 0.0]


def test_the_graph_that_answers_may_be_another(untraced: evaluating.Measured, data: DataSet) -> None:
    made = run(DataSet.of("one", data.cases[:1]), evaluating.target(untraced, "research"))
    assert not made.errors
    assert made.rows[0].outcome.answer
