"""A better model is fetched from the page while the chat goes on, and used when it is whole; others at a click."""

import hashlib
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from chatting import Chat, serve
from playwright.sync_api import expect
from tiny_model import Site, serving, write_catalogue

from vademecum.models import weights

pytestmark = [pytest.mark.slow, pytest.mark.browser]

SWAP = "from pathlib import Path\nfrom vademecum.models import local_models\nlocal_models.CATALOGUE = Path({!r})\n"
"""Python runs a `sitecustomize.py` before all else: the page then knows one model, which is on this machine."""

QUESTION = "When was the bridge at Kirn finished?"


@contextmanager
def serving_a_model(home: Path, folder: Path) -> Iterator[tuple[str, Site]]:
    """The page, its model left to it, and the server of the only model of the catalogue: a real one, very small."""
    content = weights.verified_path(weights.SMOLLM2).read_bytes()
    with serving() as site:
        site.content = content
        catalogue = write_catalogue(
            folder / "catalogue.toml", url=site.url, size=len(content), sha256=hashlib.sha256(content).hexdigest()
        )
        (folder / "sitecustomize.py").write_text(SWAP.format(str(catalogue)), "utf-8")
        with serve(home, VADE_MODEL="", PYTHONPATH=str(folder)) as url:
            yield url, site


def test_a_model_is_fetched_while_the_chat_goes_on_and_then_answers(
    look: Callable[..., Chat], home: Path, tmp_path: Path
) -> None:
    with serving_a_model(home, tmp_path) as (url, site):
        site.pause = 0.05
        chat = look(url)
        page = chat.page
        button = page.get_by_role("button", name="Get it (0.1 GB)")
        expect(page.locator(".st-key-offer-tiny")).to_contain_text("Tiny · 0.1 GB · MIT")
        button.click()
        page.get_by_text(re.compile(r"tiny: [1-9]\d* of 98 MB")).wait_for()
        page.reload()  # it goes on
        page.locator("textarea:enabled").wait_for()
        page.get_by_text(re.compile(r"tiny: [1-9]\d* of 98 MB")).wait_for()
        chat.ask(QUESTION)
        page.locator(".st-key-stop-beside-tiny button").click()
        page.goto(f"{url}/settings")
        resume = page.get_by_role("button", name=re.compile(r"Go on \(\d+ % is here\)"))
        resume.wait_for()
        site.pause = 0.0
        resume.click()
        expect(page.get_by_text("tiny is here. It answers from now on.")).to_be_visible()
        assert site.begins[-1] > 0
        expect(page.get_by_role("button", name="Test tiny")).to_be_visible()
        page.goto(url)
        page.locator("textarea:enabled").wait_for()
        expect(page.locator(".st-key-offer-tiny")).to_have_count(0)
        expect(page.get_by_test_id("stPopover").get_by_role("button")).to_contain_text("tiny")  # the next one answers
        expect(page.get_by_text("is here. It answers")).to_have_count(0)


def test_others_are_looked_for_only_at_a_click(look: Callable[..., Chat], home: Path) -> None:
    with serve(home, VADE_MODEL="", OPENAI_API_KEY="sk-none-of-anybody") as url:
        page = look(url).page
        page.goto(f"{url}/settings")
        find = page.get_by_role("button", name="Look for them")
        find.wait_for()
        expect(page.get_by_text("gpt-5-mini")).to_have_count(0)
        find.click()
        offer = page.locator(".st-key-other-0, .st-key-other-1").filter(has_text="openai:gpt-5-mini")
        expect(offer).to_contain_text("OPENAI_API_KEY is set; questions and passages leave this machine")
        expect(page.get_by_role("button", name="Test embedded")).to_be_visible()  # not used unasked
        find.scroll_into_view_if_needed()
        offer.get_by_role("button", name="Use it").click()
        expect(page.get_by_role("button", name="Test openai:gpt-5-mini")).to_be_visible()
        page.get_by_role("button", name="Back to default").first.click()
        expect(page.get_by_role("button", name="Test embedded")).to_be_visible()
