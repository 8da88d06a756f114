"""API keys: kept in the system's keyring, used from there, outweighed by the environment, never told."""

import json
from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends import fail
from openai_server import openai_server

import vademecum
from vademecum import model_check
from vademecum.core import keys
from vademecum.core.errors import ModelError, SettingsError
from vademecum.core.settings import load_settings
from vademecum.models import chat_model

KEY = "kept-key-0123456789"


class InMemory(KeyringBackend):
    """A keyring that ends with the test."""

    priority = 1  # ty: ignore[invalid-assignment]

    def __init__(self) -> None:
        super().__init__()
        self.held: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.held.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.held[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if self.held.pop((service, username), None) is None:
            raise keyring.errors.PasswordDeleteError("no such entry")


@pytest.fixture
def ring() -> Iterator[InMemory]:
    before, ring = keyring.get_keyring(), InMemory()
    keyring.set_keyring(ring)
    yield ring
    keyring.set_keyring(before)


def origin(provider: str) -> str:
    return next(it.origin for it in keys.providers() if it.provider == provider)


@pytest.mark.slow
def test_a_kept_key_is_used_and_told_to_nobody(ring: InMemory, tmp_path: Path) -> None:
    keys.keep(keys.SERVER, f" {KEY}\n")
    assert ring.held == {("vademecum", "server"): KEY}
    assert origin(keys.SERVER) == "keyring"
    assert KEY not in str(keys.providers()) + str(keys.key_of(keys.SERVER))
    with openai_server(["Here."]) as server, vademecum.open(home=tmp_path, tracing="local") as notes:
        told = model_check.model(notes, server.url)
        model = notes.model(server.url)
    assert (told.answer, told.tokens) == ("Here.", 15)
    assert model is not None
    assert model.openai_api_key.get_secret_value() == KEY  # ty: ignore[unresolved-attribute]
    kept = [file for file in tmp_path.rglob("*") if file.is_file() and KEY.encode() in file.read_bytes()]
    assert kept == []
    keys.forget(keys.SERVER)
    keys.forget(keys.SERVER)  # gone already: nothing to do
    assert origin(keys.SERVER) == "none"


def test_a_provider_gets_the_key_that_is_kept(ring: InMemory, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load_settings()
    with pytest.raises(ModelError, match="cannot be set up"):
        chat_model("openai:gpt-5", settings)
    keys.keep("openai", KEY)
    model = chat_model("openai:gpt-5", settings)
    assert json.loads(json.dumps(str(model))).count(KEY) == 0
    monkeypatch.setenv("OPENAI_API_KEY", "from-the-environment")
    assert origin("openai") == "environment"
    assert keys.key_of("openai") is None


@pytest.mark.parametrize("given", ["", "  ", "two words", "x" * 1001, "a\x00b"])
def test_what_is_no_key_is_refused(ring: InMemory, given: str) -> None:
    with pytest.raises(SettingsError, match="that is no API key"):
        keys.keep("openai", given)
    assert ring.held == {}


def test_without_a_keyring_the_environment_is_named() -> None:
    before = keyring.get_keyring()
    keyring.set_keyring(fail.Keyring())
    try:
        assert keys.why_not_kept() == "this machine has no keyring that could keep keys"
        assert keys.key_of("openai") is None
        with pytest.raises(SettingsError, match="set OPENAI_API_KEY in the environment instead") as told:
            keys.keep("openai", KEY)
        assert KEY not in str(told.value)
    finally:
        keyring.set_keyring(before)


def test_an_unknown_provider_is_named() -> None:
    with pytest.raises(SettingsError, match="no provider named 'nobody'; there are: openai"):
        keys.keep("nobody", KEY)
