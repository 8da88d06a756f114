"""Choosing a technique changes which node runs and what the model is sent; the drawing names them all."""

import pytest
from scripted import PASSAGES, Scripted, SmallLibrary, draft

import prompts
from graphs import answer
from verification.verdict import Verifier

FINISHED = "The bridge was finished in 1874 after seven years of work."
TECHNIQUES = prompts.names("answer")


def ask(technique: str, *script: object, library: SmallLibrary | None = None, name: str = "scripted"):
    library, model = library or SmallLibrary(), Scripted(script=list(script))
    context = answer.Context(library, Verifier(), model=model, model_name=name, technique=technique)  # ty: ignore[invalid-argument-type]
    stream = answer.build().stream({"question": "When was it finished?"}, context=context, stream_mode="updates")
    updates = {node: values for update in stream for node, values in update.items()}
    return list(updates), updates["finish"]["answer"], model


def test_the_drawing_names_every_technique() -> None:
    drawing = answer.build().get_graph().draw_mermaid()
    for technique in ["extractive", *TECHNIQUES]:
        node = f"draft_{technique.replace('-', '_')}"
        assert f"grade_documents -.-> {node};" in drawing
        assert f"{node} --> verify;" in drawing
    for node in ("condense_question", "retrieve", "rewrite_question", "verify", "repair", "abstain", "finish"):
        assert f"{node}({node})" in drawing


@pytest.mark.parametrize("technique", TECHNIQUES)
def test_the_technique_chosen_is_the_node_that_runs_with_its_prompt(technique: str) -> None:
    prompt = prompts.load(f"answer/{technique}")
    reply = draft((FINISHED, FINISHED), **({"reasoning": "It says so."} if prompt.reasoning else {}))
    nodes, found, model = ask(technique, reply)
    assert nodes[3] == f"draft_{technique.replace('-', '_')}"
    assert found.technique == technique
    assert found.text == FINISHED
    [sent] = model.seen
    assert sent[0].type == "system"
    assert PASSAGES[0] in sent[-1].text
    assert "When was it finished?" in sent[-1].text
    assert len(sent) == len(prompt.render(**dict.fromkeys(prompt.inputs, "x")))


def test_reasoning_is_kept_apart_from_the_answer() -> None:
    reply = draft((FINISHED, FINISHED), reasoning="Seven and seven is fourteen.")
    _, found, model = ask("chain-of-thought", reply)
    assert list(model.schemas[0].model_fields) == ["reasoning", "sentences"]
    assert "fourteen" not in found.model_dump_json()


def test_what_is_forbidden_is_said_in_the_prompt_and_asked_for_once_more() -> None:
    bad, good = ("The passage says the bridge was finished in 1874.", FINISHED), (FINISHED, FINISHED)
    _, found, model = ask("negative", draft(bad), draft(good))
    assert '"the passage"' in model.seen[0][0].text
    assert "'the passage'" in model.seen[1][-1].text
    assert found.text == FINISHED


def test_what_is_forbidden_never_reaches_the_person_even_where_the_documents_say_it() -> None:
    library = SmallLibrary(passages=["The bridge was probably finished in 1874.", *PASSAGES])
    bad = draft(("The bridge was probably finished in 1874.", "The bridge was probably finished in 1874."))
    _, found, _ = ask("negative", bad, bad, library=library)
    assert found.sentences
    assert "probably" not in found.text


def test_a_very_small_model_is_shown_sentences_and_can_only_choose_its_quotes_among_them() -> None:
    _, found, model = ask("zero-shot", draft((FINISHED, "1")), name="embedded")
    quotes = model.schemas[0].model_json_schema()["$defs"]["ChosenSentence"]["properties"]["quotes"]["items"]
    assert "1" in (quotes.get("enum") or [quotes["const"]])
    assert f"1. {FINISHED}" in model.seen[0][-1].text
    assert "<passage" not in model.seen[0][-1].text
    assert found.sentences[0].text == FINISHED


def test_a_very_small_model_is_asked_for_nothing_but_its_draft() -> None:
    wrong = draft(("The bridge was finished in 1847.", "1"))
    _, found, model = ask("zero-shot", wrong, library=SmallLibrary(0.2, 0.9), name="embedded")
    assert len(model.seen) == 1
    assert found.sentences[0].origin == "quoted"
