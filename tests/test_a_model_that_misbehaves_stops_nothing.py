"""Whatever a model's server sends, there is a reply from the documents, or one line that says what is wrong."""

from collections.abc import Iterator

import pytest
from misbehaving_server import SAID, WAYS, Misbehaving, misbehaving

import vademecum
from vademecum import Notebook
from vademecum.core.errors import ModelError
from vademecum.graph_runs import final_event
from vademecum.models import reply_limits
from vademecum.models.retryable import transient, unanswered

pytestmark = pytest.mark.slow

LEASE = "# Lease\n\nThe lease ends on 31 March 2027. The rent is 900 euros.\n"

SILENT = ("a web page", "no choices", "null message", "forbidden", "JSON that is cut off")
"""Ways in which no reply comes at all."""

UNREADABLE = ("plain words", "cut-off JSON", "other JSON", "empty", "white space", "nested JSON")
"""Ways in which a reply comes that has not the form that was asked for."""

CALLS = "2,000 calls"
"""Another such way, which the provider's package takes seconds to read."""


@pytest.fixture(scope="module")
def server() -> Iterator[Misbehaving]:
    with misbehaving() as running:
        yield running


@pytest.fixture(scope="module")
def notes(server: Misbehaving, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Notebook]:
    folder = tmp_path_factory.mktemp("misbehaving")
    (folder / "lease.md").write_text(LEASE)
    with vademecum.open(folder / "lease.md", home=folder / "home", model=server.url, tracing="off") as notebook:
        yield notebook


def replied(notes: Notebook, graph: str) -> str:
    """What a graph replies."""
    if graph == "ask":
        return notes.ask("When does the lease end?").text
    if graph == "agent":
        return notes.agent("What is 2 + 2?").text
    if graph == "plan":
        return notes.plan("Find when the lease ends, and work out 2 + 2.").text
    if graph == "summary":
        told = "My name is Ann, and I live in Rome."
        return final_event(notes.stream(told, graph="chat", memory="both", speaker="small_talk")).reply
    question = "When does the lease end, and what is the rent?"
    return final_event(notes.stream(question, graph=graph)).reply


@pytest.mark.parametrize(
    ("graph", "way"), [*((graph, way) for graph in ("ask", "chat", "research") for way in UNREADABLE), ("ask", CALLS)]
)
def test_a_reply_that_cannot_be_read_is_replaced_by_what_the_documents_say(
    graph: str, way: str, notes: Notebook, server: Misbehaving
) -> None:
    server.way = way
    assert "31 March 2027" in replied(notes, graph)


@pytest.mark.parametrize("graph", ["ask", "chat", "research", "agent", "plan", "code", "summary"])
def test_a_server_that_is_no_models_is_told_in_one_line(graph: str, notes: Notebook, server: Misbehaving) -> None:
    for way in SILENT:
        server.way, server.asked = way, 0
        with pytest.raises(ModelError) as raised:
            replied(notes, graph)
        message = str(raised.value)
        assert "\n" not in message
        assert "--model" in message
        assert "Error: )" not in message
        assert server.asked <= 3


@pytest.mark.parametrize("way", [way for way in WAYS if way in SAID])
def test_an_agent_ends_whatever_it_is_told_to_do(way: str, notes: Notebook, server: Misbehaving) -> None:
    server.way, server.asked = way, 0
    if way in ("odd blocks", "arguments that are a list"):
        with pytest.raises(ModelError, match="cannot be read"):
            notes.agent("What is 2 + 2?")
        return
    answer = notes.agent("What is 2 + 2?")
    assert answer.text
    assert len(answer.text) <= reply_limits.CHARS
    assert len(answer.calls) <= 8 * reply_limits.CALLS
    assert sum(not call.failed for call in answer.calls) <= 16
    assert server.asked <= 8


def test_a_stream_without_end_is_given_up(
    notes: Notebook, server: Misbehaving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reply_limits, "BYTES", 500_000)
    server.way, server.asked = "stream without end", 0
    with pytest.raises(ModelError, match="did not end within"):
        replied(notes, "summary")
    assert server.asked == 1


def test_a_reply_that_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reply_limits, "SECONDS", -1)
    with pytest.raises(ModelError, match="minutes"):
        list(reply_limits.within_limits([b"one"]))


def test_what_went_on_for_too_long_is_not_asked_for_again() -> None:
    limit, wrapped = ModelError("the model's reply did not end within 32 MB"), ConnectionError("Connection error.")
    wrapped.__cause__ = limit
    assert not transient(wrapped)
    assert str(unanswered(wrapped)) == str(limit)
    assert transient(ConnectionError("gone"))
