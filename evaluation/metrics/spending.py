"""The cost of an answer: seconds, tokens, and money where the model's price is known."""

from typing import TYPE_CHECKING

from vademecum.evaluation.metrics import Metric, Values

if TYPE_CHECKING:
    from vademecum.evaluation.outcomes import Judged

METRICS = (
    Metric("seconds", "wall time of an answer", "mean seconds", "measured", better="lower", time=True),
    Metric("input_tokens", "tokens that models read for an answer", "mean", "as the model counts", better="lower"),
    Metric("output_tokens", "tokens that models wrote for an answer", "mean", "as the model counts", better="lower"),
    Metric("cost", "US dollars for an answer", "mean of tokens * price", "tracing's list of prices", better="lower"),
)


def score(row: "Judged") -> Values:
    """Time and tokens of the case; its cost where that is known."""
    usage = row.outcome.usage
    values: Values = {"seconds": (row.outcome.seconds,)}
    if usage.calls:
        values["input_tokens"] = (float(usage.input_tokens),)
        values["output_tokens"] = (float(usage.output_tokens),)
    if usage.cost is not None:
        values["cost"] = (usage.cost,)
    return values
