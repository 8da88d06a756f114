"""LangChain middleware: any agent's answer is checked, sentence by sentence, against what its tools returned.

    agent = create_agent(model, tools, middleware=[GroundedAnswers(send_back=True)])
    result = agent.invoke({"messages": "When does the lease end?"})
    result["messages"][-1].text     # what no result supports is marked
    result["grounding"]             # the verdict on each sentence, with the place that supports or contradicts it

No language model checks; the agent's own is asked again only with `send_back`, and only once for each answer.
"""

import json
import re
import uuid
from collections.abc import Callable, Iterator, Sequence
from typing import Annotated, Any, Literal, NotRequired, TypedDict

from langchain.agents.middleware import AgentMiddleware, AgentState, hook_config
from langchain.agents.middleware.types import PrivateStateAttr
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, RemoveMessage, ToolMessage
from langgraph.runtime import Runtime

from vademecum.verification.answer_check import CheckedSentence, check_answer
from vademecum.verification.grounding import Grounding
from vademecum.verification.meaning import Embeds

MARK = "[not in the results]"
"""Stands behind a sentence that no result of a tool supports."""

NOTHING_LEFT = "The results of the tools support no answer."

ASK_AGAIN = (
    "Your answer was checked against what your tools returned. Not supported:\n{sentences}\n"
    "Write the whole answer again: keep what is supported, mend or leave out what is not, and say what the results do "
    "not tell. Call a tool first where that helps. Do not mention this check."
)


class SentenceVerdict(TypedDict):
    """The verdict on one sentence of the answer, as the model wrote it: `start` and `end` count its characters.

    `tool_call_id`, `span` (start, end) and `quote` name the place in a result that supports or contradicts the
    sentence, or comes nearest; None where there is none. `kind` says which.
    """

    sentence: str
    start: int
    end: int
    verdict: str
    kind: str
    reasons: list[str]
    tool_call_id: str | None
    span: tuple[int, int] | None
    quote: str | None


class GroundingState(AgentState[Any]):
    """The agent's state with the verdicts on its last answer."""

    grounding: NotRequired[list[SentenceVerdict]]
    sent_back: NotRequired[Annotated[list[str], PrivateStateAttr]]


class GroundedAnswers(AgentMiddleware[GroundingState, Any, Any]):
    """Checks the answer of an agent against the results of its tools.

    `unsupported`: what becomes of a sentence that no result supports: "mark" puts `mark` behind it, "drop" leaves it
    out, "report" changes nothing. `send_back`: before that, the model is shown these sentences and writes once more.
    `tools`: names of the tools whose results count; None: all. `texts`: further texts that count, as a system prompt.
    `embeddings` (LangChain's) are used for words near in meaning; None: those of this package, loaded when needed.
    """

    state_schema = GroundingState

    def __init__(
        self,
        *,
        unsupported: Literal["mark", "drop", "report"] = "mark",
        send_back: bool = False,
        mark: str = MARK,
        tools: Sequence[str] | None = None,
        texts: Sequence[str] = (),
        embeddings: Embeds | Callable[[], Embeds] | None = None,
    ) -> None:
        super().__init__()
        if unsupported not in ("mark", "drop", "report"):
            raise ValueError(f"unsupported is one of mark, drop, report, not {unsupported!r}")
        self.unsupported, self.send_back, self.mark = unsupported, send_back, mark
        self._tool_names = None if tools is None else frozenset(tools)
        self._texts = list(texts)
        self._grounding = Grounding(embeddings or _embedded)

    def before_agent(self, state: GroundingState, runtime: Runtime[Any]) -> dict[str, Any]:  # noqa: ARG002
        """Forget the verdicts on an earlier answer."""
        return {"grounding": [], "sent_back": []}

    @hook_config(can_jump_to=["model"])
    def after_model(self, state: GroundingState, runtime: Runtime[Any]) -> dict[str, Any] | None:  # noqa: ARG002
        """Check an answer, which is a message of the model that calls no tool."""
        message = state["messages"][-1]
        if not isinstance(message, AIMessage) or message.tool_calls or not message.text.strip():
            return None
        results = [result for result in _results(state["messages"]) if self._counts(result)]
        heads = [_head(result) for result in results]
        texts = [head + _readable(result.text) for head, result in zip(heads, results, strict=True)]
        sentences = check_answer(message.text, [*texts, *self._texts], self._grounding)
        failed = [sentence for sentence in sentences if not sentence.verification.is_supported]
        if failed and self.send_back and not state.get("sent_back"):
            return _sent_back(message, failed)
        verdicts = [_verdict(sentence, results, heads) for sentence in sentences]
        drafts = [RemoveMessage(id=key) for key in state.get("sent_back", [])]
        answer = message if self.unsupported == "report" else self._changed(message, failed)
        return {"messages": [*drafts, answer], "grounding": verdicts}

    def _counts(self, result: ToolMessage) -> bool:
        return result.status != "error" and (self._tool_names is None or result.name in self._tool_names)

    def _changed(self, message: AIMessage, failed: Sequence[CheckedSentence]) -> AIMessage:
        text = message.text
        for sentence in reversed(failed):
            retained = f"{sentence.text} {self.mark}" if self.unsupported == "mark" else ""
            text = text[: sentence.start] + retained + text[sentence.end :]
        if self.unsupported == "drop":
            text = _tidied(text) or NOTHING_LEFT
        return message.model_copy(update={"content": text}) if failed else message


