"""A draft by a small but capable model: it reads numbered sentences, and names those that its sentences rest on.

It need not copy: the quotes are the sentences it names. What it writes and they do not carry is replaced by them.
"""

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage
from pydantic import BaseModel, Field, create_model

from vademecum import prompts
from vademecum.core.types import Evidence, Hit
from vademecum.graphs._claims import Claim, claim, plain
from vademecum.graphs._fences import fenced
from vademecum.language.sentences import sentence_spans
from vademecum.models import model_calls
from vademecum.prompts import Prompt

CHARS_SHOWN = 1200
"""Characters of evidence that are shown: with the rest of the prompt some 550 tokens."""

SENTENCES_WRITTEN = 2
LONGEST = 320
"""Characters of a sentence that is written."""

CITED = 8
"""Sentences that one may rest on."""

HEADING_CHARS = 80
"""Longest line that is taken for the name of what is below it."""


_YES_OR_NO = re.compile(r"^(?:yes|no)\s*(?:[,;:!–—]|\.(?!\s*\d))\s*(?=\S)", re.IGNORECASE)
"""Left out: it answers the question, which the verifier does not know. Why it is so is said in the rest."""

_WORD = re.compile(r"\w+")

_LEANING = re.compile(r"(?:it|he|she|they|this|these|its|his|her|their)\b", re.IGNORECASE)
"""How a sentence begins that leaves to the one before it what it speaks of."""


class Unit(NamedTuple):
    """A sentence or line of a passage, as it stands there. `context`: those before it that say what it speaks of."""

    text: str
    context: tuple[str, ...]

    @property
    def columns(self) -> list[tuple[str, str]]:
        """Of a row of a table with a header: name and cell of each column."""
        header = next((line for line in self.context if line.startswith("|")), "")
        return list(zip(_cells(header), _cells(self.text), strict=False)) if self.text.startswith("|") else []

    @property
    def line(self) -> str:
        """The unit as it is shown: a row with the names of its columns, which a small model cannot count."""
        named = [f"{name}: {cell}" if name else cell for name, cell in self.columns if cell]
        return "; ".join(named) or self.text

    def keeps_columns(self, text: str) -> bool:
        """Whether `text` names no column of this row whose cell it does not name: header and row are read together."""
        words = set(_WORD.findall(text.casefold()))
        return all(_names(words, cell) for name, cell in self.columns[1:] if _names(words, name))


def _cells(row: str) -> list[str]:
    return [cell.strip() for cell in row.strip().strip("|").split("|")]


def _names(words: set[str], cell: str) -> bool:
    """Whether one of the words is in the cell, or begins as one of it does ("Wed", "Wednesday")."""
    parts = _WORD.findall(cell.casefold())
    return any(part == word or (len(part) > 2 and word.startswith(part)) for part in parts for word in words)


class Block(NamedTuple):
    """What is shown of one passage, under its place (title and headings)."""

    place: str
    units: list[Unit]


def blocks(hits: Sequence[Hit], evidence: Evidence, chars: int = CHARS_SHOWN) -> list[Block]:
    """The passages of the best sentences, best first, in units; of one that is too long what is around the evidence."""
    ranks = {sentence.passage_id: rank for rank, sentence in reversed(list(enumerate(evidence.sentences)))}
    ordered = sorted(hits, key=lambda hit: ranks.get(hit.passage.id, len(ranks) + 99))
    shown = []
    for hit in ordered:
        best = {sentence.text for sentence in evidence.sentences if sentence.passage_id == hit.passage.id}
        block = Block(" > ".join([hit.title, *hit.passage.headings]), _units(hit))
        size = _size(block)
        if size > chars and best:
            block = _around(block, best, chars)
            size = _size(block)
        if block.units and size <= chars:
            shown.append(block)
            chars -= size
    return shown


def _size(block: Block) -> int:
    return len(block.place) + sum(len(unit.text) + 5 for unit in block.units)


def _around(block: Block, best: set[str], chars: int) -> Block:
    """The best sentences of the block, each with the one before it, as many as fit."""
    keep: set[int] = set()
    for place, unit in enumerate(block.units):
        more = {place - 1, place} & set(range(len(block.units))) if unit.text in best else set()
        if _size(Block(block.place, [block.units[i] for i in sorted(keep | more)])) <= chars:
            keep |= more
    return Block(block.place, [block.units[i] for i in sorted(keep)])


