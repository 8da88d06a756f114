"""An experiment: the outcomes and scores of all cases of a data set under one variant; stored in the workspace.

The trace store has the same experiment run by run; the file has all that a report or a comparison needs, so that both
work where tracing is off, and after traces were deleted.
"""

import contextlib
import re
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from vademecum.core.atomic_write import remedy, write_whole
from vademecum.core.errors import UsageError, WorkspaceError
from vademecum.core.settings import from_here
from vademecum.evaluation import metrics
from vademecum.evaluation.bootstrap import Estimate, estimate
from vademecum.evaluation.metrics import Floats, Metric
from vademecum.evaluation.outcomes import Scores

FOLDER = Path("evaluation", "experiments")
"""Where experiments are stored in a workspace."""

_ENDING = re.compile(r"-[0-9a-f]{8}$")
"""What LangSmith adds to the name of an experiment to make it unique."""


class Experiment(BaseModel):
    """All of one evaluation. `settings` are those that the variant ran with, as text, without secrets."""

    model_config = ConfigDict(frozen=True)

    name: str
    created: str
    data_set: str
    fingerprint: str
    variant: str
    graph: str
    settings: dict[str, str]
    seed: int = 0
    rows: tuple[Scores, ...]
    notes: tuple[str, ...] = ()
    judge: str = ""

    @property
    def errors(self) -> tuple[Scores, ...]:
        """Rows whose run failed."""
        return tuple(row for row in self.rows if row.outcome.error)

    def metrics(self) -> dict[str, Metric]:
        """The metrics that apply to at least one case, in their usual order."""
        scored = {name for row in self.rows for name in row.values}
        return {name: metric for name, metric in metrics.all_metrics().items() if name in scored}

    def numbers(self, name: str) -> Floats:
        """The numbers of one metric, shape (n, width), of the cases that it applies to."""
        return np.array([row.values[name] for row in self.rows if name in row.values], np.float64)

    def estimates(self) -> dict[str, Estimate]:
        """Every metric with its confidence interval."""
        return {name: estimate(metric, self.numbers(name), self.seed) for name, metric in self.metrics().items()}


def save(experiment: Experiment, home: Path) -> Path:
    """Write the experiment to the workspace, whole or not at all; its file.

    Raises:
        WorkspaceError: it cannot be written.
    """
    file = home / FOLDER / f"{experiment.name}.json"
    try:
        write_whole(file, experiment.model_dump_json().encode())
    except OSError as error:
        raise WorkspaceError(
            f"the experiment cannot be written to {file} ({error.strerror}); {remedy(error)}"
        ) from error
    return file


def load(name: str, home: Path) -> Experiment:
    """The experiment called `name`: its whole name, a path, or the newest of a data set and variant, or of a variant.

    Raises:
        UsageError: there is none; the message lists those there are.
    """
    path = from_here(name)
    if path.suffix == ".json" and path.is_file():
        return _read(path)
    existing = names(home)
    prefixes = {full: _ENDING.sub("", full) for full in existing}  # a data set and a variant
    by_set = [full for full, prefix in prefixes.items() if prefix == name]
    by_variant = [full for full, prefix in prefixes.items() if prefix.endswith(f"-{name}")]
    if matches := [name] if name in existing else by_set or by_variant:
        return _read(home / FOLDER / f"{matches[-1]}.json")
    listed = ", ".join(existing[-8:]) or "none; make one: vade eval run FILE --variant NAME"
    raise UsageError(f"no experiment named {name!r}; there are: {listed}")


def names(home: Path) -> list[str]:
    """Names of the experiments of the workspace, oldest first."""
    files = sorted((home / FOLDER).glob("*.json"), key=lambda file: (file.stat().st_mtime_ns, file.name))
    return [file.stem for file in files]


def readable(home: Path) -> list[Experiment]:
    """The experiments of the workspace, oldest first, without those that this version cannot read."""
    experiments = []
    for name in names(home):
        with contextlib.suppress(UsageError):
            experiments.append(load(name, home))
    return experiments


def _read(file: Path) -> Experiment:
    try:
        return Experiment.model_validate_json(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, ValidationError) as error:
        raise UsageError(f"{file} is not an experiment of this version; run it again, or remove the file") from error


def summary(experiment: Experiment) -> dict[str, Any]:
    """The experiment in figures, as `--json` shows it; what is not a number is null."""
    figures = {
        name: {key: number(figure) for key, figure in estimate._asdict().items()}
        for name, estimate in experiment.estimates().items()
    }
    return {
        "experiment": experiment.name,
        "data_set": experiment.data_set,
        "fingerprint": experiment.fingerprint,
        "variant": experiment.variant,
        "settings": experiment.settings,
        "seed": experiment.seed,
        "cases": len(experiment.rows),
        "errors": [{"id": row.case.id, "error": row.outcome.error} for row in experiment.errors],
        "metrics": figures,
        "notes": list(experiment.notes),
    }


def number(figure: float, digits: int = 6) -> float | int | None:
    """A figure as `--json` shows it: rounded, None for NaN."""
    return None if figure != figure else figure if isinstance(figure, int) else round(figure, digits)
