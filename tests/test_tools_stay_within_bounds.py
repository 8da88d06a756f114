"""A tool that raises, hangs, or returns 10 MB is an answer in words: the conversation goes on, whatever it does."""

import asyncio
import time
from typing import Annotated, Any

import pytest
from langchain.agents import create_agent
from langchain.agents.middleware import ToolErrorMiddleware
from langchain.agents.middleware.types import ToolCallRequest
from langchain.tools import InjectedToolCallId, ToolRuntime, tool
from langchain_core.messages import AIMessage, ToolMessage
from langchain_core.tools import BaseTool, StructuredTool, ToolException
from langgraph.types import interrupt
from pydantic import BaseModel
from scripted import Scripted

from vademecum.core.errors import ModelError, ToolError
from vademecum.tools._background import BackgroundLoop
from vademecum.tools._guard import guarded

BOUNDS = {"seconds": 20, "chars": 1000}
BRIEF = {"seconds": 0.3, "chars": 1000}


def told_to_the_model(error: Exception, request: ToolCallRequest) -> str | None:
    """As agents do: the words of our own errors go to the model; any other would end the run."""
    return f"{request.tool_call['name']} could not do this: {error}" if isinstance(error, ToolError) else None


def failing(error: BaseException) -> BaseTool:
    def fail() -> str:
        raise error

    return StructuredTool.from_function(fail, name="fail", description="Fails.")


def called(used: BaseTool, **args: Any) -> ToolMessage:
    """What an agent's model reads after it has called the tool."""
    ask = AIMessage("", tool_calls=[{"name": used.name, "args": args, "id": "c1"}])
    agent = create_agent(Scripted(script=[ask, "I see."]), [used], middleware=[ToolErrorMiddleware(told_to_the_model)])
    messages = agent.invoke({"messages": [("user", "go")]})["messages"]
    assert messages[-1].text == "I see."
    return messages[2]


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ValueError("bad\nthing"), "it failed: ValueError: bad thing"),
        (KeyError("x"), "it failed: KeyError: 'x'"),
        (RecursionError(), "it failed: RecursionError"),
        (SystemExit(3), "it failed: SystemExit: 3"),
        (KeyboardInterrupt(), "it failed: KeyboardInterrupt"),
        (asyncio.CancelledError(), "it failed: CancelledError"),
        (ToolException("no such city"), "it failed: ToolException: no such city"),
        (ModelError("the model is gone; try again"), "the model is gone; try again"),
        (ToolError("say it otherwise"), "say it otherwise"),
    ],
)
def test_whatever_it_raises_reaches_the_model_in_words(error: BaseException, words: str) -> None:
    with pytest.raises(ToolError) as raised:
        guarded(failing(error), **BOUNDS).invoke({})
    assert str(raised.value) == words
    assert called(guarded(failing(error), **BOUNDS)).content == f"fail could not do this: {words}"


def test_a_tool_that_handles_its_errors_still_does() -> None:
    handling = failing(ToolException("no such city"))
    handling.handle_tool_error = lambda error: f"handled: {error}"
    message = called(guarded(handling, **BOUNDS))
    assert (message.content, message.status) == ("handled: no such city", "error")


@pytest.mark.slow
def test_one_that_hangs_is_left() -> None:
    @tool
    def hang() -> str:
        """Hangs."""
        time.sleep(2)
        return "late"

    began = time.perf_counter()
    assert "did not finish within 0.3 seconds" in called(guarded(hang, **BRIEF)).text
    assert time.perf_counter() - began < 1.5


@pytest.mark.slow
def test_one_that_only_has_an_async_form_is_called_by_sync_callers_and_cancelled_in_time() -> None:
    ended: list[str] = []

    async def wait(seconds: float) -> str:
        """Waits."""
        try:
            await asyncio.sleep(seconds)
        except asyncio.CancelledError:
            ended.append("cancelled")
            raise
        return f"waited {seconds}"

    unbound = StructuredTool.from_function(coroutine=wait, name="wait", description="Waits.")
    waiting = guarded(unbound, **BOUNDS)
    assert waiting.invoke({"seconds": 0}) == "waited 0.0"
    assert asyncio.run(waiting.ainvoke({"seconds": 0})) == "waited 0.0"
    assert "did not finish" in called(guarded(unbound, **BRIEF), seconds=30).text
    time.sleep(0.1)
    assert ended == ["cancelled"]


