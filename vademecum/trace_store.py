"""The trace store as evaluations use it: experiments go there, and runs are read from it to become cases."""

import asyncio
import uuid
from typing import TYPE_CHECKING, Any

import requests

from core.errors import UsageError, WorkspaceError
from core.settings import Settings

if TYPE_CHECKING:
    from langsmith import Client

_WANTED: list[Any] = ["ID", "NAME", "START_TIME", "INPUTS", "OUTPUTS", "ERROR"]


def client_of(settings: Settings) -> "Client | None":
    """The client of the trace store that the settings name; None where there is none, or it does not answer.

    For the local store it is pointed there by hand: what `LANGSMITH_*` says in the environment is of no account.

    Raises:
        WorkspaceError: the local trace server does not come up.
    """
    if settings.tracing == "local":
        from langsmith import Client

        from tracing.local import ensure

        direct = requests.Session()
        direct.trust_env = False  # a proxy of the environment must not see what is between us and this machine
        return Client(api_url=ensure(settings), api_key="local", workspace_id="", session=direct)
    if settings.tracing == "langsmith":
        from tracing.langsmith_sdk import destination

        return destination().client
    return None


def run(run_id: str, settings: Settings) -> Any:
    """One run: its `id`, `inputs`, `outputs` and `error`.

    Raises:
        UsageError: the id is none, or names no run.
        WorkspaceError: there is no trace store, or it does not answer.
    """
    try:
        identity = str(uuid.UUID(run_id))
    except ValueError as error:
        raise UsageError(f"{run_id[:60]!r} is not the id of a run; `vade trace list` shows them") from error
    found = _query(_required(settings), 1, ids=[identity])
    if not found:
        raise UsageError(f"the trace store has no run {run_id}; `vade trace list` shows those there are")
    return found[0]


def runs(settings: Settings, *, project: str | None, limit: int) -> tuple[list[Any], dict[str, float]]:
    """The latest runs that are not part of an experiment or of another run; and the least feedback on each, by its id.

    Raises:
        UsageError: there is no such project.
        WorkspaceError: there is no trace store, or it does not answer.
    """
    client = _required(settings)
    projects = {str(it.name): str(it.id) for it in client.list_projects(reference_free=True)}
    if project is not None and project not in projects:
        raise UsageError(f"the trace store has no project named {project!r}; there are: {', '.join(sorted(projects))}")
    wanted = [projects[project]] if project else list(projects.values())
    found = _query(client, limit, project_ids=wanted, is_root=True) if wanted else []
    liked: dict[str, float] = {}
    for one in client.list_feedback(run_ids=[it.id for it in found]) if found else ():
        if one.score is not None:
            key = str(one.run_id)
            liked[key] = min(float(one.score), liked.get(key, float(one.score)))
    return found, liked


def _required(settings: Settings) -> "Client":
    client = client_of(settings)
    if client is None:
        raise WorkspaceError("there is no trace store to read from; set VADE_TRACING=local, and see `vade doctor`")
    return client


def _query(client: "Client", limit: int, **wanted: Any) -> list[Any]:
    """At most `limit` runs. The SDK's resource for them is asynchronous; `read_run` and `list_runs` are to go."""
    from langsmith import LangsmithError

    async def gather() -> list[Any]:
        found: list[Any] = []
        async for one in client.runs.query(**wanted, selects=_WANTED, page_size=min(limit, 100)):
            found.append(one)
            if len(found) == limit:
                break
        return found

    try:
        return asyncio.run(gather())
    except LangsmithError as error:
        raise WorkspaceError(f"the trace store does not give its runs ({type(error).__name__})") from error
