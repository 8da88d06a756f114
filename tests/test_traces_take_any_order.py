"""A run is the same whatever order its parts arrive in, and however often; totals and trees come out right."""

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from traced_runs import client, run

from vademecum.tracing.store import ingest, reading
from vademecum.tracing.store.database import Database
from vademecum.tracing.store.operations import Operation

USED = {"input_tokens": 1000, "output_tokens": 500}
ROOT = run("graph")
CHILD = run("node", parent=ROOT, number=1)
MODEL = run(
    "model", parent=CHILD, number=2, run_type="llm",
    outputs={"generations": [[{"message": {"kwargs": {"usage_metadata": USED}}}]]},
    extra={"metadata": {"ls_model_name": "gpt-4o-mini-2024-07-18"}},
    events=[{"name": "new_token", "time": "2026-01-02T03:04:05.250000+00:00"}],
)  # fmt: skip


def operations() -> list[Operation]:
    """Each run as the SDK tells of it: a start with empty outputs, then an end."""
    found = []
    for one in (ROOT, CHILD, MODEL):
        ended = {name: one[name] for name in ("id", "trace_id", "dotted_order", "parent_run_id", "end_time", "outputs")}
        began = {**one, "outputs": {}, "end_time": None, "events": None}
        found += [
            Operation("post", one["id"], began),
            Operation("patch", one["id"], {**ended, "events": one.get("events")}),
        ]
    return found


def told(home: Path, order: Sequence[Operation], *, frames: int) -> list[dict[str, Any]]:
    """The tree after the operations came in this order, `frames` at a time."""
    with Database(home) as database:
        for start in range(0, len(order), frames):
            part = order[start : start + frames]
            database.write(lambda connection, part=part: ingest.apply(connection, part))
        tree = reading.tree(database, ROOT["id"])
    return [{name: value for name, value in one.items() if name != "session_id"} for one in tree]


@pytest.mark.slow
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(range(6)), frames=st.integers(1, 6), twice=st.booleans())
def test_order_and_repetition_do_not_matter(
    order: list[int], frames: int, twice: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    sent = [operations()[number] for number in order]
    expected = told(tmp_path_factory.mktemp("expected"), operations(), frames=6)
    assert told(tmp_path_factory.mktemp("traces"), sent * (1 + twice), frames=frames) == expected


def test_tokens_costs_and_times_are_computed(tmp_path: Path) -> None:
    root, child, model = told(tmp_path, operations(), frames=2)
    assert [one["name"] for one in (root, child, model)] == ["graph", "node", "model"]
    assert (root["total_tokens"], child["prompt_tokens"], model["completion_tokens"]) == (1500, 1000, 500)
    assert root["total_cost"] == pytest.approx(1000 * 0.15e-6 + 500 * 0.6e-6)
    assert model["first_token_time"] == "2026-01-02T03:04:05.250000+00:00"
    assert (root["latency"], root["status"]) == (1.0, "success")
    assert model["parent_run_ids"] == [ROOT["id"], CHILD["id"]]


def test_an_unknown_price_is_not_zero(tmp_path: Path) -> None:
    nameless = {**MODEL, "extra": {"metadata": {"ls_model_name": "a-model-of-ones-own"}}, "parent_run_id": None}
    with Database(tmp_path) as database:
        database.write(lambda connection: ingest.apply(connection, [Operation("post", nameless["id"], nameless)]))
        found = reading.run(database, nameless["id"])
    assert (found["total_tokens"], found["total_cost"]) == (1500, None)


def test_a_late_start_wipes_nothing(tmp_path: Path) -> None:
    end, start = operations()[1], operations()[0]
    start.fields["error"] = None
    root = told(tmp_path, [end, start], frames=1)[0]
    assert (root["outputs"], root["inputs"], root["status"]) == (ROOT["outputs"], ROOT["inputs"], "success")


def test_a_project_is_deleted_with_its_runs(tmp_path: Path) -> None:
    with Database(tmp_path) as database:
        web = client(database)
        web.post("/runs/batch", json={"post": [ROOT, CHILD]})
        [project] = web.get("/sessions").json()
        assert web.delete(f"/sessions/{project['id']}").status_code == 202
        assert web.post("/runs/query", json={"query": "graph"}).json()["runs"] == []


def test_pages_are_whole_and_in_order(tmp_path: Path) -> None:
    with Database(tmp_path) as database:
        runs = [run(f"run-{number}", start_time=f"2026-01-02T03:04:{number % 60:02d}+00:00") for number in range(137)]
        database.write(lambda connection: ingest.apply(connection, [Operation("post", one["id"], one) for one in runs]))
        web, found, cursor = client(database), [], None
        while True:
            reply = web.post("/api/v1/runs/query", json={"limit": 25, **({"cursor": cursor} if cursor else {})}).json()
            found += reply["runs"]
            if not (cursor := reply["cursors"]["next"]):
                break
    assert {one["id"] for one in found} == {one["id"] for one in runs}
    assert len(found) == 137
    assert all(one["start_time"] >= two["start_time"] for one, two in itertools.pairwise(found))