def test_ten_megabytes_are_cut_and_that_is_said() -> None:
    @tool
    def much() -> str:
        """Returns much."""
        return "x" * 10_000_000

    text = called(guarded(much, **BOUNDS)).text
    assert len(text) < 1200
    assert text.endswith("[The result goes on: it has 10,000,000 characters, of which these are the first.]")


def test_long_results_are_cut_in_every_form_and_short_ones_left_alone() -> None:
    results: list[Any] = [
        {"a": ["x" * 5000]},
        [{"type": "text", "text": "x" * 5000}],
        ("x" * 5000, ["artifact"]),
        5,
        {"a": 1},
        [{"type": "image", "base64": "y" * 5000, "mime_type": "image/png"}],
        ("short", ["artifact"]),
    ]

    def messages(result: Any, form: str) -> ToolMessage:
        made = StructuredTool.from_function(
            lambda: result, name="make", description="Makes.", response_format=form, args_schema=NoArguments
        )
        call = {"name": "make", "args": {}, "id": "1", "type": "tool_call"}
        return guarded(made, **BOUNDS).invoke(call)

    long = [messages(result, "content_and_artifact" if isinstance(result, tuple) else "content") for result in results]
    assert all("goes on" in str(message.content) and len(str(message.content)) < 1200 for message in long[:3])
    assert long[2].artifact is None
    assert [message.content for message in long[3:5]] == ["5", '{"a": 1}']
    assert long[5].content == results[5]
    assert (long[6].content, long[6].artifact) == ("short", ["artifact"])


class NoArguments(BaseModel):
    """None."""


def test_a_long_error_is_cut_too() -> None:
    with pytest.raises(ToolError) as raised:
        guarded(failing(ToolError("x" * 50_000)), **BOUNDS).invoke({})
    assert len(str(raised.value)) < 1200


def test_what_langgraph_injects_arrives_and_stays_hidden_from_the_model() -> None:
    @tool
    def who(name: str, runtime: ToolRuntime, call_id: Annotated[str, InjectedToolCallId]) -> str:
        """Says who."""
        return f"{name} {call_id} {runtime.tool_call_id} {len(runtime.state['messages'])}"

    bounded = guarded(who, **BOUNDS)
    assert list(bounded.tool_call_schema.model_json_schema()["properties"]) == ["name"]
    assert called(bounded, name="Bob").text == "Bob c1 c1 2"


def test_a_tool_of_a_class_of_its_own_keeps_its_name_and_arguments() -> None:
    class Shout(BaseTool):
        name: str = "shout"
        description: str = "Shouts."

        def _run(self, text: str, times: int = 1) -> str:
            return text.upper() * times

    bounded = guarded(Shout(metadata={"effect": "none"}), **BOUNDS)
    assert (bounded.name, list(bounded.args), bounded.metadata) == ("shout", ["text", "times"], {"effect": "none"})
    assert called(bounded, text="a", times=3).text == "AAA"


def test_a_tool_that_asks_a_person_by_itself_still_interrupts() -> None:
    from langgraph.checkpoint.memory import InMemorySaver
    from langgraph.types import Command

    @tool
    def ask() -> str:
        """Asks."""
        return f"said {interrupt('well?')}"

    call = AIMessage("", tool_calls=[{"name": "ask", "args": {}, "id": "c1"}])
    agent = create_agent(
        Scripted(script=[call, "done"]),
        [guarded(ask, **BOUNDS)],
        checkpointer=InMemorySaver(),
        middleware=[ToolErrorMiddleware(told_to_the_model)],
    )
    config = {"configurable": {"thread_id": "1"}}
    assert agent.invoke({"messages": [("user", "go")]}, config)["__interrupt__"][0].value == "well?"
    assert agent.invoke(Command(resume="yes"), config)["messages"][2].text == "said yes"


def test_a_person_who_stops_the_program_is_not_told_that_the_tool_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("threading.Thread.join", interrupted)
    with pytest.raises(KeyboardInterrupt):
        guarded(failing(ValueError("x")), **BOUNDS).func()


def test_the_loop_in_the_background_ends_with_what_runs_on_it_and_starts_again() -> None:
    background, ended = BackgroundLoop(), []

    async def run_on() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(True)

    with pytest.raises(TimeoutError):
        background.run(run_on(), 0.05)
    asyncio.run_coroutine_threadsafe(run_on(), background.loop())
    time.sleep(0.05)
    thread = background._thread
    background.close()
    assert thread is not None
    assert not thread.is_alive()
    assert ended == [True, True]
    assert background.run(asyncio.sleep(0, "again"), 1) == "again"
    background.close()
