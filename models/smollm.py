"""The embedded chat model: SmolLM2-135M on llama.cpp in process, as a LangChain chat model.

    SmolLM().invoke("Say hello")
    SmolLM().with_structured_output(Schema).invoke(...)       JSON by grammar: it cannot come out otherwise
    SmolLM().bind_tools(tools).invoke(...)                    chooses by likeness, fills by grammar: `tool_calling/`

It is a very small model, good for form and not to be trusted with facts.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

from langchain_core.language_models import LanguageModelInput
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.messages.tool import tool_call_chunk
from langchain_core.runnables import Runnable

from vademecum.models.llama_chat import LlamaChat
from vademecum.models.tool_calling.described import Tool, resolve_tool_choice
from vademecum.models.tool_calling.next_message import next_message


class SmolLM(LlamaChat):
    """The very small model that comes with the application, and what it needs to call tools.

    At temperature 0, the default, the same messages get the same answer.
    """

    tells_results: ClassVar[bool] = True
    """Once tools have answered, their results are its answer, in plain sentences: it does not read them."""

    reuse_prompt: bool = False
    """What the cache of earlier prompts gives differs in the last digits: answers would depend on history."""

    def _with_tools(
        self, messages: Sequence[BaseMessage], functions: list[dict[str, Any]], options: dict[str, Any]
    ) -> Iterator[AIMessageChunk]:
        choice = resolve_tool_choice(options.get("tool_choice"), functions)
        if reply := next_message(self.load(), messages, functions, choice, self.threads):
            yield self._as_chunk(reply, options)
        else:
            yield from self._in_words(self._prompt(messages), options)

    def _as_chunk(self, reply: AIMessage, options: dict[str, Any]) -> AIMessageChunk:
        """A whole answer that was not generated: calls, or what tools answered."""
        calls = [
            tool_call_chunk(
                name=call["name"], args=json.dumps(call["args"], ensure_ascii=False), id=call["id"], index=i
            )
            for i, call in enumerate(reply.tool_calls)
        ]
        return AIMessageChunk(
            content=reply.content,
            tool_call_chunks=calls,
            usage_metadata=UsageMetadata(input_tokens=0, output_tokens=0, total_tokens=0),
            response_metadata=self._metadata(options, "tool_calls" if calls else "stop"),
            chunk_position="last",
        )

    def bind_tools(
        self,
        tools: Sequence[Tool],
        *,
        tool_choice: str | dict[str, Any] | bool | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """The model with `tools`: calls the one whose description and examples are most like the last request, or none.

        A tool is better found, and its arguments are better filled, with two or three examples in
        `metadata["examples"]` (or `extras["examples"]`): `{"request": "What is 5% of 80?", "args": {...}}`.
        `tool_choice`: "auto", "any", "none" or a tool's name. A request for several things gets a call for each. Once
        tools have answered, their results are the answer; where none fits, the model says so.

        Raises:
            UsageError: `tool_choice` names no tool.
        """
        return super().bind_tools(tools, tool_choice=tool_choice, **kwargs)
