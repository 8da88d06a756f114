"""The examples of data sets, one by one, in bulk, and with attachments by multipart."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from vademecum.core.errors import TraceError
from vademecum.tracing.server import bodies
from vademecum.tracing.server.exchange import (
    Bodies,
    Body,
    Store,
    as_json,
    identities,
    parameter,
    reply,
    several,
    window,
)
from vademecum.tracing.store import examples, frames
from vademecum.tracing.store.examples import SentExample, sent_example
from vademecum.tracing.store.values import identity, iso, new_id, now, parsed, sent_list, sent_name, sent_object

router = APIRouter()


@router.get("/examples")
def search(request: Request, store: Store) -> Response:
    """Examples that fit."""
    dataset = parameter(request, "dataset")
    filters: dict[str, Any] = {
        "dataset": identity(dataset, "data set id") if dataset else None,
        "ids": [identity(raw_id, "example id") for raw_id in several(request, "id")],
        "splits": several(request, "splits"),
        "as_of": parameter(request, "as_of"),
        "filter": parameter(request, "filter"),
        "metadata": as_json(request, "metadata"),
    }
    return reply(examples.search(store, {**filters, **window(request)}))


@router.post("/examples")
def create(store: Store, body: Body) -> Response:
    """Add an example."""
    example = sent_example(body)
    examples.create(store, identity(body.get("dataset_id"), "dataset_id"), [example])
    return reply(examples.read(store, example.id))


@router.post("/examples/bulk")
def create_several(store: Store, bodies: Bodies) -> Response:
    """Add examples."""
    by_dataset: dict[str, list[SentExample]] = {}
    for body in bodies:
        by_dataset.setdefault(identity(body.get("dataset_id"), "dataset_id"), []).append(sent_example(body))
    ids = [example_id for dataset, sent in by_dataset.items() for example_id in examples.create(store, dataset, sent)]
    return reply([examples.read(store, example_id) for example_id in ids])


@router.patch("/examples/bulk")
def update_several(store: Store, bodies: Bodies) -> Response:
    """Change examples."""
    ids = examples.update(store, [sent_example(body) for body in bodies])
    return reply({"message": f"{len(ids)} examples updated", "example_ids": ids, "count": len(ids)})


@router.delete("/examples")
def delete_several(request: Request, store: Store) -> Response:
    """Remove examples."""
    ids = several(request, "example_ids")
    examples.delete(store, ids)
    return reply({"message": f"{len(ids)} examples deleted"})


@router.get("/examples/{example_id}")
def read(request: Request, store: Store, example_id: str) -> Response:
    """One example."""
    return reply(examples.read(store, example_id, parameter(request, "as_of")))


@router.patch("/examples/{example_id}")
def update(store: Store, example_id: str, body: Body) -> Response:
    """Change an example."""
    examples.update(store, [SentExample(identity(example_id, "example id"), body)])
    return reply({"message": "1 example updated"})


@router.delete("/examples/{example_id}")
def delete(store: Store, example_id: str) -> Response:
    """Remove an example."""
    examples.delete(store, [example_id])
    return reply({"message": "1 example deleted"})


@router.post("/platform/datasets/examples/delete")
def delete_hard(store: Store, body: Body) -> Response:
    """Remove examples."""
    ids = identities(body, "example_ids", "example id")
    examples.delete(store, ids)
    return reply({"message": f"{len(ids)} examples deleted"})


@router.post("/platform/datasets/{dataset_id}/examples")
async def create_multipart(request: Request, store: Store, dataset_id: str) -> Response:
    """Add examples with attachments."""
    sent, identifier = await _multipart(request), identity(dataset_id, "data set id")
    return _counted(await run_in_threadpool(examples.create, store, identifier, sent))


@router.patch("/platform/datasets/{dataset_id}/examples")
async def update_multipart(request: Request, store: Store, dataset_id: str) -> Response:
    """Change examples and their attachments."""
    identity(dataset_id, "data set id")
    return _counted(await run_in_threadpool(examples.update, store, await _multipart(request)))


@router.post("/platform/examples/multipart")
async def upsert_multipart(request: Request, store: Store) -> Response:
    """Add examples, each to the data set that it names."""
    by_dataset: dict[str, list[SentExample]] = {}
    for example in await _multipart(request):
        by_dataset.setdefault(identity(example.fields.get("dataset_id"), "dataset_id"), []).append(example)
    ids: list[str] = []
    for dataset, sent in by_dataset.items():
        ids += await run_in_threadpool(examples.create, store, dataset, sent)
    return _counted(ids)


@router.patch("/platform/datasets/{dataset_id}/examples/metadata")
def update_metadata(store: Store, dataset_id: str, body: Body) -> Response:
    """Put examples into splits, or take them out: the one kind of bulk change that the SDK makes."""
    identifier = identity(dataset_id, "data set id")
    ids = identities(body, "example_ids", "example id")
    for change in sent_list(body.get("operations"), "operations"):
        change = sent_object(change, "an operation")
        kind = str(change.get("operation")).lower()
        if change.get("key") != "dataset_split" or kind not in ("array_add", "array_remove"):
            raise TraceError("this server changes dataset_split only, by array_add and array_remove", status=422)
        for name in sent_list(change.get("values"), "values"):
            examples.split(store, identifier, ids, sent_name(name, "name of a split"), remove=kind == "array_remove")
    return reply({"count": len(ids), "example_ids": ids})


async def _multipart(request: Request) -> list[SentExample]:
    content = await bodies.body(request, request.app.state.max_bytes)
    return await run_in_threadpool(_examples, content, request.headers.get("content-type", ""))


def _examples(content: bytes, content_type: str) -> list[SentExample]:
    """Parts are called `<id>`, `<id>.inputs`, `.outputs`, `.attachments_operations` and `.attachment.<name>`."""
    by_id: dict[str, SentExample] = {}
    for part in frames.parts(content, content_type):
        raw, _, field = part.name.partition(".")
        example_id = identity(raw, "example id") if raw else new_id()
        example = by_id.setdefault(example_id, SentExample(example_id))
        if field.startswith("attachment."):
            name = field.removeprefix("attachment.")
            example.attachments[name] = (part.content_type.partition(";")[0].strip(), part.data)
            continue
        value = parsed(part.data, part.name)
        if field:
            example.fields[field] = value
        elif isinstance(value, dict):
            example.fields = {**value, **example.fields}
        else:
            raise TraceError(f"the part {part.name} must be a JSON object", status=422)
    return list(by_id.values())


def _counted(ids: list[str]) -> Response:
    return reply({"count": len(ids), "example_ids": ids, "as_of": iso(now())})
