"""Choosing a technique changes which nodes run and what the model is sent; drawing and trace name them all."""

from typing import Any

import pytest
from langchain_core.messages import BaseMessage
from scripted import PASSAGES, Scripted, SmallLibrary, draft

from vademecum import prompts
from vademecum.core.errors import PromptError
from vademecum.graphs import answer
from vademecum.prompts import Prompt
from vademecum.verification.verdict import Verifier

QUESTION = "When was it finished?"
FINISHED = "The bridge was finished in 1874 after seven years of work."
SHORT = "The bridge was finished in 1874."
WRONG = "The bridge was finished in 1847."
ENGINEER = "Its engineer was James Eads."
TECHNIQUES = prompts.names("answer")
PLAIN = {"zero-shot", "one-shot", "few-shot", "few-shot-similar", "few-shot-diverse", "chain-of-thought"}


def ask(technique: str, *script: object, library: SmallLibrary | None = None, name: str = "scripted"):
    """The nodes that ran in order, those of a sub-graph behind its name and a dot; the answer; the model."""
    library, model = library or SmallLibrary(), Scripted(script=list(script))
    context = answer.Context(library, Verifier(), model=model, model_name=name, technique=technique)  # ty: ignore[invalid-argument-type]
    nodes, found = [], None
    stream = answer.build().stream({"question": QUESTION}, context=context, stream_mode="updates", subgraphs=True)
    for path, update in stream:
        inside = "".join(f"{step.partition(':')[0]}." for step in path)
        nodes.extend(f"{inside}{node}" for node in update)
        found = update.get("finish", {}).get("answer", found)
    assert model.script == []
    return nodes, found, model


def node(technique: str) -> str:
    return f"draft_{technique.replace('-', '_')}"


def within(nodes: list[str]) -> list[str]:
    """The nodes of the technique's sub-graph."""
    return [it.partition(".")[2] for it in nodes if "." in it]


def judged(**met: bool) -> dict[str, Any]:
    return {
        "judgements": [{"criterion": name, "fault": "" if ok else "too long", "met": ok} for name, ok in met.items()]
    }


def form(prompt: Prompt, *sentences: tuple[str, str]) -> dict[str, Any]:
    return draft(*sentences, **({"reasoning": "It says so."} if prompt.front.reasoning else {}))


def sent_as(prompt: Prompt, library: SmallLibrary) -> list[BaseMessage]:
    """What the prompt sends when it is filled with this library's passages."""
    from vademecum.graphs._drafting import passages

    inputs = {"evidence": passages(library.hits), "question": QUESTION}
    return prompt.render(**{it: inputs[it] for it in prompt.inputs})


def test_the_drawing_names_every_technique_and_what_it_does() -> None:
    drawing = answer.build().get_graph().draw_mermaid()
    for technique in ["extractive", *TECHNIQUES]:
        assert f"grade_documents -.-> {node(technique)};" in drawing
        assert f"{node(technique)} --> verify;" in drawing
    for name in ("condense_question", "retrieve", "rewrite_question", "verify", "repair", "abstain", "finish"):
        assert f"{name}({name})" in drawing
    unfolded = answer.build().get_graph(xray=True).nodes
    for path in (
        *("draft_self_consistency:sample", "draft_self_consistency:vote", "draft_iterative:critique"),
        *("draft_iterative:revise", "draft_negative:check_words", "draft_negative:write_again"),
        *("draft_prompt_chaining:quotes", "draft_prompt_chaining:draft"),
    ):
        assert path in unfolded


@pytest.mark.slow
@pytest.mark.parametrize("technique", sorted(PLAIN))
def test_a_technique_of_one_call_is_one_node_that_sends_its_prompt(technique: str) -> None:
    library = SmallLibrary()
    prompt = prompts.load(f"answer/{technique}", embeddings=library.embeddings)
    nodes, found, model = ask(technique, form(prompt, (FINISHED, FINISHED)), library=library)
    steps = ["condense_question", "retrieve", "compute", "grade_documents", node(technique), "verify", "finish"]
    assert nodes == steps
    assert (found.technique, found.text) == (technique, FINISHED)
    assert model.seen == [sent_as(prompt, library)]
    assert PASSAGES[0] in model.seen[0][-1].text
    assert QUESTION in model.seen[0][-1].text


