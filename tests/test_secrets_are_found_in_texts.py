"""Secrets are found by their shape and by the words before them: the same for models, checkpoints and traces."""

import pytest

from vademecum.agents import redacted
from vademecum.core.secret_spans import secret_spans, without_secrets
from vademecum.tracing.redaction import redactor

KEY = "sk-ant-api03-" + "a1B2" * 20


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        (f"use {KEY} for it", KEY),
        ("AWS AKIAIOSFODNN7EXAMPLE here", "AKIAIOSFODNN7EXAMPLE"),
        ("Authorization: Bearer abc.def.ghijkl", "abc.def.ghijkl"),
        ("Bearer\nabc.def.ghijkl", "abc.def.ghijkl"),
        ("LICENSE_KEY=ABCD-1234", "ABCD-1234"),
        ("privateKey: 'hushhush'", "hushhush"),
        ("APIKEYSALT=pepper99", "pepper99"),
        ('"x-auth-token": "abcd1234"', "abcd1234"),
        ("https://bob:pw123@host/x", "pw123"),
        ("İstanbul password: hunter22", "hunter22"),
        ("the password is hunter2!", "hunter2!"),
    ],
)
def test_a_secret_is_hidden_from_models_and_from_traces(text: str, secret: str) -> None:
    redact = redactor("secrets")
    assert redact is not None
    assert secret in [text[start:end] for start, end in secret_spans(text)]
    assert secret not in redacted(text)
    assert secret not in redact(text)


@pytest.mark.parametrize(
    "text", ["the token is embedded", "tokens: 12345, a secret garden", "https://example.org/a:b@c", "short"]
)
def test_other_words_stay(text: str) -> None:
    assert secret_spans(text) == []
    assert redacted(text) == text


def test_only_a_password_that_a_person_speaks_of_may_be_any_word() -> None:
    text = "My password is butterfly."
    assert without_secrets(text, "[x]") == text
    assert without_secrets(text, "[x]", spoken=True) == "My password is [x]."


def test_secrets_that_overlap_are_one() -> None:
    assert without_secrets(f"password={KEY}; token: {KEY}", "[x]") == "password=[x] token: [x]"


def test_what_was_redacted_once_stays_as_it_is() -> None:
    once = redacted(f"password: {KEY} and api_key={KEY}")
    assert redacted(once) == once
