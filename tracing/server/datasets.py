"""Data sets: made, found, versioned, compared."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from vademecum.core.errors import TraceError
from vademecum.tracing.server.exchange import Body, Store, as_json, one, reply, several, window
from vademecum.tracing.store import datasets, examples, reading
from vademecum.tracing.store.query import Query, page
from vademecum.tracing.store.values import dumps, identity

router = APIRouter(prefix="/datasets")


@router.post("")
def create(store: Store, body: Body) -> Response:
    """Make a data set."""
    return reply(datasets.create(store, body))


@router.get("")
def search(request: Request, store: Store) -> Response:
    """Data sets that fit."""
    given: dict[str, Any] = {name: one(request, name) for name in ("name", "name_contains", "data_type")}
    given["ids"] = [identity(it, "data set id") for it in several(request, "id")]
    given["metadata"] = as_json(request, "metadata")
    return reply(datasets.search(store, {**given, **window(request)}))


@router.post("/comparative")
def compare(store: Store, body: Body) -> Response:
    """Keep a comparison of experiments."""
    return reply(datasets.compare(store, body))


@router.get("/{dataset_id}")
def read(store: Store, dataset_id: str) -> Response:
    """One data set."""
    return reply(datasets.read(store, identity(dataset_id, "data set id")))


@router.patch("/{dataset_id}")
def update(store: Store, dataset_id: str, body: Body) -> Response:
    """Change a data set."""
    return reply(datasets.update(store, identity(dataset_id, "data set id"), body))


@router.delete("/{dataset_id}")
def delete(store: Store, dataset_id: str) -> Response:
    """Delete a data set with its examples."""
    datasets.delete(store, identity(dataset_id, "data set id"))
    return reply({"message": "deleted"})


@router.get("/{dataset_id}/versions")
def versions(request: Request, store: Store, dataset_id: str) -> Response:
    """The moments at which a data set changed."""
    found, at = datasets.versions(store, identity(dataset_id, "data set id")), window(request)
    return reply(found[at["offset"] : at["offset"] + at["limit"]])


@router.get("/{dataset_id}/version")
def version(request: Request, store: Store, dataset_id: str) -> Response:
    """The version of a tag, or the one in force at a time."""
    found = datasets.versions(store, identity(dataset_id, "data set id"))
    tag, as_of = one(request, "tag"), one(request, "as_of")
    moment = datasets.moment(store, dataset_id, as_of)
    for it in found:
        if tag in it["tags"] if tag else moment is None or datasets.moment(store, None, it["as_of"]) <= moment:  # ty: ignore
            return reply(it)
    raise TraceError(f"the data set has no version {tag or as_of}", status=404)


@router.put("/{dataset_id}/tags")
def tag(store: Store, dataset_id: str, body: Body) -> Response:
    """Give a name to a version."""
    name = body.get("tag")
    if not isinstance(name, str) or not name:
        raise TraceError("a tag needs a name", status=422)
    return reply(datasets.tag(store, identity(dataset_id, "data set id"), name, body.get("as_of")))


@router.get("/{dataset_id}/versions/diff")
def diff(request: Request, store: Store, dataset_id: str) -> Response:
    """The examples that were added, changed and removed between two versions."""
    found = identity(dataset_id, "data set id")

    def as_of(name: str) -> dict[str, str]:
        rows = examples.search(store, {"dataset": found, "as_of": one(request, name), "limit": -1})
        return {it["id"]: it["modified_at"] for it in rows}

    before, after = as_of("from_version"), as_of("to_version")
    return reply(
        {
            "examples_added": [it for it in after if it not in before],
            "examples_modified": [it for it in after if it in before and after[it] != before[it]],
            "examples_removed": [it for it in before if it not in after],
        }
    )


@router.get("/{dataset_id}/splits")
def splits(store: Store, dataset_id: str) -> Response:
    """Names of the splits."""
    return reply(examples.splits(store, identity(dataset_id, "data set id")))


@router.put("/{dataset_id}/splits")
def split(store: Store, dataset_id: str, body: Body) -> Response:
    """Put examples into a split, or take them out."""
    found = identity(dataset_id, "data set id")
    ids = [identity(it, "example id") for it in body.get("examples") or []]
    examples.split(store, found, ids, str(body.get("split_name")), remove=bool(body.get("remove")))
    return reply(examples.splits(store, found))


@router.get("/{dataset_id}/openai_ft")
def openai(store: Store, dataset_id: str) -> Response:
    """The examples in the form that OpenAI's fine-tuning takes."""
    rows = examples.search(store, {"dataset": identity(dataset_id, "data set id"), "limit": -1})
    lines = [dumps({"messages": [*_messages(it["inputs"]), *_messages(it["outputs"])]}) for it in rows]
    return Response("\n".join(lines), media_type="application/jsonl")


@router.post("/{dataset_id}/runs")
def runs(store: Store, dataset_id: str, body: Body) -> Response:
    """Examples, each with the runs that experiments made of it."""
    at = {"limit": int(body.get("limit") or 100), "offset": int(body.get("offset") or 0)}
    rows = examples.search(store, {"dataset": identity(dataset_id, "data set id"), **at})
    sessions = [identity(it, "project id") for it in body.get("session_ids") or []]
    query = Query(sessions=sessions, is_root=True, examples=[it["id"] for it in rows], limit=10_000)
    by_example: dict[str, list[dict[str, Any]]] = {}
    for run in reading.runs(store, page(store, query).keys):
        by_example.setdefault(run["reference_example_id"], []).append(run)
    return reply([{**it, "runs": by_example.get(it["id"], [])} for it in rows])


def _messages(value: Any) -> list[Any]:
    if not isinstance(value, dict):
        return []
    for name in ("messages", "input", "output", "generations"):
        if isinstance(value.get(name), list):
            return value[name]
    return [value.get("message") or value]
