"""The prompt lab shows what the chosen prompt came to, in whichever order prompts are run and chosen in a tab."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

import vademecum
from vademecum.ui import page_jobs, shared_notebook

ONE, OTHER = "answer/zero-shot", "answer/one-shot"


def page(home: str) -> None:
    import streamlit as st

    from vademecum.evaluation.outcomes import Usage
    from vademecum.side_by_side import Contender, Result
    from vademecum.ui import page_jobs, shared_notebook
    from vademecum.ui.views import prompt_lab

    notes = shared_notebook.notebook(home)
    for name in st.session_state.pop("to-run", ()):
        reply = f"What {name} came to"
        made = [Result(Contender(name, "embedded"), None, reply, Usage(), 0.1)]
        page_jobs.start(notes, name, "lab", lambda _, made=made: made, subject=name).result()
    prompt_lab.show(notes)


@pytest.fixture(autouse=True)
def released() -> Iterator[None]:
    yield
    shared_notebook.notebook.clear()
    page_jobs.registry.clear()


def lab(home: Path) -> AppTest:
    vademecum.open(home=home, model="extractive").close()
    return AppTest.from_function(page, default_timeout=120, args=(str(home),))


def choose(at: AppTest, name: str) -> list[str]:
    at.selectbox(key="prompt").set_value(name).run()
    return shown(at)


def shown(at: AppTest) -> list[str]:
    assert not at.exception
    drawn = "\n".join(str(it.proto.body) for it in at.get("html"))
    return [name for name in (ONE, OTHER) if f"What {name} came to" in drawn]


@pytest.mark.slow
def test_another_prompt_shows_its_own_results_or_none(tmp_path: Path) -> None:
    at = lab(tmp_path)
    at.query_params["prompt"] = ONE
    at.session_state["to-run"] = [ONE]
    assert shown(at.run()) == [ONE]
    assert choose(at, OTHER) == []
    assert choose(at, ONE) == [ONE]
    at.session_state["to-run"] = [OTHER]
    assert choose(at, OTHER) == [OTHER]
    assert choose(at, ONE) == [ONE]


@pytest.mark.slow
def test_an_address_that_names_the_run_of_another_prompt_does_not_mix_them(tmp_path: Path) -> None:
    at = lab(tmp_path)
    at.session_state["to-run"] = [ONE]
    at.run()
    again = AppTest.from_function(page, default_timeout=120, args=(str(tmp_path),))
    again.query_params["work"], again.query_params["prompt"] = at.query_params["work"], [OTHER]
    assert shown(again.run()) == []
    assert choose(again, ONE) == [ONE]
