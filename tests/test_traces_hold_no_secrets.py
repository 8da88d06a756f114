"""With redaction on, what is on disk holds no key, address or password, wherever in a run they stood."""

import sqlite3
import uuid
from pathlib import Path
from typing import Any, TypedDict

import pytest
from langchain_core.documents import Document
from langchain_core.runnables import RunnableLambda
from langgraph.graph import START, StateGraph
from traced_runs import KIND, client, files, multipart, run

from vademecum import tracing
from vademecum.core.settings import load_settings
from vademecum.tracing.redaction import redactor
from vademecum.tracing.store.database import Database
from vademecum.tracing.traced import traced
from vademecum.tracing.traces import Traces

KEY = "sk-ant-api03-" + "a1B2" * 20
PASSWORD = "tr0ub4dor&3xyz"
EMAIL = "ann.example@post.example.org"
DOCUMENT = f"The service wants api_key={KEY} and its password: {PASSWORD}; ask {EMAIL} for access."


class State(TypedDict, total=False):
    text: str
    documents: list[Document]
    nested: dict[str, Any]


def leaking() -> Any:
    """A graph that lets secrets out at every place there is."""

    def find(state: State) -> State:
        return {
            "text": f"the password is {PASSWORD}",
            "documents": [Document(DOCUMENT, metadata={"from": EMAIL})],
            "nested": {"a": {"b": [{"password": PASSWORD, "deep": [[[[[[[[[[[[f"Bearer {KEY}"]]]]]]]]]]]]}]}},
        }

    def fail(text: str) -> str:
        raise ValueError(f"https://ann:{PASSWORD}@host refused {KEY} of {EMAIL}")

    def tell(state: State) -> State:
        RunnableLambda(fail).with_fallbacks([RunnableLambda(lambda _: "")]).invoke(state["text"])
        return {"text": f"mail {EMAIL}"}

    graph = StateGraph(State).add_node("find", find).add_node("tell", tell)
    return graph.add_edge(START, "find").add_edge("find", "tell").compile(name="leaking")


def test_inputs_outputs_metadata_errors_and_documents_are_redacted(tmp_path: Path) -> None:
    settings = load_settings(home=tmp_path, tracing="local", redact="personal")
    metadata = {"Authorization": f"Bearer {KEY}", "who": EMAIL, "note": f"password={PASSWORD}"}
    run_id = "0d7d4b52-39a4-4f31-8f1c-0d8f5ba5d0b4"
    config = {"metadata": metadata, "run_id": run_id}
    traced(leaking(), settings).invoke({"text": f"my key {KEY}, mail {EMAIL}, password: {PASSWORD}"}, config)
    tracing.feedback(settings, run_id, key="helpful", score=1, comment=f"write to {EMAIL}, password {KEY}")
    tracing.flush(10)
    with Traces(tmp_path) as traces:
        tree = traces.tree(run_id)
        assert {run["name"] for run in tree} >= {"leaking", "find", "tell", "fail"}
        assert "refused" in next(run["error"] for run in tree if run["name"] == "fail")
        assert "[personal]" in tree[0]["feedback_stats"]["helpful"]["comments"][0]
        assert "wants api_key=[secret]" in str(tree)
    kept = files(tmp_path)
    assert b"leaking" in kept
    assert [secret for secret in (KEY, PASSWORD, EMAIL) if secret.encode() in kept] == []


def test_what_other_programs_send_to_the_server_is_redacted_too(tmp_path: Path) -> None:
    sent = run(
        inputs={"text": DOCUMENT}, outputs={"password": PASSWORD}, error=f"ValueError({KEY})",
        extra={"metadata": {"from": EMAIL}}, events=[{"name": "said", "kwargs": {"text": DOCUMENT}}],
    )  # fmt: skip
    said = {"key": "helpful", "run_id": sent["id"], "comment": f"ask {EMAIL}"}
    with Database(tmp_path) as database:
        web = client(database, redact="personal")
        body = multipart((f"post.{sent['id']}", sent), (f"feedback.{uuid.uuid4()}", said))
        assert web.post("/runs/multipart", content=body, headers={"content-type": KIND}).status_code == 202
        assert web.get(f"/runs/{sent['id']}").json()["outputs"] == {"password": "[secret]"}
        kept = files(tmp_path)
    assert [secret for secret in (KEY, PASSWORD, EMAIL) if secret.encode() in kept] == []


