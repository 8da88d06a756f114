"""A server that sends on to another host: no prompt, key or question arrives there, and one line says so."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from replaying import Replay, Said, replaying
from workspaces import open_library

from vademecum import tools, trace_store
from vademecum.core.errors import ModelError, SettingsError, ToolError, WorkspaceError
from vademecum.core.settings import load_settings
from vademecum.models import chat_model, embedding_model
from vademecum.models.model_calls import ask
from vademecum.models.remote import _http_clients
from vademecum.retrieval.ingestion.ingest import ingest
from vademecum.tracing.courier import Courier
from vademecum.tracing.spool import Frame

pytestmark = pytest.mark.slow

KEY = SecretStr("sk-s3cret")


class Everywhere(dict[str, Any]):
    """Answers at every path: what a server is asked first, and for the rest a redirect to the same path elsewhere."""

    def __init__(self, url: str, status: int) -> None:
        super().__init__({"/v1/models": Said({"data": [{"id": "model"}]})})
        self.url, self.status = url, status

    def get(self, path: str, _: Any = None) -> Any:
        away = Said(status=self.status, headers={"Location": f"{self.url}{path}"})
        return super().get(path, away)


@pytest.fixture
def elsewhere() -> Iterator[Replay]:
    """The server that is sent on to; it would answer, and keeps what arrives."""
    with replaying({}) as replay:
        yield replay
    assert replay.asked == []


@pytest.fixture(params=[302, 307])
def server(elsewhere: Replay, request: pytest.FixtureRequest) -> Iterator[Replay]:
    with replaying(Everywhere(elsewhere.url, request.param)) as replay:
        yield replay


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "LANGSMITH_API_KEY"):
        monkeypatch.setenv(name, KEY.get_secret_value())


SENDS_ON = "sends on to another address, which is not followed; name that one if you trust it"


def chat(name: str) -> None:
    """Ask in each of the ways that a model is asked."""
    model = chat_model(name, load_settings(model_key=KEY))
    assert model is not None
    with pytest.raises(ModelError, match=SENDS_ON):
        ask(model, [("user", "My secret question")])
    with pytest.raises(Exception, match="30"):
        list(model.stream("My secret question"))
    assert [client.follow_redirects for client in _http_clients(model, depth=4)].count(False) >= 2  # one is for async


def embed(name: str) -> None:
    """Embed in each of the ways that texts are embedded."""
    embeddings = embedding_model(name, load_settings(model_key=KEY))
    with pytest.raises(ModelError, match="did not answer"):
        embeddings.embed_query("My secret question")
    with pytest.raises(ModelError, match="did not answer"):
        embeddings.embed_documents(["My secret text"])


def test_a_model_by_its_url(server: Replay) -> None:
    chat(f"{server.url}/v1")
    assert server.asked[1].headers["authorization"] == "Bearer sk-s3cret"


def test_embeddings_by_their_url(server: Replay) -> None:
    embed(f"{server.url}/v1")


@pytest.mark.parametrize("make", [chat_model, embedding_model])
def test_a_url_that_is_elsewhere_as_a_whole(server: Replay, elsewhere: Replay, make: Callable[..., Any]) -> None:
    with pytest.raises(ModelError, match=f"sends on to {elsewhere.url}/v2/models; name that address if you trust it"):
        make(f"{server.url}/v2", load_settings(model_key=KEY))


def test_models_of_openai(server: Replay, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", f"{server.url}/v1")
    chat("openai:gpt-5")


@pytest.mark.extra("anthropic")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # the model's days are numbered
def test_models_of_anthropic(server: Replay, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
    chat("anthropic:claude-sonnet-4-5")


@pytest.mark.extra("ollama")
def test_models_of_ollama(server: Replay, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLLAMA_HOST", server.url)
    chat("ollama:qwen3")
    embed("ollama:nomic-embed-text")


def tool(name: str, **settings: Any) -> Any:
    return tools.build(tools.Services(settings=load_settings(**settings)), [name])[0]


def test_the_weather(server: Replay, elsewhere: Replay) -> None:
    weather = tool("weather", geocoding_url=server.url, weather_url=server.url, web_private=True)
    with pytest.raises(ToolError, match=r"127\.0\.0\.1 sends on to 127\.0\.0\.1, which is not asked"):
        weather.invoke({"place": "Lisbon"})


def test_the_search(server: Replay) -> None:
    search = tool("web-search", search_url=f"{server.url}/html/", web_private=True)
    with pytest.raises(ToolError, match="sends on to"):
        search.invoke({"query": "my secret question"})


@pytest.mark.extra("tavily")
def test_tavily(server: Replay) -> None:
    search = tool("web-search", tavily_url=server.url, tavily_key=KEY)
    with pytest.raises(ToolError, match="sends on to"):
        search.invoke({"query": "my secret question"})
    assert server.asked[0].headers["authorization"] == "Bearer sk-s3cret"


def test_an_api(server: Replay, tmp_path: Path) -> None:
    (tmp_path / "api.yaml").write_text("{openapi: 3.1.0, paths: {/a: {get: {operationId: a}, post: {operationId: b}}}}")
    api = {"document": str(tmp_path / "api.yaml"), "url": server.url, "private": True, "headers": {"X-Key": KEY}}
    for operation in tools.build(tools.Services(settings=load_settings(openapi={"shop": api})), ["openapi"]):
        with pytest.raises(ToolError, match="refuses the request"):
            operation.invoke({})
    assert server.asked[0].headers["x-key"] == "sk-s3cret"


@pytest.mark.parametrize("transport", ["streamable_http", "sse"])
def test_an_mcp_server(server: Replay, transport: str) -> None:
    notes = {"url": f"{server.url}/mcp", "transport": transport, "headers": {"X-Key": KEY.get_secret_value()}}
    with pytest.raises(SettingsError, match="'notes' did not start"):
        tool("mcp", mcp={"notes": notes})
    assert server.asked[0].headers["x-key"] == "sk-s3cret"


@pytest.mark.parametrize(
    "store",
    [
        "chroma:{}",
        pytest.param("pinecone:{}", marks=pytest.mark.extra("pinecone")),
        pytest.param("weaviate:{}", marks=pytest.mark.extra("weaviate")),
    ],
)
@pytest.mark.filterwarnings("ignore::ResourceWarning")  # Pinecone's client leaves its pool to the garbage collector
def test_a_store(server: Replay, tmp_path: Path, store: str) -> None:
    (tmp_path / "note.txt").write_text("My secret text")
    library = open_library(tmp_path / "home", store=store.format(server.url), store_key=KEY)
    with pytest.raises(WorkspaceError, match="cannot be used"):
        ingest(library, [tmp_path / "note.txt"])
    assert server.asked
    library.close()


def test_traces(server: Replay, tmp_path: Path) -> None:
    courier = Courier(server.url, tmp_path, 1_000_000)
    courier.spool.add(Frame("/runs/multipart", "application/json", b"{}", "", {}))
    courier.start()
    courier.finish(10)
    assert len(courier.spool.waiting()) == 1  # kept, since nobody has it
    assert server.asked[0].headers["x-api-key"] == "sk-s3cret"


def test_reading_traces(server: Replay, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGSMITH_ENDPOINT", server.url)
    settings = load_settings(tracing="langsmith")
    with pytest.raises(Exception, match=r"(?i)redirects"):
        trace_store.runs(settings, project=None, limit=1)
    server.answers["/info"] = Said({"version": "0.16.0"})
    with pytest.raises(WorkspaceError, match="LangSmith does not give its runs"):
        trace_store.run("00000000-0000-4000-8000-000000000000", settings)
    assert {asked.headers["x-api-key"] for asked in server.asked} == {"sk-s3cret"}
