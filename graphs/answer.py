"""Answers a question from the documents so that every sentence can be checked, or says that they do not answer it.

    condense_question → retrieve → compute → grade_documents → draft_* → verify → finish
                           ↑_________ rewrite_question ←_|            ↓ ↑
                    (to finish with a sum)    abstain ←__|           repair

In three lines:

    library = Library(home, load_settings())
    graph = build()
    answer = graph.invoke({"question": "Why?"}, context=Context(library, Verifier(library.embeddings)))["answer"]

`technique` chooses which draft node runs: one for each file in `prompts/answer/`, and `draft_extractive` where there is
no language model. A technique that takes several calls is a sub-graph (`_techniques.py`): samples and a vote, critique
and revision, a check for what must not appear, steps before the draft. Whatever a model writes, by whatever technique,
only sentences that the verifier finds supported by their quotes are kept.
"""

import sqlite3
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypedDict

from langchain_core.embeddings import Embeddings
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AnyMessage, HumanMessage
from langgraph.config import get_config
from langgraph.graph import END, START, StateGraph
from langgraph.graph.message import add_messages
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime
from langgraph.types import Checkpointer, Command, RetryPolicy

from vademecum import prompts
from vademecum.core.errors import UsageError
from vademecum.core.types import EVERYWHERE, Answer, Evidence, Hit, Scope
from vademecum.graphs import _answer_writer, _claims, _early_quotes, _repairing, _standalone, _tables, _techniques
from vademecum.graphs._claims import Claim
from vademecum.graphs._context import GraphContext
from vademecum.graphs._fences import fenced
from vademecum.graphs._relevance import bearing
from vademecum.language.questions import reword, validated_question, with_topic
from vademecum.memory.buffer import recent
from vademecum.memory.checkpoints import answer_message
from vademecum.models import model_calls
from vademecum.models.fitness import Strategy, is_very_small, strategy_of
from vademecum.retrieval.library import Library
from vademecum.retrieval.scope import narrowed
from vademecum.verification.verdict import Verifier

DOCUMENTS = "needed"
"""Without any there is nothing to answer from."""

MAX_REWRITES = 1
MAX_REPAIRS = 2
MAX_STEPS = 30
"""Recursion limit, also of the sub-graph of a technique: the longest way through the graph takes 13 steps."""

NEAREST_SHOWN = 3
"""Citations shown with an abstention."""

ABSTAINED = "The documents do not answer this; the nearest passages are shown instead."

_IN_NODES = str.maketrans({"_": "__", "-": "_", ":": "_c", "|": "_b"})
"""What stands for characters of a technique's name in its node's: LangGraph keeps two of them for itself."""

RETRIEVE_AGAIN = RetryPolicy(max_attempts=3, initial_interval=0.1, retry_on=(sqlite3.OperationalError, ConnectionError))
"""An ingestion in another process may hold the catalogue for a moment."""


class State(TypedDict, total=False):
    """What a run knows. `messages` and `standalone` last for the conversation; `finish` clears the bulk of the rest."""

    messages: Annotated[list[AnyMessage], add_messages]
    question: str
    """The question as asked: the input."""
    standalone: str
    """The question so that it can be understood without the conversation."""
    earlier: list[AnyMessage]
    """What of the conversation a model is shown, where a graph around this one has chosen; else the last turns."""
    query: str
    """What is searched for: the stand-alone question, or a rewriting of it."""
    hits: list[Hit]
    evidence: Evidence
    rewrites: int
    claims: list[Claim]
    forbidden: list[str]
    """Phrases that the technique forbids."""
    repairs: int
    notes: list[str]
    """What did not go as it should have, in words for a person."""
    drafted_by: str
    answer: Answer


@dataclass(frozen=True)
class Context(GraphContext):
    """What the nodes of a run work with. `model` None means extractive: the evidence sentences are the draft."""

    library: Library
    verifier: Verifier
    model: BaseChatModel | None = None
    model_name: str = "extractive"
    technique: str = "zero-shot"
    k: int = 10
    mode: str | None = None
    collection: str | None = None
    path: str | None = None
    kind: str | None = None
    heading: str | None = None
    since: str | None = None
    until: str | None = None
    refuse_below: float = 0.45
    max_question_chars: int = 4000

    @property
    def scope(self) -> Scope:
        """Where the run may look; UsageError where a day is none."""
        return narrowed(EVERYWHERE, {name: getattr(self, name) for name in Scope.model_fields})

    @property
    def embeddings(self) -> Embeddings:
        """The library's embedding model."""
        return self.library.embeddings

    @property
    def capable_model(self) -> BaseChatModel | None:
        """The model, if it can be trusted with more than a draft."""
        return None if is_very_small(self.model_name) else self.model

    @property
    def strategy(self) -> Strategy:
        """How the model drafts."""
        return strategy_of(self.model_name)

    @property
    def drafting(self) -> str:
        """The technique that drafts: `technique`, or "extractive" without a model that can."""
        return self.technique if self.model and self.strategy != "quotes" else "extractive"


