"""What would break a list is refused at the door, in one line and never by a crash; after it every list works."""

import json
import random
import re
import uuid
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from langsmith import schemas
from traced_runs import KIND, client, multipart, run

from vademecum.tracing.store.database import Database
from vademecum.tracing.traces import BY, Filters, Traces

RUN = "0d7d4b52-39a4-4f31-8f1c-0d8f5ba5d0b4"
OTHER = "3c9b6f6e-7f0a-4a2e-9d43-2f9f2f4a1c11"
FAR_TIMES = (1e15, -1, "0001-01-01", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", 10**400, 1e308, True)
REFUSED: tuple[dict[str, Any], ...] = (
    *({"start_time": far} for far in FAR_TIMES),
    *({"end_time": far} for far in FAR_TIMES),
    {"id": "x" * 1_000_000},
    {"trace_id": ["a"]},
    {"dotted_order": f"20260102T030405000000Z{OTHER}"},
    {"dotted_order": f"20261399T030405000000Z{RUN}"},
    {"dotted_order": "x"},
    {"dotted_order": ".".join([f"20260102T030405000000Z{RUN}"] * 2000)},
    {"trace_id": OTHER},
    {"session_name": "a\x1b[31m\nb"},
    {"session_name": "x" * 1000},
    {"session_name": {"a": 1}},
    {"name": ["a"]},
    {"tags": [["a"]]},
    {"tags": {"a": 1}},
    {"extra": ["a"]},
    {"serialized": [1]},
)
KEPT: tuple[dict[str, Any], ...] = (
    {"end_time": "2026-01-02T03:04:04+00:00"},
    {"name": "half \ud800 and \x00 nothing"},
    {"tags": [1, "a\x00", "\ud800"]},
    {"inputs": {"far": 10**300}, "error": "\ud800"},
    {"run_type": "llm", "outputs": {"usage_metadata": {"input_tokens": -5, "output_tokens": 10**30}}},
    {"run_type": "llm", "outputs": {"usage_metadata": {"input_tokens": 5, "input_cost": 10**300}}},
    {"events": [{"name": "new_token", "time": "9999-12-31"}, 5]},
    {"extra": {"metadata": {"thread_id": "x" * 100_000, "x" * 100_000: ["\ud800"]}}},
)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with Database(tmp_path) as opened:
        yield opened


@pytest.fixture
def web(database: Database) -> TestClient:
    return client(database, trace_frame_mb=4)


def post(web: TestClient, path: str, body: Any) -> Any:
    """Send what Python makes of a body, also where no JSON is to be like that."""
    return web.post(path, content=json.dumps(body), headers={"content-type": "application/json"})


def lists_work(database: Database, web: TestClient) -> None:
    """Everything that is listed can be, and the SDK can read it."""
    for path, kind in (
        ("/sessions?include_stats=true", schemas.TracerSession),
        ("/datasets", schemas.Dataset),
        ("/examples", schemas.Example),
        ("/feedback", schemas.Feedback),
    ):
        for row in web.get(path).json():
            kind(**row)
    for row in web.get("/repos").json()["repos"]:
        schemas.Prompt(**row)
    for row in web.post("/runs/query", json={"limit": 1000}).json()["runs"]:
        schemas.Run(**row)
    assert web.post("/runs/stats", json={}).status_code == 200
    with Traces(database.file.parent) as traces:
        traces.stats((*BY, "type", "hour"))
        traces.listing(Filters(steps=True))
        for line in traces.export(Filters(steps=True)):
            json.loads(line, parse_constant=pytest.fail)


@pytest.mark.parametrize("fields", REFUSED, ids=lambda fields: str(fields)[:40])
def test_a_run_that_no_list_can_show_is_refused_alone(web: TestClient, fields: dict[str, Any]) -> None:
    sent = [{**run("bad", id=RUN), **fields}, run("sound")]
    reply = web.post("/runs/batch", json={"post": sent})
    assert reply.status_code == 422
    assert "\n" not in reply.json()["detail"]
    assert len(reply.text) < 1000
    assert [found["name"] for found in web.post("/runs/query", json={}).json()["runs"]] == ["sound"]


def test_a_run_that_is_odd_but_can_be_shown_is_kept(database: Database, web: TestClient) -> None:
    for fields in KEPT:
        assert post(web, "/runs", {**run(), **fields}).status_code == 202, fields
    lists_work(database, web)
    found = web.post("/runs/query", json={}).json()["runs"]
    assert len(found) == len(KEPT)
    assert {(one["total_tokens"], one["total_cost"]) for one in found} == {(None, None), (5, None)}
    assert min(one["latency"] for one in found) == 0


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e400", "-1e999", "1" + "0" * 400 + ".0"])
def test_numbers_that_json_does_not_have_are_nothing(database: Database, web: TestClient, number: str) -> None:
    body = f'{{"run_id": "{RUN}", "key": "k", "score": {number}, "extra": {{"a": [{number}]}}}}'
    reply = web.post("/feedback", content=body, headers={"content-type": "application/json"})
    assert (reply.status_code, reply.json()["score"], reply.json()["extra"]) == (200, None, {"a": [None]})
    lists_work(database, web)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/feedback", {"key": "k", "score": 10**400}),
        ("/feedback", {"key": "k", "score": 1e300}),
        ("/feedback", {"key": "k", "score": "1"}),
        ("/feedback", {"key": "k\n", "score": 1}),
        ("/feedback", {"key": "k", "value": ["a"]}),
        ("/feedback", {"key": "k", "created_at": 1e15}),
        ("/sessions", {"name": "a\x00b"}),
        ("/sessions", {"name": "a", "extra": ["a"]}),
        ("/sessions", {"name": "a", "end_time": "9999-12-31"}),
        ("/datasets", {"name": "a", "data_type": "odd"}),
        ("/datasets", {"name": "a", "created_at": "0001-01-01"}),
        ("/datasets", {"name": "a", "description": ["a"]}),
        ("/examples", {"dataset_id": RUN, "inputs": ["a"]}),
        ("/examples", {"dataset_id": RUN, "inputs": {}, "created_at": 1e15}),
        ("/examples", {"dataset_id": RUN, "inputs": {}, "split": [{}]}),
        ("/repos", {"repo_handle": "a/b"}),
        ("/repos", {"repo_handle": "a", "tags": [["a"]]}),
        ("/runs/query", {"cursor": 5}),
        ("/runs/query", {"filter": "gt(latency, " + "9" * 5000 + ")"}),
        ("/datasets/comparative", {"id": ["a"]}),
    ],
)
def test_other_things_that_no_list_can_show_are_refused_too(web: TestClient, path: str, body: dict[str, Any]) -> None:
    assert web.post("/datasets", json={"name": "there", "id": RUN}).status_code == 200
    reply = web.post(path, json=body)
    assert reply.status_code in (400, 422), reply.text
    assert "\n" not in reply.json()["detail"]


