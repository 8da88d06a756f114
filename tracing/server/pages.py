"""One run as a page: self-contained, without scripts, every character of a run escaped."""

import json
from collections.abc import Sequence
from html import escape
from pathlib import Path
from string import Template
from typing import Any

from vademecum.tracing.store.values import dumps

HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
}
"""Should anything of a run be taken for HTML after all, a browser will not run or fetch it."""

_PAGE = Path(__file__).with_name("run.html")


def run_page(tree: Sequence[dict[str, Any]]) -> str:
    """The page of the first run of the tree, with all below it."""
    top = tree[0]
    facts = {
        "Status": top["status"],
        "Seconds": _seconds(top["latency"]),
        "Began": top["start_time"],
        "Tokens": top["total_tokens"],
        "Cost": None if top["total_cost"] is None else f"{top['total_cost']:.6f} US dollars",
        "Conversation": top["thread_id"],
        "Tags": ", ".join(top["tags"]),
        "Run": top["id"],
    }
    fact_list = "".join(
        f"<dt>{name}</dt><dd>{escape(str(value))}</dd>" for name, value in facts.items() if value not in (None, "")
    )
    depth = top["dotted_order"].count(".")
    runs = "".join(_run(run, run["dotted_order"].count(".") - depth, whole=run is top) for run in tree)
    return Template(_PAGE.read_text("utf-8")).substitute(
        title=escape(top["name"]), facts=fact_list, runs=runs, feedback=_feedback(top["feedback_stats"])
    )


def _run(run: dict[str, Any], depth: int, *, whole: bool) -> str:
    tokens = f" · {run['total_tokens']} tokens" if run["total_tokens"] else ""
    head = f"<b>{escape(run['name'])}</b> <span>{escape(run['run_type'])} · {_seconds(run['latency'])}{tokens}</span>"
    parts = [("Error", run["error"]), ("Inputs", run["inputs"]), ("Outputs", run["outputs"])]
    body = "".join(f"<h3>{name}</h3><pre>{escape(_as_text(value))}</pre>" for name, value in parts if value)
    return (
        f'<details class="{escape(run["status"])}" style="margin-left:{min(depth, 12) * 1.5}em"'
        f"{' open' if whole else ''}><summary>{head}</summary>{body}</details>"
    )


def _feedback(stats: dict[str, Any]) -> str:
    lines = [
        f"<li>{escape(key)}: {'' if measures['avg'] is None else round(measures['avg'], 3)} ({measures['n']}) "
        f"{escape('; '.join(measures['comments']))}</li>"
        for key, measures in stats.items()
    ]
    return f"<h2>Feedback</h2><ul>{''.join(lines)}</ul>" if lines else ""


def _seconds(latency: float | None) -> str:
    return "running" if latency is None else f"{latency:.3f} s"


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(json.loads(dumps(value)), ensure_ascii=False, indent=2)
