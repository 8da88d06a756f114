"""The graphs for `langgraph dev`, which reads `langgraph.json`: each is a factory here, by the graph's own name.

    langgraph dev --no-browser --no-reload --allow-blocking --config langgraph.json

Over the wire a client can give a graph names and numbers (`model`, `technique`, `collection`, ...), but no library and
no verifier: these come from the settings, with the first run. The server brings its own checkpointer and store. A graph
of a folder that the setting `plugins` names is here, too: a `langgraph.json` may name it like the others.
"""

import dataclasses
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from functools import cache
from typing import TYPE_CHECKING, Any, get_type_hints

from langchain_core.runnables.config import merge_configs
from pydantic import BaseModel, ConfigDict, create_model

import vademecum
from vademecum import graph_context, graphs, plugin_folders, tracing
from vademecum.core.settings import load_settings

if TYPE_CHECKING:
    from langgraph.graph.state import CompiledStateGraph

    from vademecum.notebook import Notebook


@cache
def notebook() -> "Notebook":
    """The workspace that the settings name, one for all graphs."""
    return vademecum.open()


def embed(texts: list[str]) -> list[list[float]]:
    """Vectors for the server's store, so that remembered facts are found by meaning."""
    return notebook().library.embeddings.embed_documents(texts)


@cache
def choices(name: str) -> type[BaseModel]:
    """What a client may choose for a run of the graph called `name`: all of it optional."""
    schema = graphs.context_schema(name)
    kinds = {**(get_type_hints(schema) if schema else {}), "model": str}
    fields: Any = {choice: (kinds[choice] | None, None) for choice in graph_context.choices(name)}
    return create_model(f"{name.title()}Choices", __config__=ConfigDict(extra="forbid"), **fields)


@cache
def served(name: str) -> "CompiledStateGraph[Any, Any, Any, Any]":
    """The graph called `name`, which makes its context from the settings and from what the client chose."""
    graph = graphs.build(name)

    class Served(type(graph)):  # ty: ignore[unsupported-base]
        """As the graph, whoever runs it: the server copies what it is given, so nothing is kept in an attribute."""

        def get_context_jsonschema(self) -> dict[str, Any]:
            return choices(name).model_json_schema()

        def stream(self, input: Any, config: Any = None, *, context: Any = None, **more: Any) -> Iterator[Any]:
            return super().stream(input, _quiet(config), context=_context(name, context), **more)

        async def astream(
            self, input: Any, config: Any = None, *, context: Any = None, **more: Any
        ) -> AsyncIterator[Any]:
            async for part in super().astream(input, _quiet(config), context=_context(name, context), **more):
                yield part

    return Served(**{key: value for key, value in vars(graph).items() if key != "__orig_class__"})


def _context(name: str, client_context: Any) -> Any:
    """The context of a run; one that is whole already (a graph within a graph, a test) stays as it is."""
    if dataclasses.is_dataclass(client_context):
        return client_context
    choice_values = choices(name).model_validate(client_context or {}).model_dump(exclude_none=True)
    return graph_context.context(notebook(), name, choice_values)


def _quiet(config: Any) -> Any:
    """The configuration with the handler that decides where the run is traced."""
    return merge_configs({"callbacks": tracing.callbacks(notebook().settings)}, config)


def _factory(name: str) -> "Callable[[], CompiledStateGraph[Any, Any, Any, Any]]":
    def factory() -> "CompiledStateGraph[Any, Any, Any, Any]":
        return served(name)

    factory.__doc__ = graphs.describe(name)
    return factory


plugin_folders.use(load_settings())
# The server looks for them in the module's dictionary.
vars(sys.modules[__name__]).update({name.replace("-", "_"): _factory(name) for name, _ in graphs.members.items()})
