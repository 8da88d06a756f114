"""A notebook: documents, models, verifier and conversations of one workspace, behind a few verbs.

This is all that the command and the page call. Everything is opened when it is first used, and may be used from
several threads.
"""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, Unpack

from vademecum import tracing
from vademecum.conversations import Conversations, require_name
from vademecum.core.errors import UsageError
from vademecum.core.settings import Settings
from vademecum.core.types import EVERYWHERE, Answer, Citation, Hit, Knowledge, Scope, Source

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.runnables import Runnable

    from vademecum.agents import AgentAnswer, Approval, Decide, Decision, Waiting
    from vademecum.events import Event
    from vademecum.retrieval.ingestion.ingest_report import IngestReport, Progress
    from vademecum.retrieval.library import Library
    from vademecum.retrieval.scope import Within
    from vademecum.retrieval.stores import StoreChoice
    from vademecum.verification.citation_status import CitationStatuses
    from vademecum.verification.verdict import Judgement, Verifier

SAMPLES = (Path(__file__).parent / "samples" / "handbook").resolve()
"""The sample notebook; resolved, as documents go by their real path, and a checkout has a link in this place."""


class Notebook(Conversations):
    """The workspace that `settings.home` names. Made by `vademecum.open`.

    `samples`: where the workspace has never held anything, the sample notebook is ingested at the first question.
    `store`: where vectors are kept, in place of what the settings name.
    Methods raise WorkspaceError where the workspace cannot be used, and UsageError for a name that does not exist.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        samples: bool = False,
        progress: "Callable[[Progress], None] | None" = None,
        store: "StoreChoice | None" = None,
    ) -> None:
        self.settings = settings
        self.vector_store = store
        self.samples = samples
        self.progress = progress
        self._opening = threading.RLock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close files, and send what is waiting to be traced (for at most two seconds)."""
        tracing.flush()
        with self._opening:
            if library := self.__dict__.pop("library", None):
                library.close()
            self.close_conversations()

    # What it is made of

    @cached_property
    def library(self) -> "Library":
        """The documents."""
        from vademecum.retrieval.library import Library

        with self._opening:
            return self.__dict__.get("library") or Library(self.settings.home, self.settings, self.vector_store)

    @cached_property
    def verifier(self) -> "Verifier":
        """What checks sentences against their quotes."""
        from vademecum.verification.verdict import Verifier

        return Verifier(self.library.embeddings)

    def model(self, name: str | None = None) -> "BaseChatModel | None":
        """The chat model called `name`, or the settings' one; None for "extractive"."""
        from vademecum.models import chat_model

        return chat_model(name or self.settings.model, self.settings)

    # Documents

    def ingest(
        self,
        *paths: str | Path,
        collection: str = "default",
        progress: "Callable[[Progress], None] | None" = None,
    ) -> "IngestReport":
        """Bring the collection to what the files and folders at `paths` hold now.

        See `vademecum.retrieval.ingestion.ingest`.
        """
        from vademecum.retrieval.ingestion.ingest import ingest

        return ingest(self.library, paths, collection=collection, progress=progress or self.progress)

    def update(self, *sources: str, progress: "Callable[[Progress], None] | None" = None) -> "IngestReport":
        """Read the files of these documents (by id) again, where they lie; no other file of their folders is read."""
        from vademecum.retrieval.ingestion.ingest import update

        wanted = [found for one in sources if (found := self.library.catalogue.source(one))]
        return update(self.library, wanted, progress=progress or self.progress)

    def reembed(self) -> int:
        """Embed anew the documents whose vectors come from another embedding model; how many those were."""
        from vademecum.retrieval.ingestion.ingest import reembed

        return reembed(self.library, progress=self.progress)

    def sources(self, collection: str | None = None) -> list[Source]:
        """The documents, by folder and path."""
        return self.library.catalogue.sources(collection)

    def text(self, source: Source | str) -> str:
        """The whole text of a document (or of the one with this id), in which all offsets count."""
        return self.library.catalogue.text(source if isinstance(source, str) else source.id)

    def add_samples(self) -> bool:
        """Ingest the sample notebook, where it is wanted and the workspace has never held anything; True if it was.

        The first question does this by itself.
        """
        if not self.samples:
            return False
        with self._opening:
            added = self.library.catalogue.generation == 0 and SAMPLES.is_dir()
            if added:
                self.ingest(SAMPLES)
            self.samples = False
        return added

    def forget(self, *names: str, collection: str | None = None) -> list[Source]:
        """Remove documents by id, path, or folder, and every trace of them; returns them. Files are not touched.

        What conversations, remembered facts, traces and experiments quote of them becomes `[forgotten]`.
        """
        from vademecum.forget import forget

        return [source for name in names for source in forget(self, name, collection)]

    def search(self, question: str, *, k: int = 10, mode: str | None = None, **within: "Unpack[Within]") -> list[Hit]:
        """The `k` passages that fit best, best first: of those within `collection`, `path`, `kind`, ... if given.

        `notes.search("rent", path="letters/*.pdf", since="2026-01-01")`; its fields are `vademecum.core.types.Scope`'s.
        """
        from vademecum.retrieval.scope import narrowed

        scope = narrowed(EVERYWHERE, within)
        self.check(question, collection=scope.collection)
        with tracing.runs(self.settings):
            return self.library.search(question, k=k, mode=mode, scope=scope)

    def knowledge(self, about: str, *, most: int = 30, collection: str | None = None) -> Knowledge:
        """How things are connected: around an entity ("Seattle"), or over the passages that a question leads to."""
        from vademecum.retrieval.knowledge.neighbourhood import knowledge

        self.check(about, collection=collection)
        with tracing.runs(self.settings):
            return knowledge(self.library, about, most=most, scope=Scope(collection=collection))

    def ambiguous_paths(self) -> frozenset[str]:
        """Paths that several folders hold: they need their folder to be told apart."""
        return self.library.catalogue.ambiguous_paths()

    # Questions

    def ask(
        self,
        question: str,
        *,
        thread: str | None = None,
        model: str | None = None,
        technique: str | None = None,
        **within: "Unpack[Within]",
    ) -> Answer:
        """The answer of the documents, every sentence with what it rests on; or that they do not answer.

        `within` says which documents, as for `search`. With `thread` (a name of your choice) it goes on with that
        conversation, which is stored; without, nothing is.

        Raises:
            EmptyWorkspaceError: there are no documents.
            UsageError: an empty or overlong question, or an unknown model, technique, collection or filter.
            ModelError: the model did not answer.
        """
        from vademecum import graph_runs
        from vademecum.retrieval.scope import narrowed

        scope = narrowed(EVERYWHERE, within)
        self.check(question, thread=thread, technique=technique, collection=scope.collection)
        chosen = scope.model_dump(mode="json", exclude_none=True)
        run = graph_runs.prepare(self, "answer", thread=thread, model=model, technique=technique, **chosen)
        return graph_runs.answer(run, question)

    def stream(
        self,
        question: str,
        *,
        graph: str = "answer",
        thread: str | None = None,
        technique: str | None = None,
        collection: str | None = None,
        **choices: Any,
    ) -> "Iterator[Event]":
        """As `ask`, told while it happens: the steps of the graph, words, sentences that passed, then `Done`.

        `graph` may also be "chat", which talks, calculates and uses tools besides answering from the documents, or
        any other that `graphs.names()` lists. `choices` are further settings for this run: `model`, `mode`, `path` and
        the other filters of `search`, and for "chat" `memory`, `user`, `images` (content blocks), `stored` (False: the
        conversation ends with the process). `stop` (a `threading.Event`), once set, ends it: see `vademecum.stopping`.
        """
        from vademecum import graph_runs

        documents = graph in ("answer", "research")  # the others can do something without
        self.check(question, thread=thread, technique=technique, collection=collection, documents=documents)
        images, stop = choices.pop("images", None), choices.pop("stop", None)
        run = graph_runs.prepare(self, graph, thread=thread, technique=technique, collection=collection, **choices)
        return graph_runs.events(run, {"question": question, "attachments": images} if images else question, stop)

    def graph(self, name: str = "answer", *, thread: str | None = None) -> "Runnable[Any, Any]":
        """A LangGraph graph, ready to be invoked: `notes.graph("answer").invoke({"question": "..."})`.

        It is bound to this notebook's documents and models, goes on with the conversation `thread` where one is
        named, and is traced where the settings say. `context=` at the call takes the place of what is bound.
        """
        from vademecum import graph_runs

        chain = name.partition(":")[0] == "chain"  # works on what it is given
        self.check(thread=thread, documents=not chain, samples=not chain)
        return graph_runs.bound(self, name, thread)

    def agent(
        self,
        task: str,
        *,
        agent: str = "assistant",
        tools: Sequence[str] | None = None,
        approve: "Approval" = "ask",
        decide: "Decide | None" = None,
        thread: str | None = None,
        model: str | None = None,
    ) -> "AgentAnswer":
        """Have a task done by an agent with tools (by name; None: the agent's own), and tell every call.

        `approve` is what becomes of calls that leave the machine, write or spend: with "ask" a person is, by `decide`;
        without one the run stops, its answer has `waiting` calls, and `resume` goes on, in another process too. "all"
        runs them unasked, "none" runs none of them. Other calls always run.

        Raises:
            UsageError: an unknown agent, tool or model, or a conversation that waits for a decision.
            ModelError: the model did not answer.
        """
        from vademecum.agent_runs import Order, act

        self.check(task, thread=thread, documents=False)
        order = Order(agent, None if tools is None else list(tools), approve, model or self.settings.model)
        return act(self, task, order, thread=thread, decide=decide)

    def plan(
        self,
        task: str,
        *,
        decide: "Decide | None" = None,
        thread: str | None = None,
        model: str | None = None,
    ) -> "AgentAnswer":
        """Have a task of several steps done: planned, acted, checked, gone back on where a step failed.

        Its `trail` is every step that was tried. As with `agent`, a person is asked before calls that need their leave.
        """
        from vademecum.agent_runs import work

        self.check(task, thread=thread, documents=False)
        return work(self, "plan", task, thread=thread, model=model, decide=decide)

    def waiting(self, thread: str) -> "tuple[Waiting, ...]":
        """The calls of a conversation that wait for a person's decision; UsageError where none does."""
        from vademecum.agent_runs import waiting

        require_name(thread)
        return waiting(self.checkpointer, thread)

    def resume(
        self,
        thread: str,
        *decisions: "Decision | str",
        decide: "Decide | None" = None,
        model: str | None = None,
    ) -> "AgentAnswer":
        """Go on with a run that waits, with a decision for each waiting call, or `decide` that makes them.

        A decision as text is "approve", "reject", "reject:why", "edit:{...}" (the arguments as JSON) or "respond:..."
        (what the tool would have returned). `model` None: the one that the run was begun with.

        Raises:
            UsageError: there is no such conversation, nothing in it waits, or the decisions do not fit.
        """
        from vademecum.agent_runs import resume
        from vademecum.agents import as_decisions

        require_name(thread)
        return resume(self, thread, as_decisions(decisions), model=model, decide=decide)

    def call(self, request: str, tools: Sequence[Mapping[str, Any]] | None = None) -> dict[str, Any] | None:
        """The call (`name`, `args`) that the model would make, of `tools` (JSON) or of ours; None where none fits."""
        from vademecum.tool_call import call

        with tracing.runs(self.settings):
            return call(self, request, tools)

    def verify(self, sentence: str, citations: Sequence[Citation | str]) -> "Judgement":
        """Whether the quotes carry the sentence, and where it is true if not; without a language model."""
        quotes = [one if isinstance(one, str) else one.quote for one in citations]
        return self.verifier.judge(sentence, quotes, self.search(sentence), text_of=self.text)

    def follow_ups(self, answer: Answer, *, asked: Sequence[str] = (), wanted: int = 3) -> list[str]:
        """What may be asked next that the documents answer, without a model; `asked` were asked before."""
        from vademecum.following_up import follow_ups

        with tracing.runs(self.settings.model_copy(update={"tracing": "off"})):
            return follow_ups(self, answer, asked=asked, wanted=wanted)

    def standings(self) -> "CitationStatuses":
        """What has become of citations: `notes.standings().of(citation)` says whether its quote still stands."""
        from vademecum.verification.citation_status import CitationStatuses

        return CitationStatuses(self.library)

    def feedback(self, run_id: str, score: float | None = None, comment: str = "", *, key: str = "helpful") -> None:
        """Say how good an answer (its `run_id`) was: a score (1: good, 0: not), a comment; kept with its trace."""
        tracing.feedback(self.settings, run_id, key=key, score=score, comment=comment or None)

    # Before a question

    def check(
        self,
        question: str | None = None,
        *,
        thread: str | None = None,
        technique: str | None = None,
        collection: str | None = None,
        documents: bool = True,
        samples: bool = True,
    ) -> None:
        """Raise what is wrong with a question (None: with any) before anything is loaded for it."""
        from vademecum.language.questions import validated_question

        if question is not None:
            validated_question(question, self.settings.max_question_chars)
        require_name(thread)
        _check_technique(technique or self.settings.technique)
        if samples:
            self.add_samples()
        if documents:
            self.library.require_documents(collection)


def _check_technique(technique: str) -> None:
    from vademecum import prompts

    if technique not in (known := prompts.names("answer")):
        raise UsageError(f"no technique named {technique!r}; there are: {', '.join(known)}")
