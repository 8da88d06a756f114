"""The results of a prompt's last run, kept in the workspace: another tab and a restarted server show them again.

    keep(home, Trial("answer/few-shot", results=tuple(side_by_side.run(...))))
    last(home, "answer/few-shot")                        # None: never run, or no longer readable

They lie among the evaluations, where forgetting a document finds what is quoted of it.
"""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from pydantic import TypeAdapter, ValidationError

from vademecum.core.atomic_write import remedy, write_whole
from vademecum.core.errors import UsageError, WorkspaceError
from vademecum.evaluation import experiments
from vademecum.evaluation.experiments import Experiment
from vademecum.side_by_side import Contender, Result

FOLDER = Path("evaluation", "trials")
"""Where they are kept in a workspace, a file for each prompt."""

KEPT = 100
"""Prompts whose last results are kept: those that were run last."""

MAX_BYTES = 1_000_000
"""Size of a file; what is larger, with the drafts and replies in it, is not kept."""

_UNFIT = re.compile(r"[^\w.-]+")


class Trial(NamedTuple):
    """One run of the prompt called `prompt`, beside others: `results` on one input, or `experiments` on a data set.

    `experiments` names those of `contenders`, in their order. `made` is the time, in UTC.
    """

    prompt: str
    results: tuple[Result, ...] = ()
    contenders: tuple[Contender, ...] = ()
    experiments: tuple[str, ...] = ()
    made: str = ""


_TRIAL = TypeAdapter(Trial)


def keep(home: Path, trial: Trial) -> bool:
    """Keep it in the place of the one before; False, with none kept, where it is too large.

    Raises:
        WorkspaceError: it cannot be written.
    """
    file = _file(home, trial.prompt)
    written = _TRIAL.dump_json(trial._replace(made=datetime.now(UTC).isoformat(timespec="seconds")))
    try:
        if len(written) > MAX_BYTES:
            file.unlink(missing_ok=True)
            return False
        write_whole(file, written)
        for old in sorted(file.parent.glob("*.json"), key=lambda path: path.stat().st_mtime_ns)[:-KEPT]:
            old.unlink(missing_ok=True)
    except OSError as error:
        raise WorkspaceError(f"the results cannot be written to {file} ({error.strerror}); {remedy(error)}") from error
    return True


def last(home: Path, prompt: str) -> Trial | None:
    """What is kept of the prompt called `prompt`, if anything is that this version can read."""
    try:
        trial = _TRIAL.validate_json(_file(home, prompt).read_bytes())
    except (OSError, ValidationError):
        return None
    return trial if trial.prompt == prompt else None


def experiments_of(home: Path, trial: Trial) -> tuple[Experiment, ...]:
    """The experiments of a trial; none where one of them is gone."""
    try:
        return tuple(experiments.load(name, home) for name in trial.experiments)
    except UsageError:
        return ()


def _file(home: Path, prompt: str) -> Path:
    return home / FOLDER / f"{_UNFIT.sub('~', prompt)[:150]}.json"