@pytest.mark.slow
def test_examples_are_shown_as_turns_all_alike_or_unlike_each_other() -> None:
    shown = {}
    for technique in ("one-shot", "few-shot", "few-shot-similar", "few-shot-diverse"):
        _, _, model = ask(technique, draft((FINISHED, FINISHED)))
        shown[technique] = [message.text for message in model.seen[0] if message.type == "ai"]
    assert [len(it) for it in shown.values()] == [1, 2, 2, 2]
    assert shown["one-shot"] == shown["few-shot"][:1]


def test_reasoning_is_kept_apart_from_the_answer() -> None:
    reply = draft((FINISHED, FINISHED), reasoning="Seven and seven is fourteen.")
    _, found, model = ask("chain-of-thought", reply)
    assert list(model.schemas[0].model_fields) == ["reasoning", "sentences"]
    assert "fourteen" not in found.model_dump_json()


def test_self_consistency_draws_samples_and_takes_what_most_of_them_say() -> None:
    said = [draft((text, FINISHED), reasoning="so") for text in (WRONG, SHORT, SHORT)]
    nodes, found, model = ask("self-consistency", *said)
    assert within(nodes) == ["sample", "sample", "sample", "vote", "hand_in"]
    assert nodes[-3:] == ["draft_self_consistency", "verify", "finish"]
    assert found.text == SHORT
    assert model.seen[0] == model.seen[1] == model.seen[2]
    assert model.seen[0] == sent_as(prompts.load("answer/self-consistency"), SmallLibrary())


def test_where_no_sample_can_be_read_the_evidence_is_quoted() -> None:
    nodes, found, _ = ask("self-consistency", *["?"] * 6)  # each of three is asked for twice
    assert within(nodes)[-2:] == ["vote", "hand_in"]
    assert (found.model, found.sentences[0].origin) == ("extractive", "quoted")


def test_an_iterative_draft_is_revised_until_it_meets_its_criteria() -> None:
    long = draft((FINISHED, FINISHED), (ENGINEER, ENGINEER))
    script = (long, judged(direct=True, brief=False), draft((SHORT, FINISHED)), judged(direct=True, brief=True))
    nodes, found, model = ask("iterative", *script)
    assert within(nodes) == ["draft", "critique", "revise", "critique", "hand_in"]
    assert found.text == SHORT
    first, critique, revision, again = model.seen
    assert first == sent_as(prompts.load("answer/iterative"), SmallLibrary())
    assert [it.type for it in critique] == ["system", "human"]
    assert "- brief: no sentence repeats another" in critique[0].text
    assert f"<draft>\n{FINISHED}\n{ENGINEER}\n</draft>" in critique[1].text
    assert revision[: len(first)] == first
    assert [it.type for it in revision[len(first) :]] == ["ai", "human"]
    assert "- brief: too long" in revision[-1].text
    assert f"<draft>\n{SHORT}\n</draft>" in again[1].text


def test_iteration_stops_at_its_bound() -> None:
    never = judged(brief=False)
    script = [draft((FINISHED, FINISHED)), never, draft((SHORT, FINISHED)), never, draft((SHORT, FINISHED))]
    nodes, found, model = ask("iterative", *script)
    assert within(nodes) == ["draft", "critique", "revise", "critique", "revise", "hand_in"]
    assert len(model.seen) == 1 + 2 * prompts.load("answer/iterative").front.rounds
    assert found.text == SHORT


def test_a_critique_or_revision_that_cannot_be_read_leaves_the_draft() -> None:
    _, found, _ = ask("iterative", draft((FINISHED, FINISHED)), "no form")
    assert found.text == FINISHED
    script = (draft((FINISHED, FINISHED)), judged(brief=False), "?", "?", judged(brief=True))
    assert ask("iterative", *script)[1].text == FINISHED


def test_prompt_chaining_hands_what_one_step_found_to_the_next() -> None:
    nodes, found, model = ask("prompt-chaining", FINISHED, draft((SHORT, FINISHED)))
    assert within(nodes) == ["quotes", "draft", "hand_in"]
    assert found.text == SHORT
    first, second = model.seen
    assert first == sent_as(prompts.load("techniques/find-quotes"), SmallLibrary())
    assert f"<marked>\n{FINISHED}\n</marked>" in second[-1].text


