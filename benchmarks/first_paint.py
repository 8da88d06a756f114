"""The chat page against a one-line Streamlit app, and the first step of an answer against an echo app's reply.

python -m benchmarks.first_paint [REPEATS]        needs Chromium on PATH

Bars: 1.6 for the first paint, 3 for the first step. Servers are warm; both sides take turns in one browser. `new` is a
browser that has nothing of either in its cache, `known` one that has been there before.
"""

import statistics
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page

import vademecum
from benchmarks import pages
from benchmarks.measure import ROOT, report
from benchmarks.pages import Opened

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

SENT = """() => document.addEventListener("keydown", event => {
    if (event.key === "Enter") window.sentAt = performance.now();
}, {capture: true})"""

STEP = """known => {
    const steps = [...document.querySelectorAll(".vade-steps li")].filter(one => one.checkVisibility()).length;
    return steps > known && performance.now() - window.sentAt;
}"""
STEPS = """() => [...document.querySelectorAll(".vade-steps li")].filter(one => one.checkVisibility()).length"""
REPLY = """known => document.querySelectorAll("[data-testid=stChatMessage]").length > known + 1
    && performance.now() - window.sentAt"""
REPLIES = """() => document.querySelectorAll("[data-testid=stChatMessage]").length"""


def first_paints(browser: Browser, chat: str, line: str, repeats: int) -> dict[str, tuple[list[Opened], list[Opened]]]:
    """The openings of the chat and of the one-line app, in a new browser and in one that knows both."""
    known = browser.new_context()
    found: dict[str, tuple[list[Opened], list[Opened]]] = {"new": ([], []), "known": ([], [])}
    for turn in range(repeats + 1):
        new = browser.new_context()
        for name, context in (("new", new), ("known", known)):
            for side, (url, shown) in enumerate(((chat, CHAT_SHOWN), (line, LINE_SHOWN))):
                opened, _ = pages.open_page(context, url, shown)
                if turn:  # the first warms the servers
                    found[name][side].append(opened)
        new.close()
    known.close()
    return found


def first_steps(browser: Browser, chat: str, echo: str, repeats: int) -> dict[str, tuple[list[float], list[float]]]:
    """Milliseconds from Enter to the first step, and to the echo: of the first question of a page, and of a second."""
    context = browser.new_context()
    found: dict[str, tuple[list[float], list[float]]] = {"first": ([], []), "second": ([], [])}
    for turn in range(repeats + 1):
        _, asked = pages.open_page(context, chat, CHAT_SHOWN, keep=True)
        _, echoed = pages.open_page(context, echo, ECHO_SHOWN, keep=True)
        for page in (asked, echoed):
            page.evaluate(SENT)
        for name in found:
            step = after_sending(asked, STEPS, STEP)
            reply = after_sending(echoed, REPLIES, REPLY)
            asked.locator(".vade-note").first.wait_for()
            asked.locator("textarea:enabled").wait_for()
            if turn:
                found[name][0].append(step)
                found[name][1].append(reply)
        asked.close()
        echoed.close()
    context.close()
    return found


def after_sending(page: Page, count: str, more: str) -> float:
    """Milliseconds from Enter until there is more than there was."""
    page.bring_to_front()  # or nothing of it would be painted
    known = page.evaluate(count)
    page.locator("textarea").fill(QUESTION)
    page.keyboard.press("Enter")
    return page.wait_for_function(more, arg=known).json_value()


def main() -> None:
    repeats = int(sys.argv[1]) if len(sys.argv) > 1 else 11
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        home = Path(folder) / "home"
        vademecum.open(SAMPLES, home=home, model="extractive").close()
        served = {}
        for name, source in (("line", ONE_LINE), ("echo", ECHO)):
            file = Path(folder) / f"{name}.py"
            file.write_text(source, "utf-8")
            served[name] = stack.enter_context(pages.script(file))
        chat = stack.enter_context(pages.application(home))
        browser = stack.enter_context(pages.chromium())
        for cache, (ours, theirs) in first_paints(browser, chat, served["line"], repeats).items():
            page_ms, line_ms = (statistics.median(it.shown for it in side) for side in (ours, theirs))
            script_ms, line_script_ms = (statistics.median(it.script for it in side) for side in (ours, theirs))
            report("first_paint", browser=cache, ratio=page_ms / line_ms, bar=BAR, page_ms=page_ms, line_ms=line_ms,
                   script_ms=script_ms, line_script_ms=line_script_ms)  # fmt: skip
        for question, (steps, replies) in first_steps(browser, chat, served["echo"], repeats).items():
            step, reply = statistics.median(steps), statistics.median(replies)
            report("first_step", question=question, ratio=step / reply, bar=BAR_STEP, step_ms=step, reply_ms=reply)


if __name__ == "__main__":
    main()
