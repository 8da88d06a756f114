"""LangChain messages in the OpenAI form that llama.cpp takes: text, in the roles a small model knows."""

import json
from collections.abc import Sequence
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, ChatMessage, HumanMessage, SystemMessage, ToolMessage

from vademecum.core.errors import ModelError

ChatTurn = dict[str, str]
"""`{"role": ..., "content": ...}`"""


def as_chat(messages: Sequence[BaseMessage]) -> list[ChatTurn]:
    """Each message with its role and its text.

    SmolLM2's template knows no tools: a call is told as the assistant's words, its result as the user's.

    Raises:
        ModelError: a message holds what is not text (an image, say), or there is no message.
    """
    if not messages:
        raise ModelError("no messages to answer; give at least one")
    return [_as_turn(message) for message in messages]


def as_turns(messages: Sequence[BaseMessage]) -> list[dict[str, Any]]:
    """As `as_chat`, for a template that knows tools: calls and results are in fields and a role of their own.

    Raises:
        ModelError: as `as_chat` does.
    """
    return [{**turn, **_tool_fields(message)} for turn, message in zip(as_chat(messages), messages, strict=True)]


def _tool_fields(message: BaseMessage) -> dict[str, Any]:
    if isinstance(message, ToolMessage):
        return {"role": "tool", "content": text_of(message), "tool_call_id": message.tool_call_id}
    if not isinstance(message, AIMessage) or not message.tool_calls:
        return {}
    calls = [
        {
            "type": "function",
            "id": call["id"],
            "function": {"name": call["name"], "arguments": json.dumps(call["args"], ensure_ascii=False)},
        }
        for call in message.tool_calls
    ]
    return {"content": text_of(message), "tool_calls": calls}


def text_of(message: BaseMessage) -> str:
    """The message's text; its blocks of text one after the other, those of reasoning and tool calls left out.

    Raises:
        ModelError: a block is neither.
    """
    if isinstance(message.content, str):
        return message.content
    parts: list[str] = []
    for block in message.content_blocks:
        if block["type"] == "text":
            parts.append(block["text"])
        elif block["type"] not in {"reasoning", "tool_call", "tool_call_chunk", "invalid_tool_call"}:
            kind = block["value"].get("type") if block["type"] == "non_standard" else block["type"]
            if kind not in {"tool_use", "tool_result"}:
                raise ModelError(f"the model reads text only, and a message has a part of type {kind!r}")
    return "".join(parts)


def _as_turn(message: BaseMessage) -> ChatTurn:
    text = text_of(message)
    if isinstance(message, SystemMessage):
        return {"role": "system", "content": text}
    if isinstance(message, AIMessage):
        calls = [f"{call['name']}({json.dumps(call['args'], ensure_ascii=False)})" for call in message.tool_calls]
        return {"role": "assistant", "content": "\n".join(filter(None, [text, *calls]))}
    if isinstance(message, ToolMessage):
        return {"role": "user", "content": f"Result: {text}"}
    if isinstance(message, HumanMessage):
        return {"role": "user", "content": text}
    if isinstance(message, ChatMessage) and message.role in {"system", "user", "assistant"}:
        return {"role": message.role, "content": text}
    raise ModelError(f"the model takes system, human, ai and tool messages, not {message.type!r}")
