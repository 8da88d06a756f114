"""Where runs are traced: to the workspace's own store, to LangSmith, or nowhere, as the settings say.

`LANGSMITH_TRACING=true` in the environment makes LangChain trace by itself; here that alone must send nothing. So
every run of ours carries the one handler of `callbacks(settings)` in its config: LangChain adds its own tracer only
where there is none (`langchain_core.callbacks.manager._configure`). `runs(settings)` does the same for a block of code.

Inside another run that goes to a server on this machine (`langsmith.evaluate` against the workspace's own), a run
becomes part of that one.
"""

import urllib.parse
import uuid
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from vademecum.core.errors import UsageError
from vademecum.core.settings import Settings

if TYPE_CHECKING:
    from langchain_core.callbacks import BaseCallbackHandler
    from langsmith import Client
    from langsmith.run_trees import RunTree

PROJECT = "vademecum"
"""The project of the application's own runs in the workspace's store; at LangSmith: what LANGSMITH_PROJECT says."""


def callbacks(settings: Settings) -> "list[BaseCallbackHandler]":
    """The handler that decides where a run is traced: for `config["callbacks"]` of every run, a new one each time."""
    client, project, _ = _where(settings)
    if client is None:
        from vademecum.tracing.null_tracer import NullTracer

        return [NullTracer()]
    from langchain_core.tracers.langchain import LangChainTracer

    return [LangChainTracer(client=client, project_name=project)]


@contextmanager
def runs(settings: Settings) -> Generator[None]:
    """A block in which every run is traced where `settings` say, or nowhere.

    Not for generators: what is set here would be visible to their caller between two values; use `callbacks`.
    """
    from langsmith.run_helpers import tracing_context

    client, project, parent = _where(settings)
    with tracing_context(enabled=client is not None, client=client, project_name=project, parent=parent or False):
        yield


def feedback(settings: Settings, run_id: str, **fields: Any) -> None:
    """Attach feedback (`key`, `score`, `value`, `comment`) to a run; it is kept where runs are.

    Raises:
        UsageError: it is no run's id, nothing is said, or runs are traced nowhere.
    """
    from vademecum.tracing.redaction import redactor

    try:
        uuid.UUID(run_id)
    except ValueError:
        raise UsageError(f"{run_id[:80]!r} is no run's id; an answer carries it as run_id") from None
    if fields.get("score") is None and not fields.get("comment") and fields.get("value") is None:
        raise UsageError("feedback says something: give a score, a comment, or both")
    if settings.tracing == "off":
        raise UsageError("feedback is kept with traces, which are off; set VADE_TRACING=local")
    from vademecum.tracing.langsmith_sdk import destination

    redact = redactor(settings.redact)
    with warnings.catch_warnings():
        # That a project's id will be wanted one day; only the server knows it, and is not to be waited for.
        warnings.simplefilter("ignore")
        client = destination(settings).client
        client.create_feedback(run_id=run_id, trace_id=run_id, **(redact(fields) if redact else fields))
    if settings.tracing == "local":
        flush()  # whoever is told that it is kept may end the program the next moment


def flush(timeout: float = 2.0) -> None:
    """Write and send what is waiting, for at most `timeout` seconds. Does nothing where nothing was ever traced."""
    import sys

    if module := sys.modules.get("vademecum.tracing.langsmith_sdk"):
        module.flush(timeout)


def state(settings: Settings) -> tuple[bool, str]:
    """Whether tracing is as it was asked for, and that in words: for `doctor`. Asks the server, when there is one."""
    if settings.tracing == "off":
        return True, "off: runs are traced nowhere"
    hidden = {
        "off": "nothing redacted",
        "secrets": "secrets redacted",
        "personal": "secrets and personal data redacted",
    }
    if settings.tracing == "local":
        return True, f"local: runs are kept in {settings.home}, {hidden[settings.redact]}; nothing is sent away"
    from vademecum.tracing.langsmith_sdk import state_of_server

    answers, words = state_of_server()
    return answers, f"langsmith: {words}, {hidden[settings.redact]}"


def _where(settings: Settings) -> "tuple[Client | None, str | None, RunTree | None]":
    """The client that takes runs (None: nobody), the project, and the run of which they are part."""
    if settings.tracing == "off":
        return None, None, None
    from langsmith.run_helpers import get_current_run_tree

    from vademecum.tracing.langsmith_sdk import destination

    own = destination(settings).client
    above = get_current_run_tree()
    client = above.ls_client if above is not None else None
    if above is not None and client is not None and (client is own or _is_here(client.api_url)):
        return client, above.session_name, above
    return own, PROJECT if settings.tracing == "local" else None, None


def _is_here(url: str) -> bool:
    host = urllib.parse.urlsplit(url).hostname or ""
    return host in ("127.0.0.1", "::1", "localhost") or host.endswith(".localhost")
