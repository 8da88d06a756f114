"""Any GGUF file as a LangChain chat model, on llama.cpp in process.

    LlamaChat(path=Path("qwen.gguf")).invoke("Say hello")
    LlamaChat(...).with_structured_output(Schema).invoke(...)     JSON by grammar: it cannot come out otherwise
    LlamaChat(...).bind_tools(tools).invoke(...)                  calls by grammar: `tool_calling/grammar_calls.py`

Messages are written by the file's own chat template. What a prompt has in common with the one before is not read again.
"""

from collections.abc import Generator, Iterator, Sequence
from pathlib import Path
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LangSmithParams, LanguageModelInput, ModelProfile
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.ai import InputTokenDetails, UsageMetadata
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from pydantic import BaseModel, ConfigDict, Field

from vademecum.models import llama
from vademecum.models.fitted_prompt import Prompt, fitted
from vademecum.models.gguf import Header, chat_header
from vademecum.models.images import readable
from vademecum.models.messages import as_chat, as_turns
from vademecum.models.structured_output import structured
from vademecum.models.tool_calling.described import Tool, described, resolve_tool_choice
from vademecum.models.weights import SMOLLM2, verified_path


class LlamaChat(BaseChatModel):
    """llama.cpp in process as a chat model; the weights are loaded once a process, at the first call.

    Safe to use from several threads, which are answered in turn. A conversation that outgrows the context loses its
    oldest turns; `response_metadata["left_out"]` says how many messages.
    """

    path: Path | None = None
    """A GGUF file; None means the SmolLM2-135M that comes with the application."""

    model_name: str = Field(default="smollm2-135m-instruct", alias="model")
    """What traces, caches and answers call it."""

    adapter: Path | None = None
    """A LoRA adapter for it, a GGUF file."""

    adapter_scale: float = 1.0
    """How strongly the adapter works; 0 is without."""

    context_tokens: int = 4096
    """Tokens that prompt and answer may have together; no more than the model was trained for."""

    threads: int = 0
    """CPU threads; 0 means one a core."""

    reuse_prompt: bool = True
    """Keep what was read of the last prompt. Digits then depend a little on what was asked before: off, to measure."""

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
        adapter = {"adapter": self.adapter, "adapter_scale": self.adapter_scale} if self.adapter else {}
        return {name: getattr(self, name) for name in names} | adapter

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

    def header(self) -> Header:
        """What the file says of itself.

        Raises:
            WeightsError: the embedded weights are missing or not the pinned ones.
            ModelError: it is no chat model, is damaged, or does not fit the memory.
        """
        return chat_header(self.path or verified_path(SMOLLM2), self.context_tokens)

    def load(self) -> llama.Llama:
        """The loaded weights; the first call takes a second or more, later ones nothing.

        Raises:
            WeightsError: the embedded weights are missing or not the pinned ones.
            ModelError: it is no chat model, does not fit the memory, or llama.cpp cannot load it.
        """
        header = self.header()
        tokens = min(self.context_tokens, header.context or self.context_tokens)
        return llama.loaded(header.path, tokens, self.threads, self.adapter, self.adapter_scale)

    def get_num_tokens(self, text: str) -> int:
        """Tokens of `text`, by the model's own tokenizer."""
        return self.load().count(text)

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
            invalid_tool_calls=whole.invalid_tool_calls,
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
        options = {"stop": stop or self.stop or [], **options}
        if functions := options.get("tools"):
            yield from self._with_tools(messages, functions, options)
        else:
            yield from self._in_words(self._prompt(messages), options)

    def _with_tools(
        self, messages: Sequence[BaseMessage], functions: list[dict[str, Any]], options: dict[str, Any]
    ) -> Iterator[AIMessageChunk]:
        """Calls of tools, or words where none fits or they have answered."""
        from vademecum.models.tool_calling.grammar_calls import WORDS, GrammarCalls

        choice = resolve_tool_choice(options.get("tool_choice"), functions)
        if choice == "none":
            yield from self._in_words(self._prompt(messages), options)
            return
        calls = GrammarCalls(messages, functions, choice, self.header().chat_template, self.threads)
        if calls.may_call:
            prompt = self._prompt(messages, calls.template_functions, calls.instructions)
            call_options = {**options, "grammar": calls.grammar}
            chunks = self._requested(prompt, call_options)
            if (yield from calls.read(chunks, lambda finish, usage: self._last(call_options, finish, usage))):
                return
        words = {"grammar": WORDS} if calls.answered else {}
        yield from self._in_words(self._prompt(messages, instructions=calls.answering), {**words, **options})

    def _prompt(
        self, messages: Sequence[BaseMessage], functions: Sequence[dict[str, Any]] = (), instructions: str = ""
    ) -> Prompt:
        """The messages as the template takes them, with the functions that it writes itself."""
        knows_tools = "tool" in self.header().chat_template
        turns: list[dict[str, Any]] = as_turns(messages) if knows_tools else list(as_chat(messages))
        if instructions:
            first = turns.pop(0)["content"] if turns[0]["role"] == "system" else ""
            turns.insert(0, {"role": "system", "content": f"{first}\n\n{instructions}".strip()})
        return Prompt(turns, {"tools": list(functions)} if functions else {})

    def _requested(self, prompt: Prompt, options: dict[str, Any]) -> Generator[llama.Chunk, None, None]:
        """What llama.cpp says to a prompt, brought into the context first."""
        model = self.load()
        request = {
            "temperature": self.temperature,
            "max_tokens": self.max_tokens,
            "top_p": self.top_p,
            "seed": self.seed,
            "cache_prompt": self.reuse_prompt,
            **{name: option for name, option in options.items() if name in _PER_CALL},
            **({"logprobs": True, "top_logprobs": 1} if self.logprobs else {}),
        }
        prompt = fitted(prompt, model, request["max_tokens"])
        options["left_out"] = prompt.left_out
        return model.stream({**request, "messages": prompt.turns, "chat_template_kwargs": prompt.template_arguments})

    def _in_words(self, prompt: Prompt, options: dict[str, Any]) -> Iterator[AIMessageChunk]:
        finish = "stop"
        for chunk in self._requested(prompt, options):
            for choice in chunk["choices"]:
                finish = choice["finish_reason"] or finish
                if text := choice["delta"].get("content"):
                    yield AIMessageChunk(content=text, response_metadata=_logprobs(choice))
            if usage := chunk.get("usage"):
                yield self._last(options, finish, usage)

    def _last(self, options: dict[str, Any], finish: str, usage: dict[str, Any]) -> AIMessageChunk:
        """The chunk that ends a message."""
        return AIMessageChunk(
            content="",
            usage_metadata=_usage(usage),
            response_metadata=self._metadata(options, finish),
            chunk_position="last",
        )

    def _metadata(self, options: dict[str, Any], finish: str) -> dict[str, Any]:
        name = options.get("model", self.model_name)
        left_out = {"left_out": options["left_out"]} if options.get("left_out") else {}
        return {"model_name": name, "model_provider": "llama.cpp", "finish_reason": finish, **left_out}

    def bind_tools(
        self, tools: Sequence[Tool], *, tool_choice: str | dict[str, Any] | bool | None = None, **kwargs: Any
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """The model with `tools`: it calls those that fit, its calls held to their JSON schemas by a grammar, or none.

        Whether any fits is decided by the likeness of the request to the tools' descriptions and to their examples,
        `metadata["examples"]` (or `extras["examples"]`): `{"request": "What is 5% of 80?", "args": {...}}`.
        `tool_choice`: "auto", "any", "none" or a tool's name.

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
        if kwargs.get("method") == "function_calling":
            return super().with_structured_output(schema, include_raw=include_raw, **kwargs)
        return structured(self, schema, include_raw=include_raw, method=kwargs.get("method", "json_schema"))


_PER_CALL = {"temperature", "max_tokens", "top_p", "seed", "stop", "response_format", "grammar"}
"""Options that a call, or `bind`, may set for itself, by the names llama.cpp's server knows."""


def _logprobs(choice: dict[str, Any]) -> dict[str, Any]:
    """What a chunk tells of its tokens' log-probabilities; nothing where they were not asked for."""
    token_logprobs = (choice.get("logprobs") or {}).get("content")
    return (
        {"logprobs": {"content": [{key: entry[key] for key in ("token", "logprob")} for entry in token_logprobs]}}
        if token_logprobs
        else {}
    )


def _usage(usage: dict[str, Any]) -> UsageMetadata:
    """llama.cpp's count of tokens as LangChain has it; `cache_read`: those that were not read again."""
    details = usage.get("prompt_tokens_details") or {}
    return UsageMetadata(
        input_tokens=usage.get("prompt_tokens", 0),
        output_tokens=usage.get("completion_tokens", 0),
        total_tokens=usage.get("total_tokens", 0),
        input_token_details=InputTokenDetails(cache_read=details.get("cached_tokens", 0)),
    )
