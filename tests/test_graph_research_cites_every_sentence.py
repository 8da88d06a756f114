"""The research graph: which parts are asked, in which words, what is asked again, and what comes into the report."""

import threading
from typing import Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from scripted import Scripted, SmallLibrary, draft

from vademecum import Notebook
from vademecum.core.errors import EmptyWorkspaceError, ModelError, UsageError
from vademecum.core.types import Answer, Report
from vademecum.events import Checked, Done, Step
from vademecum.graphs import research
from vademecum.verification.verdict import Verifier

FINISHED = "The bridge was finished in 1874 after seven years of work."
ENGINEER = "Its engineer was James Eads."
TWO = "When was the bridge finished, and who was its engineer?"


def run(
    library: SmallLibrary, model: Scripted | None = None, question: str = TWO, **more: Any
) -> tuple[list[str], dict[str, Any]]:
    """The nodes that ran, in order, and the state after the last; parts are answered one at a time."""
    more = {"model_name": "scripted" if model else "extractive", **more}
    context = research.Context(library, Verifier(library.embeddings), model=model, **more)  # ty: ignore[invalid-argument-type]
    steps, state = [], {}
    for mode, data in research.build().stream(
        {"question": question}, {"max_concurrency": 1}, context=context, stream_mode=["updates", "values"]
    ):
        if mode == "values":
            state = data
        else:
            steps.extend(data)
    return steps, state


def asked(state: dict[str, Any]) -> list[list[str]]:
    return [part["asked"] for part in state["parts"]]


def texts(report: Report) -> list[str]:
    return [sentence.text for section in report.sections for sentence in section.sentences]


def test_joined_questions_are_answered_each_and_every_sentence_is_cited() -> None:
    steps, state = run(SmallLibrary())
    assert steps == ["plan_parts", "answer_part", "answer_part", "find_gaps", "write_report"]
    assert asked(state) == [["When was the bridge finished?"], ["Who was its engineer? (bridge finished)"]]
    report, answer = state["report"], state["answer"]
    assert report.sections[0].title == "When was the bridge finished?"
    assert FINISHED in texts(report)
    assert tuple(texts(report)) == tuple(sentence.text for sentence in answer.sentences)
    assert all(sentence.citations and sentence.verdict == "supported" for sentence in answer.sentences)


def test_no_sentence_is_said_twice_and_a_part_with_nothing_new_gets_no_section() -> None:
    _, state = run(SmallLibrary())
    assert len(set(texts(state["report"]))) == len(texts(state["report"]))
    assert [section.title for section in state["report"].sections] == ["When was the bridge finished?"]
    assert state["report"].unanswered == ()


def test_one_question_is_taken_with_the_headings_found() -> None:
    _, state = run(SmallLibrary(), question="When was it finished?")
    assert asked(state) == [["When was it finished?"], ["When was it finished? (Bridges)"]]
    assert [part["title"] for part in state["parts"]] == ["When was it finished?", "Bridges"]


def test_headings_of_documents_on_something_else_are_not_asked_about() -> None:
    _, state = run(SmallLibrary(0.1), question="How is bread baked?")
    assert asked(state) == [["How is bread baked?"]]
    assert state["answer"].abstained
    assert state["answer"].nearest
    assert state["report"].sections == ()


def test_a_part_without_an_answer_is_asked_once_more_in_other_words_and_then_named() -> None:
    library = SmallLibrary(0.9, 0.1)  # the first part is answered, all else is not
    steps, state = run(library)
    twice = ["answer_part", "find_gaps"]
    assert steps == ["plan_parts", "answer_part", *twice, *twice, "write_report"]
    assert asked(state)[1] == ["Who was its engineer? (bridge finished)", "engineer bridge finished Eads"]
    assert state["report"].unanswered == ("Who was its engineer?",)


def test_what_is_reworded_by_rules_holds_the_subject_of_the_question_and_of_what_was_found() -> None:
    _, state = run(SmallLibrary(0.9, 0.1), question="Why was the old bridge built, and did the steel rust quickly?")
    assert asked(state)[1] == ["Did the steel rust quickly?", "steel rust quickly old bridge built Eads"]


def test_a_capable_model_plans_the_parts_and_rewords_the_gaps() -> None:
    library = SmallLibrary(0.9, 0.9, 0.1, 0.1, 0.9)
    plan = {"questions": ["When was the bridge finished?", "Who paid for it?", "Who was the engineer?"]}
    model = Scripted(
        script=[
            plan,
            draft((FINISHED, FINISHED)),
            draft((ENGINEER, ENGINEER)),
            "who financed the bridge",
            {"questions": ["Who was the engineer of the bridge?"]},
            draft((ENGINEER, ENGINEER)),
        ]
    )
    steps, state = run(library, model, max_parts=3)
    assert model.forms[0] == "SubQuestions"
    assert "at most 3" in model.seen[0][0].text
    assert "Eads > Bridges" in model.seen[0][1].text
    assert model.seen[4][1].text.index(FINISHED) < model.seen[4][1].text.index("1. Who was the engineer?")
    assert asked(state)[2] == ["Who was the engineer?", "Who was the engineer of the bridge?"]
    assert steps.count("answer_part") == 4
    assert texts(state["report"]) == [FINISHED, ENGINEER]
    assert state["answer"].model == "scripted"
    assert model.script == []


