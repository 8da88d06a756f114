"""The embedded chat model: SmolLM2-135M, or any GGUF file, on llama.cpp in process, as a LangChain chat model.

    SmolLM().invoke("Say hello")
    SmolLM().with_structured_output(Schema).invoke(...)       JSON by grammar: it cannot come out otherwise
    SmolLM().bind_tools(tools).invoke(...)                    chooses by likeness, fills by grammar: `tool_calling/`

It is a very small model, good for form and not to be trusted with facts.
"""

import json
from collections.abc import Iterator, Sequence
from operator import itemgetter
from pathlib import Path
from typing import Any, cast

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LangSmithParams, LanguageModelInput, ModelProfile
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.messages.tool import tool_call_chunk
from langchain_core.output_parsers import BaseOutputParser, JsonOutputParser, PydanticOutputParser
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable, RunnableMap, RunnablePassthrough
from langchain_core.utils.function_calling import convert_to_json_schema
from langchain_core.utils.pydantic import is_basemodel_subclass
from pydantic import BaseModel, ConfigDict, Field

from vademecum.models import json_schema, llama
from vademecum.models.images import readable
from vademecum.models.messages import as_chat
from vademecum.models.tool_calling.next_message import Tool, described, next_message, resolve_tool_choice
from vademecum.models.weights import SMOLLM2, verified_path


