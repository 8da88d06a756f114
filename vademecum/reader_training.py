"""`vade reader train`: from the labels of a workspace to how much the trained reader counts in it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from vademecum import trace_store
from vademecum.evaluation import data_sets
from vademecum.evaluation.reader_training import TrainingResult, labels_of_cases, labels_of_runs, train
from vademecum.retrieval.evidence import own_weights

if TYPE_CHECKING:
    from vademecum.notebook import Notebook


def train_reader(notebook: "Notebook", names: Sequence[str] = (), *, limit: int = 1000) -> TrainingResult:
    """Learn from the rated answers among the latest `limit` runs, and from the data sets; keep what wins.

    Raises:
        UsageError: too few labels, or no such data set.
        WorkspaceError: the workspace cannot be read or written.
    """
    settings = notebook.settings
    runs = [] if settings.tracing == "off" else trace_store.runs(settings, project=None, limit=limit)
    labels = [
        *labels_of_runs(runs),
        *(label for name in names for label in labels_of_cases(data_sets.read(name).cases)),
    ]
    result = train(notebook.library, labels, own_weights.own_weights(settings.home))
    if result.wins:
        own_weights.keep(settings.home, result.weights, result.labels)
    return result
