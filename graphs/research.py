"""Writes a report on a question that takes several answers: every sentence of it is checked and cited.

    plan_parts → answer_part × n, in parallel → find_gaps → write_report
                      ↑_____ reworded, once _______|

In three lines:

    library = Library(home, load_settings())
    graph = build()
    report = graph.invoke({"question": "..."}, context=Context(library, Verifier(library.embeddings)))["report"]

`answer_part` runs the graph of `graphs/answer.py`, unchanged, for one sub-question. The report is made of the sentences
that passed there, under the sub-questions: nothing is added that was not checked. A capable model plans the
sub-questions and rewords those that found no answer; otherwise the question is split by rules, or taken together with
the headings under which its best passages stand.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypedDict

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AnyMessage, HumanMessage
from langgraph.graph import END, START, StateGraph
from langgraph.graph.message import add_messages
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime
from langgraph.types import Checkpointer, Command, Overwrite, Send
from pydantic import BaseModel, Field

from vademecum import prompts
from vademecum.core.types import Answer, Citation, Hit, Report
from vademecum.graphs import _parts, _sections, answer
from vademecum.graphs._fences import fenced
from vademecum.graphs._parts import Part
from vademecum.language.questions import validated_question
from vademecum.memory.checkpoints import answer_message
from vademecum.models import model_calls
from vademecum.models.fitness import plans

DOCUMENTS = "needed"
"""Without any there is nothing to report on."""

MAX_ROUNDS = 2
"""Times that a part is asked: as planned, and reworded."""

MAX_PARALLEL = 4
"""Parts answered at a time."""

MAX_STEPS = 40
"""Recursion limit: five steps of this graph, and the thirteen of the answer graph within each part."""


class State(TypedDict, total=False):
    """What a run knows. `parts` are merged by number, so that parallel answers do not undo each other."""

    messages: Annotated[list[AnyMessage], add_messages]
    question: str
    """The question as asked, which must stand alone: the input."""
    parts: Annotated[list[Part], _parts.merge]
    rounds: int
    began: float
    """When the run began, in seconds since 1970."""
    report: Report
    answer: Answer
    """The report's sentences as one answer."""


@dataclass(frozen=True)
class Context(answer.Context):
    """What the nodes work with; after `max_seconds` no part is asked again."""

    max_parts: int = 5
    max_seconds: float = 300

    @property
    def planning_model(self) -> BaseChatModel | None:
        """The model, if it can be trusted to plan."""
        return self.model_for("splitting") if plans(self.model_name) else None


class SubQuestions(BaseModel):
    """The sub-questions of a question, each standing alone."""

    questions: list[str] = Field(description="the sub-questions, in the order of the report")


def plan_parts(state: State, runtime: Runtime[Context]) -> Command[Literal["answer_part"]]:
    """Split the question into parts: by a model that can be trusted with it, else by rules and headings found."""
    context, began = runtime.context, time.time()
    question = validated_question(state.get("question", ""), context.max_question_chars)
    answer.require_technique(context)
    hits = context.library.search(question, k=context.k, mode=context.mode, scope=context.scope)
    planned = _by_model(question, hits, context) or _by_rules(question, hits, context)
    parts = [_parts.part(number, *wording) for number, wording in enumerate(planned[: context.max_parts], 1)]
    update = {"messages": [HumanMessage(question)], "question": question, "rounds": 1, "began": began}
    sends = [Send("answer_part", part) for part in parts]
    return Command(update={**update, "parts": Overwrite(parts)}, goto=sends)  # ty: ignore[invalid-explicit-return]


def answering() -> Callable[..., State]:
    """The node that answers one part by the answer graph."""
    graph = answer.build()

    def answer_part(part: Part, runtime: Runtime[Context]) -> State:
        """Answer one sub-question from the documents, every sentence checked."""
        reply = graph.invoke({"question": part["asked"][-1]}, context=runtime.context)["answer"]
        return {"parts": [{**part, "answer": reply}]}

    return answer_part


def find_gaps(state: State, runtime: Runtime[Context]) -> Command[Literal["answer_part", "write_report"]]:
    """Have the parts without an answer asked once more, in other words, while there is time."""
    gaps = [part for part in state["parts"] if not _parts.answered(part)]
    late = time.time() - state["began"] > runtime.context.max_seconds
    if not gaps or late or state["rounds"] >= MAX_ROUNDS:
        return Command(goto="write_report")  # ty: ignore[invalid-explicit-return]
    words = _reworded(state, gaps, runtime.context)
    again = [
        Send("answer_part", {**part, "asked": [*part["asked"], wording]})
        for part, wording in zip(gaps, words, strict=True)
        if wording not in part["asked"]
    ]
    update = {"rounds": state["rounds"] + bool(again)}
    return Command(update=update, goto=again or "write_report")  # ty: ignore[invalid-explicit-return]


