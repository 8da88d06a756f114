"""The cases of a data set as examples of the trace store, to which the runs of an experiment belong."""

import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from vademecum.evaluation.cases import TRUTHS, Case, DataSet

if TYPE_CHECKING:
    from langsmith import Client
    from langsmith.schemas import Example

_NAMES = uuid.UUID("6f1f2f6e-5d0b-4d5e-9a55-7c0a3c1d9b11")
"""Namespace of the examples' ids, so that the same case of the same data set always has the same id."""


def examples(data_set: DataSet, client: "Client | None") -> "list[Example]":
    """The cases as LangSmith's examples; those that the store does not have are added to it."""
    from langsmith.schemas import Example

    now = datetime.now(UTC)
    if client is not None and data_set.stored:
        existing = client.list_examples(dataset_name=data_set.stored)
        by_id = {str((example.metadata or {}).get("id") or example.id): example for example in existing}
        return [by_id[case.id].model_copy(update={"metadata": {"id": case.id}}) for case in data_set.cases]
    name = f"{data_set.name}-{data_set.fingerprint[:8]}"
    rows = [_example(case, uuid.uuid5(_NAMES, f"{name}/{case.id}")) for case in data_set.cases]
    dataset_id = _add_missing(client, name, rows) if client is not None else uuid.uuid5(_NAMES, name)
    return [Example(**row, dataset_id=dataset_id, created_at=now, modified_at=now) for row in rows]


def _example(case: Case, identity: uuid.UUID) -> dict[str, Any]:
    row = case.row()
    truth = {key: row[key] for key in TRUTHS if key in row}
    metadata = {"id": case.id, "kind": case.kind}
    return {"id": identity, "inputs": {"question": case.question}, "outputs": truth, "metadata": metadata}


def _add_missing(client: "Client", name: str, examples: list[dict[str, Any]]) -> uuid.UUID:
    """The id of the store's data set called `name`, which has all these examples once this returns."""
    missing = examples
    if client.has_dataset(dataset_name=name):
        dataset = client.read_dataset(dataset_name=name)
        if dataset.example_count == len(examples):
            return dataset.id
        existing = {example.id for example in client.list_examples(dataset_id=dataset.id)}
        missing = [example for example in examples if example["id"] not in existing]
    else:
        dataset = client.create_dataset(name, description="Cases of an evaluation with vade eval run")
    if missing:
        fields = {"outputs": "reference_outputs"}
        rows = [{fields.get(key, key): example[key] for key in example} for example in missing]
        client.create_examples(dataset_id=dataset.id, examples=rows)
    return dataset.id