def test_what_is_nested_too_deep_is_refused_everywhere(web: TestClient) -> None:
    for depth in (201, 900, 10_000):
        body = b'{"inputs": ' + b"[" * depth + b"]" * depth + b"}"
        for path in ("/runs", "/runs/batch", "/feedback", "/sessions", "/runs/query"):
            assert web.post(path, content=body, headers={"content-type": "application/json"}).status_code == 422
        frame = multipart((f"post.{RUN}", run(id=RUN)), (f"post.{RUN}.inputs", body))
        assert web.post("/runs/multipart", content=frame, headers={"content-type": KIND}).status_code == 422
    assert web.get("/sessions", params={"metadata": '{"a":' + "[" * 5000}).status_code == 422


FIELDS = """attachments_operations comment commit_id correction created_at cursor data_type dataset_id description
    dotted_order end_time error events example_ids examples extra feedback_source filter has_error id ids inputs
    inputs_schema_definition is_public is_root key like limit manifest metadata min_start_time modified_at name offset
    operations order outputs page_size parent_commit parent_run_id patch post project_ids query readme
    reference_dataset_id reference_example remove rename repo_handle retain run_id run_type score select selects
    serialized session session_ids session_name source_run_id split split_name start_time tag tag_name tags trace_filter
    trace_id tree_filter usage_metadata use_source_run_io value values as_of""".split()
