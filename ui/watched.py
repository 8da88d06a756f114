"""Runs that are watched node by node: they go on whatever happens to the page, and every page can look on."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import streamlit as st

from vademecum import Notebook
from vademecum.agents import Decision
from vademecum.stepwise_run import Over, Visit, watch
from vademecum.ui.background import Job

KEPT = 40
"""Runs whose states are kept to be looked at, the latest; all states are in checkpoints and traces as well."""


class Watched(Job["Visit | Over"]):
    """A run of a graph in a conversation (`thread`), on `given` (None: what is left of it)."""

    def __init__(self, graph: str, thread: str, told: Callable[[], Iterator[Visit | Over]]) -> None:
        self.graph = graph
        self.thread = thread
        self.over: Over | None = None
        self._visits: dict[str, Visit] = {}
        self._told = told
        super().__init__(lambda _: self._work())

    def visits(self) -> list[Visit]:
        """The visits to nodes until now, in the order in which they began."""
        return list(self._visits.values())

    def _work(self) -> None:
        for told in self._told():
            if isinstance(told, Over):
                self.over = told
            else:
                self._visits[told.id] = told
            if self.stopped:
                return


class Gallery:
    """The runs that can be looked at, by conversation."""

    def __init__(self) -> None:
        self._runs: dict[str, Watched] = {}
        self._lock = threading.Lock()

    def begin(
        self,
        notes: Notebook,
        graph: str,
        thread: str,
        given: Mapping[str, Any] | None,
        choices: Mapping[str, Any],
        decisions: Sequence[Decision] = (),
    ) -> Watched:
        """Run the graph, unless that conversation has a run under way: then that one."""

        def told() -> Iterator[Visit | Over]:
            return watch(notes, graph, given, thread=thread, decisions=decisions, **choices)

        with self._lock:
            found = self._runs.pop(thread, None)
            if found is None or found.finished:
                found = Watched(graph, thread, told)
            self._runs[thread] = found
            for old in [name for name, run in self._runs.items() if run.finished][: max(0, len(self._runs) - KEPT)]:
                del self._runs[old]
            return found

    def of(self, thread: str | None) -> Watched | None:
        """The latest run of a conversation, where it began in this process."""
        return self._runs.get(thread or "")


@st.cache_resource(show_spinner=False)
def gallery(_notes: Notebook) -> Gallery:
    """The gallery of this process."""
    return Gallery()
