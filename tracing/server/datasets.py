"""Data sets: made, found, versioned, compared."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from vademecum.core.errors import TraceError
from vademecum.tracing.server.exchange import Body, Store, as_json, identities, parameter, reply, several, window
from vademecum.tracing.store import datasets, examples, reading
from vademecum.tracing.store.query import Query, page
from vademecum.tracing.store.values import dumps, identity, nearest_time, sent_name

router = APIRouter(prefix="/datasets")


@router.post("")
def create(store: Store, body: Body) -> Response:
    """Make a data set."""
    return reply(datasets.create(store, body))


@router.get("")
def search(request: Request, store: Store) -> Response:
    """Data sets that fit."""
    filters: dict[str, Any] = {name: parameter(request, name) for name in ("name", "name_contains", "data_type")}
    filters["ids"] = [identity(raw_id, "data set id") for raw_id in several(request, "id")]
    filters["metadata"] = as_json(request, "metadata")
    return reply(datasets.search(store, {**filters, **window(request)}))


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
    all_versions, at = datasets.versions(store, identity(dataset_id, "data set id")), window(request)
    return reply(all_versions[at["offset"] : at["offset"] + at["limit"]])


@router.get("/{dataset_id}/version")
def version(request: Request, store: Store, dataset_id: str) -> Response:
    """The version of a tag, or the one in force at a time."""
    all_versions = datasets.versions(store, identity(dataset_id, "data set id"))
    tag, as_of = parameter(request, "tag"), parameter(request, "as_of")
    moment = datasets.moment(store, dataset_id, as_of)
    for entry in all_versions:
        if tag in entry["tags"] if tag else moment is None or nearest_time(entry["as_of"]) <= moment:
            return reply(entry)
    raise TraceError(f"the data set has no version {tag or as_of}", status=404)


@router.put("/{dataset_id}/tags")
def tag(store: Store, dataset_id: str, body: Body) -> Response:
    """Give a name to a version."""
    name = sent_name(body.get("tag"), "tag of a data set")
    return reply(datasets.tag(store, identity(dataset_id, "data set id"), name, body.get("as_of")))


@router.get("/{dataset_id}/versions/diff")
def diff(request: Request, store: Store, dataset_id: str) -> Response:
    """The examples that were added, changed and removed between two versions."""
    identifier = identity(dataset_id, "data set id")

    def as_of(name: str) -> dict[str, str]:
        rows = examples.search(store, {"dataset": identifier, "as_of": parameter(request, name), "limit": -1})
        return {row["id"]: row["modified_at"] for row in rows}

    before, after = as_of("from_version"), as_of("to_version")
    return reply(
        {
            "examples_added": [row for row in after if row not in before],
            "examples_modified": [row for row in after if row in before and after[row] != before[row]],
            "examples_removed": [row for row in before if row not in after],
        }
    )


@router.get("/{dataset_id}/splits")
def splits(store: Store, dataset_id: str) -> Response:
    """Names of the splits."""
    return reply(examples.splits(store, identity(dataset_id, "data set id")))


@router.put("/{dataset_id}/splits")
def split(store: Store, dataset_id: str, body: Body) -> Response:
    """Put examples into a split, or take them out."""
    identifier = identity(dataset_id, "data set id")
    ids, name = identities(body, "examples", "example id"), sent_name(body.get("split_name"), "split_name")
    examples.split(store, identifier, ids, name, remove=bool(body.get("remove")))
    return reply(examples.splits(store, identifier))


@router.get("/{dataset_id}/openai_ft")
def openai(store: Store, dataset_id: str) -> Response:
    """The examples in the form that OpenAI's fine-tuning takes."""
    rows = examples.search(store, {"dataset": identity(dataset_id, "data set id"), "limit": -1})
    lines = [dumps({"messages": [*_messages(row["inputs"]), *_messages(row["outputs"])]}) for row in rows]
    return Response("\n".join(lines), media_type="application/jsonl")


@router.post("/{dataset_id}/runs")
def runs(store: Store, dataset_id: str, body: Body) -> Response:
    """Examples, each with the runs that experiments made of it."""
    at = {"limit": body.get("limit") or 100, "offset": body.get("offset") or 0}
    if not all(isinstance(number, int) and number >= 0 for number in at.values()):
        raise TraceError("limit and offset must be whole numbers", status=422)
    rows = examples.search(store, {"dataset": identity(dataset_id, "data set id"), **at})
    sessions = identities(body, "session_ids", "project id")
    query = Query(sessions=sessions, is_root=True, examples=[raw["id"] for raw in rows], limit=10_000)
    by_example: dict[str, list[dict[str, Any]]] = {}
    for run in reading.runs(store, page(store, query).keys):
        by_example.setdefault(run["reference_example_id"], []).append(run)
    return reply([{**raw, "runs": by_example.get(raw["id"], [])} for raw in rows])


def _messages(value: Any) -> list[Any]:
    if not isinstance(value, dict):
        return []
    for name in ("messages", "input", "output", "generations"):
        if isinstance(value.get(name), list):
            return value[name]
    return [value.get("message") or value]
