"""Experiments where the workspace is open already: measured as by `vade eval run`, on the same documents.

    made = notes.experiments.run(file, "technique=few-shot,model=embedded", limit=20)

A variant that would need another index (other embeddings, another splitter) needs a workspace of its own, and so the
command.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vademecum.core.errors import ModelError, UsageError
from vademecum.core.settings import load_settings
from vademecum.evaluation import experiments
from vademecum.evaluation.cases import DataSet
from vademecum.evaluation.experiments import Experiment
from vademecum.evaluation.variants import Variant
from vademecum.prompts.drafts import Draft, in_place
from vademecum.workspace import Workspace

if TYPE_CHECKING:
    from vademecum.evaluating import Measured
    from vademecum.evaluation.running import Progress

QUESTIONS = (Path(__file__).parent / "samples" / "questions.jsonl").resolve()
"""Questions on the sample notebook."""


class Experiments:
    """Made by `Notebook.experiments`."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def names(self) -> list[str]:
        """Names of the experiments that are kept, the oldest first."""
        return experiments.names(self._workspace.settings.home)

    def load(self, name: str) -> Experiment:
        """One of them, by its name or by that of its variant; see `vademecum.evaluation.experiments.load`."""
        return experiments.load(name, self._workspace.settings.home)

    def run(
        self,
        data_set: str | Path | DataSet,
        variant: str,
        *,
        limit: int | None = None,
        seed: int = 0,
        drafts: Mapping[str, Draft] | None = None,
        progress: "Progress | None" = None,
    ) -> Experiment:
        """Measure a variant on the first `limit` cases, and keep it; `drafts` stand for prompts as edited.

        Raises:
            UsageError: no such data set, or the variant names what does not exist or needs another index.
            EmptyWorkspaceError: there are no documents.
            WorkspaceError: the trace store does not take the experiment.
            PromptError: a draft is broken.
        """
        from vademecum import evaluating, trace_store
        from vademecum.evaluation import data_sets, running

        parsed = Variant.parse(variant)
        client = trace_store.client_of(self._workspace.settings)
        cases = data_set if isinstance(data_set, DataSet) else data_sets.read(str(data_set), client)
        cases = cases.first(limit) if limit else cases
        with in_place(drafts or {}):
            target = evaluating.target(_under(self._workspace, parsed), parsed.graph)
            experiment = running.run(cases, parsed, target, client=client, seed=seed, progress=progress)
        experiments.save(experiment, self._workspace.settings.home)
        return experiment

    def compare_techniques(
        self,
        data_set: DataSet,
        *,
        techniques: Sequence[str],
        models: Sequence[str],
        seed: int = 0,
        progress: "Progress | None" = None,
    ) -> list[dict[str, Any]]:
        """Measure every technique of every model: rows of `technique_table`. `extractive`, without one, has one row.

        A question on which a run fails counts as handled badly. `progress` counts the questions of all of them.

        Raises:
            UsageError: an unknown technique or model.
            ModelError: a model cannot be loaded, or failed on every question.
        """
        from vademecum.evaluation.technique_table import WITHOUT_MODEL, row_of

        for technique in techniques:
            self._workspace.check(technique=technique)
        for model in models:
            self._workspace.model(model)
        pairs = [(model, name) for model in models for name in (techniques if model != WITHOUT_MODEL else [""])]
        rows: list[dict[str, Any]] = []
        baselines: dict[str, Experiment] = {}
        for model, technique in pairs:
            variant = f"technique={technique},model={model}" if technique else f"model={model}"
            report = partial(_report, progress, len(rows), len(pairs)) if progress else None
            experiment = self.run(data_set, variant, seed=seed, progress=report)
            if len(experiment.errors) == len(experiment.rows):
                raise ModelError(f"{variant}: no question was answered: {experiment.errors[0].outcome.error}")
            rows.append(row_of(experiment, baselines.get(model), seed))
            baselines.setdefault(model, experiment)
        return rows


def _report(progress: "Progress", before: int, count: int, completed: int, total: int) -> None:
    """Report the progress of one of `count` experiments, of which `before` are done."""
    progress(before * total + completed, count * total)


def _under(workspace: Workspace, variant: Variant) -> "Measured":
    """The workspace by the variant's settings, on the documents that are open; not to be closed.

    Raises:
        UsageError: the variant needs another index.
    """
    from vademecum import evaluating

    if indexed := [name for name in variant.settings if name in evaluating.INDEXED]:
        raise UsageError(
            f"a variant with another {indexed[0]} needs an index of its own: vade eval run DATA --documents PATH"
        )
    changes: dict[str, Any] = {**variant.settings}
    checked = load_settings(home=workspace.settings.home, **changes)
    update = {name: getattr(checked, name) for name in changes}
    return evaluating.Measured(workspace.settings.model_copy(update=update), documents_of=workspace)
