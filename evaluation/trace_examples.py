"""The cases of a data set as examples of the trace store: what an experiment's runs belong to there."""

import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from vademecum.evaluation.cases import Case, DataSet

if TYPE_CHECKING:
    from langsmith import Client
    from langsmith.schemas import Example

_NAMES = uuid.UUID("6f1f2f6e-5d0b-4d5e-9a55-7c0a3c1d9b11")
"""Namespace of the examples' ids: the same case of the same data set has the same id each time."""


def examples(data: DataSet, client: "Client | None") -> "list[Example]":
    """The cases as LangSmith's examples, which the store holds once this returns."""
    from langsmith.schemas import Example

    now = datetime.now(UTC)
    if client is not None and data.stored:
        held = list(client.list_examples(dataset_name=data.stored))
        ids = {str((it.metadata or {}).get("id") or it.id): it for it in held}
        return [ids[case.id].model_copy(update={"metadata": {"id": case.id}}) for case in data.cases]
    name = f"{data.name}-{data.fingerprint[:8]}"
    made = [_example(case, uuid.uuid5(_NAMES, f"{name}/{case.id}")) for case in data.cases]
    dataset_id = _held(client, name, made) if client is not None else uuid.uuid5(_NAMES, name)
    return [Example(**it, dataset_id=dataset_id, created_at=now, modified_at=now) for it in made]


def _example(case: Case, identity: uuid.UUID) -> dict[str, Any]:
    row = case.row()
    truth = {key: row[key] for key in ("evidence", "relevant", "spans", "answer") if key in row}
    told = {"id": case.id, "kind": case.kind}
    return {"id": identity, "inputs": {"question": case.question}, "outputs": truth, "metadata": told}


def _held(client: "Client", name: str, examples: list[dict[str, Any]]) -> uuid.UUID:
    """The id of the store's data set called `name`, made with these examples where there is none."""
    if client.has_dataset(dataset_name=name):
        held = client.read_dataset(dataset_name=name)
        if held.example_count == len(examples):
            return held.id
        there = {it.id for it in client.list_examples(dataset_id=held.id)}
        missing = [it for it in examples if it["id"] not in there]
    else:
        held, missing = client.create_dataset(name, description="Cases of an evaluation with vade eval run"), examples
    if missing:
        sent = [{("reference_outputs" if key == "outputs" else key): it[key] for key in it} for it in missing]
        client.create_examples(dataset_id=held.id, examples=sent)
    return held.id
