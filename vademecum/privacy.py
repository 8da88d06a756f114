"""What leaves this machine, and when: read from the settings and from what each tool says of itself."""

import re
from typing import NamedTuple

from vademecum import tools
from vademecum.core.settings import Settings
from vademecum.models.local_models import encoders, is_in_process
from vademecum.workspace import Workspace

LOCAL = re.compile(r"https?://(?:[^/@]*@)?(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?:[:/]|$)")

EFFECTS = {
    "none": "Nothing: it works on this machine",
    "network": "What the model writes into the call",
    "writes": "Nothing by itself, but it changes something",
    "spends": "What the model writes into the call, for which you pay",
}
"""What a call of a tool sends away, by its effect."""


class Flow(NamedTuple):
    """One way out. `leaves`: something leaves the machine as the settings are; `asks`: a person is asked each time."""

    name: str
    what: str
    where: str
    leaves: bool
    asks: bool = False


def flows(workspace: Workspace) -> list[Flow]:
    """All ways out but those of tools: models, embeddings, traces, web pages that are added, telemetry."""
    settings = workspace.settings
    return [
        _model("Language model", settings.model, "Your question, the conversation, the passages to answer from"),
        _model("Embeddings", settings.embeddings, "The text of every document, and every question"),
        _traces(settings),
        _database(settings),
        Flow("Documents from the web", "The address that you give, to the site it names", "when you add one", False),
        Flow("Telemetry", "Nothing: it is switched off in every library that has it", "nowhere", False),
    ]


def tool_flows(workspace: Workspace) -> list[Flow]:
    """What a call of each tool sends away, by its `effect`."""
    services = tools.Services(library=workspace.library, settings=workspace.settings)
    flows = []
    for tool in tools.build(services):
        effect = tools.effect(tool)
        asks = tools.needs_approval(tool)
        where = "nowhere" if not asks else "only once you have agreed to the call"
        flows.append(Flow(tool.name, EFFECTS[effect], where, effect in ("network", "spends"), asks))
    return sorted(flows, key=lambda flow: (not flow.leaves, not flow.asks, flow.name))


def _model(name: str, model_name: str, what: str) -> Flow:
    if is_in_process(model_name) or model_name in encoders():
        return Flow(name, "Nothing: it runs inside this program", "nowhere", False)
    place = re.sub(r"(?<=://)[^/@\s]+@", "***@", model_name)
    local = bool(LOCAL.match(model_name)) or model_name.startswith("ollama:")
    return Flow(name, what, f"{place}, on this machine" if local else place, not local)


def _traces(settings: Settings) -> Flow:
    if settings.tracing == "off":
        return Flow("Traces", "Nothing: runs are not traced", "nowhere", False)
    left_out = {"off": "unredacted", "secrets": "secrets left out"}.get(
        settings.redact, "secrets and personal data left out"
    )
    what = f"Every run, with what it was asked and what it read, {left_out}"
    if settings.tracing == "langsmith":
        return Flow("Traces", what, "to where LANGSMITH_ENDPOINT points", True)
    return Flow("Traces", f"{what}: kept in the workspace", "nowhere", False)


def _database(settings: Settings) -> Flow:
    if settings.database is None:
        return Flow("Conversations and memory", "Nothing: they are files of the workspace", "nowhere", False)
    return Flow("Conversations and memory", "All of them", "the Postgres server of the setting `database`", True)
