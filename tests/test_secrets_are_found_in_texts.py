"""Secrets are found by their shape and by the words before them: the same for models, checkpoints and traces."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from secret_samples import PROSE, samples

from vademecum.agents import redacted
from vademecum.core.secret_spans import secret_spans, without_secrets
from vademecum.tracing.redaction import redactor

ROOT = Path(__file__).resolve().parent.parent
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


SAMPLES = list(samples())


def leaked(secret: str, text: str) -> bool:
    """Whether six characters of the secret in a row are in the text."""
    text = text.replace("[REDACTED_SECRET]", "").replace("[secret]", "")
    return any(secret[place : place + 6] in text for place in range(max(1, len(secret) - 5)))


def test_secrets_of_every_kind_are_hidden_from_models_and_from_traces() -> None:
    redact = redactor("secrets")
    assert redact is not None
    assert len(SAMPLES) >= 200
    assert [text for text, secret in SAMPLES if leaked(secret, redacted(text))] == []
    assert [text for text, secret in SAMPLES if leaked(secret, redact({"a": [text]})["a"][0])] == []
    assert [text for text, secret in SAMPLES if leaked(secret, redact(f"Before.\n{text}\nAfter."))] == []


def test_what_speaks_of_secrets_and_holds_none_stays() -> None:
    assert [redacted(line) for line in PROSE if redacted(line) != line] == []
    assert [without_secrets(line, "[x]") for line in PROSE if secret_spans(line)] == []


def false_alarms(folder: Path) -> tuple[int, list[str]]:
    """Lines of the texts in a folder, and what is taken for a secret there, which none is."""
    lines, alarms = 0, []
    for path in sorted(folder.rglob("*")):
        if path.suffix in (".md", ".txt", ".csv", ".html", ".eml", ".py", ".json"):
            text = path.read_text(errors="replace")
            lines += text.count("\n") + 1
            alarms += [f"{path.name}: {text[start:end]}" for start, end in secret_spans(text)]
    return lines, alarms


def test_the_samples_hold_no_secrets() -> None:
    lines, alarms = false_alarms(ROOT / "samples")
    assert lines > 1000
    assert alarms == []


@pytest.mark.slow
def test_books_hold_next_to_no_secrets(shared: Path) -> None:
    lines, alarms = false_alarms(shared / "books")
    assert len(alarms) <= lines / 10_000, alarms


HOSTILE = (
    "a", "password=", "token_", "secret   ", "://a:b", "://a:b@", "-----BEGIN PRIVATE KEY-----", "eyJ", "eyJa.", "\"'",
    "AKIAsk_hf_Ab1+/", "hf_", "a@a.", "4111 ", "0 ", "?key=", "<password>", "curl -s ", "password is ", "my pin is !!!",
    "cookie: a=", "Bearer a", "passphrase: abc ", "DE89 ", "password: x1y2 ", "token=${", "pin=a",
    "password:\n", "密码是",
)  # fmt: skip
"""What was slow once, or could be, repeated."""


def growth(redact: Callable[[str], Any], part: str) -> float:
    """How much more processor time twice the text takes, from four times; the best of a few tries."""

    def seconds(text: str) -> float:
        began = time.process_time()
        redact(text)
        return time.process_time() - began

    text, ratio = part * (10_500 // len(part)), 100.0
    for _ in range(8):
        ratio = min(ratio, seconds(text * 4) / max(seconds(text), 1e-4))
        if ratio < 2.6**2:
            break
    return ratio**0.5


@pytest.mark.parametrize("level", ["secrets", "personal", "spoken"])
def test_redacting_twice_the_text_takes_twice_the_time(level: Any) -> None:
    redact = redacted if level == "spoken" else redactor(level)
    assert redact is not None
    ratios = {part: growth(redact, part) for part in HOSTILE}
    assert {part: ratio for part, ratio in ratios.items() if ratio > 2.6} == {}
