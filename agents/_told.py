"""The last words of an agent, as a person is told them: never a raw result, nothing that documents do not carry.

A model that runs in this process is small: its sentences on documents are checked by the verdict (`verification/`) and
cited, those on other results are held to their numbers and words, and what it leaves out is told in plain sentences.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from langchain.agents.middleware import AgentMiddleware
from langchain.agents.middleware.types import ModelRequest, ModelResponse
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, ToolMessage
from langgraph.constants import TAG_NOSTREAM

from vademecum.agents._found import CITATIONS, as_hit, document_words, found, in_short, place_of
from vademecum.agents._results import NOTE
from vademecum.core.types import Citation
from vademecum.language.sentences import sentence_spans
from vademecum.models.tool_calling.next_message import is_politeness, last_request
from vademecum.models.tool_calling.tool_results_text import IN_WORDS, result_in_words, without_advice
from vademecum.verification.verdict import Verifier
from vademecum.verification.words import parse

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

MOST_SENTENCES = 4
"""Sentences of a small model that are kept."""

CARRIED = 0.5
"""Share of a sentence's weighty words that results and request must have."""

NOT_LOOKED_UP = "Nothing was looked up for this: it is what the model says by itself."

_NUMBER = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")
_FENCED = re.compile(r"^[ \t]*```.*?(?:^[ \t]*```[ \t]*$|\Z)", re.DOTALL | re.MULTILINE)
_MARKUP = re.compile(r"^[ \t]*(?:#+|[-*•]|\d+[.)])[ \t]+|\*\*|__", re.MULTILINE)
_PLACE = re.compile(r"\s*(?:\[\d+\]|\([^()]*, (?:line|page|slide|sheet|row) [^()]*\))")
_MATERIAL = re.compile(r"</?\s*tool_result|(?:is|are) material, not instructions|" + re.escape(NOTE))


class Told(NamedTuple):
    """What a person is told, and the places in documents that it rests on."""

    text: str
    citations: tuple[Citation, ...] = ()


def is_small(model: "BaseChatModel") -> bool:
    """Whether the model runs in this process, by llama.cpp."""
    return model._llm_type == "llama.cpp"


class ToldInWords(AgentMiddleware[Any, Any, Any]):
    """Makes what a person is told, of what tools returned and of what the model says of it."""

    def __init__(self, model: "BaseChatModel", *, reads: bool) -> None:
        """Make it for a model; one that does not read results has them told as they are here."""
        super().__init__()
        self.small = is_small(model)
        self.reads = reads
        self.verifier = Verifier()

    def wrap_model_call(
        self, request: ModelRequest[Any], handler: Callable[[ModelRequest[Any]], ModelResponse[Any]]
    ) -> ModelResponse[Any] | AIMessage:
        """Call the model; where it calls no further tool, its words become the reply."""
        messages = list(request.messages)
        if self.small:
            # What is not checked yet is not streamed.
            silent = request.model.model_copy(update={"tags": [*(request.model.tags or ()), TAG_NOSTREAM]})
            request = request.override(model=silent, messages=[self._shown(message) for message in messages])
        response = handler(request)
        if isinstance(response, AIMessage):
            return self._told(response, messages, has_tools=bool(request.tools))
        response.result = [
            self._told(part, messages, has_tools=bool(request.tools)) if isinstance(part, AIMessage) else part
            for part in response.result
        ]
        return response

    def _shown(self, message: AnyMessage) -> AnyMessage:
        """A result of documents as a small model is shown it: the sentences that may answer."""
        if not isinstance(message, ToolMessage) or not found(message).passages:
            return message
        if self.reads:
            return message.model_copy(update={"content": in_short(message)})
        return _in_person(message)

    def _told(self, message: AIMessage, messages: Sequence[AnyMessage], *, has_tools: bool) -> AIMessage:
        text = message.text.strip()
        if message.tool_calls or message.invalid_tool_calls or not text:
            return message
        results = _latest_results(messages)
        if not results:
            alone = self.small and self.reads and has_tools and not is_politeness(last_request(messages))
            return _with(message, Told(f"{text}\n\n{NOT_LOOKED_UP}")) if alone else message
        if self.small and not self.reads:
            cited = [citation for result in results for citation in found(result).answering]
            return _with(message, Told(text, tuple(dict.fromkeys(cited))))
        if self.small:
            return _with(message, in_words(text, last_request(messages), results, self.verifier))
        if is_raw(text, results):
            return _with(message, Told("\n\n".join(map(_plainly, results))))
        return message


def is_raw(text: str, results: Sequence[ToolMessage]) -> bool:
    """Whether a reply is only what a tool returned, and no sentence, or holds marks that are meant for a model."""
    bare = " ".join(text.split())
    copied = any(bare == " ".join(result.text.split()) for result in results)
    return bool(_MATERIAL.search(text)) or (copied and (bare[0] in "{[<" or "\n" in text))


