"""Experiments where the notebook is open already: the same measurements as `vade eval run`, on the same documents.

    made = measure(notes, file, "technique=few-shot,model=embedded", limit=20)

A variant that would need another index (other embeddings, another splitter) needs a workspace of its own, and so the
command.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vademecum.core.errors import UsageError
from vademecum.core.settings import load_settings
from vademecum.evaluation.experiments import Experiment
from vademecum.evaluation.variants import Variant
from vademecum.prompts.drafts import Draft, shown

if TYPE_CHECKING:
    from vademecum.evaluating import Measured
    from vademecum.notebook import Notebook

QUESTIONS = (Path(__file__).parent / "samples" / "questions.jsonl").resolve()
"""Questions on the sample notebook."""


def measure(
    notebook: "Notebook",
    data_set: str | Path,
    variant: str,
    *,
    limit: int | None = None,
    drafts: Mapping[str, Draft] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Experiment:
    """Run an experiment on the first `limit` cases and keep it in the workspace; `drafts` stand for prompts as edited.

    Raises:
        UsageError: no such data set, or the variant names what does not exist or needs another index.
        EmptyWorkspaceError: there are no documents.
        WorkspaceError: the trace store does not take the experiment.
        PromptError: a draft is broken.
    """
    from vademecum import evaluating, trace_store
    from vademecum.evaluation import data_sets, experiments, running

    chosen = Variant.parse(variant)
    client = trace_store.client_of(notebook.settings)
    data = data_sets.read(str(data_set), client)
    data = data.first(limit) if limit else data
    with shown(drafts or {}):
        target = evaluating.target(_under(notebook, chosen), chosen.graph)
        made = running.run(data, chosen, target, client=client, progress=progress)
    experiments.save(made, notebook.settings.home)
    return made


def _under(notebook: "Notebook", variant: Variant) -> "Measured":
    """The notebook by the variant's settings, on the documents that are open; not to be closed.

    Raises:
        UsageError: the variant needs another index.
    """
    from vademecum import evaluating

    if wanted := [name for name in variant.settings if name in evaluating.INDEXED]:
        raise UsageError(
            f"a variant with another {wanted[0]} needs an index of its own: vade eval run DATA --documents PATH"
        )
    given: dict[str, Any] = {**variant.settings}
    checked = load_settings(home=notebook.settings.home, **given)
    update = {name: getattr(checked, name) for name in given}
    measured = evaluating.Measured(notebook.settings.model_copy(update=update))
    measured.__dict__["library"] = notebook.library
    measured.__dict__["verifier"] = notebook.verifier
    return measured