def condense_question(state: State, runtime: Runtime[Context]) -> State:
    """Make the question stand alone, from the conversation; costs nothing where there is none."""
    context = runtime.context
    question = validated_question(state.get("question", ""), context.max_question_chars)
    require_technique(context)
    messages = state.get("messages", [])
    is_repeated = bool(messages) and isinstance(messages[-1], HumanMessage) and messages[-1].text.strip() == question
    history = state["earlier"] if "earlier" in state else recent(messages[:-1] if is_repeated else messages)
    standalone = with_topic(question, state.get("standalone", "")) if history else question
    if history and (model := context.capable_model):
        _early_quotes.search_and_show(standalone, runtime)
        standalone = _standalone.written(question, history, model, context.strategy)
    return {
        "messages": [] if is_repeated else [HumanMessage(question)],
        "standalone": standalone,
        "query": standalone,
        "hits": [],
        "evidence": Evidence(),
        "rewrites": 0,
        "repairs": 0,
        "claims": [],
        "forbidden": [],
        "notes": [],
        "drafted_by": context.model_name,
    }


def retrieve(state: State, runtime: Runtime[Context]) -> State:
    """Find the passages that fit the query best, and weigh their sentences against the question."""
    context, library = runtime.context, runtime.context.library
    hits = library.search(state["query"], k=context.k, mode=context.mode, scope=context.scope)
    evidence = library.weigh(state["standalone"], hits)
    if evidence.confidence < state["evidence"].confidence:
        return {}  # what the first query found was better
    return {"hits": hits, "evidence": evidence}


def grade_documents(state: State, runtime: Runtime[Context]) -> Command[Any]:
    """Judge whether what was found can answer: draft, or word the query differently once, or abstain."""
    if state["evidence"].sentences and state["evidence"].confidence >= runtime.context.refuse_below:
        _early_quotes.show(state["hits"], state["evidence"], runtime)
        return Command(goto=_draft_node(runtime.context.drafting))
    return Command(goto="rewrite_question" if state["rewrites"] < MAX_REWRITES else "abstain")


def rewrite_question(state: State, runtime: Runtime[Context]) -> State:
    """Word the query differently, in the terms of the nearest headings."""
    query = reword(state["standalone"], state["hits"])
    context = runtime.context
    if context.strategy != "numbered" and (model := context.capable_model):  # a small one costs seconds
        headings = fenced([" > ".join([hit.title, *hit.passage.headings]) for hit in state["hits"][:5]])
        messages = prompts.load("rewrite-question").render(question=state["standalone"], headings=headings)
        query = model_calls.ask(model, messages) or query
    return {"query": query[: context.max_question_chars], "rewrites": state["rewrites"] + 1}


def draft_extractive(state: State) -> _techniques.Update:
    """Draft without a language model: the evidence sentence that answers, or the few that do."""
    return _answer_writer.extracted(state["evidence"])


def load_technique(technique: str) -> _techniques.Load:
    """What reads the prompt of one technique; what it asks for becomes the nodes that draft."""
    return lambda embeddings: prompts.load(f"answer/{technique}", embeddings=embeddings)


def verify(state: State, runtime: Runtime[Context]) -> Command[Literal["repair", "finish"]]:
    """Check every sentence against its quotes, without a language model; those that pass are streamed."""
    context, claims, drafted = runtime.context, [], state["claims"]
    if context.capable_model:  # a very small one is held to the evidence while it drafts
        drafted = bearing(state["standalone"], drafted, state["evidence"], context.embeddings)
    for claim in drafted:
        checked = _claims.check(claim, context.verifier, state["hits"], context.library.catalogue.text)
        if claim["verdict"] is None and _claims.passed(checked):
            runtime.stream_writer({"sentence": _claims.as_sentence(checked)})
        claims.append(checked)
    mend = state["repairs"] < MAX_REPAIRS and not (claims and all(map(_claims.passed, claims)))
    return Command(update={"claims": claims}, goto="repair" if mend else "finish")  # ty: ignore[invalid-explicit-return]


