"""Settings: arguments, environment (`VADE_...`), `vade.toml` of the working folder and of the workspace, defaults.

What a file may set that merely lies in the working folder, `core/settings_sources.py` says. No other module reads the
environment. Nothing is built at import: an entry point calls `load_settings` once and hands the result on.
"""

import os
import re
import shutil
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, Secret, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, EnvSettingsSource, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict
from pydantic_settings import SettingsError as UnreadableError

from vademecum.core.errors import SettingsError
from vademecum.core.nearest_name import unknown_name
from vademecum.core.settings_sources import FileValues, expanded, read_files, warn_once

Origin = Literal["argument", "environment", "./vade.toml", "vade.toml", "default"]
"""Where a value came from: `./vade.toml` is the working folder's file, `vade.toml` the workspace's."""


RUNS_CODE = frozenset({"community", "loaders", "mcp", "plugins", "store"})
"""Settings that name code to run."""

SENDS_TEXT = frozenset(
    {
        "community", "database", "embeddings", "geocoding_url", "graph_model", "loaders", "mcp", "model", "openapi",
        "search_engines", "search_url", "store", "tavily_url", "tracing", "weather_url", "web_private",
    }
)  # fmt: skip
"""Settings by which questions, passages or keys may go to a server."""


class OpenApi(BaseModel):
    """An HTTP API whose operations become tools."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    document: str
    """Its OpenAPI 3 document, JSON or YAML: a path, or a URL."""

    url: str | None = None
    """Where the API is, in place of the document's first server."""

    hosts: tuple[str, ...] = ()
    """Hosts ("api.example.org", "localhost:8000") that its tools may call; empty: that of `url`, where it is set."""

    private: bool = False
    """Whether those hosts may be this machine or in a private network."""

    operations: tuple[str, ...] = ()
    """Which of its operations, by operationId; empty: all."""

    headers: dict[str, SecretStr] = Field(default_factory=dict)
    """Headers sent with each call, such as Authorization."""