def write_report(state: State, runtime: Runtime[Context]) -> State:
    """Put the report together from the sentences that passed, each once, under the parts that they answer."""
    sections = _sections.of(state["question"], state["parts"])
    report = Report(
        question=state["question"],
        sections=sections,
        unanswered=tuple(part["title"] for part in state["parts"] if not _parts.answered(part)),
    )
    whole = _as_answer(state, report, runtime)
    return {"report": report, "answer": whole, "messages": [answer_message(whole)]}


def build(*, checkpointer: Checkpointer = None) -> CompiledStateGraph[Any, Any, Any, Any]:
    """The graph, compiled; with a checkpointer, a run that was stopped goes on with the parts that are missing."""
    builder = StateGraph(State, context_schema=Context)  # ty: ignore[invalid-argument-type]
    builder.add_node(plan_parts, retry_policy=model_calls.RETRY)
    builder.add_node("answer_part", answering(), input_schema=Part)  # ty: ignore[no-matching-overload]
    builder.add_node(find_gaps, retry_policy=model_calls.RETRY)
    builder.add_node(write_report)
    builder.add_edge(START, "plan_parts")
    builder.add_edge("answer_part", "find_gaps")
    builder.add_edge("write_report", END)
    graph = builder.compile(checkpointer=checkpointer, name="research")
    return graph.with_config(recursion_limit=MAX_STEPS, max_concurrency=MAX_PARALLEL)


def _by_model(question: str, hits: Sequence[Hit], context: Context) -> list[tuple[str, str]]:
    """Title and question of each part as a capable model plans them; empty where there is none or it cannot be read."""
    if context.planning_model is None:
        return []
    headings = fenced([" > ".join([hit.title, *hit.passage.headings]) for hit in hits])
    prompt = prompts.load("research/sub-questions")
    messages = prompt.render(question=question, headings=headings, most=str(context.max_parts))
    planned = model_calls.fill(context.planning_model, SubQuestions, messages)
    wordings = _usable(planned.questions if planned else [], context)
    return [(wording, wording) for wording in dict.fromkeys(wordings) if wording]


def _by_rules(question: str, hits: Sequence[Hit], context: Context) -> list[tuple[str, str]]:
    """The questions joined in this one; or this one, and it with each heading found, where the documents treat it."""
    parts = _parts.split(question)
    if len(parts) == 1 and context.library.weigh(question, hits).confidence >= context.refuse_below:
        parts += _parts.by_headings(question, hits)
    titles, questions = zip(*parts, strict=True)
    return list(zip(titles, _usable(questions, context), strict=True))


def _reworded(state: State, gaps: Sequence[Part], context: Context) -> list[str]:
    """Another wording for each gap; the old one where there is no other."""
    answered_parts = [part for part in state["parts"] if _parts.answered(part)]
    by_rules = [_parts.reworded(part, state["question"], answered_parts) for part in gaps]
    if context.planning_model is None:
        return _usable(by_rules, context)
    findings = [part["answer"].text for part in answered_parts if part["answer"]]
    messages = prompts.load("research/reword").render(
        question=state["question"],
        findings=fenced(findings) or "nothing",
        gaps="\n".join(f"{number}. {part['asked'][-1]}" for number, part in enumerate(gaps, 1)),
    )
    written = model_calls.fill(context.planning_model, SubQuestions, messages)
    fits = written is not None and len(written.questions) == len(gaps)
    wordings = written.questions if written and fits else by_rules
    return [new or old for new, old in zip(_usable(wordings, context), by_rules, strict=True)]


def _usable(questions: Sequence[str], context: Context) -> list[str]:
    """The questions in one line each, as long as the answer graph takes them."""
    return [" ".join(question.split())[: context.max_question_chars] for question in questions]


def _as_answer(state: State, report: Report, runtime: Runtime[Context]) -> Answer:
    """The report as an answer: its confidence is the mean over the parts."""
    answers = [part["answer"] for part in state["parts"] if part["answer"]]
    sentences = tuple(sentence for section in report.sections for sentence in section.sentences)
    near: dict[Citation, None] = dict.fromkeys(citation for part_answer in answers for citation in part_answer.nearest)
    paragraphs = [" ".join(sentence.text for sentence in section.sentences) for section in report.sections]
    written = [part_answer.model for part_answer in answers if not part_answer.abstained]
    run = runtime.execution_info
    return Answer(
        question=report.question,
        text="\n\n".join(paragraphs) or answer.ABSTAINED,
        sentences=sentences,
        abstained=not sentences,
        confidence=sum(part_answer.confidence for part_answer in answers) / max(len(answers), 1),
        nearest=() if sentences else tuple(near)[: answer.NEAREST_SHOWN],
        model=next((name for name in written if name != "extractive"), "extractive" if written else ""),
        technique=runtime.context.drafting,
        run_id=(run.run_id if run else "") or "",
        thread_id=(run.thread_id if run else "") or "",
    )
