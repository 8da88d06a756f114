"""What a model with tools says next: calls of the tools that fit, or, once tools have answered, what they said.

Two-stage, because the model is too small to call tools by itself: likeness chooses (`tool_choice.py`), what the request
says is matched to the arguments, and a grammar fills the rest (`arguments.py`). A request for several things gets a
call for each (`split_request.py`). Only what the person says is read for calls, never what a tool answered.
"""

import re
import uuid
from collections.abc import Sequence

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage
from langchain_core.messages.tool import ToolCall, tool_call

from vademecum.models.images import request_in
from vademecum.models.llama import Llama
from vademecum.models.messages import text_of
from vademecum.models.tool_calling.arguments import Function, fill
from vademecum.models.tool_calling.split_request import asks_for_text, split_request
from vademecum.models.tool_calling.tool_choice import asks_documents, choose
from vademecum.models.tool_calling.tool_results_text import cannot, results_in_words

_POLITE = re.compile(
    r"^\W*(?:hi|hello|hey|thanks?|thank you|cheers|good (?:morning|afternoon|evening|day|night)|(?:good)?bye|"
    r"how are you|nice to meet you)\b[^?]{0,40}\??\W*$",
    re.IGNORECASE,
)
"""The model may answer these in its own words: there is nothing to state."""


def next_message(
    llama: Llama, messages: Sequence[BaseMessage], functions: Sequence[Function], choice: str | None, threads: int = 0
) -> AIMessage | None:
    """The calls that answer the last request, what the tools answered to it, or that none fits.

    None where the model is to answer by itself: `choice` is "none", or the request is a politeness.
    """
    request = last_request(messages)
    if choice == "none":
        return None
    if choice is not None:
        return AIMessage("", tool_calls=[_forced(llama, request, messages, functions, choice, threads)])
    if results_text := results_in_words(messages):
        rest = _unmet(request, functions, threads)
        return AIMessage("\n\n".join([results_text, *(cannot([], part) for part in rest)]))
    if is_politeness(request):
        return None
    if calls := _calls(llama, request, functions, threads):
        return AIMessage("", tool_calls=calls)
    return AIMessage(cannot([function["name"] for function in functions]))


def is_politeness(request: str) -> bool:
    """Whether a request is a greeting or thanks, or nothing: no tool is for it."""
    return not request.strip() or bool(_POLITE.match(request))


def _calls(llama: Llama, request: str, functions: Sequence[Function], threads: int) -> list[ToolCall]:
    """A call for the request, or one for each of its parts where they want different tools, or ask documents."""
    split = [(part, choose(part, functions, threads=threads)) for part in split_request(request)]
    fitting = [(part, function) for part, function in split if function]
    asking = len(fitting) > 1 and all(asks_documents(part, function) for part, function in fitting)
    if asking or len({function["name"] for _, function in fitting}) > 1:
        return [_call(llama, function, part, threads) for part, function in fitting]
    if len(fitting) == 1 and all(asks_for_text(part) for part, function in split if not function):
        return [_call(llama, fitting[0][1], fitting[0][0], threads)]
    function = choose(request, functions, threads=threads) or next((function for _, function in fitting), None)
    return [_call(llama, function, request, threads)] if function else []


def _call(llama: Llama, function: Function, request: str, threads: int) -> ToolCall:
    arguments = fill(llama, function, request, threads)
    return tool_call(name=function["name"], args=arguments, id=f"call_{uuid.uuid4().hex[:12]}")


def _forced(
    llama: Llama,
    request: str,
    messages: Sequence[BaseMessage],
    functions: Sequence[Function],
    choice: str,
    threads: int,
) -> ToolCall:
    """The call that is made in any case."""
    candidates = [function for function in functions if choice in {"any", function["name"]}]
    # A tool that has answered is not forced again: an agent that must always call would never end.
    called_names = _tools_called(messages)
    fresh = [function for function in candidates if function["name"] not in called_names]
    function = choose(request, fresh or candidates, threads=threads, forced=True) or candidates[0]
    return _call(llama, function, request, threads)


def _unmet(request: str, functions: Sequence[Function], threads: int) -> list[str]:
    """Parts of the request that ask for writing, and that no tool fits."""
    request_parts = split_request(request)
    writing = [part for part in request_parts if asks_for_text(part)] if len(request_parts) > 1 else []
    return [part for part in writing if choose(part, functions, threads=threads) is None]


def last_request(messages: Sequence[BaseMessage]) -> str:
    """What the person said last, without what was read from images."""
    message_text = next((text_of(message) for message in reversed(messages) if isinstance(message, HumanMessage)), "")
    return request_in(message_text)


def _tools_called(messages: Sequence[BaseMessage]) -> set[str]:
    """Names of the tools called since the last request."""
    names: set[str] = set()
    for message in reversed(messages):
        if isinstance(message, HumanMessage):
            break
        if isinstance(message, AIMessage):
            names.update(call["name"] for call in message.tool_calls)
    return names
