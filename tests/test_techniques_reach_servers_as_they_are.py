"""Each technique on the wire: what an OpenAI-compatible server is sent over HTTP, request by request."""

from typing import Any

import pytest
from openai_server import MODEL, OpenAIServer, openai_server
from scripted import PASSAGES, SmallLibrary, draft

from vademecum import prompts
from vademecum.core.errors import ModelError
from vademecum.core.settings import load_settings
from vademecum.graphs import _text_writer, answer, chain
from vademecum.models import chat_model
from vademecum.verification.verdict import Verifier

QUESTION = "When was the bridge finished?"
FINISHED = "The bridge was finished in 1874 after seven years of work."
SHORT = "The bridge was finished in 1874."


def sent(server: OpenAIServer) -> list[list[tuple[str, str]]]:
    return [[(it["role"], it["content"]) for it in request["messages"]] for request in server.requests]


def ask(server: OpenAIServer, technique: str) -> Any:
    library = SmallLibrary()
    model = chat_model(server.url, load_settings())
    context = answer.Context(library, Verifier(), model=model, model_name=server.url, technique=technique)  # ty: ignore[invalid-argument-type]
    return answer.build().invoke({"question": QUESTION}, context=context)["answer"]


@pytest.mark.slow
@pytest.mark.parametrize("technique", prompts.names("answer"))
def test_an_answer_by_each_technique_over_http(technique: str) -> None:
    prompt = prompts.load(f"answer/{technique}", embeddings=SmallLibrary().embeddings)
    front = prompt.front
    reply = draft((SHORT, FINISHED), **({"reasoning": "so"} if front.reasoning else {}))
    critique = [{"judgements": [{"criterion": name, "fault": "", "met": True} for name in front.criteria]}]
    script = [*([FINISHED] if front.steps else []), *[reply] * front.samples, *(critique if front.criteria else [])]
    with openai_server(script) as server:
        found = ask(server, technique)
    assert found.text == SHORT
    assert found.citations[0].quote == FINISHED
    assert len(server.requests) == len(script)
    last = server.requests[len(front.steps)]
    assert last["model"] == MODEL
    roles = {"system": "system", "human": "user", "ai": "assistant"}
    inputs = {"evidence": "<passage", "question": QUESTION, **dict.fromkeys(front.steps, FINISHED)}
    shape = [roles[message.type] for message in prompt.render(**inputs)]
    assert [it["role"] for it in last["messages"]] == shape
    assert PASSAGES[0] in last["messages"][-1]["content"]
    schema = str(last.get("response_format") or last.get("tools"))
    assert ("'reasoning'" in schema) == front.reasoning


def test_negative_prompting_asks_once_more_over_http() -> None:
    bad = draft(("The passage says the bridge was finished in 1874.", FINISHED))
    with openai_server([bad, draft((SHORT, FINISHED))]) as server:
        assert ask(server, "negative").text == SHORT
    first, second = sent(server)
    assert second[: len(first)] == first
    assert [role for role, _ in second[len(first) :]] == ["assistant", "user"]
    assert "'the passage'" in second[-1][1]


@pytest.mark.slow
def test_an_overloaded_server_is_asked_again_and_a_refusal_is_an_error_in_a_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    with openai_server([503, draft((SHORT, FINISHED))]) as server:
        assert ask(server, "zero-shot").text == SHORT
    with openai_server([400]) as server, pytest.raises(ModelError, match="did not answer") as caught:
        ask(server, "zero-shot")
    assert "\n" not in str(caught.value)


def test_a_chain_over_http_gives_each_step_what_it_declares() -> None:
    with openai_server([{"answer": "praise"}, "Thank you!", "Thanks!"]) as server:
        context = chain.Context(chat_model(server.url, load_settings()), server.url, SmallLibrary())  # ty: ignore[invalid-argument-type]
        given = {"inputs": {"text": "We loved it."}}
        state = chain.build(variant="reply").invoke(given, context=context)
    assert state["results"] == {"kind": "praise", "thank": "Thank you!", "shorten": "Thanks!"}
    kind, thank, shorten = sent(server)
    assert "We loved it." in kind[-1][1]
    assert "We loved it." in thank[-1][1]
    assert "Thank you!" in shorten[-1][1]
    assert "We loved it." not in str(shorten)


def test_a_task_with_samples_over_http_takes_the_majority() -> None:
    said = [{"reasoning": "", "answer": it} for it in ("sport", "economy", "economy", "sport", "economy")]
    with openai_server(said) as server:
        context = chain.Context(chat_model(server.url, load_settings()), server.url)
        graph = _text_writer.build(lambda _: prompts.load("tasks/classify-topic"))
        state = graph.invoke({"inputs": {"text": "The bank raised its rate."}}, context=context)
    assert (state["reply"], state["agreed"]) == ("economy", [3, 5])
    assert all(it == sent(server)[0] for it in sent(server))