def repair(state: State, runtime: Runtime[Context]) -> Command[Literal["verify"]]:
    """Mend what did not pass: first other quotes or other words, then the nearest evidence sentence in its place."""
    context, claims, forbidden = runtime.context, state["claims"], state["forbidden"]
    model, evidence = context.capable_model, _answer_writer.allowed(state["evidence"], forbidden).sentences
    if state["repairs"] or not model:  # a very small model's second attempt is no better than its first
        mended = _repairing.replaced(claims, evidence, context.embeddings)
    elif context.strategy == "numbered":
        mended = _repairing.quoted_instead(claims, evidence)
    else:
        mended = _repairing.redrafted(claims, model, state["standalone"], state["hits"], forbidden)
    update = {"claims": mended} if mended else _answer_writer.extracted(state["evidence"], forbidden)
    return Command(update={**update, "repairs": state["repairs"] + 1}, goto="verify")  # ty: ignore[invalid-explicit-return]


def abstain(state: State, runtime: Runtime[Context]) -> State:
    """Say that the documents do not answer, rather than guess."""
    chance, least = state["evidence"].confidence, runtime.context.refuse_below
    return {"claims": [], "notes": [f"the chance that the documents answer this is {chance:.2f}, below {least:.2f}"]}


def finish(state: State, runtime: Runtime[Context]) -> State:
    """Put the answer together from what passed, add it to the conversation, and clear the table."""
    context, evidence, run = runtime.context, state["evidence"], runtime.execution_info
    sentences = tuple(_claims.as_sentence(claim) for claim in state["claims"] if _claims.passed(claim))
    nearest = () if sentences else tuple(sentence.citation for sentence in evidence.sentences[:NEAREST_SHOWN])
    run_id, thread_id = (run.run_id or "", run.thread_id or "") if run else ("", "")
    run_id = run_id or get_config().get("metadata", {}).get("run", "")
    answer = Answer(
        question=state["question"],
        text=" ".join(sentence.text for sentence in sentences)
        or context.library.empty_scope(context.scope)
        or ABSTAINED,
        sentences=sentences,
        abstained=not sentences,
        confidence=evidence.confidence,
        nearest=nearest,
        model=state.get("drafted_by", context.model_name),
        technique=context.drafting,
        mode=context.mode or "",
        run_id=run_id,
        thread_id=thread_id,
    )
    return {"answer": answer, "messages": [answer_message(answer)], "hits": [], "evidence": Evidence(), "claims": []}


def require_technique(context: Context) -> None:
    """Raise UsageError where the context names a technique that does not exist."""
    if context.model and context.technique not in (techniques := prompts.names("answer")):
        raise UsageError(f"no technique named {context.technique!r}; there are: {', '.join(techniques)}")


def build(*, checkpointer: Checkpointer = None) -> CompiledStateGraph[Any, Any, Any, Any]:
    """The graph, compiled; with a checkpointer, a `thread_id` continues its conversation."""
    builder = StateGraph(State, context_schema=Context)  # ty: ignore[invalid-argument-type]
    builder.add_node(condense_question, retry_policy=model_calls.RETRY)
    builder.add_node(retrieve, retry_policy=RETRIEVE_AGAIN)
    techniques = [name for name in prompts.names("answer") if name != "extractive"]  # which is no prompt, and taken
    drafts = [_draft_node(technique) for technique in ("extractive", *techniques)]
    builder.add_node(grade_documents, destinations=(*drafts, "rewrite_question", "abstain"))
    builder.add_node(rewrite_question, retry_policy=model_calls.RETRY)
    builder.add_node(draft_extractive).add_edge("draft_extractive", "verify")
    for technique in techniques:
        draft = _draft_node(technique)
        _techniques.add_node(builder, draft, load_technique(technique), _answer_writer.ClaimWriter())
        builder.add_edge(draft, "verify")
    builder.add_node(verify)
    builder.add_node(repair, retry_policy=model_calls.RETRY)
    builder.add_node(abstain).add_node(finish)
    builder.add_edge(START, "condense_question")
    builder.add_edge("condense_question", "retrieve").add_edge("retrieve", "compute")
    builder.add_node("compute", _tables.compute, destinations=_tables.NEXT)
    builder.add_edge("rewrite_question", "retrieve")
    builder.add_edge("abstain", "finish").add_edge("finish", END)
    return builder.compile(checkpointer=checkpointer, name="answer").with_config(recursion_limit=MAX_STEPS)


def _draft_node(technique: str) -> str:
    """The node's name: another for each technique, in characters that LangGraph allows."""
    return f"draft_{technique.translate(_IN_NODES)}"