class Settings(BaseSettings):
    """Every setting of the application; the docstring under each field is what the page Settings shows."""

    model_config = SettingsConfigDict(
        env_prefix="VADE_", extra="forbid", frozen=True, use_attribute_docstrings=True, hide_input_in_errors=True
    )

    home: Path = Field(default_factory=lambda: Path(platformdirs.user_data_dir("vademecum", appauthor=False)))
    """Folder of the workspace: catalogue, indexes, checkpoints."""

    model: str = "auto"
    """Chat model: auto (the best of `vade models list` that is installed and fits this machine, else embedded),
    embedded, extractive, a name of that list (qwen-1.5b), provider:name, http://host:port/v1, /path/to/model.gguf."""

    model_key: SecretStr | None = None
    """API key for a model named by URL; providers' own variables (OPENAI_API_KEY, ...) are theirs."""

    embeddings: str = "embedded"
    """Embedding model: embedded, provider:name, http://host:port/v1, or /path/to/folder of sentence-transformers."""

    technique: str = "zero-shot"
    """Prompt technique of the answer graph: a file in prompts/answer/."""

    mode: str = "best"
    """How passages are ranked: best, dense, mmr, sparse, tfidf, hybrid, late, graph, or community:... (a retriever of
    langchain-community); on top of it, each after a "+": rewrite, multi-query, rerank, neighbours, section."""

    threads: int = Field(default=0, ge=0)
    """CPU threads for the embedded models; 0 means as many as there are cores."""

    context_tokens: int = Field(default=4096, ge=1024, le=32768)
    """Context window of the embedded chat model, in tokens."""

    max_file_mb: int = Field(default=100, ge=1)
    """Files larger than this (megabytes) are not ingested."""

    max_text_chars: int = Field(default=10_000_000, ge=1000)
    """Files whose text is longer than this (characters) are not ingested: 10 million take some 500 MB of memory."""

    max_question_chars: int = Field(default=4000, ge=100)
    """Longest question accepted, in characters."""

    refuse_below: float = Field(default=0.45, ge=0, le=1)
    """The answer graph abstains where its confidence is below this."""

    tracing: Literal["local", "langsmith", "off"] = "local"
    """Where runs are traced: local, langsmith (to where LANGSMITH_* points), off. LANGSMITH_* alone sends nothing."""

    plugins: Annotated[tuple[Path, ...], NoDecode] = ()
    """Folders with tools/, prompts/, retrieval/loaders/, ... of your own, found as those that ship; ":" in between."""

    memory: Literal["buffer", "summary", "both"] = "buffer"
    """What a model is shown of a conversation: its last turns, a rolling summary of it, or both."""

    memory_tokens: int = Field(default=1500, ge=300, le=100_000)
    """Tokens of the conversation, its summary and remembered facts that a model is shown, at most."""

    memory_facts: Literal["ask", "on", "off"] = "ask"
    """Facts about you: kept as you agree to each, always, or only where you say "remember that ..."."""

    user: str = "me"
    """Whose facts are remembered and recalled: a name of your choice."""

    database: SecretStr | None = None
    """Postgres for conversations and facts, postgresql://user@host/name (extra: postgres); unset: files in `home`."""

    tool_seconds: float = Field(default=60, gt=0, le=3600)
    """Longest a call of a tool may take, in seconds."""

    tool_chars: int = Field(default=20_000, ge=200)
    """Longest result of a tool that a model is shown, in characters; the rest is cut off, and that is said."""

    max_pages: int = Field(default=5000, ge=1)
    """Documents of more pages (or slides) than this are not ingested."""

    max_ocr_pages: int = Field(default=100, ge=0)
    """Pages without text that are read by OCR, at most so many of a document; one takes a second or several."""

    loader_seconds: float = Field(default=60, gt=0, le=3600)
    """Longest that reading a document may take without progress, in seconds; 20 times as long in all."""

    loader_mb: int = Field(default=2000, ge=200)
    """Memory that reading a document may take, in megabytes."""

    max_archive_files: int = Field(default=10_000, ge=1)
    """Archives of more files than this are not opened."""

    max_archive_mb: int = Field(default=1000, ge=1)
    """Archives, and documents that are archives inside, that unpack to more than this (megabytes) are not opened."""

    max_archive_ratio: int = Field(default=200, ge=10)
    """Archives that unpack to more than this many times their size are not opened; text makes 3 to 20."""

    max_archive_depth: int = Field(default=3, ge=1, le=10)
    """Archives inside archives are opened down to this depth."""

    max_site_pages: int = Field(default=500, ge=1)
    """Pages of a site map that are fetched, at most."""

    web_seconds: float = Field(default=15, gt=0, le=600)
    """Longest the program waits for one answer from the web, in seconds."""

    web_max_mb: float = Field(default=5, gt=0, le=100)
    """Answers from the web that are larger than this (megabytes) are not read."""

    web_private: bool = False
    """Whether web addresses of this machine and of private networks may be opened."""

    weather_url: str = "https://api.open-meteo.com"
    """Where weather forecasts come from: Open-Meteo, or a server of your own that answers alike."""

    geocoding_url: str = "https://geocoding-api.open-meteo.com"
    """Where the weather tool looks up places by name."""

    search_engines: str = "auto"
    """Engines of the web search, as ddgs names them: auto, or some with commas between (duckduckgo, wikipedia)."""

    search_url: str | None = None
    """A page that answers like html.duckduckgo.com, searched instead of the engines."""

    tavily_key: SecretStr | None = None
    """API key of Tavily, which then searches the web instead; each search takes from its credits."""

    tavily_url: str = "https://api.tavily.com"
    """Where Tavily answers."""

    openapi: dict[str, OpenApi] = Field(default_factory=dict)
    """HTTP APIs whose operations become tools, by name: {"shop": {"document": "shop.yaml", "hosts": ["shop.org"]}}."""

    mcp: dict[str, Secret[dict[str, Any]]] = Field(default_factory=dict)
    """MCP servers by name, as langchain-mcp-adapters takes them: {"files": {"command": "...", "args": ["..."]}}."""

    community: dict[str, Secret[dict[str, Any]]] = Field(default_factory=dict)
    """Tools of langchain-community by class, with arguments: {"tools.wikipedia.tool.WikipediaQueryRun": {}}."""

    loaders: dict[str, str] = Field(default_factory=dict)
    """Loaders of langchain-community by file suffix: {".srt": "community:document_loaders.SRTLoader"}."""

    redact: Literal["secrets", "personal", "off"] = "secrets"
    """What traces leave out: secrets, personal (also e-mail addresses, phone and card numbers, ...), off."""

    trace_frame_mb: int = Field(default=64, ge=1)
    """The trace server refuses what is larger than this when unpacked (megabytes)."""

    trace_key: SecretStr | None = None
    """Key that clients of the trace server must show; needed where it listens beyond this machine."""

    trace_spool_mb: int = Field(default=500, ge=1)
    """Traces that wait to be delivered may take this much space (megabytes); beyond it, the oldest go."""

    fusion: Literal["rrf", "zscore"] = "rrf"
    """How the mode hybrid joins its two rankings: rrf (reciprocal ranks), zscore (standardised scores)."""

    rerank: str = "late"
    """What the transform rerank orders by: late (token vectors), or community:... (a compressor of documents)."""

    neighbours: int = Field(default=1, ge=1, le=20)
    """How many passages before and after a hit the transform neighbours shows with it."""

    splitter: str = "structure"
    """How documents are cut into passages: structure, recursive, character, markdown, sentence, token, semantic."""

    chunk_size: int = Field(default=0, ge=0)
    """Longest passage in characters (of the splitter token: in tokens); 0: the splitter's own default."""

    chunk_overlap: int | None = Field(default=None, ge=0)
    """Characters (or tokens) that a passage shares with the one before; unset: the splitter's own default."""

    graph_model: str = ""
    """Chat model that adds to the knowledge graph what rules do not find, as documents are ingested; empty: none."""

    store: str = "chroma"
    """Where vectors are kept: chroma, http://host:8000 (its server), faiss, postgres, pinecone:INDEX, weaviate:URL."""

    store_key: SecretStr | None = None
    """API key of the store, where it asks for one."""

    store_arguments: dict[str, Secret[Any]] = Field(default_factory=dict)
    """Arguments of a store named by its class, package.module:Class."""

    _warnings: tuple[str, ...] = PrivateAttr(())

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the working folder's `vade.toml` asks for and does not get, each in one line."""
        return self._warnings

    @field_validator("*", mode="before")
    @classmethod
    def _without_nul(cls, value: Any) -> Any:
        parts = value if isinstance(value, list | tuple) else [value]
        if any(isinstance(part, str) and "\0" in part for part in parts):
            raise ValueError("holds a NUL character")
        return value

    @field_validator("store")
    @classmethod
    def _without_password(cls, store: str) -> str:
        if re.search(r"://[^/@\s]*:[^/@\s]+@|[?&]password=", store):
            raise ValueError("holds a password; name the database in the setting `database`, and set store to postgres")
        return store

    @field_validator("plugins", mode="before")
    @classmethod
    def _split_at_colons(cls, plugins: Any) -> Any:
        return tuple(filter(None, plugins.split(os.pathsep))) if isinstance(plugins, str) else plugins

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 (pydantic's signature)
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments only: `load_settings` puts environment and files under them."""
        return (init_settings,)


def workspace_folder(home: str | None) -> Path:
    """The workspace that is meant, also where its settings cannot be read."""
    try:
        return load_settings(home=home).home
    except SettingsError:
        default = platformdirs.user_data_dir("vademecum", appauthor=False)
        return expanded(home or os.environ.get("VADE_HOME") or default)


def load_settings(**arguments: Any) -> Settings:
    """Settings with `arguments` (those not None) on top of environment and files.

    Raises:
        SettingsError: a value cannot be used, or a name is unknown; the message names it.
    """
    send_no_telemetry()
    _require_known_variables()
    own = _own_values(arguments)
    files = _files(own)
    settings = checked({**files.under, **own, **files.over})
    settings = settings.model_copy(update={"home": from_here(settings.home)})
    settings._warnings = files.warnings
    for line in files.warnings:
        warn_once(line)
    return settings


def checked(values: Mapping[str, Any]) -> Settings:
    """Settings with these values, and defaults for the others.

    Raises:
        SettingsError: as `load_settings`.
    """
    try:
        return Settings(**values)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        if name.partition(".")[0] not in Settings.model_fields:
            raise SettingsError(unknown_name("setting", name, Settings.model_fields)) from error
        raise SettingsError(f"setting {name!r}: {first['msg'].lower()}") from error


def _own_values(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """What arguments and environment set."""
    try:
        environment = EnvSettingsSource(Settings)()
        return {**environment, **{name: value for name, value in arguments.items() if value is not None}}
    except UnreadableError as error:
        raise SettingsError(f"{error}; where a setting takes several values, write them as JSON") from error


def _files(own: Mapping[str, Any]) -> FileValues:
    return read_files(working_folder(), own, Path(platformdirs.user_data_dir("vademecum", appauthor=False)), checked)


def _require_known_variables() -> None:
    """Raise SettingsError where the environment sets what is no setting, as the files and arguments may not either."""
    variables = [f"VADE_{name.upper()}" for name in Settings.model_fields]
    for variable in environment_names("VADE_"):
        if variable.upper() not in variables:
            raise SettingsError(unknown_name("setting of the environment", variable, variables))


def origins(settings: Settings, arguments: Mapping[str, Any]) -> dict[str, Origin]:
    """Where each value came from, for `vade doctor`."""
    environment = {name.lower() for name in os.environ}
    files = _files({**_own_values(arguments), "home": settings.home})
    tests: tuple[tuple[Origin, Callable[[str], bool]], ...] = (
        ("argument", lambda name: arguments.get(name) is not None),
        ("environment", lambda name: f"vade_{name}" in environment),
        ("./vade.toml", lambda name: name in files.working.values),
        ("vade.toml", lambda name: name in files.workspace),
        ("default", lambda _: True),
    )
    return {name: next(origin for origin, holds in tests if holds(name)) for name in Settings.model_fields}


def environment_names(prefix: str) -> list[str]:
    """Names (never values) of environment variables that begin with `prefix`: for `doctor` to report on."""
    return sorted(name for name in os.environ if name.startswith(prefix))


def working_folder() -> Path:
    """The folder that the person is in; VADEMECUM_FOLDER names it to a process that runs elsewhere, as the page.

    Raises:
        SettingsError: it has been removed.
    """
    if not (folder := os.environ.get("VADEMECUM_FOLDER", "")):
        try:
            os.getcwd()
        except FileNotFoundError as error:
            raise SettingsError("the folder you are in has been removed; change to another") from error
    return Path(folder)


def from_here(path: str | os.PathLike[str]) -> Path:
    """What a path that a person wrote means, where it begins with `~` or is relative, wherever this process runs."""
    return working_folder() / expanded(path)


def models_folder() -> Path:
    """Where models that were fetched are kept: for all workspaces, so beside the default one and in none."""
    return platformdirs.user_data_path("vademecum-models", appauthor=False)


def uv_path() -> str | None:
    """The uv that started this program (`uv tool run` says which), else that of PATH, else that of `./run`, or None."""
    fetched = sorted(map(str, Path(sys.prefix).parent.glob(".uv/uv-*")))
    candidates = map(shutil.which, [os.environ.get("UV", ""), "uv", *fetched])
    return next(filter(None, candidates), None)


def environment_with(**variables: str) -> dict[str, str]:
    """This process's environment for a program that it starts, with `variables` on top."""
    return {**os.environ, **variables}


def prefer_environment(**variables: str) -> None:
    """Set switches that another library reads from the environment, where nobody has set them."""
    for name, value in variables.items():
        os.environ.setdefault(name, value)


def send_no_telemetry() -> None:
    """Keep onnxruntime from telling Microsoft about itself; of use before it is imported, which is why it stands here.

    Version 1.32 sends events to mobile.events.data.microsoft.com some seconds after a model is loaded, from compiled
    code, and `onnxruntime.disable_telemetry_events()` comes too late to stop the first.
    """
    prefer_environment(ORT_DISABLE_TELEMETRY="1")


def keep_linear_algebra_single_threaded() -> None:
    """Have NumPy's OpenBLAS use one thread, unless the person has said otherwise; of use before NumPy is imported.

    Our matrices are small, and the forward passes beside them use the cores: a product of (170, 384) and (384, 128)
    took 7.8 ms on two threads of two busy cores, and 0.15 ms on one.
    """
    prefer_environment(OPENBLAS_NUM_THREADS="1")
