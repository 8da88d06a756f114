"""How sure the language model is of what it writes: perplexity, from the log-probabilities that came with its tokens.

They are those of the model's own distribution, before a grammar restricts it, so the tokens that a form demands count
too. Two models can be compared only where they share a tokenizer. A model without log-probabilities has no perplexity.
"""

from typing import TYPE_CHECKING

import numpy as np

from vademecum.evaluation.metrics import Floats, Metric, Values

if TYPE_CHECKING:
    from vademecum.evaluation.outcomes import Judged


def perplexity(numbers: Floats) -> float:
    """Exp of the mean negative log-probability, from (n, 2): its sum, and the number of tokens."""
    total, count = numbers.sum(axis=0)
    return float(np.exp(-total / count)) if count else float("nan")


METRICS = (
    Metric(
        "perplexity",
        "how unsure the model was of the tokens it wrote",
        "exp(-1/N sum of log p(token)), over all N tokens of all cases",
        "Jelinek et al. 1977; the model's own log-probabilities",
        better="lower",
        of=perplexity,
    ),
)


def score(row: "Judged") -> Values:
    """Log-probability and number of the tokens written."""
    usage = row.outcome.usage
    return {"perplexity": (usage.log_probability, float(usage.scored_tokens))} if usage.scored_tokens else {}
