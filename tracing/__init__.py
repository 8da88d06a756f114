"""Where runs are traced: to LangSmith when the settings say so, otherwise nowhere.

`LANGSMITH_TRACING=true` in the environment makes LangChain trace by itself; here that alone must send nothing. So
every run of ours carries the one handler of `callbacks(settings)` in its config: LangChain adds its own tracer only
where there is none (`langchain_core.callbacks.manager._configure`). `runs(settings)` does the same for a block of code.
"""

from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from core.settings import Settings

if TYPE_CHECKING:
    from langchain_core.callbacks import BaseCallbackHandler


def callbacks(settings: Settings) -> "list[BaseCallbackHandler]":
    """The handler that decides where a run is traced: for `config["callbacks"]` of every run, a new one each time."""
    from tracing.silent import Silent

    if settings.tracing == "langsmith":
        from langchain_core.tracers.langchain import LangChainTracer

        from tracing.langsmith_sdk import destination

        if client := destination().client:
            return [LangChainTracer(client=client)]
    return [Silent()]


@contextmanager
def runs(settings: Settings) -> Generator[None]:
    """A block in which every run is traced where `settings` say, or nowhere.

    Not for generators: what is set here would be visible to their caller between two values; use `callbacks`.
    """
    from langsmith.run_helpers import tracing_context

    client = None
    if settings.tracing == "langsmith":
        from tracing.langsmith_sdk import destination

        client = destination().client
    with tracing_context(enabled=client is not None, client=client):
        yield


def flush(timeout: float = 2.0) -> None:
    """Send what is waiting, for at most `timeout` seconds. Does nothing where nothing was ever traced."""
    import sys

    if module := sys.modules.get("tracing.langsmith_sdk"):
        module.flush(timeout)


def state(settings: Settings) -> tuple[bool, str]:
    """Whether tracing is as it was asked for, and that in words: for `doctor`. Asks the server, when there is one."""
    if settings.tracing == "off":
        return True, "off: runs are traced nowhere"
    if settings.tracing == "local":
        return True, "local: nothing is sent away; this version does not record runs yet"
    from tracing.langsmith_sdk import destination

    found = destination()
    return found.client is not None, f"langsmith: {found.told}"
