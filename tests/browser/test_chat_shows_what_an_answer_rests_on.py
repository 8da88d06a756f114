"""The main job in a real browser: ask, see the answer, click a citation, see the very passage."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from chatting import Chat, serve
from playwright.sync_api import FilePayload, expect

import vademecum
from vademecum.tracing.traces import Traces

pytestmark = pytest.mark.slow

Look = Callable[..., Chat]
FILES: list[FilePayload] = [
    {"name": "tides.md", "mimeType": "text/markdown", "buffer": b"# Tides\n\nThe spring tide at Brest is 7.3 m.\n"},
    {"name": "../../evil.pdf", "mimeType": "application/pdf", "buffer": b"This is not a PDF at all."},
]
SLEEP = "A cat sleeps up to sixteen hours a day."


def test_a_citation_opens_the_passage_in_its_source(look: Look, address: str) -> None:
    chat = look(address)
    chat.ask("How many hours does a cat sleep?")
    expect(chat.page.locator(".answer .sentence").first).to_contain_text(SLEEP)
    assert "Supported" in (chat.page.locator(".answer .verdict").first.get_attribute("aria-label") or "")
    expect(chat.page.locator(".vade-note").last).to_contain_text("Answered by extractive")
    assert chat.page.locator("mark").count() == 0
    chat.page.locator(".answer .cite").first.click()
    expect(chat.page.locator("mark").first).to_be_in_viewport()
    assert "".join(chat.page.locator("mark").all_inner_texts()) == SLEEP
    expect(chat.page.locator(".source")).to_contain_text("Its whiskers are as wide as its body.")
    assert chat.hosts == {address.removeprefix("http://")}


def test_what_the_documents_do_not_say_is_not_said(look: Look, address: str) -> None:
    chat = look(address)
    chat.ask("What is the boiling point of tungsten carbide?")
    expect(chat.page.locator(".answer .abstained")).to_have_text("Not in your documents")
    assert chat.page.locator(".answer .sentence").count() == 0
    chat.page.locator(".answer .row").first.click()
    expect(chat.page.locator("mark").first).to_be_visible()


def test_a_question_that_is_too_long_is_kept_to_be_shortened(look: Look, address: str) -> None:
    page = look(address).page
    page.locator("textarea").fill("How long does a cat sleep? " + "Think well. " * 1700)
    page.keyboard.press("Enter")
    kept = page.get_by_label("Your question, to be changed")
    expect(kept).to_have_value(re.compile(r"^How long does a cat sleep\? (Think well\. ?){1700}$"))
    expect(page.get_by_text("shorten it")).to_be_visible()
    kept.fill("How long does a cat sleep?")
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.locator(".vade-note").first).to_be_visible()
    expect(kept).to_have_count(0)


def test_the_steps_of_the_graph_can_be_seen(look: Look, address: str) -> None:
    chat = look(address)
    chat.ask("Who was the engineer of the bridge at Kirn?")
    chat.page.get_by_text("steps,").click()
    for step in ("Search the documents", "Judge whether they can answer", "Check every sentence"):
        expect(chat.page.get_by_text(step).first).to_be_visible()


def test_what_a_document_says_is_text_and_loads_nothing(look: Look, address: str) -> None:
    chat = look(address)
    chat.ask("When did the volcano Ostra erupt?")
    expect(chat.page.locator(".answer .sentence").first).to_contain_text("<script>document.title")
    chat.page.locator(".answer .cite").first.click()
    expect(chat.page.locator(".source")).to_contain_text("http://pictures.example/volcano.png")
    chat.page.wait_for_timeout(500)
    assert chat.page.title() != "taken over"
    assert chat.hosts == {address.removeprefix("http://")}


def test_a_conversation_is_there_again_in_a_new_process(look: Look, home: Path, address: str) -> None:
    chat = look(address)
    chat.ask("Who was the engineer of the bridge at Kirn?")
    path = chat.page.url.removeprefix(address)
    chat.page.close()
    with serve(home) as url:
        again = look(f"{url}{path}")
        expect(again.page.locator(".answer", has_text="Ada Voss")).to_have_count(1)
        assert "thread=" in again.page.url
        again.page.goto(url)
        again.page.get_by_role("button", name="Who was the engineer").first.click()
        expect(again.page.locator(".answer", has_text="Ada Voss")).to_have_count(1)


def test_files_are_added_and_a_bad_one_is_told(look: Look, tmp_path: Path) -> None:
    with serve(tmp_path / "empty") as url:
        chat = look(url, ready=False)
        expect(chat.page.get_by_text("This notebook is empty")).to_be_visible()
        chat.page.locator("[data-testid=stFileUploader] input[type=file]").last.set_input_files(FILES)
        chat.page.get_by_role("button", name="Add", exact=True).last.click()
        expect(chat.page.get_by_text("not a PDF").first).to_be_visible()
        chat.ask("How high is the spring tide at Brest?")
        expect(chat.page.locator(".answer .sentence").first).to_contain_text("7.3 m")
        assert not (tmp_path / "evil.pdf").exists()


@pytest.fixture(scope="module")
def embedded(home: Path, chromium: str) -> Iterator[str]:
    """The address of a server with the embedded model, whose weather comes from nowhere."""
    nowhere = "http://127.0.0.1:9"
    with serve(home, VADE_MODEL="embedded", VADE_WEATHER_URL=nowhere, VADE_GEOCODING_URL=nowhere) as url:
        yield url


def test_the_chat_calculates_without_a_document(look: Look, embedded: str) -> None:
    chat = look(embedded)
    chat.ask("What is 17.5% of 2,340?")
    expect(chat.page.locator(".vade-said").last).to_contain_text("409.5")


def test_a_person_is_asked_before_a_tool_sends_something_away(look: Look, embedded: str) -> None:
    chat = look(embedded)
    chat.page.locator("textarea").fill("Will it rain in Oslo tomorrow?")
    chat.page.keyboard.press("Enter")
    expect(chat.page.get_by_text("May I use weather?")).to_be_visible()
    expect(chat.page.get_by_text("sends this to another machine")).to_be_visible()
    chat.page.reload()  # the question waits in the conversation's checkpoints, not in the page
    chat.page.get_by_text("Do not run it", exact=True).click()
    chat.page.get_by_role("button", name="Go on").click()
    expect(chat.page.locator(".vade-said").last).to_contain_text("leave")
    assert chat.hosts == {embedded.removeprefix("http://")}


def test_a_thumb_is_kept_with_the_trace_of_its_answer(look: Look, home: Path) -> None:
    with serve(home, VADE_TRACING="local") as url:
        chat = look(url)
        chat.ask("Who was the engineer of the bridge at Kirn?")
        chat.page.locator("[data-testid='stFeedback'] button, [data-testid='stButtonGroup'] button").first.click()
        expect(chat.page.get_by_text("kept with the trace")).to_be_visible()
    with vademecum.open(home=home) as notes:
        run_id = notes.history(chat.page.url.partition("thread=")[2])[-1].answer.run_id
    with Traces(home) as traces:
        [run] = [it for it in traces.find(limit=50) if it["id"] == run_id]
    assert run["feedback_stats"]["helpful"]["n"] == 1
