"""In the chat the documents' own words stand at once, and a model's when they have been checked."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from accessible import violations
from chatting import Chat, serve
from openai_server import openai_server
from playwright.sync_api import expect
from scripted import draft

pytestmark = pytest.mark.slow

SLEEP, SLEPT = "How many hours does a cat sleep?", "A cat sleeps up to sixteen hours a day."
PATIENCE = 60
"""Seconds."""


class Held(list[Any]):
    """A server's script that is said once `go` is set."""

    go = threading.Event()

    def pop(self, *place: Any) -> Any:
        assert self.go.wait(PATIENCE)
        return super().pop(*place)


def test_the_quotes_stand_while_the_model_writes(home: Path, look: Callable[..., Chat]) -> None:
    with openai_server([]) as server, serve(home, VADE_MODEL=server.url) as url:
        invented = ("It sleeps on the moon.", SLEPT)
        written = draft(("A cat sleeps up to sixteen hours.", SLEPT), invented)
        server.script = held = Held([{"to": "answer"}, written, draft(invented)])
        chat = look(url)
        chat.page.locator("textarea").fill(SLEEP)
        chat.page.keyboard.press("Enter")
        expect(chat.page.locator(".vade-quotes blockquote")).to_contain_text(SLEPT)
        expect(chat.page.locator(".vade-checking")).to_be_visible()
        expect(chat.page.locator(".answer")).to_have_count(0)
        assert violations(chat.page) == []
        held.go.set()
        expect(chat.page.locator(".answer")).to_contain_text("A cat sleeps up to sixteen hours.")
        expect(chat.page.locator(".vade-quotes")).to_have_count(0)
        expect(chat.page.get_by_text("moon")).to_have_count(0)
