"""Near misses made out of answerable questions: what `train_reader.py` learns not to answer.

People wrote only some thousands. What the reader still answers are mostly negations, swapped roles and antonyms, so
these are made from the data, by rules that need no model:

negated     "Which gate decides ..." → "Which gate does not decide ..."; a negation that is there is taken out
opposed     one word for its opposite: first/last, before/after, increase/decrease
swapped     two names that the question holds change places, where the passage holds both
replaced    a name or number of the question for another of the same kind from the same document
taken out   the passage without the sentence that answers
elsewhere   the question on another passage of the same document
"""

import random
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

Example = dict[str, Any]
"""A line of `../shared/reader/examples.jsonl.gz`: `q`, `title`, `text`, `sents`, `gold`, `ans`, `answerable`, `doc`."""

_NAME = re.compile(r"(?<!^)(?<![.?!] )\b[A-Z][\w'-]+(?: (?:of |the )?[A-Z][\w'-]+)*")
_NUMBER = re.compile(r"\b\d[\d,.]*\b")
_NEGATION = re.compile(r"\b(?:not|never)\s|n't\b", re.I)
_AUXILIARY = re.compile(
    r"\b(is|are|was|were|did|does|do|can|could|will|would|should|has|have|had)\b(?= (?:[A-Z]|the\b|a\b|an\b|\w+))", re.I
)
_QUESTION_WORD = re.compile(r"\b(who|what|which|where|when|why|how)\b", re.I)

_OPPOSITES = """
first last; before after; more less; most least; highest lowest; higher lower; largest smallest; larger smaller;
greatest least; oldest youngest; older younger; earliest latest; best worst; better worse; increase decrease;
increased decreased; increases decreases; rise fall; rose fell; gain lose; gained lost; win lose; won lost; begin end;
began ended; start stop; started stopped; open close; opened closed; allow forbid; allowed forbidden; accept reject;
accepted rejected; support oppose; supported opposed; agree disagree; agreed disagreed; include exclude; included
excluded; above below; inside outside; north south; east west; northern southern; eastern western; male female; hot
cold; fast slow; faster slower; long short; longest shortest; strong weak; stronger weaker; same different; public
private; major minor; majority minority; maximum minimum; positive negative; many few; always never; cause prevent;
causes prevents; caused prevented; join leave; joined left; import export; buy sell; bought sold
"""
_OPPOSITE: dict[str, str] = {
    word: other
    for pair in _OPPOSITES.replace("\n", " ").split(";")
    for a, b in [pair.split()]
    for word, other in ((a, b), (b, a))
}


def negated(example: Example, _: Sequence[Example], rng: random.Random) -> Example | None:
    """The question with a negation put in behind its first auxiliary, or taken out."""
    question = example["q"]
    if _NEGATION.search(question):
        return _with(example, q=_NEGATION.sub("", question, count=1))
    found = _AUXILIARY.search(question)
    if not found or not _QUESTION_WORD.search(question):
        return None
    subject = re.match(r" (?:(?:the|an?) )?\S+", question[found.end() :])
    place = found.end()
    if subject and found.group().lower() in ("did", "does", "do", "can", "could", "will", "would", "should"):
        place += subject.end()  # "did Norway not win", but "was not founded"
    return _with(example, q=f"{question[:place]} {rng.choice(('not', 'not', 'never'))}{question[place:]}")


def opposed(example: Example, _: Sequence[Example], rng: random.Random) -> Example | None:
    """The question with one word turned into its opposite."""
    words = [word for word in re.finditer(r"\b\w+\b", example["q"]) if word.group().lower() in _OPPOSITE]
    if not words:
        return None
    word = rng.choice(words)
    return _with(example, q=_replaced(example["q"], word, _OPPOSITE[word.group().lower()]))


def swapped(example: Example, _: Sequence[Example], rng: random.Random) -> Example | None:
    """The question with two of its names in each other's place, both of which the passage holds."""
    names = [name for name in _NAME.finditer(example["q"]) if name.group() in example["text"]]
    if len(names) < 2:
        return None
    first, second = sorted(rng.sample(names, 2), key=lambda name: name.start())
    if first.group() == second.group() or re.search(r"^ (?:and|or) $", example["q"][first.end() : second.start()]):
        return None
    question = _replaced(_replaced(example["q"], second, first.group()), first, second.group())
    return _with(example, q=question)


def replaced(example: Example, document: Sequence[Example], rng: random.Random) -> Example | None:
    """The question with a name or a number for another that stands elsewhere in the document."""
    kinds = [(kind, part) for kind in (_NAME, _NUMBER) for part in kind.finditer(example["q"])]
    if not kinds:
        return None
    kind, part = rng.choice(kinds)
    others = {
        found.group() for other in rng.sample(document, min(4, len(document))) for found in kind.finditer(other["text"])
    }
    fitting = sorted(other for other in others if other not in example["q"] and part.group() not in other)
    return _with(example, q=_replaced(example["q"], part, rng.choice(fitting))) if fitting else None


def taken_out(example: Example, _: Sequence[Example], _rng: random.Random) -> Example | None:
    """The passage without the sentences that answer."""
    kept = [span for i, span in enumerate(example["sents"]) if i not in example["gold"]]
    if len(kept) < 2:
        return None
    text, spans = "", []
    for start, end in kept:
        text += " " if text else ""
        spans.append([len(text), len(text) + end - start])
        text += example["text"][start:end]
    return _with(example, text=text, sents=spans)


def elsewhere(example: Example, document: Sequence[Example], rng: random.Random) -> Example | None:
    """The question on another passage of its document."""
    others = [other for other in document if other["text"] != example["text"]]
    if not others:
        return None
    other = rng.choice(others)
    return _with(example, text=other["text"], sents=other["sents"])


Maker = Callable[[Example, Sequence[Example], random.Random], Example | None]

KINDS: Mapping[str, tuple[Maker, float]] = {
    "negated": (negated, 2.0),
    "opposed": (opposed, 2.0),
    "swapped": (swapped, 2.0),
    "replaced": (replaced, 2.0),
    "taken out": (taken_out, 1.0),
    "elsewhere": (elsewhere, 1.0),
}
"""How often each is tried against the others. Many questions allow no swap, so that there are fewer of these."""


def near_miss(example: Example, document: Sequence[Example], rng: random.Random) -> Example | None:
    """A near miss made of an answerable example, by a kind drawn at random; `document` are its document's examples."""
    kinds = list(KINDS)
    while kinds:
        kind = rng.choices(kinds, [KINDS[one][1] for one in kinds])[0]
        if (made := KINDS[kind][0](example, document, rng)) and made["q"] + made["text"] != example["q"] + example[
            "text"
        ]:
            return {**made, "made": kind}
        kinds.remove(kind)
    return None


def _with(example: Example, **changed: Any) -> Example:
    return {**example, **changed, "gold": [], "ans": [], "answerable": False}


def _replaced(text: str, part: re.Match[str], other: str) -> str:
    return text[: part.start()] + other + text[part.end() :]
