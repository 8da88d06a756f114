"""The page of graphs in a real browser: a run lights up its path; a changed state goes on in a branch of its own."""

from pathlib import Path

import pytest
from accessible import drawn, violations
from chatting import Chat, new_page, serve
from playwright.sync_api import Browser, expect

import vademecum

pytestmark = pytest.mark.slow

SLOW = 240_000
"""Milliseconds: the embedded model is loaded first, and takes what the machine has left."""

QUESTION, OTHER = "How many hours does a cat sleep?", "Who was the engineer of the bridge at Kirn?"


def test_a_run_lights_up_and_goes_on_otherwise_from_a_checkpoint(browser: Browser, address: str, home: Path) -> None:
    page = new_page(browser, viewport={"width": 1280, "height": 800})
    hosts = Chat(page, address).hosts
    page.goto(f"{address}/graphs")
    expect(page.locator(".graph [data-node=retrieve]")).to_be_visible()
    drawn(page).locator(".stForm input").fill(QUESTION)
    page.keyboard.press("Enter")
    expect(page.locator(".graph .node.ran[data-node=finish]")).to_be_visible()
    expect(page.locator(".graph .edge.taken").first).to_be_attached()
    page.locator(".rows .row").filter(has_text="retrieve").click()
    expect(page.locator(".value").last).to_contain_text("sixteen hours a day")
    expect(page.locator(".value .entry.marked").first).to_be_visible()
    thread = page.url.partition("thread=")[2].partition("&")[0]
    assert violations(drawn(page)) == []
    page.reload()  # the run is not the page's
    expect(page.locator(".graph .node.ran[data-node=finish]")).to_be_visible()
    page.get_by_role("button", name="Checkpoints of this run").click()
    page.locator(".rows .row").filter(has_text=QUESTION).click()
    expect(page.get_by_text("What the person said.")).to_be_visible()
    drawn(page).locator("textarea").fill(OTHER)
    page.get_by_role("button", name="Go on from here").click()
    expect(page.locator(".graph .node.ran[data-node=finish]")).to_be_visible()
    page.locator(".rows .row").filter(has_text="finish").click()
    expect(page.locator(".value").last).to_contain_text("Ada Voss")
    branch = page.url.partition("thread=")[2].partition("&")[0]
    page.get_by_role("button", name="Checkpoints of this run").click()
    page.get_by_role("button", name=f"Branched from {thread}").click()
    expect(page.locator(".rows .row").filter(has_text=f"branches: {branch}")).to_be_visible()
    assert violations(drawn(page)) == []
    assert hosts == {address.removeprefix("http://")}
    page.close()
    with vademecum.open(home=home) as notes:
        assert [turn.question for turn in notes.history(thread)] == [QUESTION]
        assert [turn.question for turn in notes.history(branch)] == [OTHER]
        assert notes.origin(branch).thread == thread


def test_a_call_waits_for_a_person_and_what_they_decide_holds(browser: Browser, home: Path) -> None:
    nowhere = {"VADE_WEATHER_URL": "http://127.0.0.1:9", "VADE_GEOCODING_URL": "http://127.0.0.1:9"}
    threads = []
    with serve(home, VADE_MODEL="embedded", **nowhere) as url:
        page = new_page(browser, viewport={"width": 1280, "height": 800})
        hosts = Chat(page, url).hosts
        for decided in ("Do not run it", "Run it"):
            page.goto(f"{url}/graphs?graph=chat")
            drawn(page).locator(".stForm input").fill("Will it rain in Oslo tomorrow?")
            page.keyboard.press("Enter")
            expect(page.get_by_text("May I use weather?")).to_be_visible(timeout=SLOW)
            expect(page.get_by_text("sends this to another machine")).to_be_visible()
            expect(page.get_by_role("button", name="Go on")).to_be_disabled()
            drawn(page).get_by_text(decided, exact=True).click()
            expect(page.get_by_role("button", name="Go on")).to_be_enabled()
            drawn(page).get_by_role("button", name="Go on").click()
            expect(page.locator(".graph .node.ran[data-node=update_memory]")).to_be_visible(timeout=SLOW)
            expect(page.get_by_text("May I use weather?")).to_have_count(0)
            threads.append(page.url.partition("thread=")[2].partition("&")[0])
        assert hosts == {url.removeprefix("http://")}
        page.close()
    with vademecum.open(home=home) as notes:
        rejected, approved = (notes.history(thread)[-1] for thread in threads)
    assert "leave" in rejected.reply
    assert "127.0.0.1 cannot be reached" in approved.reply  # it was called, which here leads nowhere
