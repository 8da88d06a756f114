"""Whether answers are right, as a judge model or a person says."""

from typing import TYPE_CHECKING

from vademecum.evaluation.metrics import Metric, Values

if TYPE_CHECKING:
    from vademecum.evaluation.outcomes import Judged

METRICS = (
    Metric(
        "correctness",
        "a judge model's grade of the answer",
        "mean of (grade - 1) / 4, grades 1 to 5 by the rubric in prompts/evaluation/correctness.md",
        "Zheng et al. 2023, Judging LLM-as-a-Judge; Liu et al. 2023, G-Eval",
    ),
    Metric(
        "labelled_right", "people who said the answer is right", "labels 'right' / labels, by case", "vade eval label"
    ),
)


def score(row: "Judged") -> Values:
    """The grade and the label, where there are any."""
    values: Values = {}
    if row.grade:
        values["correctness"] = (row.grade.score,)
    if row.label is not None:
        values["labelled_right"] = (row.label,)
    return values