def test_without_redaction_they_would_be_there(tmp_path: Path) -> None:
    settings = load_settings(home=tmp_path, tracing="local", redact="off")
    traced(leaking(), settings).invoke({"text": f"my key {KEY}, mail {EMAIL}"})
    tracing.flush(10)
    with Traces(tmp_path) as traces:
        assert traces.find()
    with sqlite3.connect(tmp_path / "traces.db") as connection:
        kept = "".join(str(row) for row in connection.execute("SELECT * FROM payloads"))
    connection.close()
    assert all(secret in kept for secret in (KEY, EMAIL))


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("OPENAI_API_KEY=sk-proj-" + "a1" * 20, "OPENAI_API_KEY=[secret]"),
        ('{"api_key": "abcd1234"}', '{"api_key": "[secret]"}'),
        ("Authorization: Bearer abc.def.ghijkl", "Authorization: Bearer [secret]"),
        ("https://bob:pw123@host/x", "https://bob:[secret]@host/x"),
        ("my password is hunter2!x and more", "my password is [secret] and more"),
        ("the token is embedded, the key and value vectors follow", None),
        ("tokens: 12345, tokenizer = fast, a secret garden", None),
        ("https://example.org/a:b@c", None),
        ("write to ann.b@example.org", "write to [personal]"),
        ("call +49 170 1234567 now", "call [personal] now"),
        ("card 4111 1111 1111 1111", "card [personal]"),
        ("card 4111 1111 1111 1112 fails the check", None),
        ("IBAN DE89 3704 0044 0532 0130 00", "IBAN [personal]"),
        ("at 2026-11-25 13:31:40 for 0.45 of 1,234,567", None),
        ("f47ac10b-58cc-4372-a567-0e02b2c3d479", None),
        ("İstanbul password: hunter22", "İstanbul password: [secret]"),
    ],
)
def test_only_what_is_secret_or_personal_goes(text: str, left: str | None) -> None:
    redact = redactor("personal")
    assert redact is not None
    assert redact({"a": [text]}) == {"a": [text if left is None else left]}


def test_secrets_only_leaves_addresses() -> None:
    redact = redactor("secrets")
    assert redact is not None
    assert redact(f"{EMAIL} password: {PASSWORD}") == f"{EMAIL} password: [secret]"
    assert redactor("off") is None


def test_names_of_values_say_what_they_are() -> None:
    redact = redactor("secrets")
    assert redact is not None
    hidden = "[secret]"
    names = ("token", "auth", "pass", "userPassword", "client_secret", "Cookie")
    assert redact(dict.fromkeys(names, "abcd1234")) == dict.fromkeys(names, hidden)
    assert redact({"Set-Cookie": ["a=b"]}) == {"Set-Cookie": [hidden]}
    assert redact([["authorization", "Zm9v YmFy"], {"name": "X-Api-Key", "value": "a b"}, {"pwd": 12345678}]) == [
        ["authorization", hidden], {"name": "X-Api-Key", "value": hidden}, {"pwd": hidden},
    ]  # fmt: skip
    assert redact({f"password={PASSWORD}": b"api_key=" + KEY.encode()}) == {f"password={hidden}": b"api_key=[secret]"}
    stays = {"token": "beautiful", "password": {"type": "string"}, "words": ["secret", "garden"], "total_tokens": 12}
    assert redact(stays) == stays


def test_what_is_nested_without_end_is_left_out() -> None:
    redact = redactor("personal")
    assert redact is not None
    nested: Any = KEY
    for _ in range(10_000):
        nested = [nested]
    assert KEY not in repr(redact(nested))


def test_names_tags_and_events_of_runs_are_redacted(tmp_path: Path) -> None:
    settings = load_settings(home=tmp_path, tracing="local", redact="secrets")
    named = RunnableLambda(lambda text: text).with_config(run_name=f"password={PASSWORD}", tags=[f"key {KEY}"])
    traced(named, settings).invoke("hello")
    tracing.flush(10)
    with Traces(tmp_path) as traces:
        assert [run["name"] for run in traces.find()] == ["password=[secret]"]
    sent = run(name=f"password={PASSWORD}", tags=[KEY])
    with Database(tmp_path) as database:
        assert client(database, redact="secrets").post("/runs", json=sent).status_code == 202
    assert [secret for secret in (KEY, PASSWORD) if secret.encode() in files(tmp_path)] == []


@pytest.mark.slow
def test_an_answer_from_a_document_with_secrets_holds_none(tmp_path: Path) -> None:
    import vademecum

    note = tmp_path / "access.md"
    note.write_text(f"# Access\n\n{DOCUMENT}\n\nThe service is reached at port 8080 every day.\n")
    home = tmp_path / "home"
    with vademecum.open(note, home=home, model="extractive", tracing="local", redact="personal") as notes:
        answer = notes.ask("What does the service want?")
        notes.feedback(answer.run_id, 1)
    with Traces(home) as traces:
        assert traces.tree(answer.run_id)[0]["feedback_stats"]["helpful"]["n"] == 1
    kept = b"".join(path.read_bytes() for path in [*home.glob("traces.*"), *(home / "spool").rglob("*.frame")])
    assert [secret for secret in (KEY, PASSWORD, EMAIL) if secret.encode() in kept] == []
