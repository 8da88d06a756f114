"""Prompt lab, evaluation and settings in a real browser, each along its main path, over one server."""

import json
import time
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from accessible import drawn, violations
from chatting import Chat, new_page, serve
from openai_server import OpenAIServer, openai_server
from playwright.sync_api import Browser, Page, expect
from scripted import draft

import vademecum
from vademecum.evaluation import data_set_folder, experiments, labels

pytestmark = pytest.mark.slow

BRIDGE = "The bridge at Kirn was finished in 1874. Its engineer was Ada Voss, who had built none before.\n"
SLEEP = "A cat sleeps up to sixteen hours a day."
CASES = [
    {"id": "1", "question": "How many hours does a cat sleep?", "evidence": SLEEP},
    {"id": "2", "question": "Who was the engineer of the bridge at Kirn?", "evidence": "Its engineer was Ada Voss"},
    {"id": "3", "question": "<img src='http://pictures.example/x.png'> Who won in 1998?", "evidence": None},
]

Visit = Callable[[str], Chat]


@pytest.fixture(scope="module")
def model() -> Iterator[OpenAIServer]:
    with openai_server([]) as server:
        yield server


@pytest.fixture(scope="module")
def lab(home: Path, model: OpenAIServer, chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The server, over three notes with two experiments, and a model that answers from a script."""
    rows = "\n".join(map(json.dumps, CASES)).encode()
    with vademecum.open(home=home, model="extractive") as notes:
        data, _ = data_set_folder.add(home, "animals.jsonl", rows)
        notes.experiments.run(data.file, "model=extractive,name=with-cats")
    poor = tmp_path_factory.mktemp("poor")
    (poor / "bridges.txt").write_text(BRIDGE, "utf-8")
    with vademecum.open(poor, home=tmp_path_factory.mktemp("other"), model="extractive") as notes:
        experiments.save(notes.experiments.run(data.file, "model=extractive,name=without-cats"), home)
    with serve(home, VADE_MODEL=model.url) as url:
        yield url


@pytest.fixture
def visit(browser: Browser, lab: str) -> Iterator[Visit]:
    """Opens a page by its address; asserts in the end that nothing was asked of any host but the server."""
    visits: list[Chat] = []

    def opened(address: str) -> Chat:
        page = new_page(browser, viewport={"width": 1280, "height": 800})
        visits.append(Chat(page, f"{lab}/{address}"))
        page.goto(visits[-1].url)
        page.locator(".vade-title").wait_for()
        return visits[-1]

    yield opened
    for one in visits:
        one.page.close()
        assert one.hosts == {lab.removeprefix("http://")}


def template(page: Page, text: str) -> None:
    """Write the template anew."""
    box = drawn(page).get_by_label("Template")
    box.fill(text)
    box.press("Control+Enter")


def test_a_prompt_is_edited_run_beside_itself_and_kept(visit: Visit, model: OpenAIServer, home: Path) -> None:
    page = visit("prompt-lab?prompt=answer%2Fzero-shot").page
    box = page.get_by_label("Template")
    expect(box).to_be_visible()
    written = box.input_value()
    template(page, written.replace("{{question}}", "{{questions}}"))
    expect(page.get_by_text("uses the input 'questions' without declaring it")).to_be_visible()
    expect(page.locator(".vade-line")).to_contain_text("{{questions}}")
    expect(page.get_by_role("button", name="Run", exact=True)).to_be_disabled()
    page.reload()  # what was typed is not lost
    expect(box).to_have_value(written.replace("{{question}}", "{{questions}}"))
    template(page, written.replace("{{question}}", "Briefly: {{question}}"))
    expect(page.locator(".vade-line")).to_have_count(0)
    drawn(page).get_by_label("Question", exact=True).fill("How many hours does a cat sleep?")
    page.get_by_label("Question", exact=True).press("Control+Enter")
    model.script[:] = [draft((SLEEP, SLEEP)), draft((SLEEP, SLEEP))]
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.locator(".vade-card h3")).to_have_text(["zero-shot", "zero-shot (as edited)"], timeout=120_000)
    expect(page.locator(".vade-card").last).to_contain_text(SLEEP)
    expect(page.locator(".vade-card").last).to_contain_text("Tokens in10")
    asked = [json.dumps(request["messages"]) for request in model.requests[-2:]]
    assert ["Briefly: How many" in it for it in asked] == [False, True]
    assert violations(drawn(page)) == []
    page.get_by_role("button", name="Keep this version").click()
    page.get_by_role("button", name="Keep", exact=True).click()
    expect(page.get_by_role("combobox", name="Prompt")).to_have_value("answer/zero-shot-v2")
    assert "prompt=answer%2Fzero-shot-v2" in page.url
    assert "Briefly: {{question}}" in (home / "prompts" / "answer" / "zero-shot-v2.md").read_text("utf-8")
    again = visit("prompt-lab?prompt=answer%2Fzero-shot").page  # another tab shows what came of it
    expect(again.locator(".vade-card h3")).to_have_text(["zero-shot", "zero-shot (as edited)"])


def test_two_experiments_are_compared_and_their_answers_shown(visit: Visit, home: Path) -> None:
    page = visit("evaluation?part=Compare").page
    expect(page.locator(".vade-figures").first).to_contain_text("Evidence covered")
    expect(page.locator(".vade-span").first).to_be_visible()
    page.get_by_text("How many hours does a cat sleep?").first.click()
    assert page.locator("summary a").count() == 0  # an address in a question is no link
    expect(page.locator(".vade-card .vade-text").first).to_contain_text("sixteen hours")
    expect(page.locator(".vade-card .vade-text").nth(1)).to_contain_text("Refused")
    assert violations(drawn(page)) == []
    page.get_by_text("Data sets", exact=True).click()
    expect(page.get_by_text("3 questions, 1 of them without an answer")).to_be_visible()


def test_an_experiment_is_started_on_the_page_and_outlives_it(visit: Visit, home: Path) -> None:
    before = set(experiments.names(home))
    page = visit("evaluation").page
    page.get_by_role("button", name="New experiment").click()
    chosen = drawn(page).get_by_role("combobox", name="Model")
    chosen.fill("extractive")
    chosen.press("Enter")
    page.get_by_role("button", name="Start", exact=True).click()
    page.wait_for_url("**work=*")
    page.close()
    again = visit("evaluation").page
    patience = time.monotonic() + 120
    while not set(experiments.names(home)) - before and time.monotonic() < patience:
        again.wait_for_timeout(100)  # it goes on without a page, and is kept when it is done
    expect(again.get_by_text("Measuring on animals")).to_have_count(0)
    [made] = set(experiments.names(home)) - before
    again.goto(again.url.partition("?")[0] + f"?experiment={made}")
    expect(again.get_by_text("animals, 3 cases.")).to_be_visible()


def test_answers_are_labelled_by_keyboard(visit: Visit, home: Path) -> None:
    name = experiments.load("with-cats", home).name
    page = visit(f"evaluation?part=Label&label={name}&person=ada").page
    expect(page.locator(".vade-ask")).to_have_text("How many hours does a cat sleep?")
    expect(page.get_by_role("button", name="Right")).to_be_visible()
    page.keyboard.press("y")
    expect(page.locator(".vade-ask")).to_have_text("Who was the engineer of the bridge at Kirn?")
    page.keyboard.press("n")
    expect(page.locator(".vade-ask")).to_contain_text("<img src=")
    page.keyboard.press("b")
    expect(page.get_by_text("You said: wrong")).to_be_visible()
    page.keyboard.press("y")
    expect(page.locator(".vade-ask")).to_contain_text("<img src=")
    assert violations(drawn(page)) == []
    assert labels.of(home, name, "ada") == {"1": True, "2": True}


def test_a_setting_is_changed_a_model_tested_and_a_fact_forgotten(
    visit: Visit, model: OpenAIServer, home: Path
) -> None:
    page = visit("settings").page
    expect(page.get_by_text("Fixed: the environment sets VADE_MODEL")).to_be_visible()
    model.script[:] = ["It says what words mean.", 401]
    page.get_by_role("button", name="Test http").click()
    expect(page.locator(".vade-card")).to_contain_text("It says what words mean.")
    page.get_by_role("button", name="Test http").click()
    expect(page.get_by_text("The model did not answer")).to_be_visible()
    mode = drawn(page).get_by_role("combobox", name="How passages are ranked")
    mode.fill("sparse")
    mode.press("Enter")
    expect(page.get_by_role("button", name="Back to default")).to_be_visible()
    assert tomllib.loads((home / "vade.toml").read_text("utf-8")) == {"mode": "sparse"}
    page.get_by_text("Memory", exact=True).click()
    drawn(page).get_by_label("Something to remember").fill("I like <b>tea</b>.")
    page.get_by_role("button", name="Remember", exact=True).click()
    expect(page.locator(".vade-said")).to_have_text("I like <b>tea</b>.")
    drawn(page).get_by_role("button", name="Correct").click()
    page.get_by_label("Correct it").fill("I like mate.")
    page.get_by_role("button", name="Keep", exact=True).click()  # at once, without leaving the field
    expect(page.locator(".vade-said")).to_have_text("I like mate.")
    page.get_by_role("button", name="Forget", exact=True).click()
    expect(page.get_by_text("Nothing yet")).to_be_visible()
    page.get_by_text("Privacy", exact=True).click()
    expect(page.get_by_text("web_search")).to_be_visible()
    page.get_by_text("Health", exact=True).click()
    expect(page.locator(".vade-finding").first).to_be_visible()
    page.get_by_text("All settings", exact=True).click()
    expect(page.get_by_label("trace_spool_mb")).to_be_visible()
    assert violations(drawn(page)) == []


def test_the_theme_holds_on_every_page(visit: Visit) -> None:
    page = visit("settings?part=Appearance").page
    page.get_by_role("button", name="Dark").click()
    expect(page.get_by_role("button", name="Dark")).to_have_attribute("aria-pressed", "true")
    dark = page.evaluate("getComputedStyle(document.querySelector('.stApp')).backgroundColor")
    page.goto(page.url.replace("settings", "evaluation"))
    page.locator(".vade-title").wait_for()
    assert page.evaluate("getComputedStyle(document.querySelector('.stApp')).backgroundColor") == dark
    assert dark != "rgb(255, 255, 255)"
