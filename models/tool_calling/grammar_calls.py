"""Calls that a model writes, held by a grammar to the names and the JSON schemas of its tools.

A model held so always chooses well, and always calls: left alone it would call for anything. Whether any tool fits the
request, or a part of it, is decided beforehand by likeness (`tool_choice.py`); how much the model itself is inclined to
call tells nothing more (docs/decisions/0054).
"""

import contextlib
import json
import re
import uuid
from collections.abc import Callable, Generator, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage, ToolMessage
from langchain_core.messages.tool import ToolCallChunk, tool_call_chunk

from vademecum.models import json_schema
from vademecum.models.messages import text_of
from vademecum.models.tool_calling.arguments import Function
from vademecum.models.tool_calling.next_message import is_politeness, last_request
from vademecum.models.tool_calling.own_words import in_own_words
from vademecum.models.tool_calling.split_request import split_request
from vademecum.models.tool_calling.tool_choice import choose, fit, likeness

MAX_CALLS = 4
"""Most calls of one reply."""

SHOWN = 4
"""Functions that a model is shown, the likeliest: a hundred tokens each, which cost a second of reading."""

LEAST_FIT = -0.6
"""Log-odds of likeness from which on a tool is called: fewer than the very small model needs, as this one fills the
arguments well. On cases of ../shared/eval/tools held out: .97 called, .86 left alone (at 0: .945 and .92)."""

MAX_FAILURES = 2
"""Failed calls for one request after which the model answers."""

WORDS = "%llguidance {}\nstart: /[^<{\\[`\\s](.|\\n)*/\n"
"""The grammar of a reply that is no call."""

_TAGS = ("<tool_call>\n", "\n</tool_call>")
_HEAD = re.compile(r'\{"name": ("(?:[^"\\]|\\.)*"), "arguments": ')
_NO_PARAMETERS = {"type": "object", "properties": {}}


