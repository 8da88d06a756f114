"""A graph watched while it runs: each visit to a node, with the state before and after, and how long it took.

for visit in watch(notes, "answer", {"question": "Why?"}, thread="t1"): print(visit.node, visit.seconds)

A visit is reported when it begins, again when it ends, and again when its changes are in the state.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from vademecum import agent_runs, agents, graph_runs
from vademecum.checkpoint_states import plain
from vademecum.workspace import Workspace


@dataclass(frozen=True)
class Visit:
    """One time that a node ran. `path` holds the graphs it lies in, outermost first; `began` is seconds into the run.

    `seconds` is None while it runs, `after` while its changes are not in the state. `before`, `update` and `after` are
    JSON: the state that the node saw, its update, and the state after it.
    """

    id: str
    node: str
    path: tuple[str, ...]
    began: float
    before: Any = None
    seconds: float | None = None
    update: Any = None
    after: Any = None
    error: str = ""


@dataclass(frozen=True)
class Over:
    """The end of a run: its trace, the state, and the calls that wait for a person where it stopped to ask."""

    run_id: str
    seconds: float
    state: Any
    waits: tuple[agents.Waiting, ...] = ()


@dataclass
class _Open:
    """Visits under way, and those that have ended since the state was last reported, by the graph they lie in."""

    running: dict[str, Visit] = field(default_factory=dict)
    ended: dict[tuple[str, ...], list[Visit]] = field(default_factory=dict)


def watch(
    workspace: Workspace,
    graph: str,
    graph_input: Mapping[str, Any] | None,
    *,
    thread: str | None = None,
    decisions: "Sequence[agents.Decision]" = (),
    **choices: Any,
) -> Iterator[Visit | Over]:
    """Run a graph on `graph_input` (None: go on where the conversation stopped), and report what it does.

    `decisions` are about the calls that it stopped for, one for each. `choices` are settings for this run, such as
    `model`.

    Raises:
        UsageError: an unknown graph or choice, or an input that cannot be used.
        ModelError: the model did not answer.
    """
    question = graph_input.get("question") if graph_input else None
    graph_runs.check_before_run(workspace, graph, question, thread=thread, technique=choices.get("technique"))
    run = graph_runs.prepare(workspace, graph, thread=thread, **choices)
    next_input = _resumption(workspace, thread, decisions) if decisions and thread else graph_input
    began, opened = time.perf_counter(), _Open()
    state: Any = {}
    waits: tuple[agents.Waiting, ...] = ()
    for part in run.graph.stream(
        next_input, run.config, stream_mode=["tasks", "values"], subgraphs=True, version="v2", durability="sync"
    ):
        at = time.perf_counter() - began
        if part["type"] == "tasks":
            yield from _task(part, at, opened)
            continue
        for visit in opened.ended.pop(tuple(part["ns"]), ()):
            yield replace(visit, after=plain(part["data"]))
        if not part["ns"]:
            state, waits = part["data"], run.waiting(part.get("interrupts", ()))
    run.prune()
    yield Over(run.run_id, time.perf_counter() - began, plain(state), waits)


def _resumption(workspace: Workspace, thread: str, decisions: "Sequence[agents.Decision]") -> Any:
    return agents.resumption(agent_runs.waiting(workspace.checkpointer, thread), decisions)


def _task(part: Mapping[str, Any], at: float, opened: _Open) -> Iterator[Visit]:
    data, space = part["data"], tuple(part["ns"])
    path = tuple(step.partition(":")[0] for step in space)
    if "input" in data:
        visit = Visit(data["id"], data["name"], path, at, plain(data["input"]))
        opened.running[visit.id] = visit
        yield visit
        return
    visit = opened.running.pop(data["id"], Visit(data["id"], data["name"], path, at))
    update, error = plain(data.get("result")), data.get("error") or ""
    ended = replace(visit, seconds=at - visit.began, update=update, error=str(error))
    if not update and not error:  # nothing changes, and the state is not reported again for it
        yield replace(ended, after=ended.before)
        return
    opened.ended.setdefault(space, []).append(ended)
    yield ended
