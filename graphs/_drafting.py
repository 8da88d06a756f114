"""A draft written by a language model: sentences with the quotes they rest on, in structured form, under a technique.

What documents say goes into the prompt fenced as quoted material (see `_fences.py`), and comes out only as quotes that
the verifier finds in them. A very small model is shown only the sentences that would be the answer without it, can only
choose its quotes among them, and what it writes takes the place of the sentence it quotes: nothing is lost by it.
"""

import re
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from langchain_core.embeddings import Embeddings
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage
from pydantic import BaseModel, ConfigDict, Field, create_model

from vademecum.core.types import EvidenceSentence, Hit
from vademecum.graphs._claims import Claim, claim, quoted
from vademecum.graphs._fences import fenced
from vademecum.language.sentences import sentence_spans
from vademecum.models import model_calls
from vademecum.prompts import Prompt
from vademecum.verification.alignment import align
from vademecum.verification.words import parse

PASSAGES_SHOWN = 6
"""Passages shown to a capable model: the evidence is among the first five for 98 of 100 questions of the wiki set."""

SENTENCES_WRITTEN = 1
"""Sentences that a very small model may write: the direct answer; what it adds to it repeats or strays."""

LONGEST = 240
"""Characters that a very small model may write: left alone it rambles on. Its first whole sentence is taken."""

PLAIN_TEXT = rf"^[A-Z0-9][^\"\\\n<>{{}}#]{{8,{LONGEST}}}$"
"""A grammar that ended it after one sentence would have it fill that one: the model writes "1985.1985.1985" instead."""

TOLERATED_LOSS = 0.02
"""Cosine to the question by which a very small model's sentence may fall behind the one it replaces: a paraphrase loses
less, a sentence beside the point 0.1 and more."""

MARKED = 3
"""Sentences that a very small model may mark as bearing on the question."""

ATTEMPTS = 2
"""Times a model is asked before its unreadable replies are given up."""


class DraftSentence(BaseModel):
    """One sentence of the answer, after the quotes that carry it."""

    model_config = ConfigDict(extra="ignore")

    quotes: list[str] = Field(description="the words of the evidence that carry the sentence, copied exactly")
    text: str = Field(description="the sentence, which says nothing that the quotes do not")


class Draft(BaseModel):
    """An answer from the evidence, sentence by sentence."""

    sentences: list[DraftSentence] = Field(description="one to four sentences, the most direct first")


class ReasonedDraft(BaseModel):
    """Thoughts, which nobody is shown, and then an answer from the evidence, sentence by sentence."""

    reasoning: str = Field(description="step by step: what is asked, what bears on it, what follows")
    sentences: list[DraftSentence] = Field(description="one to four sentences, the most direct first")


def write(model: BaseChatModel, prompt: Prompt, messages: Sequence[BaseMessage]) -> list[Claim] | None:
    """A capable model's draft, in answer to the filled-in prompt; None where its replies could not be read.

    Raises:
        ModelError: it did not answer.
    """
    return _ask(model, ReasonedDraft if prompt.front.reasoning else Draft, messages)


def write_among(
    model: BaseChatModel,
    prompt: Prompt,
    messages: Sequence[BaseMessage],
    question: str,
    evidence: Sequence[EvidenceSentence],
    embeddings: Embeddings,
) -> list[Claim] | None:
    """A very small model's draft: the `chosen` sentences, one of them in its words; None if it could not be read.

    Its words are taken only where they are as near to the question as the sentence that they replace.

    Raises:
        ModelError: it did not answer.
    """
    lines = one_a_line(evidence)
    written = _ask(model, _choosing(lines, prompt.front.reasoning), messages)
    if written is None:
        return None
    claims = quoted(evidence)
    for draft in written:
        text = _first_sentence(draft["text"])
        place = _place(question, text, lines, embeddings) if text else None
        if place is not None and _keeps_to(text, lines[place], question):
            claims[place] = claim(text, [evidence[place].citation.quote], "written")
    return claims


def pick(model: BaseChatModel, messages: Sequence[BaseMessage], lines: Sequence[str]) -> list[str]:
    """The lines that a small model marks, by their numbers; all where its reply cannot be read.

    Raises:
        ModelError: it did not answer.
    """
    number: Any = _number_of(lines)
    fields: dict[str, Any] = {"numbers": (list[number], Field(min_length=1, max_length=min(MARKED, len(lines))))}
    marked: Any = model_calls.fill(model, create_model("Marked", **fields), messages)
    places = dict.fromkeys(int(number) - 1 for number in marked.numbers) if marked else range(len(lines))
    return [lines[place] for place in places]


def one_a_line(evidence: Sequence[EvidenceSentence]) -> list[str]:
    """The sentences, each in one line."""
    return [" ".join(sentence.text.split()) for sentence in evidence]


