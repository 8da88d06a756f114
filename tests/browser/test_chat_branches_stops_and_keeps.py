"""The chat beyond question and answer: branches, stopping, attaching, keyboard only, on a phone, after a restart."""

import re
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from accessible import drawn, violations
from chatting import Chat, new_page, serve
from openai_server import openai_server
from playwright.sync_api import Browser, FilePayload, expect
from scripted import draft

pytestmark = pytest.mark.slow

Look = Callable[..., Chat]
SLEEP, BRIDGE = "How many hours does a cat sleep?", "Who was the engineer of the bridge at Kirn?"
SLEPT = "A cat sleeps up to sixteen hours a day."
PATIENCE = 60
"""Seconds."""
SCRIPT = "<img src=x onerror=\"document.title = 'taken over'\">"
FILES: list[FilePayload] = [
    {"name": f"../{SCRIPT}.md", "mimeType": "text/markdown", "buffer": b"# Tides\n\nAt Brest the tide is 7.3 m.\n"},
    {"name": "broken.png", "mimeType": "image/png", "buffer": b"no image"},
]


def thread_of(chat: Chat) -> str:
    return chat.page.url.partition("thread=")[2].partition("&")[0]


def test_a_question_is_changed_in_a_branch_and_two_answers_stand_side_by_side(look: Look, address: str) -> None:
    chat = look(address)
    chat.ask(SLEEP)
    first = thread_of(chat)
    chat.page.get_by_role("button", name="Edit").click()
    drawn(chat.page).get_by_label("Your question").fill(BRIDGE)
    chat.page.get_by_role("button", name="Ask", exact=True).click()
    expect(chat.page.locator(".answer", has_text="Ada Voss")).to_have_count(1)
    expect(chat.page.locator(".answer")).to_have_count(1)  # what it takes the place of is gone
    expect(chat.page.get_by_text("2 of 2")).to_be_visible()
    chat.page.get_by_role("button", name="Earlier").click()
    expect(chat.page).to_have_url(re.compile(rf"thread={first}($|&)"))
    expect(chat.page.get_by_text("1 of 2")).to_be_visible()
    expect(chat.page.locator(".answer", has_text="sixteen hours")).to_have_count(1)
    chat.page.get_by_role("button", name="Another answer").click()
    chat.page.get_by_role("dialog").get_by_label("How the documents are searched").click()
    chat.page.get_by_role("option", name="sparse").click()
    chat.page.get_by_role("button", name="Answer", exact=True).click()
    expect(chat.page.locator(".answer")).to_have_count(2)
    for mode in ("best", "sparse"):
        expect(chat.page.get_by_text(f"searched by {mode}")).to_be_visible()
    assert violations(drawn(chat.page)) == []
    chat.page.get_by_role("button", name="Keep this one").last.click()
    expect(chat.page.get_by_text("3 of 3")).to_be_visible()
    with chat.page.expect_download() as saved:
        chat.page.locator(".st-key-export-thread button").first.click()
    assert "[^1]: cats.md, line 3: “A cat sleeps" in Path(saved.value.path()).read_text("utf-8")
    drawn(chat.page).get_by_label("Search conversations").fill("ada voss")
    chat.page.keyboard.press("Enter")
    expect(chat.page.locator(".st-key-conversations button", has_text="cat sleep")).to_have_count(0)
    chat.page.locator(".st-key-conversations button", has_text="engineer").first.click()
    expect(chat.page.locator(".answer", has_text="Ada Voss")).to_have_count(1)
    assert chat.hosts == {address.removeprefix("http://")}


def test_a_running_answer_is_stopped_and_goes_on(look: Look, home: Path, address: str) -> None:
    let = threading.Event()
    with openai_server([]) as server:
        server.reply_to = lambda request: let.wait(60) and 418  # ty: ignore[invalid-assignment]
        with serve(home, VADE_MODEL=server.url) as url:
            chat = look(url)
            chat.page.locator("textarea").fill(SLEEP)
            chat.page.keyboard.press("Enter")
            chat.page.wait_for_url("**thread=**")
            other = look(chat.page.url, ready=False)  # a second tab looks on
            expect(other.page.locator(".vade-question")).to_have_text(SLEEP)
            chat.page.get_by_role("button", name="Stop").click()
            let.set()
            expect(chat.page.get_by_role("button", name="Go on")).to_be_visible()
            expect(chat.page.get_by_text("Stopped before there was an answer")).to_be_visible()
    again = look(f"{address}/?thread={thread_of(chat)}")  # its server is gone: another one goes on
    again.page.get_by_role("button", name="Go on").click()
    expect(again.page.locator(".answer", has_text="sixteen hours")).to_have_count(1)


