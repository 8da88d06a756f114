"""Runs of graphs as jobs, watched node by node: they go on whatever happens to the page, and every page can look."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import streamlit as st

from vademecum import Notebook
from vademecum.agents import Decision
from vademecum.stepwise_run import Over, Visit, watch
from vademecum.ui.jobs import Job, Jobs

KEEP = 40
"""Ended runs whose states can still be looked at; all states are in checkpoints and traces as well."""


class GraphRun(Job[Visit, None]):
    """A run of `graph` in the conversation `thread`. `over` is its end; None while it runs, or if it was stopped."""

    def __init__(self, graph: str, thread: str, watch_run: Callable[[], Iterator[Visit | Over]]) -> None:
        self.graph = graph
        self.thread = thread
        self.over: Over | None = None
        self._visits: dict[str, Visit] = {}
        self._watch_run = watch_run
        super().__init__(lambda _: self._run())

    def visits(self) -> list[Visit]:
        """The visits to nodes so far, each in its latest state, in the order in which they began."""
        return list(self._visits.values())

    def _run(self) -> None:
        for update in self._watch_run():
            if isinstance(update, Over):
                self.over = update
            else:
                self._visits[update.id] = update
            if self.cancel_requested.is_set():
                return


@st.cache_resource(show_spinner=False)
def registry(_notebook: Notebook) -> Jobs[GraphRun]:
    """The runs of this process, by conversation."""
    return Jobs(KEEP)


def start(
    notebook: Notebook,
    graph: str,
    thread: str,
    inputs: Mapping[str, Any] | None,
    options: Mapping[str, Any],
    decisions: Sequence[Decision] = (),
) -> GraphRun:
    """Run the graph on `inputs` (None: resume it), unless a run of that conversation is under way: then return that."""

    def watch_run() -> Iterator[Visit | Over]:
        return watch(notebook, graph, inputs, thread=thread, decisions=decisions, **options)

    return registry(notebook).start(thread, lambda: GraphRun(graph, thread, watch_run))