def numbered(evidence: Sequence[EvidenceSentence]) -> str:
    """The sentences as a very small model is shown them: fenced, and numbered from 1."""
    lines = fenced(one_a_line(evidence)).splitlines()
    return "\n".join(f"{number}. {line}" for number, line in enumerate(lines, 1))


def rewrite(
    model: BaseChatModel,
    prompt: Prompt,
    question: str,
    faulty: Sequence[Claim],
    hits: Sequence[Hit],
    forbid: Sequence[str],
) -> list[Claim] | None:
    """The claims that did not pass, written once more by a capable model that is told what is wrong with each."""
    faults = [
        f"{n}. {claim['text']}\n   {'; '.join(claim['reasons']) or claim['verdict']}"
        for n, claim in enumerate(faulty, 1)
    ]
    messages = prompt.render(question=question, evidence=passages(hits), faults="\n".join(faults))
    return without(_ask(model, Draft, messages), forbid)


def mentions(text: str, forbid: Sequence[str]) -> list[str]:
    """The forbidden phrases that occur in `text` as whole words, whatever their case."""
    return [phrase for phrase in forbid if _pattern(phrase).search(text)]


def without(claims: Sequence[Claim] | None, forbid: Sequence[str]) -> list[Claim] | None:
    """The claims that hold none of the forbidden phrases."""
    return None if claims is None else [claim for claim in claims if not mentions(claim["text"], forbid)]


def passages(hits: Sequence[Hit]) -> str:
    """The best passages, each fenced and with its place, for a capable model."""
    blocks = []
    for number, hit in enumerate(hits[:PASSAGES_SHOWN], 1):
        place = " > ".join([hit.title, *hit.passage.headings]).replace('"', "'")
        blocks.append(f'<passage n="{number}" from="{fenced([place])}">\n{fenced([hit.passage.text])}\n</passage>')
    return "\n".join(blocks)


def _pattern(phrase: str) -> re.Pattern[str]:
    words = r"\s+".join(map(re.escape, phrase.split()))
    return re.compile(rf"(?<!\w){words}(?!\w)", re.IGNORECASE)


def _first_sentence(text: str) -> str:
    """The first sentence of `text`, if it came to its end."""
    start, end = sentence_spans(text)[0]
    first = text[start:end].strip()
    return first if first.endswith((".", "!", "?")) else ""


def _keeps_to(text: str, sentence: str, question: str) -> bool:
    """Whether every word of weight in `text` is one of the sentence, in its order, or else of the question.

    Stricter than the verdict, which lets words pass that a quote may well imply, and in another order: a very small
    model implies nothing, and where it reorders a list it gives one what is said of another.
    """
    words, position = parse(text), -1
    of_sentence, of_question = align(words, parse(sentence)), align(words, parse(question))
    for word, here, there in zip(words.words, of_sentence, of_question, strict=True):
        if word.kind == "function":
            continue
        following = [place for place in here.places if place > position] if here else []
        if following:
            position = min(following)
        elif not there:
            return False
    return True


def _place(question: str, text: str, lines: Sequence[str], embeddings: Embeddings) -> int | None:
    """Which of the sentences `text` may replace: the one most like it, unless that is more like the question.

    The quote that a very small model chooses is often not the one it wrote from.
    """
    vectors = np.array(embeddings.embed_documents([question, text, *lines]), np.float32)
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    place = int(np.argmax(vectors[2:] @ vectors[1]))
    loss = (vectors[2 + place] - vectors[1]) @ vectors[0]
    return place if loss <= TOLERATED_LOSS else None


def _ask(model: BaseChatModel, form: type[BaseModel], messages: Sequence[BaseMessage]) -> list[Claim] | None:
    """Ask until the reply can be read, at most `ATTEMPTS` times."""
    for _ in range(ATTEMPTS):
        reply: Any = model_calls.fill(model, form, messages)
        if reply is not None:
            return [
                claim(sentence.text, sentence.quotes, "written")
                for sentence in reply.sentences
                if sentence.text.strip()
            ]
    return None


def _choosing(lines: Sequence[str], reasoning: bool) -> type[BaseModel]:
    """The form whose quotes can only be numbers of the sentences shown: it becomes a grammar for the model.

    By number, as copying a quote would cost as much as writing the sentence.
    """
    number: Any = _number_of(lines)
    fields: dict[str, Any] = {
        "text": (str, Field(pattern=PLAIN_TEXT)),  # before its quote, or the model would only copy it
        "quotes": (list[number], Field(min_length=1, max_length=1)),
    }
    sentence: Any = create_model("ChosenSentence", **fields)
    sentences = (list[sentence], Field(min_length=1, max_length=SENTENCES_WRITTEN))
    thoughts: dict[str, Any] = {"reasoning": (str, Field(max_length=240))} if reasoning else {}
    return create_model("ChosenDraft", **thoughts, sentences=sentences)


def _number_of(lines: Sequence[str]) -> Any:
    return Literal[tuple(str(number) for number in range(1, len(lines) + 1))]  # ty: ignore[invalid-type-form]