def _sent_back(message: AIMessage, failed: Sequence[CheckedSentence]) -> dict[str, Any]:
    lines = [f"- {sentence.text} ({'; '.join(sentence.verification.reasons)})" for sentence in failed]
    request = HumanMessage(ASK_AGAIN.format(sentences="\n".join(lines)), id=str(uuid.uuid4()), name="grounding")
    return {"messages": [request], "sent_back": [message.id, request.id], "jump_to": "model"}


def _results(messages: Sequence[AnyMessage]) -> Iterator[ToolMessage]:
    return (message for message in messages if isinstance(message, ToolMessage))


def _head(result: ToolMessage) -> str:
    """What is read above a result, so that "The result is 42" is about it."""
    return f"# Result of {re.sub(r'[_.-]+', ' ', result.name or 'the tool')}\n\n"


def _readable(text: str) -> str:
    """A result as statements: each object of JSON as a record of fields. Other texts stay as they are."""
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return "\n\n".join(_records(value)) if isinstance(value, dict | list) else text


def _records(value: Any) -> Iterator[str]:
    """Each object as lines `key: value`; what it contains is written below it."""
    if isinstance(value, dict):
        flat = {key: item for key, item in value.items() if not isinstance(item, dict | list)}
        if flat:
            yield "\n".join(f"{str(key).replace('_', ' ')}: {item}" for key, item in flat.items())
        yield from (record for item in value.values() if isinstance(item, dict | list) for record in _records(item))
    elif isinstance(value, list):
        yield from (
            record for item in value for record in (_records(item) if isinstance(item, dict | list) else [str(item)])
        )


def _verdict(sentence: CheckedSentence, results: Sequence[ToolMessage], heads: Sequence[str]) -> SentenceVerdict:
    matches = sentence.verification
    place = matches.span if matches.span and matches.span.text < len(results) else None
    span = None
    if place and (start := place.start - len(heads[place.text])) >= 0:
        text = results[place.text].text
        span = (start, start + len(place.quote)) if text.startswith(place.quote, start) else None
    return SentenceVerdict(
        sentence=sentence.text,
        start=sentence.start,
        end=sentence.end,
        verdict=matches.verdict,
        kind=matches.kind,
        reasons=list(matches.reasons),
        tool_call_id=results[place.text].tool_call_id if place else None,
        span=span,
        quote=matches.span.quote if matches.span else None,
    )


def _tidied(text: str) -> str:
    """What is left of an answer without its empty list items and doubled spaces."""
    text = re.sub(r"(?m)^[ \t]*(?:[-*+•]|\d+[.)])[ \t]*$\n?", "", text)
    return re.sub(r"\n{3,}", "\n\n", re.sub(r"(?<=\S)[ \t]{2,}", " ", text)).strip()


def _embedded() -> Embeds:
    from vademecum.core.settings import load_settings
    from vademecum.models import embedding_model

    return embedding_model("embedded", load_settings())
