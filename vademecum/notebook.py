"""A notebook: a workspace with verbs. This is all that the command and the page call.

    with vademecum.open("notes/") as notes:
        notes.ask("Why?"); notes.sources.page(order="passages"); notes.conversations.checkpoints("t1")

What it does is done by functions of the other modules, which take the `Workspace` that it is. Beside its verbs it has
four small objects for what is done less often: `sources`, `conversations`, `prompts`, `experiments`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Unpack

from vademecum import tracing
from vademecum.core.errors import UsageError
from vademecum.core.types import EVERYWHERE, Answer, Citation, Hit, Knowledge, Scope, Source
from vademecum.workspace import Workspace, require_name

if TYPE_CHECKING:
    from langchain_core.runnables import Runnable
    from pandas import DataFrame

    from vademecum.agents import AgentAnswer, Approval, Decide, Decision, Waiting
    from vademecum.checkpoint_states import StateAt
    from vademecum.conversations import Conversations
    from vademecum.events import Event
    from vademecum.library_view import Sources
    from vademecum.measuring import Experiments
    from vademecum.memory.checkpoints import Thread, Turn
    from vademecum.memory.conversation_index import ConversationHit
    from vademecum.memory.facts import Facts
    from vademecum.memory.time_travel import Branch, Checkpoint
    from vademecum.prompt_library import Prompts
    from vademecum.retrieval.ingestion.ingest_report import IngestReport, Progress
    from vademecum.retrieval.scope import Within
    from vademecum.verification.citation_status import CitationStatuses
    from vademecum.verification.verdict import Judgement


class Notebook(Workspace):
    """The workspace that `settings.home` names, to be asked. Made by `vademecum.open`.

    Methods raise WorkspaceError where the workspace cannot be used, and UsageError for a name that does not exist:
    a choice or filter that nobody knows is refused by name.
    """

    # Documents

    @property
    def sources(self) -> "Sources":
        """The documents: `notes.sources()` lists them, by folder and path; see `vademecum.library_view.Sources`."""
        from vademecum.library_view import Sources

        return Sources(self)

    def text(self, source: Source | str) -> str:
        """The whole text of a document (or of the one with this id), in which all offsets count."""
        return self.sources.text(source)

    def table(self, source: Source | str, table: str | int = 0) -> "DataFrame":
        """A table of a document as a pandas DataFrame: `notes.table("office.xlsx", "Rooms")`; see `table_frames`."""
        from vademecum.table_frames import table_frame

        return table_frame(self, source, table)

    def ambiguous_paths(self) -> frozenset[str]:
        """Paths that several folders hold: they need their folder to be told apart."""
        return self.sources.ambiguous_paths()

    def update(self, *sources: str, progress: "Callable[[Progress], None] | None" = None) -> "IngestReport":
        """Read the files of these documents (by id) again, where they lie; no other file of their folders is read."""
        from vademecum.retrieval.ingestion.ingest import update

        catalogue = self.library.catalogue
        documents = [source for source_id in sources if (source := catalogue.source(source_id))]
        return update(self.library, documents, progress=progress or self.progress)

    def reembed(self) -> int:
        """Embed anew the documents whose vectors come from another embedding model; how many those were."""
        from vademecum.retrieval.ingestion.ingest import reembed

        return reembed(self.library, progress=self.progress)

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

        scope = narrowed(EVERYWHERE, within, arguments=("k", "mode"))
        self.check(question, collection=scope.collection)
        with tracing.runs(self.settings):
            return self.library.search(question, k=k, mode=mode, scope=scope)

    def knowledge(self, about: str, *, most: int = 30, collection: str | None = None) -> Knowledge:
        """How things are connected: around an entity ("Seattle"), or over the passages that a question leads to."""
        from vademecum.retrieval.knowledge.neighbourhood import knowledge

        self.check(about, collection=collection)
        with tracing.runs(self.settings):
            return knowledge(self.library, about, most=most, scope=Scope(collection=collection))

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

        scope = narrowed(EVERYWHERE, within, arguments=("model", "technique", "thread"))
        graph_runs.check_before_run(
            self, "answer", question, thread=thread, technique=technique, collection=scope.collection
        )
        filters = scope.model_dump(mode="json", exclude_none=True)
        run = graph_runs.prepare(self, "answer", thread=thread, model=model, technique=technique, **filters)
        return run.answer(question)

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
        """As `ask`, as events while it happens: the graph's steps, quotes, words, sentences that passed, then `Done`.

        `graph` may also be "chat", which talks, calculates and uses tools besides answering from the documents, or
        any other that `graphs.names()` lists. `choices` are further settings for this run: those of the graph (see
        `vademecum.graph_context`), such as `model`, `mode`, `path` and the other filters of `search`, and for "chat"
        `memory`, `user`; also `images` (content blocks), `stored` (False: the conversation ends with the process).
        `stop` (a `threading.Event`), once set, ends it: see `vademecum.stopping`.
        """
        from vademecum import graph_context, graph_runs

        own = {name: choices.pop(name, default) for name, default in _STREAM.items()}
        graph_context.require_choices(graph, choices, arguments=("thread", "graph", *_STREAM))
        if own["images"] and not graph_context.takes_images(graph):
            raise UsageError(f"the graph {graph!r} looks at no images; take the graph 'chat'")
        graph_runs.check_before_run(self, graph, question, thread=thread, technique=technique, collection=collection)
        choices |= {"technique": technique, "collection": collection}
        run = graph_runs.prepare(self, graph, thread=thread, stored=own["stored"], **choices)
        graph_input = {"question": question, "attachments": own["images"]} if own["images"] else question
        return run.events(graph_input, own["stop"])

    def graph(self, name: str = "answer", *, thread: str | None = None) -> "Runnable[Any, Any]":
        """A LangGraph graph, ready to be invoked: `notes.graph("answer").invoke({"question": "..."})`.

        It is bound to this notebook's documents and models, goes on with the conversation `thread` where one is
        named, and is traced where the settings say. `context=` at the call takes the place of what is bound.
        """
        from vademecum import graph_runs

        graph_runs.check_before_run(self, name, thread=thread)
        return graph_runs.graph_for_thread(self, name, thread)

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
        """Have a task done by an agent with tools (by name; None: the agent's own), and report every call.

        `approve` is what becomes of calls that leave the machine, write or spend: with "ask" a person is, by `decide`;
        without one the run stops, its answer has `waiting` calls, and `resume` goes on, in another process too. "all"
        runs them unasked, "none" runs none of them. Other calls always run.

        Raises:
            UsageError: an unknown agent, tool or model, or a conversation that waits for a decision.
            ModelError: the model did not answer.
        """
        from vademecum.agent_runs import Order, act

        self.check(task, thread=thread, documents=False)
        order = Order(agent, None if tools is None else list(tools), approve, self.model_name(model))
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

        Its `trail` is every step that was tried. As with `agent`, a person is asked before calls that need approval.
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
        """Whether the quotes support the sentence, and where it is true if not; without a language model."""
        quotes = [citation if isinstance(citation, str) else citation.quote for citation in citations]
        return self.verifier.judge(sentence, quotes, self.search(sentence), text_of=self.text)

    def follow_ups(self, answer: Answer, *, asked: Sequence[str] = (), wanted: int = 3) -> list[str]:
        """What may be asked next that the documents answer, without a model; `asked` were asked before."""
        from vademecum.following_up import follow_ups

        with tracing.runs(self.settings.model_copy(update={"tracing": "off"})):
            return follow_ups(self, answer, earlier=asked, count=wanted)

    def standings(self) -> "CitationStatuses":
        """What has become of citations: `notes.standings().of(citation)` says whether its quote still stands."""
        from vademecum.verification.citation_status import CitationStatuses

        return CitationStatuses(self.library)

    def feedback(self, run_id: str, score: float | None = None, comment: str = "", *, key: str = "helpful") -> None:
        """Say how good an answer (its `run_id`) was: a score (1: good, 0: not), a comment; kept with its trace."""
        tracing.feedback(self.settings, run_id, key=key, score=score, comment=comment or None)

    def facts(self, user: str | None = None) -> "Facts":
        """What is remembered of a person (None: of the one that the settings name), to be read and changed."""
        from vademecum.memory.facts import Facts

        return Facts(self.store, user or self.settings.user)

    # Conversations

    @property
    def conversations(self) -> "Conversations":
        """The stored conversations; the verbs below are the same."""
        from vademecum.conversations import Conversations

        return Conversations(self)

    def threads(self) -> "list[Thread]":
        """Stored conversations, the latest first."""
        return self.conversations.all()

    def search_threads(self, words: str) -> "list[ConversationHit]":
        """Stored conversations in which a turn holds all these words (in any case), the latest first."""
        return self.conversations.search(words)

    def history(self, thread: str) -> "list[Turn]":
        """The turns of a stored conversation, oldest first."""
        return self.conversations.history(thread)

    def markdown(self, thread: str) -> str:
        """A stored conversation as Markdown: every citation is a footnote with path, place and quote."""
        return self.conversations.markdown(thread, self.ambiguous_paths())

    def forget_thread(self, thread: str) -> None:
        """Delete a stored conversation."""
        self.conversations.forget(thread)

    def thread_history(self, thread: str) -> "list[Checkpoint]":
        """The checkpoints of a stored conversation, the latest first: one for each step of its graph."""
        return self.conversations.checkpoints(thread)

    def state_at(self, thread: str, at: str) -> "StateAt":
        """The state of a stored conversation at a checkpoint (its id, or its step)."""
        return self.conversations.state_at(thread, at)

    def branches(self, thread: str) -> "list[Branch]":
        """Conversations that were forked from this one, and where."""
        return self.conversations.branches(thread)

    def origin(self, thread: str) -> "Branch | None":
        """The conversation that this one was forked from, and where; None where it was not."""
        return self.conversations.origin(thread)

    def fork(
        self, thread: str, *, at: str | None = None, to: str | None = None, changes: "Mapping[str, Any] | None" = None
    ) -> str:
        """Begin a new conversation from where a stored one was at a checkpoint; see `Conversations.fork`."""
        return self.conversations.fork(thread, at=at, to=to, changes=changes)

    def branch(self, thread: str, turn: int, question: str | None = None) -> str:
        """Begin a new conversation in which a turn (from 0) is asked anew; see `Conversations.branch`."""
        return self.conversations.branch(thread, turn, question)

    def versions(self, thread: str) -> "dict[int, list[str]]":
        """Where a conversation has others beside it: by turn, all that differ from there on, the oldest first."""
        return self.conversations.versions(thread)

    def unfinished(self, thread: str) -> str | None:
        """The question of a conversation whose run was cut off before its end; None where there is none."""
        return self.conversations.unfinished(thread)

    def pending(self, thread: str) -> "tuple[Waiting, ...]":
        """The calls of a stored conversation that wait for a person; empty where none does."""
        return self.conversations.pending(thread)

    def go_on(self, thread: str, **choices: Any) -> "Iterator[Event]":
        """Go on with a run that was cut off, from its last checkpoint; see `Conversations.go_on`."""
        return self.conversations.go_on(thread, **choices)

    def decide(
        self, thread: str, *decisions: "Decision | str", graph: str = "chat", stored: bool = True, **choices: Any
    ) -> "Iterator[Event]":
        """Go on with a run that stopped to ask a person; see `Conversations.decide`."""
        return self.conversations.decide(thread, *decisions, graph=graph, stored=stored, **choices)

    # Prompts and experiments

    @property
    def prompts(self) -> "Prompts":
        """The prompts, to be run, looked at, edited and kept."""
        from vademecum.prompt_library import Prompts

        return Prompts(self)

    @property
    def experiments(self) -> "Experiments":
        """Variants measured on a data set, on the documents that are open."""
        from vademecum.measuring import Experiments

        return Experiments(self)


_STREAM: "Mapping[str, Any]" = {"images": None, "stored": True, "stop": None}
"""What `stream` takes by name beside the choices of the graph, with its defaults."""
