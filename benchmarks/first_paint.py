"""The chat page against a one-line Streamlit app, and the first step of an answer against an echo app's reply.

python -m benchmarks.first_paint [REPEATS]        needs Chromium on PATH

Bars: 1.6 for the first paint, 3 for the first step. Servers are warm; both sides take turns in one browser. `new` is a
browser that has nothing of either in its cache, `known` one that has been there before.
"""

import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from playwright.sync_api import Browser, Page

import vademecum
from benchmarks import pages
from benchmarks.measure import ROOT, report
from benchmarks.pages import Pairs, compared

BAR, BAR_STEP = 1.6, 3
SAMPLES = ROOT / "samples" / "handbook"
QUESTION = "Why do LSTMs need a forget gate?"

ONE_LINE = """import streamlit as st; st.write("Hello, world")\n"""
ECHO = """import streamlit as st

st.title("Echo Bot")

if "messages" not in st.session_state:
    st.session_state.messages = []

for message in st.session_state.messages:
    with st.chat_message(message["role"]):
        st.markdown(message["content"])

if prompt := st.chat_input("What is up?"):
    st.chat_message("user").markdown(prompt)
    st.session_state.messages.append({"role": "user", "content": prompt})
    response = f"Echo: {prompt}"
    with st.chat_message("assistant"):
        st.markdown(response)
    st.session_state.messages.append({"role": "assistant", "content": response})
"""
"""The echo app of Streamlit's tutorial, "Build a basic LLM chat app"."""

LINE_SHOWN = ("[data-testid=stMarkdown]",)
CHAT_SHOWN = ("textarea:enabled", ".vade-hello")
ECHO_SHOWN = ("textarea:enabled",)

STEPS, A_STEP = ".vade-steps li, .vade-note", 1
"""Or the note under the answer, where that was there before the browser had painted any step."""
MESSAGES, BOTH = "[data-testid=stChatMessage]", 2
"""The echo app shows the question and then the reply."""

SENT = """() => document.addEventListener("keydown", event => {
    if (event.key === "Enter") window.sentAt = performance.now();
}, {capture: true})"""
COUNT = """what => [...document.querySelectorAll(what)].filter(it => it.checkVisibility()).length"""
ENOUGH = """([what, wanted]) =>
    [...document.querySelectorAll(what)].filter(it => it.checkVisibility()).length >= wanted
    && performance.now() - window.sentAt"""


def first_paints(browser: Browser, chat: str, line: str, repeats: int) -> dict[str, Pairs]:
    """Of the chat and of the one-line app, in a browser that is new and in one that has been to both."""
    known = browser.new_context()
    found: dict[str, Pairs] = {"new": [], "known": []}
    for _ in range(repeats):
        new = browser.new_context()
        for name, context in (("new", new), ("known", known)):
            ours = pages.first_content(context, chat, CHAT_SHOWN)
            found[name].append((ours, pages.first_content(context, line, LINE_SHOWN)))
        new.close()
    known.close()
    return found


def first_steps(browser: Browser, chat: str, echo: str, repeats: int) -> dict[str, Pairs]:
    """From Enter to the first step, and to the echo: of the first question of a page, and of the one after it."""
    context = browser.new_context()
    found: dict[str, Pairs] = {"first": [], "second": []}
    for _ in range(repeats):
        _, asked = pages.open_page(context, chat, CHAT_SHOWN)
        _, echoed = pages.open_page(context, echo, ECHO_SHOWN)
        for page in (asked, echoed):
            page.evaluate(SENT)
        for turn, pairs in enumerate(found.values()):
            step = after_sending(asked, STEPS, A_STEP)
            asked.locator(".vade-note").nth(turn).wait_for()
            asked.locator("textarea:enabled").wait_for()
            pairs.append((step, after_sending(echoed, MESSAGES, BOTH)))
        asked.close()
        echoed.close()
    context.close()
    return found


def after_sending(page: Page, what: str, more: int) -> float:
    """Milliseconds from Enter until so many `more` of `what` are seen than there were."""
    page.bring_to_front()  # or nothing of it would be painted
    known = page.evaluate(COUNT, what)
    page.locator("textarea").fill(QUESTION)
    page.keyboard.press("Enter")
    return page.wait_for_function(ENOUGH, arg=[what, known + more]).json_value()


def main() -> None:
    repeats = int(sys.argv[1]) if len(sys.argv) > 1 else 11
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        home = Path(folder) / "home"
        vademecum.open(SAMPLES, home=home, model="extractive").close()
        served = {"chat": stack.enter_context(pages.application(home))}
        for name, source in (("line", ONE_LINE), ("echo", ECHO)):
            file = Path(folder) / f"{name}.py"
            file.write_text(source, "utf-8")
            served[name] = stack.enter_context(pages.script(file))
        browser = stack.enter_context(pages.chromium())
        first_paints(browser, served["chat"], served["line"], 1)  # warms both
        for cache, pairs in first_paints(browser, served["chat"], served["line"], repeats).items():
            report("first_paint", browser=cache, bar=BAR, **compared(pairs, "page", "line"))
        scripts = [(pages.script_ms(served["chat"]), pages.script_ms(served["line"])) for _ in range(repeats)]
        report("first_paint", browser="none: the scripts alone", **compared(scripts, "page", "line"))
        first_steps(browser, served["chat"], served["echo"], 1)
        for question, pairs in first_steps(browser, served["chat"], served["echo"], repeats).items():
            report("first_step", question=question, bar=BAR_STEP, **compared(pairs, "step", "reply"))


if __name__ == "__main__":
    main()
