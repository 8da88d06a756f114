"""The page of traces in a real browser: find a run, see its steps and what went in and out, set two side by side."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from accessible import drawn, violations
from chatting import Chat, new_page, serve
from playwright.sync_api import Browser, Page, expect

import vademecum

pytestmark = pytest.mark.slow

HOSTILE = (
    "<img src='http://pictures.example/a.png' onerror=\"document.title='taken over'\"> ![b](http://pictures.example/b)"
)
QUESTIONS = ("How many hours does a cat sleep?", "Who was the engineer of the bridge at Kirn?", HOSTILE)


@pytest.fixture(scope="module")
def traced(home: Path, chromium: str) -> Iterator[str]:
    """The address of a server over a workspace with three traces."""
    with vademecum.open(home=home, model="extractive", tracing="local") as notes:
        for question in QUESTIONS:
            notes.ask(question)
    with serve(home, VADE_TRACING="local") as url:
        yield url


def opened(browser: Browser, url: str) -> tuple[Page, set[str]]:
    page = new_page(browser, viewport={"width": 1280, "height": 800})
    chat = Chat(page, url)
    page.goto(url)
    return page, chat.hosts


def test_a_run_is_found_opened_and_compared(browser: Browser, traced: str) -> None:
    page, hosts = opened(browser, f"{traced}/traces")
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(3)
    expect(rows.first).to_contain_text("<img src=")
    drawn(page).get_by_role("searchbox").or_(page.get_by_label("Words in it")).first.fill("bridge")
    page.keyboard.press("Enter")
    expect(rows).to_have_count(1)
    assert "text=bridge" in page.url
    rows.first.get_by_role("button").click()
    expect(page.locator("h1")).to_have_text(QUESTIONS[1])
    steps = page.locator(".rows .row")
    expect(steps.filter(has_text="retrieve").first).to_be_visible()
    steps.filter(has_text="verify").first.click()
    expect(page.locator(".value").last).to_contain_text("Ada Voss")
    assert violations(drawn(page)) == []
    again, _ = opened(browser, page.url)  # the address is all it takes
    expect(again.locator(".value").last).to_contain_text("Ada Voss")
    again.close()
    page.goto(f"{traced}/traces")
    for number in (1, 2):
        rows.nth(number).get_by_role("checkbox").check()
        expect(rows.nth(number).get_by_role("checkbox")).to_be_checked()
    page.get_by_role("button", name="Compare", exact=True).click()
    expect(page.locator("h1")).to_have_text("Two runs")
    expect(steps.first).to_contain_text("outputs")
    expect(page.locator(".value .entry.marked").first).to_be_visible()
    assert violations(drawn(page)) == []
    assert page.title() != "taken over"
    assert hosts == {traced.removeprefix("http://")}
    page.close()


def test_what_was_asked_is_text_and_time_is_drawn(browser: Browser, traced: str) -> None:
    page, hosts = opened(browser, f"{traced}/traces?show=Over+time")
    expect(page.locator("[data-testid=stVegaLiteChart]").first).to_be_visible()
    page.goto(f"{traced}/traces")
    page.locator("tbody tr").filter(has_text="<img").get_by_role("button").click()
    expect(page.locator("h1")).to_contain_text("<img src=")
    expect(page.locator(".value").last).to_contain_text("http://pictures.example/a.png")
    assert page.title() != "taken over"
    assert hosts == {traced.removeprefix("http://")}
    page.goto(f"{traced}/traces?run=ffffffff")
    expect(page.get_by_text("No run").first).to_be_visible()
    page.close()


def test_an_answer_leads_to_its_trace(look: Callable[..., Chat], traced: str) -> None:
    chat = look(traced)
    chat.ask("How many hours does a cat sleep?")
    chat.page.get_by_role("link", name="Trace", exact=True).last.click()
    expect(chat.page.locator("h1")).to_have_text("How many hours does a cat sleep?")
    expect(chat.page.locator(".rows .row").filter(has_text="retrieve").first).to_be_visible()