def test_an_answer_needs_no_open_page_and_two_tabs_share_a_conversation(look: Look, home: Path) -> None:
    let, held = threading.Event(), threading.Event()

    def reply(request: dict[str, Any]) -> Any:
        if "Route" in str({**request, "messages": ""}):
            return {"to": "answer"}
        held.set()
        return draft((SLEPT, SLEPT)) if let.wait(PATIENCE) else 418

    with openai_server([]) as server:
        server.reply_to = reply  # ty: ignore[invalid-assignment]
        with serve(home, VADE_MODEL=server.url) as url:
            chat = look(url)
            chat.page.locator("textarea").fill(SLEEP)
            chat.page.keyboard.press("Enter")
            chat.page.wait_for_url("**thread=**")
            other = look(chat.page.url, ready=False)
            expect(other.page.locator(".vade-question")).to_have_text(SLEEP)
            assert held.wait(PATIENCE)
            for tab in (chat, other):
                tab.page.close()
            let.set()  # nobody is looking
            first, second = look(chat.page.url), look(chat.page.url)
            for tab in (first, second):
                expect(tab.page.locator(".answer", has_text="sixteen hours")).to_have_count(1)
            asked = [SLEEP, "How many hours does a cat sleep in winter?", "How many hours does an old cat sleep?"]
            first.ask(asked[1])
            second.ask(asked[2])
            expect(second.page.locator(".vade-question")).to_have_text(asked)
            first.page.reload()
            expect(first.page.locator(".vade-question")).to_have_text(asked)
            expect(first.page.locator(".answer", has_text="sixteen hours")).to_have_count(3)


def test_files_come_with_a_question(look: Look, address: str) -> None:
    chat = look(address)
    chat.page.locator("[data-testid=stChatInput] input[type=file]").first.set_input_files(FILES)
    expect(chat.page.locator("[data-testid=stChatInput]")).to_contain_text("broken.png")
    expect(chat.page.locator("[data-testid=stChatInputSubmitButton]")).to_be_enabled()  # once all is uploaded
    chat.ask("How high is the tide at Brest?")
    expect(chat.page.locator(".answer .sentence").first).to_contain_text("7.3 m")
    expect(chat.page.get_by_text("is not an image that can be read")).to_be_visible()
    assert chat.page.title() != "taken over"
    assert chat.hosts == {address.removeprefix("http://")}


def test_no_model_is_told_and_nothing_is_lost(look: Look, home: Path) -> None:
    with serve(home, VADE_MODEL="http://127.0.0.1:9/v1") as url:
        chat = look(url)
        chat.page.locator("textarea").fill(SLEEP)
        chat.page.keyboard.press("Enter")
        expect(chat.page.locator("[data-testid=stAlert]")).to_contain_text("127.0.0.1:9")
        chat.page.reload()
        expect(chat.page.locator(".vade-question")).to_have_text(SLEEP)
        chat.page.locator("[data-testid=stSidebar] [data-testid=stPopover] button").click()
        chat.page.get_by_label("Model", exact=True).click()
        chat.page.get_by_role("option", name="extractive").click()
        chat.page.keyboard.press("Escape")
        chat.page.get_by_role("button", name="Try again").click()
        expect(chat.page.locator(".answer", has_text="sixteen hours")).to_have_count(1)


def test_the_keyboard_is_enough(look: Look, address: str) -> None:
    chat = look(address)
    press = chat.page.keyboard.press
    chat.page.locator("textarea").focus()
    chat.page.keyboard.type(SLEEP)
    press("Enter")
    expect(chat.page.locator(".answer .cite").first).to_be_visible()
    drawn(chat.page)
    for _ in range(60):
        press("Tab")
        if (
            chat.page.evaluate(
                "() => { let e = document.activeElement; while (e?.shadowRoot?.activeElement) "
                "e = e.shadowRoot.activeElement; return e?.className }"
            )
            == "cite"
        ):
            break
    press("Enter")
    expect(chat.page.locator("mark").first).to_be_in_viewport()


def test_a_phone_shows_the_answer_and_its_source(browser: Browser, address: str) -> None:
    page = new_page(browser, viewport={"width": 390, "height": 844})
    chat = Chat(page, address).open()
    chat.ask(SLEEP)
    chat.page.locator(".answer .cite").first.click()
    expect(page.locator("mark").first).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert violations(drawn(page)) == []
    page.close()


def test_an_open_page_goes_on_when_its_server_is_back(look: Look, home: Path) -> None:
    with serve(home) as url:
        chat = look(url)
        chat.ask(SLEEP)
    with serve(home, port=url.rpartition(":")[2]):
        # Streamlit's page tries again after ever longer pauses.
        expect(chat.page.locator(".answer", has_text="sixteen hours")).to_have_count(1, timeout=240_000)
        chat.ask(BRIDGE)
        expect(chat.page.locator(".answer").last).to_contain_text("Ada Voss")
        expect(chat.page.locator(".answer")).to_have_count(2)
