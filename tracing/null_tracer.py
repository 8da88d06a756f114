"""A tracer that records nothing, and by being there keeps LangChain from adding one that would."""

# LangChain declares each `ignore_...` a property, which never changes here.
# pyright: reportIncompatibleMethodOverride=false, reportAssignmentType=false

from collections.abc import Mapping

from langchain_core.tracers.base import BaseTracer
from langchain_core.tracers.langchain import LangChainTracer
from langchain_core.tracers.schemas import Run


class NullTracer(LangChainTracer):
    """Takes the place of `LangChainTracer` in a run's handlers; every kind of event passes it by."""

    ignore_llm = True
    ignore_retry = True
    ignore_chain = True
    ignore_agent = True
    ignore_retriever = True
    ignore_chat_model = True
    ignore_custom_event = True

    def __init__(self) -> None:
        # LangChainTracer's own would make a LangSmith client, with its thread.
        BaseTracer.__init__(self)

    def copy_with_metadata_defaults(
        self,
        *,
        metadata: Mapping[str, str] | None = None,  # noqa: ARG002 (LangChain's signature)
        tags: list[str] | None = None,  # noqa: ARG002
    ) -> "NullTracer":
        """Itself: there is nothing to add defaults to."""
        return self

    def _persist_run(self, run: Run) -> None:
        """Nothing is kept."""
