"""What people say of answers: right or wrong, one line a label, so that labelling can stop anywhere and go on later."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from vademecum.core import private_files
from vademecum.core.errors import UsageError, WorkspaceError
from vademecum.evaluation.experiments import Experiment
from vademecum.evaluation.outcomes import Scores

FOLDER = Path("evaluation", "labels")
"""Where labels are kept in a workspace: `<experiment>.<person>.jsonl`."""

_PERSON = re.compile(r"[A-Za-z0-9_-]{1,40}")


def add(home: Path, experiment: str, person: str, case_id: str, right: bool) -> None:
    """Store one label; a later label for the same case replaces it.

    Raises:
        UsageError: `person` cannot name a person.
        WorkspaceError: the file cannot be written.
    """
    file = _file(home, experiment, person)
    line = json.dumps({"id": case_id, "right": right, "at": datetime.now(UTC).isoformat(timespec="seconds")})
    try:
        private_files.make_folder(file.parent)
        private_files.make_file(file)
        with file.open("a", encoding="utf-8") as lines:
            lines.write(line + "\n")
    except OSError as error:
        raise WorkspaceError(f"the label cannot be written to {file} ({error.strerror})") from error


def of(home: Path, experiment: str, person: str) -> dict[str, bool]:
    """A person's labels by case; a line that a stopped program left half-written does not count."""
    file = _file(home, experiment, person)
    labels: dict[str, bool] = {}
    for line in file.read_text("utf-8").splitlines() if file.is_file() else ():
        try:
            label = json.loads(line)
            labels[label["id"]] = bool(label["right"])
        except (ValueError, KeyError, TypeError):
            continue
    return labels


def people(home: Path, experiment: str) -> list[str]:
    """Names of those who labelled the experiment, sorted."""
    return sorted(file.stem.removeprefix(f"{experiment}.") for file in (home / FOLDER).glob(f"{experiment}.*.jsonl"))


def applied(experiment: Experiment, home: Path) -> Experiment:
    """The experiment with people's labels as the metric `labelled_right`: the share of "right"."""
    by_person = [of(home, experiment.name, person) for person in people(home, experiment.name)]
    rows = []
    for row in experiment.rows:
        votes = [labels[row.case.id] for labels in by_person if row.case.id in labels]
        score = {"labelled_right": (sum(votes) / len(votes),)} if votes else {}
        rows.append(row.model_copy(update={"values": {**row.values, **score}}))
    return experiment.model_copy(update={"rows": tuple(rows)})


def waiting(experiment: Experiment, labels: Mapping[str, bool]) -> list[Scores]:
    """The rows with an answer that a person with these labels has not labelled yet."""
    return [row for row in experiment.rows if row.case.id not in labels and row.outcome.answer]


def kappa(first: Mapping[str, bool], second: Mapping[str, bool]) -> tuple[float, int]:
    """Cohen's kappa of two people over the cases that both labelled, and the number of those; NaN where there are none.

    kappa = (p_o - p_e) / (1 - p_e), with p_o the share of agreement and p_e that expected by chance from how often each
    says "right". Where both say one thing only, p_e is 1 and their agreement, being total, counts as 1.

    Source: Cohen 1960, A coefficient of agreement for nominal scales.
    """
    shared = sorted(first.keys() & second.keys())
    if not shared:
        return float("nan"), 0
    n = len(shared)
    agreement = sum(first[case_id] == second[case_id] for case_id in shared) / n
    first_right, second_right = (sum(labels[case_id] for case_id in shared) / n for labels in (first, second))
    chance = first_right * second_right + (1 - first_right) * (1 - second_right)
    return (1.0 if chance == 1 else (agreement - chance) / (1 - chance)), n


def _file(home: Path, experiment: str, person: str) -> Path:
    if not _PERSON.fullmatch(person):
        raise UsageError(f"{person[:60]!r} cannot name a person; take up to 40 letters, digits, _ and -")
    return home / FOLDER / f"{experiment}.{person}.jsonl"