def test_what_is_forbidden_is_said_in_the_prompt_and_asked_for_once_more() -> None:
    bad, good = ("The passage says the bridge was finished in 1874.", FINISHED), (FINISHED, FINISHED)
    nodes, found, model = ask("negative", draft(bad), draft(good))
    assert within(nodes) == ["draft", "check_words", "write_again", "hand_in"]
    assert '"the passage"' in model.seen[0][0].text
    assert [it.type for it in model.seen[1]] == ["system", "human", "ai", "human"]
    assert "'the passage'" in model.seen[1][-1].text
    assert found.text == FINISHED


def test_what_is_forbidden_never_reaches_the_person_even_where_the_documents_say_it() -> None:
    library = SmallLibrary(passages=["The bridge was probably finished in 1874.", *PASSAGES])
    bad = draft(("The bridge was Probably\n finished in 1874.", "The bridge was probably finished in 1874."))
    context = answer.Context(library, Verifier(), model=Scripted(script=[bad, bad, bad]), technique="negative")  # ty: ignore[invalid-argument-type]
    context = type(context)(**{**vars(context), "model_name": "scripted"})
    found = answer.build().invoke({"question": QUESTION}, context=context)["answer"]
    assert found.sentences
    assert "probably" not in found.text.lower()


@pytest.mark.slow
@pytest.mark.parametrize("technique", TECHNIQUES)
def test_no_technique_lets_what_is_wrong_pass_the_verifier(technique: str) -> None:
    prompt = prompts.load(f"answer/{technique}")
    wrong = form(prompt, (WRONG, FINISHED))
    front = prompt.front
    critique = [judged(direct=True)] if front.criteria else []
    script = [*([FINISHED] if front.steps else []), *[wrong] * front.samples, *critique, draft((WRONG, FINISHED))]
    nodes, found, _ = ask(technique, *script)
    assert nodes[-5:] == ["repair", "verify", "repair", "verify", "finish"]
    assert "1847" not in found.text
    assert {sentence.verdict for sentence in found.sentences} == {"supported"}


@pytest.mark.slow
@pytest.mark.parametrize("technique", TECHNIQUES)
def test_a_very_small_model_drafts_under_every_technique_from_numbered_sentences(technique: str) -> None:
    front = prompts.load(f"answer/{technique}").front
    reply = draft((SHORT, "1"), **({"reasoning": "so"} if front.reasoning else {}))
    script = [*([{"numbers": ["1"]}] if front.steps else []), *[reply] * front.samples]
    nodes, found, model = ask(technique, *script, name="embedded")
    assert nodes[4] == node(technique) or nodes[4].startswith(f"{node(technique)}.")
    assert found.sentences[0].verdict == "supported"
    assert all(f"1. {FINISHED}" in messages[-1].text for messages in model.seen)
    assert all("<passage" not in messages[-1].text for messages in model.seen)


def test_a_very_small_model_can_only_choose_its_quotes_among_the_sentences_it_is_shown() -> None:
    _, found, model = ask("zero-shot", draft((FINISHED, "1")), name="embedded")
    quotes = model.schemas[0].model_json_schema()["$defs"]["ChosenSentence"]["properties"]["quotes"]["items"]
    assert "1" in (quotes.get("enum") or [quotes["const"]])
    assert found.sentences[0].text == FINISHED


def test_a_very_small_model_is_not_its_own_critic() -> None:
    nodes, _, model = ask("iterative", draft((SHORT, "1")), name="embedded")
    assert within(nodes) == ["draft", "critique", "hand_in"]
    assert len(model.seen) == 1


def test_a_very_small_model_is_asked_for_nothing_but_its_draft() -> None:
    wrong = draft((WRONG, "1"))
    _, found, model = ask("zero-shot", wrong, library=SmallLibrary(0.2, 0.9), name="embedded")
    assert len(model.seen) == 1
    assert found.sentences[0].origin == "quoted"


def test_a_technique_whose_file_is_broken_is_an_error_only_where_it_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    load = prompts.load

    def broken(name: str, **more: Any) -> Prompt:
        if name == "answer/negative":
            raise PromptError("negative.md: broken")
        return load(name, **more)

    monkeypatch.setattr(prompts, "load", broken)
    assert ask("zero-shot", draft((FINISHED, FINISHED)))[1].text == FINISHED
    with pytest.raises(PromptError, match=r"negative\.md"):
        ask("negative")
