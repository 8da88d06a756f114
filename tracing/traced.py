"""A graph whose every run is traced where the settings say, however it is called.

Two things decide where LangChain sends a run: the handlers of its config, and, for what is decorated with LangSmith's
`traceable` (the middleware of agents is), a context variable. Both are set here.
"""

from collections.abc import AsyncIterator, Iterator
from typing import Any

from langchain_core.runnables import Runnable, RunnableBinding, RunnableConfig
from langchain_core.runnables.base import RunnableBindingBase
from langchain_core.runnables.config import merge_configs

from vademecum import tracing
from vademecum.core.settings import Settings


class Traced(RunnableBindingBase[Any, Any]):
    """`bound`, traced as `settings` say. Made by `traced`."""

    settings: Settings

    def invoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Any:
        """As `bound.invoke`."""
        with tracing.runs(self.settings):
            return super().invoke(input, self._with_handler(config), **kwargs)

    async def ainvoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Any:
        """As `bound.ainvoke`."""
        with tracing.runs(self.settings):
            return await super().ainvoke(input, self._with_handler(config), **kwargs)

    def stream(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Iterator[Any]:
        """As `bound.stream`; between two values the caller's own tracing is in force."""
        values = super().stream(input, self._with_handler(config), **kwargs)
        while True:
            with tracing.runs(self.settings):
                try:
                    value = next(values)
                except StopIteration:
                    return
            yield value

    async def astream(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> AsyncIterator[Any]:
        """As `bound.astream`; between two values the caller's own tracing is in force."""
        values = super().astream(input, self._with_handler(config), **kwargs)
        while True:
            with tracing.runs(self.settings):
                try:
                    value = await anext(values)
                except StopAsyncIteration:
                    return
            yield value

    def __getattr__(self, name: str) -> Any:
        # What a graph has beyond a runnable (`get_state`, `update_state`, ...), as RunnableBinding passes it on.
        return getattr(self.__dict__["bound"], name)

    def _with_handler(self, config: RunnableConfig | None) -> RunnableConfig:
        return merge_configs({"callbacks": tracing.callbacks(self.settings)}, config)


def traced(
    graph: Runnable[Any, Any], settings: Settings, config: RunnableConfig | None = None, **kwargs: Any
) -> Runnable[Any, Any]:
    """The graph, traced as `settings` say, with `config` and `kwargs` (such as `context`) given at every call."""
    return RunnableBinding(bound=Traced(bound=graph, settings=settings), config=config or {}, kwargs=kwargs)
