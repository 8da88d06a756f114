"""One run: its steps with a waterfall of times, and what went in and out of the step that is open."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import streamlit as st

from vademecum.tracing.traces import Traces, question
from vademecum.ui import frame, row_list, runs_table, table, value_view
from vademecum.ui.escaping import markup, plain
from vademecum.ui.steps import duration, human

TELLING = frozenset({"llm", "tool", "retriever"})
"""Kinds of steps that are shown beside the graph's own; the rest is what LangChain composes them of."""

Run = Mapping[str, Any]


def show(traces: Traces, run_id: str) -> None:
    """Draw the page of the run whose id is or begins with `run_id`."""
    tree = traces.tree(run_id)
    top = tree[0]
    everything = _head(top)
    steps = visible(tree, everything=everything)
    picked = st.query_params.get("step")
    chosen = next((run for run in tree if run["id"] == picked), top)
    left, right = st.columns([6, 5], gap="medium")
    with left:
        frame.section("Steps", f"{len(steps)} of {len(tree)}; {duration(total(tree))} in all.")
        row_list.show(waterfall(tree, steps), f"steps-{top['id']}", label="Steps", picked=chosen["id"], on_pick=_pick)
    with right:
        _details(chosen)


def visible(tree: Sequence[Run], *, everything: bool) -> list[tuple[int, Run]]:
    """The steps to show, each with its depth among them: nodes of graphs, models, tools, retrievers, and failures."""
    depths: dict[str, int] = {}
    shown = []
    for run in tree:
        above = depths.get(run["parent_run_id"] or "", -1)
        node = (run.get("metadata") or {}).get("langgraph_node") == run["name"]
        failed = run["status"] == "error"
        if everything or above < 0 or node or failed or run["run_type"] in TELLING:
            depths[run["id"]] = above + 1
            shown.append((above + 1, run))
        else:
            depths[run["id"]] = above
    return shown


def waterfall(tree: Sequence[Run], steps: Sequence[tuple[int, Run]]) -> list[row_list.Row]:
    """The steps as rows, placed by when they began and ended within the whole."""
    begin, whole = _seconds(tree[0]["start_time"]), total(tree) or 1.0
    found = []
    for depth, run in steps:
        began = _seconds(run["start_time"]) - begin
        ended = whole if run["latency"] is None else began + run["latency"]
        tone = {"error": "error", "pending": "running"}.get(run["status"]) or (
            run["run_type"] if run["run_type"] in TELLING else ""
        )
        tokens = f"{run['total_tokens']:,} tokens · " if run["total_tokens"] and run["run_type"] == "llm" else ""
        note = tokens + ("running" if run["latency"] is None else duration(run["latency"]))
        kind = run["run_type"] if run["run_type"] in TELLING else ""
        share = (min(max(began / whole, 0.0), 1.0), min(max(ended / whole, 0.0), 1.0))
        found.append(row_list.Row(run["id"], run["name"], note, depth, *share, tone, kind))
    return found


def total(tree: Sequence[Run]) -> float:
    """Seconds from the beginning of a run to the end of its last step."""
    begin = _seconds(tree[0]["start_time"])
    return max((_seconds(run["start_time"]) - begin + (run["latency"] or 0.0) for run in tree), default=0.0)


def facts(run: Run) -> list[str]:
    """What is known of a run in few words: when, how long, tokens, cost, model."""
    said = [runs_table.SAID[run["status"]], table.when(run["start_time"])]
    said += [] if run["latency"] is None else [duration(run["latency"])]
    if run["total_tokens"]:
        said.append(f"{run['total_tokens']:,} tokens ({run['prompt_tokens']:,} in, {run['completion_tokens']:,} out)")
    said += [] if run["total_cost"] is None else [f"${float(run['total_cost']):.4f}"]
    said += [run["model"]] if run["model"] else []
    for key, found in run["feedback_stats"].items():
        score = "" if found["avg"] is None else f" {found['avg']:.2f}"
        said.append(f"{key}{score} ({found['n']})")
    return said


def _head(top: Run) -> bool:
    """What was asked, and the ways from here; whether every step is to be shown."""
    asked = " ".join(question(top["inputs"]).split())[:200] or top["name"]
    frame.heading(asked, f"{top['name']} · {' · '.join(facts(top))}")
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.button("All runs", icon=":material/arrow_back:", type="tertiary", key="back", on_click=_back)
        if thread := top["thread_id"]:
            frame.link("chat", "Conversation", icon=":material/forum:", thread=thread)
            frame.link("graphs", "Its checkpoints", icon=":material/timeline:", thread=thread)
        return st.toggle("Every step, LangChain's own included", key="every", bind="query-params")


def _details(run: Run) -> None:
    frame.section(human(run["name"]), " · ".join([run["run_type"], *facts(run)]))
    if run["error"]:
        st.error(plain(run["error"].strip().splitlines()[0], limit=300), icon=":material/error:")
    parts = {"Output": run["outputs"], "Input": run["inputs"], "About": run.get("metadata")}
    if run["error"]:
        parts = {"Error": run["error"], **parts}
    name = st.segmented_control(
        "Part", list(parts), default=next(iter(parts)), required=True, key=f"part-{run['id']}",
        label_visibility="collapsed",
    )  # fmt: skip
    if parts[name]:
        value_view.show(parts[name], key=f"value-{run['id']}-{name}")
    else:
        st.html(f'<div class="vade-note">{markup(name)}: nothing</div>')


def _pick(step: str) -> None:
    st.query_params["step"] = step


def _back() -> None:
    for name in ("run", "step"):
        st.query_params.pop(name, None)


def _seconds(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()