def in_words(text: str, request: str, results: Sequence[ToolMessage], verifier: Verifier) -> Told:
    """Those sentences of `text` that the results carry, cited, and in plain words what it leaves out of them.

    `results` are those since the latest request, `request` its words.
    """
    results = [result for place, result in enumerate(results) if not _mended(result, results[place + 1 :])]
    telling: dict[str, None] = {}
    reported: set[int] = set()
    citations: list[Citation] = []
    for sentence in _sentences(text):
        if len(telling) == MOST_SENTENCES:
            break
        cited, source, places = _sourced(sentence, request, results, verifier)
        telling |= {cited: None} if places else {}
        reported |= places
        citations += [source] if source else []
    for place, result in enumerate(results):
        if place not in reported:
            telling |= {f"\n\n{_plainly(result)}": None}
            citations += found(result).answering
    return Told(" ".join(telling).replace(" \n\n", "\n\n").strip(), tuple(dict.fromkeys(citations)))


def _sourced(
    sentence: str, request: str, results: Sequence[ToolMessage], verifier: Verifier
) -> tuple[str, Citation | None, set[int]]:
    """The sentence as it is told, the place that carries it, and which results it tells of; of none it is not told."""
    claim = _PLACE.sub("", sentence)
    for place, result in enumerate(results):
        hits = [as_hit(citation) for citation in found(result).passages]
        if hits and (where := verifier.judge(claim, [], hits).better):
            return f"{claim.rstrip('.')} ({place_of(where[0])}).", where[0], {place}
    others = {place: result for place, result in enumerate(results) if not found(result).passages}
    places = {place for place, result in others.items() if _tells_of(claim, request, result)}
    knowledge = " ".join([request, *(without_advice(result.text) for result in others.values())])
    return claim if claim[-1] in ".!?" else f"{claim}.", None, places if _carried(claim, knowledge) else set()


def _tells_of(sentence: str, request: str, result: ToolMessage) -> bool:
    """Whether the sentence tells what the result adds to the request: one of its numbers, or else of its words."""
    if result.status == "error":
        return False
    new_numbers = _numbers(result.text) - _numbers(request)
    if new_numbers:
        return bool(new_numbers & _numbers(sentence))
    return bool((_stems(result.text) - _stems(request)) & _stems(sentence))


def _carried(sentence: str, knowledge: str) -> bool:
    """Whether all numbers of the sentence, and most of its words, are known."""
    stems = _stems(sentence)
    return _numbers(sentence) <= _numbers(knowledge) and len(stems & _stems(knowledge)) >= CARRIED * len(stems)


def _sentences(text: str) -> Iterator[str]:
    """The sentences of a reply, without code and Markdown; questions, lead-ins and data are none."""
    prose = _MARKUP.sub("", _FENCED.sub("", text))
    for start, end in sentence_spans(prose):
        sentence = " ".join(prose[start:end].split())
        if (
            sentence
            and sentence[0] not in "{[<"
            and sentence[-1] not in "?:"
            and any(character.isalnum() for character in sentence)
        ):
            yield sentence


def _plainly(result: ToolMessage) -> str:
    return result_in_words(_in_person(result), result.name or "the tool")


def _in_person(message: ToolMessage) -> ToolMessage:
    """The message, with what a person is told of it where it is of documents."""
    if not found(message).passages:
        return message
    kwargs = {**message.additional_kwargs, IN_WORDS: document_words(message)}
    return message.model_copy(update={"additional_kwargs": kwargs})


def _mended(result: ToolMessage, later: Sequence[ToolMessage]) -> bool:
    """Whether a call that failed was made again, and did not fail."""
    return result.status == "error" and any(one.name == result.name and one.status != "error" for one in later)


def _latest_results(messages: Sequence[AnyMessage]) -> list[ToolMessage]:
    """What tools returned since the person last spoke."""
    results: list[ToolMessage] = []
    for message in reversed(messages):
        if isinstance(message, HumanMessage):
            break
        results += [message] if isinstance(message, ToolMessage) else []
    return results[::-1]


def _with(message: AIMessage, telling: Told) -> AIMessage:
    update: dict[str, Any] = {"content": telling.text}
    if telling.citations:
        cited = [citation.model_dump(mode="json") for citation in telling.citations]
        update["additional_kwargs"] = {**message.additional_kwargs, CITATIONS: cited}
    return message.model_copy(update=update)


def _numbers(text: str) -> set[str]:
    return {f"{float(number.replace(',', '')):g}" for number in _NUMBER.findall(text)}


def _stems(text: str) -> set[str]:
    return {word.stem for word in parse(text).words if word.kind != "function"}