def _units(hit: Hit) -> list[Unit]:
    """The passage's sentences; a heading that is its place already is no unit, but context of what is below it."""
    text, headings = hit.passage.text, {_bare(heading) for heading in (hit.title, *hit.passage.headings)}
    units: list[Unit] = []
    heading = above = ""
    last = 0
    for start, end in sentence_spans(text):
        sentence, between = text[start:end], text[last:start]
        last = end
        if _bare(sentence) in headings:
            heading = sentence
            continue
        if not _WORD.search(sentence):  # the line under a table's header
            continue
        if "\n\n" in between and units and units[-1].text != above:
            above = ""  # it spoke of the paragraph before
        before = units[-1].text if units and _LEANING.match(sentence) else ""
        units.append(Unit(sentence, tuple(line for line in dict.fromkeys((heading, above, before)) if line)))
        if _names_what_follows(sentence, between, above):
            above = sentence
    return units


def _names_what_follows(line: str, before: str, above: str) -> bool:
    """Whether the line is a name, a lead-in or the header of a table; `before` is what stands before it."""
    if line.startswith("|"):
        return not above.startswith("|")
    is_item = bool(before.rsplit("\n", 1)[-1].strip())
    bare = line.rstrip("*_\"')")
    return len(line) <= HEADING_CHARS and not is_item and not bare.endswith((".", "!")) and ": " not in line


def _bare(line: str) -> str:
    return " ".join(line.strip("#*_ \t\n").split())


def shown(chosen: Sequence[Block]) -> str:
    """The units numbered from 1, each passage's under its place; unable to end the fence around them."""
    lines, number = [], 0
    for block in chosen:
        lines.append(f"[{fenced([block.place])}]")
        for unit in block.units:
            number += 1
            lines.append(f"{number}. {fenced([unit.line])}")
    return "\n".join(lines)


def units(chosen: Sequence[Block]) -> list[Unit]:
    """The units in the order of their numbers."""
    return [unit for block in chosen for unit in block.units]


def own_prompt(prompt: Prompt) -> Prompt:
    """The technique's prompt as it is worded for numbered sentences, where there is such a one."""
    name = prompt.front.name
    return prompts.load(f"numbered/{name}") if name in prompts.names("numbered") else prompt


def write(
    model: BaseChatModel, prompt: Prompt, messages: Sequence[BaseMessage], among: Sequence[Unit]
) -> list[Claim] | None:
    """The sentences that the model writes, with the units it names as quotes; None where its reply cannot be read.

    Numbers that are none of a unit, and sentences without one or without words, are left out.

    Raises:
        ModelError: it did not answer.
    """
    reply: Any = model_calls.fill(model, _form(len(among), prompt.front.reasoning), messages)
    if reply is None:
        return None
    claims: dict[str, Claim] = {}
    for sentence in reply.sentences:
        quotes = dict.fromkeys(among[number - 1].text for number in sentence.quotes if 1 <= number <= len(among))
        text = _YES_OR_NO.sub("", sentence.text.strip())
        if quotes and text:
            claims.setdefault(plain(text), claim(f"{text[0].upper()}{text[1:]}", quotes, "written"))
    return list(claims.values()) or None


def _form(count: int, reasoning: bool) -> type[BaseModel]:
    """The reply's form, which becomes a grammar. Numbers before the sentence would be guessed, half of them wrongly."""
    fields: dict[str, Any] = {
        "text": (str, Field(min_length=2, max_length=LONGEST)),
        "quotes": (list[int], Field(min_length=1, max_length=CITED, json_schema_extra={"items": _range(count)})),
    }
    sentence: Any = create_model("NumberedSentence", **fields)
    thoughts: dict[str, Any] = {"reasoning": (str, Field(max_length=LONGEST))} if reasoning else {}
    sentences = (list[sentence], Field(min_length=1, max_length=SENTENCES_WRITTEN))
    return create_model("NumberedDraft", **thoughts, sentences=sentences)


def _range(count: int) -> dict[str, Any]:
    return {"type": "integer", "minimum": 1, "maximum": count}
