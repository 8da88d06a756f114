"""A chat model that follows a script and fails when it is asked more, and a library for the branches of graphs."""

import re
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

from langchain_core.embeddings import DeterministicFakeEmbedding
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from pydantic import Field

from vademecum.core.types import EVERYWHERE, Evidence, EvidenceSentence, Hit, Passage, Scope


class Scripted(BaseChatModel):
    """Says its script in order: text, the fields of a structured reply, or an exception to raise.

    `seen` is what it was sent, `forms` the name of the form it was to fill each time (empty: none).
    """

    script: list[Any]
    seen: list[list[BaseMessage]] = Field(default_factory=list)
    forms: list[str] = Field(default_factory=list)
    schemas: list[Any] = Field(default_factory=list)

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def _generate(self, messages: list[BaseMessage], *args: Any, **more: Any) -> ChatResult:
        form = getattr(next(iter(more.get("tools", [])), None), "__name__", "")
        self.seen.append(messages)
        self.forms.append(form)
        self.schemas.extend(more.get("tools", []))
        assert self.script, f"asked once more than the script allows: {messages[-1].text}"
        said = self.script.pop(0)
        if isinstance(said, Exception):
            raise said
        called = [{"name": form, "args": said, "id": "1"}] if isinstance(said, dict) else []
        message = said if isinstance(said, AIMessage) else AIMessage("" if called else said, tool_calls=called)
        return ChatResult(generations=[ChatGeneration(message=message)])

    def bind_tools(self, tools: Sequence[Any], **more: Any) -> Any:
        return self.bind(tools=list(tools))


def draft(*sentences: tuple[str, str], **more: Any) -> dict[str, Any]:
    """A structured reply: (text, quote) for each sentence."""
    return {"sentences": [{"text": text, "quotes": [quote]} for text, quote in sentences], **more}


PASSAGES = (
    "The bridge was finished in 1874 after seven years of work. Its engineer was James Eads.",
    "The ferry carried 400 people a day before the bridge opened. It was sold in 1880.",
)


class SmallLibrary:
    """Two passages; `confidence` is what `weigh` finds, query by query, the last repeated. `asked` are the queries."""

    def __init__(self, *confidence: float, passages: Sequence[str] = PASSAGES) -> None:
        self.confidence = list(confidence or (0.9,))
        self.asked: list[str] = []
        self.embeddings = DeterministicFakeEmbedding(size=16)
        self.text = "\n\n".join(passages)
        self.catalogue = SimpleNamespace(text=lambda source_id: self.text, source=lambda source_id: None)
        self.hits = [self._hit(number, text) for number, text in enumerate(passages)]

    def search(self, question: str, *, k: int = 10, mode: str | None = None, scope: Scope = EVERYWHERE) -> list[Hit]:
        self.asked.append(question)
        return self.hits[:k]

    def empty_scope(self, scope: Scope) -> str:
        return ""

    def weigh(self, question: str, hits: Sequence[Hit]) -> Evidence:
        confidence = self.confidence.pop(0) if len(self.confidence) > 1 else self.confidence[0]
        return Evidence(sentences=tuple(self._sentences(hits)), confidence=confidence)

    def _hit(self, number: int, text: str) -> Hit:
        start = self.text.index(text)
        passage = Passage(
            id=str(number), source_id="s", start=start, end=start + len(text), text=text, headings=("Bridges",), line=1
        )
        return Hit(passage=passage, path="eads.md", root="/", title="Eads", score=2.0 - number)

    def _sentences(self, hits: Sequence[Hit]) -> list[EvidenceSentence]:
        found = []
        for hit in hits:
            for place in re.finditer(r"[^.]+\.", hit.passage.text):
                start = hit.passage.start + place.start() + len(place[0]) - len(place[0].lstrip())
                cited = hit.cite(start, hit.passage.start + place.end())
                score = 4.0 - 3 * len(found)
                found.append(EvidenceSentence(text=cited.quote, citation=cited, passage_id=hit.passage.id, score=score))
        return found