@pytest.mark.parametrize("plan", ["no form", {"questions": []}, {"questions": ["  "]}])
def test_an_unreadable_or_empty_plan_is_made_by_rules(plan: Any) -> None:
    model = Scripted(script=[plan, draft((FINISHED, FINISHED)), draft((ENGINEER, ENGINEER))])
    _, state = run(SmallLibrary(), model)
    assert asked(state)[0] == ["When was the bridge finished?"]
    assert texts(state["report"]) == [FINISHED, ENGINEER]


def test_what_a_model_invents_is_in_no_report() -> None:
    invented = draft(("Eads was born in Ohio.", "Eads, who was born in Ohio, built it."))
    model = Scripted(script=[{"questions": ["Who was Eads?"]}, invented, invented])
    _, state = run(SmallLibrary(), model)
    assert "Ohio" not in state["report"].model_dump_json()
    assert texts(state["report"])


def test_parts_rounds_and_time_are_bounded() -> None:
    plan = {"questions": [f"Question {number}?" for number in range(50)]}
    script = [plan, *["reworded"] * 2, {"questions": ["Again 0?", "Again 1?"]}, *["reworded"] * 2]
    _, state = run(SmallLibrary(0.1), Scripted(script=script), max_parts=2)
    assert asked(state) == [["Question 0?", "Again 0?"], ["Question 1?", "Again 1?"]]
    _, state = run(SmallLibrary(0.1), Scripted(script=[plan, *["reworded"] * 2]), max_parts=2, max_seconds=0)
    assert asked(state) == [["Question 0?"], ["Question 1?"]]


def test_parts_are_answered_side_by_side() -> None:
    class Meeting(SmallLibrary):
        """A library whose evidence for a part waits until the other part has come as far."""

        barrier = threading.Barrier(2, timeout=20)

        def weigh(self, question: str, hits: Any) -> Any:
            self.barrier.wait()
            return super().weigh(question, hits)

    library = Meeting()
    context = research.Context(library, Verifier(library.embeddings))  # ty: ignore[invalid-argument-type]
    assert research.build().invoke({"question": TWO}, context=context)["answer"].sentences


def test_a_model_that_fails_is_an_error_and_the_stopped_run_goes_on_with_what_is_missing() -> None:
    library, plan = SmallLibrary(), {"questions": ["When was it finished?", "Who was the engineer?"]}
    model = Scripted(script=[plan, draft((FINISHED, FINISHED)), RuntimeError("out of memory")])
    context = research.Context(library, Verifier(library.embeddings), model, "scripted")  # ty: ignore[invalid-argument-type]
    graph = research.build(checkpointer=InMemorySaver())
    config: Any = {"configurable": {"thread_id": "t"}, "max_concurrency": 1}
    with pytest.raises(ModelError, match="out of memory"):
        graph.invoke({"question": TWO}, config, context=context)
    model.script.append(draft((ENGINEER, ENGINEER)))
    assert texts(graph.invoke(None, config, context=context)["report"]) == [FINISHED, ENGINEER]


def test_a_second_question_of_a_conversation_starts_with_an_empty_table() -> None:
    library, graph = SmallLibrary(), research.build(checkpointer=InMemorySaver())
    context = research.Context(library, Verifier(library.embeddings))  # ty: ignore[invalid-argument-type]
    config: Any = {"configurable": {"thread_id": "t"}}
    graph.invoke({"question": TWO}, config, context=context)
    state = graph.invoke({"question": "Who was the engineer?"}, config, context=context)
    assert [part["title"] for part in state["parts"]] == ["Who was the engineer?", "Bridges"]
    assert [message.type for message in state["messages"]] == ["human", "ai"] * 2


def test_a_call_that_is_off_costs_no_search() -> None:
    library = SmallLibrary()
    with pytest.raises(UsageError, match="empty"):
        run(library, question=" ")
    with pytest.raises(UsageError, match="zero-shot"):
        run(library, Scripted(script=[]), technique="telepathy")
    assert library.asked == []


def test_the_drawing_holds_the_answer_graph_unfolded() -> None:
    drawing = research.build().get_graph(xray=True).draw_mermaid()
    for node in ("plan_parts", "find_gaps", "write_report", "retrieve", "draft_few_shot", "verify", "repair"):
        assert f"({node})" in drawing


@pytest.mark.slow
def test_a_notebook_streams_steps_and_sentences_and_comes_to_a_report(notebook: Notebook) -> None:
    told = list(notebook.stream("What is an LSTM, and why do LSTMs need a forget gate?", graph="research"))
    within = {step.node for step in told if isinstance(step, Step) and step.path == ("answer_part",)}
    assert {"retrieve", "verify", "finish"} <= within
    done = told[-1]
    assert isinstance(done, Done)
    assert isinstance(done.answer, Answer)
    checked = {event.sentence.text for event in told if isinstance(event, Checked)}
    assert set(texts(done.state["report"])) <= checked
    for sentence in done.answer.sentences:
        for citation in sentence.citations:
            assert notebook.text(citation.source_id)[citation.start : citation.end] == citation.quote


def test_an_empty_workspace_is_told_before_anything_is_asked(own_home: Any) -> None:
    import vademecum

    with vademecum.open(home=own_home / "empty", model="extractive") as notes, pytest.raises(EmptyWorkspaceError):
        list(notes.stream("Why?", graph="research"))
