"""How short answers are."""

from vademecum.evaluation.metrics import Metric

METRICS = (Metric("words", "Words of the answer", "count", "a newcomer", better="lower"),)


def score(row):
    return {"words": (float(len(row.outcome.answer.text.split())),)} if row.outcome.answer else {}