class GrammarCalls:
    """Reads the calls of one reply.

    `answered`: tools have answered the last request; `may_call`: a tool fits what is asked, and has not answered it.
    """

    def __init__(
        self,
        messages: Sequence[BaseMessage],
        functions: Sequence[Function],
        choice: str | None,
        chat_template: str,
        threads: int,
    ) -> None:
        """Prepare for a reply. `choice`: None (free), "any", or a tool's name."""
        self.answered = isinstance(messages[-1], ToolMessage)
        self._parts = split_request(last_request(messages))
        self._known = " ".join(text_of(message) for message in messages)
        self._threads = threads
        self._functions = functions if choice else self._likeliest(functions)
        self.may_call = choice is not None or self._is_unmet(messages)
        self._earlier = _calls_since_request(messages)
        self._tags = _TAGS if _TAGS[0].strip() in chat_template else ("", "")
        self._written_by_template = "tools" in chat_template
        offered = [function for function in self._functions if choice in {None, "any", function["name"]}]
        self.grammar = _grammar(offered, self._tags)

    @property
    def template_functions(self) -> list[dict[str, Any]]:
        """The functions as the chat template takes them; none where it knows no tools."""
        if not self._written_by_template:
            return []
        return [{"type": "function", "function": _plain(function)} for function in self._functions]

    @property
    def instructions(self) -> str:
        """What the model is told of the tools where its template cannot say it."""
        if self._written_by_template:
            return ""
        listed = [json.dumps(_plain(function), ensure_ascii=False) for function in self._functions]
        return "\n".join([_wording()["functions"], *listed])

    @property
    def answering(self) -> str:
        """What the model is told for its reply in words; the tools themselves it is no longer shown."""
        return _wording()["answer"] if self.answered else ""

    def read(
        self, chunks: Generator[dict[str, Any], None, None], last: Callable[[str, dict[str, Any]], AIMessageChunk]
    ) -> Generator[AIMessageChunk, None, bool]:
        """The calls as they come; returns whether there are any.

        `last` makes the chunk that ends a message, of the reason why it ended and the tokens used.
        """
        worked = any(function.get("examples") for function in self._functions)
        live = not (self.answered or worked)  # what may be mended is handed on when it is whole
        reader = CallReader(self._earlier if self.answered else [], live=live, mend=self._mended if worked else None)
        finish, usage = "tool_calls", None
        with contextlib.closing(chunks):
            for chunk in chunks:
                for choice in chunk["choices"]:
                    for piece in reader.feed(
                        choice["delta"].get("content") or ""
                    ):  # one a message: LangChain joins them
                        yield AIMessageChunk(content="", tool_call_chunks=[piece])
                    finish = "length" if choice["finish_reason"] == "length" else finish
                usage = chunk.get("usage") or usage
                if reader.repeats:
                    break
        if reader.count:
            yield last(finish, usage or {})
        return bool(reader.count)

    def _is_unmet(self, messages: Sequence[BaseMessage]) -> bool:
        """Whether the last request asks for more things that tools fit than tools have done.

        Asked itself, a small model would go on calling.
        """
        results = _results_since_request(messages)
        failed = sum(message.status == "error" for message in results)
        if failed > MAX_FAILURES:
            return False
        finished = len(results) - failed
        if not finished and self._fits(last_request(messages)):
            return True
        return finished < sum(map(self._fits, self._parts))

    def _fits(self, request: str) -> bool:
        best = choose(request, self._functions, threads=self._threads, forced=True)
        if best is None or is_politeness(request):
            return False
        return fit(request, best, self._threads, several=len(self._functions) > 1) >= LEAST_FIT

    def _mended(self, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        function = next(function for function in self._functions if function["name"] == name)
        return in_own_words(function, arguments, self._parts, self._known, self._threads)

    def _likeliest(self, functions: Sequence[Function]) -> Sequence[Function]:
        """The functions that the model is shown, in their order: at most `SHOWN`, the likeliest of each part first."""
        if len(functions) <= SHOWN:
            return functions
        ranked = [
            sorted(functions, key=lambda function: -likeness(part, function, self._threads)) for part in self._parts
        ]
        names = list(dict.fromkeys(function["name"] for rank in zip(*ranked, strict=True) for function in rank))
        return [function for function in functions if function["name"] in names[:SHOWN]]


class CallReader:
    """Calls out of the text that the grammar makes; one that is there already, or among `earlier`, ends them.

    The first is handed on piece by piece where it is `live`, the others whole, `mend` having changed their arguments.
    """

    def __init__(
        self,
        earlier: Sequence[tuple[str, Any]],
        *,
        live: bool,
        mend: Callable[[str, dict[str, Any]], dict[str, Any]] | None = None,
    ) -> None:
        self.count = 0
        self.repeats = False
        self._calls = list(earlier)
        self._live = live
        self._mend = mend
        self._text = ""
        self._name = ""
        self._begin = self._end = self._sent = 0

    def feed(self, text: str) -> list[ToolCallChunk]:
        """What is new after more text."""
        self._text += text
        pieces: list[ToolCallChunk] = []
        while not self.repeats:
            if not self._name:
                head = _HEAD.search(self._text, self._end)
                if not head:
                    break
                self._name, self._begin = json.loads(head[1]), head.end()
                self._sent = self._begin
                if self._live and not self.count:
                    pieces.append(self._piece("", named=True))
            if not (whole := self._arguments()):
                if self._live and not self.count:
                    pieces.append(self._piece(self._text[self._sent :]))
                    self._sent = len(self._text)
                break
            self._finish(whole, pieces)
        return [piece for piece in pieces if piece["name"] or piece["args"]]

    def _finish(self, whole: str, pieces: list[ToolCallChunk]) -> None:
        """Hand on what is left of a call that is whole."""
        call = (self._name, json.loads(whole))
        self._end = self._begin + len(whole)
        sent = self._live and not self.count
        rest = self._text[self._sent : self._end]
        if self._mend and not sent:
            call = (self._name, self._mend(*call))
            rest = json.dumps(call[1], ensure_ascii=False)
        self.repeats = not sent and call in self._calls
        if not self.repeats:
            pieces.append(self._piece(rest, named=not sent))
            self._calls.append(call)
            self.count += 1
        self._name = ""

    def _arguments(self) -> str:
        """The arguments, once they are whole; "" before."""
        try:
            _, end = json.JSONDecoder().raw_decode(self._text, self._begin)
        except ValueError:
            return ""
        return self._text[self._begin : end]

    def _piece(self, args: str, *, named: bool = False) -> ToolCallChunk:
        call_id = f"call_{uuid.uuid4().hex[:12]}" if named else None
        return tool_call_chunk(name=self._name if named else None, args=args, id=call_id, index=self.count)


def _plain(function: Function) -> dict[str, Any]:
    """The function as a model is told of it: its worked calls are for likeness."""
    return {key: field for key, field in function.items() if key != "examples"}


def _grammar(functions: Sequence[Function], tags: tuple[str, str]) -> str:
    """One call of the functions, or several."""
    begin, end = (json.dumps(tag) for tag in tags)
    names = [json.dumps(f'{{"name": {json.dumps(function["name"])}, "arguments": ') for function in functions]
    schemas = [
        json.dumps(json_schema.for_generation(function.get("parameters") or _NO_PARAMETERS)) for function in functions
    ]
    rules = [f"arguments_{i}: %json {schema}" for i, schema in enumerate(schemas)]
    calls = " | ".join(f"{name} arguments_{i}" for i, name in enumerate(names))
    return "\n".join(
        [
            "%llguidance {}",
            f'start: call ("\\n" call){{0,{MAX_CALLS - 1}}}',
            f'call: {begin} ({calls}) "}}" {end}',
            *rules,
            "",
        ]
    )


def _results_since_request(messages: Sequence[BaseMessage]) -> list[ToolMessage]:
    """What tools returned since the last request, latest first."""
    results: list[ToolMessage] = []
    for message in reversed(messages):
        if isinstance(message, HumanMessage):
            break
        results += [message] if isinstance(message, ToolMessage) else []
    return results


@cache
def _wording() -> dict[str, str]:
    return json.loads(files("vademecum.models.tool_calling").joinpath("grammar_calls.json").read_text("utf-8"))


def _calls_since_request(messages: Sequence[BaseMessage]) -> list[tuple[str, Any]]:
    """Name and arguments of the calls made since the last request."""
    calls: list[tuple[str, Any]] = []
    for message in reversed(messages):
        if isinstance(message, HumanMessage):
            break
        if isinstance(message, AIMessage):
            calls += [(call["name"], call["args"]) for call in message.tool_calls]
    return calls
