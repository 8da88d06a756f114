"""The trace store as evaluations use it: experiments go there, and runs are read from it to become cases."""

import asyncio
import uuid
from typing import TYPE_CHECKING, Any

from vademecum.core.errors import UsageError, WorkspaceError
from vademecum.core.settings import Settings, prefer_environment
from vademecum.evaluation.cases_from_traces import TracedRun

if TYPE_CHECKING:
    from langsmith import Client

_FIELDS: list[Any] = ["ID", "NAME", "START_TIME", "INPUTS", "OUTPUTS", "ERROR", "FEEDBACK_STATS"]


def client_of(settings: Settings) -> "Client | None":
    """The client of the trace store that the settings name; None where tracing is off.

    Not the one that runs are traced by: that one writes to a spool, and an experiment needs answers. For the local
    store it is pointed there by hand: `LANGSMITH_*` and the environment's proxy do not count.

    Raises:
        WorkspaceError: the local trace server does not come up.
    """
    if settings.tracing == "off":
        return None
    from langsmith import Client

    from vademecum.tracing.redaction import redactor
    from vademecum.tracing.transport import session

    # Daemon threads: a server that dies meanwhile must not hold up the exit.
    prefer_environment(LANGSMITH_USE_DAEMON="true", LANGSMITH_DISABLE_RUN_COMPRESSION="true")
    if settings.tracing == "langsmith":
        return Client(session=session(), anonymizer=redactor(settings.redact))
    from vademecum.tracing.local import ensure

    direct, url = session(proxies=False), ensure(settings)
    return Client(api_url=url, api_key="local", workspace_id="", session=direct, anonymizer=redactor(settings.redact))


def run(run_id: str, settings: Settings) -> TracedRun:
    """One run; of the local store also by the beginning of its id.

    Raises:
        UsageError: the id is none.
        WorkspaceError: tracing is off, or the store does not answer.
        TraceError: the store has no such run.
    """
    if settings.tracing == "local":
        from vademecum.tracing.traces import Traces

        with Traces(settings.home) as traces:
            return _as_run(traces.tree(run_id)[0])
    client = _required(settings)
    try:
        identity = str(uuid.UUID(run_id))
    except ValueError as error:
        raise UsageError(f"{run_id[:60]!r} is not the id of a run; an answer carries it as run_id") from error
    matches = _query(client, 1, ids=[identity])
    if not matches:
        raise UsageError(f"LangSmith has no run {run_id}, or not yet")
    return matches[0]


def runs(settings: Settings, *, project: str | None, limit: int) -> list[TracedRun]:
    """The latest runs that are not part of another run or of an experiment; by default of the application's project.

    Raises:
        UsageError: there is no such project.
        WorkspaceError: tracing is off, or the store does not answer.
    """
    if settings.tracing == "local":
        from vademecum.tracing import PROJECT
        from vademecum.tracing.traces import Filters, Traces

        with Traces(settings.home) as traces:
            return [_as_run(row) for row in traces.find(Filters(project=project or PROJECT), limit=limit)]
    client = _required(settings)
    projects = {str(session.name): str(session.id) for session in client.list_projects(reference_free=True)}
    if project is not None and project not in projects:
        raise UsageError(f"LangSmith has no project named {project!r}; there are: {', '.join(sorted(projects))}")
    project_ids = [projects[project]] if project else list(projects.values())
    return _query(client, limit, project_ids=project_ids, is_root=True) if project_ids else []


def _required(settings: Settings) -> "Client":
    client = client_of(settings)
    if client is None:
        raise WorkspaceError("tracing is off, so there are no runs to read; set VADE_TRACING=local")
    return client


def _query(client: "Client", limit: int, **filters: Any) -> list[TracedRun]:
    """At most `limit` runs. The SDK's resource for them is asynchronous; `read_run` and `list_runs` are to go."""
    from langsmith import LangsmithError

    async def gather() -> list[TracedRun]:
        traced_runs: list[TracedRun] = []
        resource: Any = client.runs
        resource._client._client.follow_redirects = False  # this part of the SDK has HTTP clients of its own
        async for run in resource.query(**filters, selects=_FIELDS, page_size=min(limit, 100)):
            traced_runs.append(_as_run(run.model_dump(mode="json")))
            if len(traced_runs) == limit:
                break
        return traced_runs

    try:
        return asyncio.run(gather())
    except LangsmithError as error:
        raise WorkspaceError(f"LangSmith does not give its runs ({type(error).__name__})") from error


def _as_run(run: dict[str, Any]) -> TracedRun:
    """A run from its row in LangSmith's protocol; `liked` is the least score of all feedback on it."""
    feedback = (run.get("feedback_stats") or {}).values()
    scores = [stats["min"] if "min" in stats else stats.get("avg") for stats in feedback]
    return TracedRun(
        id=str(run["id"]),
        inputs=run.get("inputs") or {},
        outputs=run.get("outputs") or {},
        error=run.get("error") or "",
        liked=min((score for score in scores if score is not None), default=None),
    )