ODD: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 2**63, 10**400, 1e15, -1e15, 1e300, float("nan"), float("inf"), "", "x", "\ud800"),
    *("a\0b", "x" * 20_000, "0001-01-01", "9999-12-31T23:59:59Z", "2026-01-02T03:04:05Z", [], {}, [1], ["a"], {"a": 1}),
    *([[1]], [None], "null", "{}", "[]", "' OR 1=1 --", "%", "../..", "latest", '{"a\\"b":[1]}', 'eq(name, "x")'),
    *('and(has(metadata, \'{"a":1}\'), exists(metadata, "k"))', "not(eq(id, 1), eq(id, 2))", "kv", "p"),
)


class Guesses:
    """Requests to any route, of what it may be sent and much that it may not; always the same for a seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.ids = [str(uuid.UUID(int=self.random.getrandbits(128), version=4)) for _ in range(3)]

    def value(self, depth: int = 0) -> Any:
        chance = self.random.random()
        if chance < 0.2:
            return self.random.choice(self.ids)
        if chance < 0.35 and depth < 3:
            return {name: self.value(depth + 1) for name in self.random.sample(FIELDS, 2)}
        if chance < 0.42 and depth < 3:
            return [self.value(depth + 1), self.value(depth + 1)]
        return self.random.choice(ODD)

    def thing(self) -> dict[str, Any]:
        """Something that would be right, with a field or several that may not be."""
        sound = {**run(id=self.random.choice(self.ids)), "name": self.random.choice("ab"), "dataset_id": self.ids[0]}
        sound |= {"key": "k", "repo_handle": "p", "run_id": self.ids[0], "manifest": {"a": self.random.random()}}
        return {
            **sound,
            **{name: self.value() for name in self.random.sample(FIELDS, self.random.choice([0, 1, 1, 5]))},
        }

    def body(self, path: str) -> tuple[bytes, str]:
        thing: Any = self.thing()
        if path.endswith(("multipart", "{dataset_id}/examples")):
            ends = ("", ".inputs", ".outputs", ".extra", ".attachment.a", ".attachments_operations")
            kinds = ("post.", "patch.", "feedback.", "")
            names = ["".join(map(self.random.choice, (kinds, self.ids, ends))) for _ in range(3)]
            return multipart(*((name, thing if name[-1] != "s" else self.value()) for name in names)), KIND
        if path.endswith("bulk"):
            thing = [thing]
        if path.endswith("batch"):
            thing = {"post": [self.thing(), self.thing()], "patch": self.value()}
        return json.dumps(thing).encode(), "application/json"

    def path(self, template: str) -> str:
        fixed = {"owner": "-", "handle": "p", "reference": "latest"}
        choices = (*self.ids, *self.ids, "x", "%00", "p")
        return re.sub(r"\{(\w+)\}", lambda name: fixed.get(name[1]) or self.random.choice(choices), template)

    def parameters(self) -> dict[str, str]:
        names = self.random.sample([*FIELDS, "limit", "offset", "as_of", "metadata"], self.random.choice([0, 1, 2]))
        return {name: str(self.value()).encode("utf-8", "replace").decode()[:300] for name in names}


def routes(web: TestClient) -> list[tuple[str, str]]:
    """Method and path of every route there is."""
    waiting, pairs = list(web.app.app.routes), []
    while waiting:
        route = waiting.pop()
        if hasattr(route, "original_router"):
            waiting += route.original_router.routes
        else:
            pairs += [(method, route.path) for method in route.methods]
    return sorted(pairs)


@pytest.mark.slow
def test_nothing_that_is_sent_to_any_route_breaks_it_or_a_list(
    database: Database, web: TestClient, pytestconfig: pytest.Config
) -> None:
    guesses, statuses = Guesses(1), Counter[int]()
    web.post("/datasets", json={"name": "there", "id": guesses.ids[0]})
    every = routes(web)
    assert len(every) > 50
    for number in range(1000 if pytestconfig.getoption("--complete") else 350):
        method, template = every[number % len(every)]
        content, kind = guesses.body(template) if method in ("POST", "PATCH", "PUT") else (b"", "application/json")
        path, parameters = guesses.path(template), guesses.parameters()
        reply = web.request(method, path, params=parameters, content=content, headers={"content-type": kind})
        statuses[reply.status_code] += 1
        assert reply.status_code < 500 or reply.status_code == 501, (
            method,
            path,
            parameters,
            content[:500],
            reply.text,
        )
    assert min(statuses[200] / 15, statuses[202], statuses[422] / 15) > 2, statuses
    lists_work(database, web)