class SmolLM(BaseChatModel):
    """llama.cpp in process as a chat model; the weights are loaded once a process, at the first call.

    Safe to use from several threads, which are answered in turn. At temperature 0, the default, the same messages
    get the same answer.
    """

    path: Path | None = None
    """A GGUF file; None means the SmolLM2-135M that comes with the application."""

    model_name: str = Field(default="smollm2-135m-instruct", alias="model")
    """What traces, caches and answers call it."""

    context_tokens: int = 4096
    """Tokens that prompt and answer may have together."""

    threads: int = 0
    """CPU threads; 0 means one a core."""

    temperature: float = 0.0
    max_tokens: int = 512
    """Longest answer, in tokens."""

    top_p: float = 0.95
    seed: int = 0
    stop: list[str] | None = Field(default=None, alias="stop_sequences")
    """Texts that end an answer; they are not part of it."""

    logprobs: bool = False
    """Tell each token's log-probability in `response_metadata["logprobs"]`, as OpenAI's models do."""

    model_config = ConfigDict(populate_by_name=True)

    @property
    def _llm_type(self) -> str:
        return "llama.cpp"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        names = ("model_name", "path", "context_tokens", "temperature", "max_tokens", "top_p", "seed", "stop")
        return {name: getattr(self, name) for name in names}

    def _resolve_model_profile(self) -> ModelProfile:
        return ModelProfile(
            max_input_tokens=self.context_tokens,
            max_output_tokens=self.max_tokens,
            text_inputs=True,
            image_inputs=False,
            text_outputs=True,
            tool_calling=True,
            structured_output=True,
        )

    def _get_ls_params(self, stop: list[str] | None = None, **kwargs: Any) -> LangSmithParams:
        params = super()._get_ls_params(stop=stop or self.stop, **kwargs)
        params["ls_provider"] = "llama.cpp"
        return params

    def load(self) -> llama.Llama:
        """The loaded weights; the first call takes half a second, later ones nothing.

        Raises:
            WeightsError: the embedded weights are missing or not the pinned ones.
            ModelError: llama.cpp cannot load them.
        """
        return llama.loaded(self.path or verified_path(SMOLLM2), self.context_tokens, self.threads)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,  # noqa: ARG002 (LangChain's signature)
        **kwargs: Any,
    ) -> ChatResult:
        whole = AIMessageChunk(content="")
        for chunk in self._chunks(messages, stop, kwargs):
            whole += chunk
        message = AIMessage(
            whole.content,
            tool_calls=whole.tool_calls,
            usage_metadata=whole.usage_metadata,
            response_metadata=whole.response_metadata,
        )
        return ChatResult(generations=[ChatGeneration(message=message)])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        for message in self._chunks(messages, stop, kwargs):
            chunk = ChatGenerationChunk(message=message)
            if run_manager:
                run_manager.on_llm_new_token(message.text, chunk=chunk)
            yield chunk

    def _chunks(
        self, messages: Sequence[BaseMessage], stop: list[str] | None, options: dict[str, Any]
    ) -> Iterator[AIMessageChunk]:
        messages = readable(messages, self)
        if functions := options.get("tools"):
            choice = resolve_tool_choice(options.get("tool_choice"), functions)
            if reply := next_message(self.load(), messages, functions, choice, self.threads):
                yield self._as_chunk(reply, options)
                return
        request = {
            "messages": as_chat(messages),
            "temperature": self.temperature,
            "max_tokens": self.max_tokens,
            "top_p": self.top_p,
            "seed": self.seed,
            "stop": stop or self.stop or [],
            # What the cache of earlier prompts gives differs in the last digits: answers would depend on history.
            "cache_prompt": False,
            **({"logprobs": True, "top_logprobs": 1} if self.logprobs else {}),
            **{name: value for name, value in options.items() if name in _PER_CALL},
        }
        finish = "stop"
        for chunk in self.load().stream(request):
            for choice in chunk["choices"]:
                finish = choice["finish_reason"] or finish
                if text := choice["delta"].get("content"):
                    yield AIMessageChunk(content=text, response_metadata=_logprobs(choice))
            if usage := chunk.get("usage"):
                yield AIMessageChunk(
                    content="",
                    usage_metadata=_usage(usage),
                    response_metadata=self._response_metadata(options, finish),
                    chunk_position="last",
                )

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
            response_metadata=self._response_metadata(options, "tool_calls" if calls else "stop"),
            chunk_position="last",
        )

    def _response_metadata(self, options: dict[str, Any], finish: str) -> dict[str, str]:
        name = options.get("model", self.model_name)
        return {"model_name": name, "model_provider": "llama.cpp", "finish_reason": finish}

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
        functions = [described(tool) for tool in tools]
        resolve_tool_choice(tool_choice, functions)
        return self.bind(tools=functions, tool_choice=tool_choice, **kwargs)

    def with_structured_output(
        self, schema: dict[str, Any] | type, *, include_raw: bool = False, **kwargs: Any
    ) -> Runnable[LanguageModelInput, dict[str, Any] | BaseModel]:
        """Answers as JSON of `schema` (a pydantic class, a TypedDict or a JSON schema), held to it by a grammar.

        `method`: "json_schema" (the default) or "json_mode", any JSON object; "function_calling" is LangChain's own.
        Strings and arrays without a bound get one (500 characters, 8 items).

        Raises, when invoked:
            OutputParserException: the answer was cut by `max_tokens`, or does not pass the class's validators; with
                `include_raw` it is returned as `parsing_error` instead.
        """
        method = kwargs.pop("method", "json_schema")
        if method == "function_calling":
            return super().with_structured_output(schema, include_raw=include_raw, **kwargs)
        form: dict[str, Any] = (
            {"response_format": {"type": "json_object"}}
            if method == "json_mode"
            else {"grammar": json_schema.grammar(convert_to_json_schema(schema))}
        )
        output_format = {"kwargs": {"method": method}, "schema": schema}
        model = self.bind(**form, ls_structured_output_format=output_format)
        parser: BaseOutputParser[Any] = JsonOutputParser()
        if isinstance(schema, type) and is_basemodel_subclass(schema):
            parser = PydanticOutputParser(pydantic_object=cast(Any, schema))
        if not include_raw:
            return model | parser
        parsed = RunnablePassthrough.assign(parsed=itemgetter("raw") | parser, parsing_error=lambda _: None)
        failed = RunnablePassthrough.assign(parsed=lambda _: None)
        return RunnableMap(raw=model) | parsed.with_fallbacks([failed], exception_key="parsing_error")


_PER_CALL = {"temperature", "max_tokens", "top_p", "seed", "response_format", "grammar"}
"""Options that a call, or `bind`, may set for itself, by the names llama.cpp's server knows."""


def _logprobs(choice: dict[str, Any]) -> dict[str, Any]:
    """What a chunk tells of its tokens' log-probabilities; nothing where they were not asked for."""
    token_logprobs = (choice.get("logprobs") or {}).get("content")
    return (
        {"logprobs": {"content": [{key: entry[key] for key in ("token", "logprob")} for entry in token_logprobs]}}
        if token_logprobs
        else {}
    )


def _usage(usage: dict[str, int]) -> UsageMetadata:
    return UsageMetadata(
        input_tokens=usage["prompt_tokens"],
        output_tokens=usage["completion_tokens"],
        total_tokens=usage["total_tokens"],
    )
