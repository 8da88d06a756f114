"""One run: its steps with a waterfall of times, and the inputs and outputs of the open step."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import streamlit as st

from vademecum.tracing.traces import Traces, question
from vademecum.ui import frame, row_list, runs_table, table, value_view
from vademecum.ui.escaping import markup, plain
from vademecum.ui.steps import duration, human

SHOWN_KINDS = frozenset({"llm", "tool", "retriever"})
"""Kinds of steps that are shown besides the graph's own; the others are internal to LangChain."""

Run = Mapping[str, Any]


def show(traces: Traces, run_id: str) -> None:
    """Draw the page of the run whose id is or begins with `run_id`."""
    tree = traces.tree(run_id)
    top = tree[0]
    everything = _head(top)
    steps = visible_steps(tree, everything=everything)
    step_id = st.query_params.get("step")
    open_step = next((run for run in tree if run["id"] == step_id), top)
    steps_column, detail_column = st.columns([6, 5], gap="medium")
    with steps_column:
        frame.section("Steps", f"{len(steps)} of {len(tree)}; {duration(total(tree))} in all.")
        row_list.show(
            waterfall(tree, steps), f"steps-{top['id']}", label="Steps", open_id=open_step["id"], on_pick=_pick
        )
    with detail_column:
        _details(open_step)


def visible_steps(tree: Sequence[Run], *, everything: bool) -> list[tuple[int, Run]]:
    """The steps to show, each with its depth among them: nodes of graphs, models, tools, retrievers, and failures."""
    depths: dict[str, int] = {}
    steps = []
    for run in tree:
        parent_depth = depths.get(run["parent_run_id"] or "", -1)
        node = (run.get("metadata") or {}).get("langgraph_node") == run["name"]
        failed = run["status"] == "error"
        if everything or parent_depth < 0 or node or failed or run["run_type"] in SHOWN_KINDS:
            depths[run["id"]] = parent_depth + 1
            steps.append((parent_depth + 1, run))
        else:
            depths[run["id"]] = parent_depth
    return steps


def waterfall(tree: Sequence[Run], steps: Sequence[tuple[int, Run]]) -> list[row_list.ListRow]:
    """The steps as rows, placed by when they began and ended within the whole."""
    start, total_seconds = _seconds(tree[0]["start_time"]), total(tree) or 1.0
    rows = []
    for depth, run in steps:
        step_start = _seconds(run["start_time"]) - start
        step_end = total_seconds if run["latency"] is None else step_start + run["latency"]
        tone = {"error": "error", "pending": "running"}.get(run["status"]) or (
            run["run_type"] if run["run_type"] in SHOWN_KINDS else ""
        )
        tokens = f"{run['total_tokens']:,} tokens · " if run["total_tokens"] and run["run_type"] == "llm" else ""
        note = tokens + ("running" if run["latency"] is None else duration(run["latency"]))
        kind = run["run_type"] if run["run_type"] in SHOWN_KINDS else ""
        share = (min(max(step_start / total_seconds, 0.0), 1.0), min(max(step_end / total_seconds, 0.0), 1.0))
        rows.append(row_list.ListRow(run["id"], run["name"], note, depth, *share, tone, kind))
    return rows


def total(tree: Sequence[Run]) -> float:
    """Seconds from the beginning of a run to the end of its last step."""
    begin = _seconds(tree[0]["start_time"])
    return max((_seconds(run["start_time"]) - begin + (run["latency"] or 0.0) for run in tree), default=0.0)


def facts(run: Run) -> list[str]:
    """A run in few words: status, time, duration, tokens, cost, model."""
    parts = [runs_table.STATUS_WORDS[run["status"]], table.when(run["start_time"])]
    parts += [] if run["latency"] is None else [duration(run["latency"])]
    if run["total_tokens"]:
        parts.append(f"{run['total_tokens']:,} tokens ({run['prompt_tokens']:,} in, {run['completion_tokens']:,} out)")
    parts += [] if run["total_cost"] is None else [f"${float(run['total_cost']):.4f}"]
    parts += [run["model"]] if run["model"] else []
    for key, stats in run["feedback_stats"].items():
        score = "" if stats["avg"] is None else f" {stats['avg']:.2f}"
        parts.append(f"{key}{score} ({stats['n']})")
    return parts


def _head(top: Run) -> bool:
    """Draw the question and links to other pages; whether every step is to be shown."""
    question_text = " ".join(question(top["inputs"]).split())[:200] or top["name"]
    frame.heading(question_text, f"{top['name']} · {' · '.join(facts(top))}")
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
