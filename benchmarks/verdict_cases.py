"""Sentences for the verdict to judge: intact, reworded, and altered in one number, name, negation or citation.

Made from the documents of `samples/handbook` and of `../shared/eval/wiki`, the same ones each time; the rewordings are
written by hand (tests/data/verdicts_*.jsonl). Nothing here knows how the verifier works.
"""

import json
import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from benchmarks.measure import ROOT, SHARED, WIKI
from vademecum.core.types import Hit, Passage
from vademecum.language.sentences import sentence_spans

FOLDERS = {"wiki": WIKI / "corpus", "handbook": ROOT / "samples" / "handbook"}
DATA = ROOT / "tests" / "data"

_TERMS = (
    "sigmoid softmax tanh ReLU GELU LSTM GRU RNN transformer encoder decoder Adam AdaGrad RMSProp SGD momentum dropout "
    "precision recall BLEU ROUGE perplexity adapter LoRA attention gradient weight bias query key value retriever "
    "generator steam water piston turbine boiler cylinder force mass velocity friction gravity pathogen antibody "
    "antigen neutrophil macrophage bacteria virus phagocyte treaty directive regulation court parliament"
).split()
_WORDS = "zero one two three four five six seven eight nine ten eleven twelve".split()
_ORDINALS = "first second third fourth fifth sixth seventh eighth ninth tenth".split()
_AUXILIARIES = r"\b(is|are|was|were|can|could|will|would|should|must|may|has been|have been|had been)\b(?! not|n't)"
_PAIRS = (
    "increase decrease|increases decreases|increased decreased|more less|largest smallest|larger smaller|higher lower|"
    "high low|before after|first last|always never|all no|with without|above below|early late|possible impossible|"
    "large small|many few|most few|best worst|strong weak|long short|every no|often rarely|usually rarely|begin end|"
    "began ended|allows prevents|both neither|easier harder|fast slow|faster slower|same different|positive negative"
)
_OPPOSITES = {a: b for pair in _PAIRS.split("|") for a, b in (pair.split(), pair.split()[::-1])}


class Document(NamedTuple):
    """A document of the evaluation: its paragraphs as passages, and its sentences with the passage each is in."""

    path: str
    text: str
    hits: tuple[Hit, ...]
    sentences: tuple[tuple[int, int, int], ...]


class Case(NamedTuple):
    """A sentence with its quotes and what the search found; `kind` names what was done to it."""

    kind: str
    sentence: str
    quotes: tuple[str, ...]
    hits: tuple[Hit, ...]
    path: str


class Grounded(NamedTuple):
    """A claim with its texts; `kind` says of which sort it is, `supported` whether they support it."""

    kind: str
    claim: str
    texts: tuple[str, ...]
    supported: bool


def context_cases() -> Iterator[Grounded]:
    """The claims of tests/data/verdicts_in_context.jsonl; those held out when the rules were written by themselves."""
    for line in (DATA / "verdicts_in_context.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        kind = f"{row['kind']}, held out" if row["held_out"] else row["kind"]
        yield Grounded(kind, row["claim"], (row["text"],), row["supported"])


def wice_cases() -> Iterator[Grounded]:
    """Claims of Wikipedia with the sentences of the pages they cite (WiCE, Kamoi et al. 2023, arXiv:2303.01432)."""
    for line in (SHARED / "eval" / "wice" / "cases.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        yield Grounded(row["label"], row["claim"], ("\n".join(row["evidence"]),), row["label"] == "supported")


def documents(folder: str) -> list[Document]:
    """The documents of one folder; none where it is not there."""
    files = sorted(FOLDERS[folder].glob("*"))
    return [_document(f"{folder}/{file.name}", file) for file in files if file.suffix in {".md", ".txt"}]


def _document(path: str, file: Path) -> Document:
    text = file.read_bytes().decode("utf-8")
    hits: list[Hit] = []
    sentences: list[tuple[int, int, int]] = []
    for match in re.finditer(
        r"\S(?:.|\n(?!\s*\n))*", re.sub(r"```.*?```", lambda code: " " * len(code[0]), text, flags=re.S)
    ):
        start, end = match.span()
        passage = Passage(
            id=f"{path}:{start}",
            source_id=path,
            start=start,
            end=end,
            text=text[start:end],
            line=text.count("\n", 0, start) + 1,
        )
        hits.append(Hit(passage=passage, path=path, root="", title=file.stem, score=1.0))
        sentences.extend(
            (start + a, start + b, len(hits) - 1)
            for a, b in sentence_spans(text[start:end])
            if _is_prose(text[start + a : start + b])
        )
    return Document(path, text, tuple(hits), tuple(sentences))


def _is_prose(sentence: str) -> bool:
    words = sentence.split()
    return 8 <= len(words) <= 60 and sentence[-1] in ".!" and not re.search(r"[$|\\{}]", sentence)


def _around(document: Document, passage: int) -> tuple[Hit, ...]:
    """Some passages a search could find: the one in question and its neighbours, in the document's order."""
    return document.hits[max(0, passage - 2) : passage + 3]


def verbatim(folder: str, count: int, seed: int = 1) -> Iterator[Case]:
    """Sentences as they are, quoted whole, in part of their passage, or with white space changed."""
    picker = random.Random(seed)
    for document, (start, end, passage) in _pick(folder, count, picker):
        sentence = document.text[start:end]
        quote = picker.choice([sentence, document.hits[passage].passage.text, sentence.replace(" ", "\n", 3)])
        yield Case("verbatim", sentence, (quote,), _around(document, passage), document.path)


def _pick(folder: str, count: int, picker: random.Random) -> list[tuple[Document, tuple[int, int, int]]]:
    everything = [(document, sentence) for document in documents(folder) for sentence in document.sentences]
    return picker.sample(everything, min(count, len(everything)))


def altered(folder: str, kind: str, count: int, seed: int = 2) -> Iterator[Case]:
    """`count` sentences altered in one thing of this kind: "number", "name", "negation" or "citation"."""
    picker = random.Random(f"{seed}{kind}{folder}")
    alter: dict[str, Callable[[str, Document, random.Random], str | None]] = {
        "number": _other_number,
        "name": _other_name,
        "negation": _other_polarity,
    }
    made = 0
    for document, (start, end, passage) in _pick(folder, 10_000, picker):
        sentence = document.text[start:end]
        if kind == "citation":
            quote = _other_quote(document, (start, end, passage), picker)
            changed = sentence if quote else None
        else:
            quote, changed = sentence, alter[kind](sentence, document, picker)
        if changed and quote and (kind == "citation" or changed != sentence):
            yield Case(kind, changed, (quote,), _around(document, passage), document.path)
            made += 1
        if made == count:
            return


def _other_number(sentence: str, document: Document, picker: random.Random) -> str | None:
    found = list(re.finditer(r"\d[\d,.]*\d|\d|\b(?:" + "|".join(_WORDS[2:] + _ORDINALS) + r")\b", sentence))
    if not found:
        return None
    match = picker.choice(found)
    old = match.group()
    if old in _WORDS or old in _ORDINALS:
        new = picker.choice([word for word in (_WORDS[2:] if old in _WORDS else _ORDINALS) if word != old])
    else:
        new = picker.choice(_digit_changes(old, document, picker))
    if new == old or re.search(rf"(?<![\d]){re.escape(new)}(?![\d])", sentence):
        return None
    return sentence[: match.start()] + new + sentence[match.end() :]


def _digit_changes(old: str, document: Document, picker: random.Random) -> list[str]:
    place = picker.choice([index for index, char in enumerate(old) if char.isdigit()])
    one_digit = old[:place] + picker.choice([d for d in "123456789" if d != old[place]]) + old[place + 1 :]
    others = re.findall(r"\b\d[\d,.]*\d\b|\b\d\b", document.text) or [one_digit]
    plain = old.replace(",", "")
    near = str(int(plain) + picker.choice([-10, -1, 1, 2, 10])) if plain.isdigit() else one_digit
    return [one_digit, picker.choice(others), near, old + "0" if plain.isdigit() else one_digit]


_NAME = re.compile(r"(?<=[a-z,;(] )[A-Z][\w'’-]*(?: (?:of |the |de |von )?[A-Z][\w'’-]*)*")


def _other_name(sentence: str, document: Document, picker: random.Random) -> str | None:
    names = [match for match in _NAME.finditer(sentence) if match.group() != "I"]
    terms = [match for term in _TERMS for match in re.finditer(rf"\b{term}s?\b", sentence)]
    choices = names + (terms if len(terms) and (not names or picker.random() < 0.4) else [])
    if not choices:
        return None
    match = picker.choice(choices)
    if match in terms:
        pool = [term for term in _TERMS if re.search(rf"\b{term}", document.text)]
    else:
        pool = sorted({found.group() for found in _NAME.finditer(document.text)})
    pool = [
        name for name in pool if not any(part.lower() in sentence.lower() for part in name.split() if len(part) > 2)
    ]
    if not pool:
        return None
    return sentence[: match.start()] + picker.choice(pool) + sentence[match.end() :]


def _other_polarity(sentence: str, _document: Document, picker: random.Random) -> str | None:
    changes: list[str] = []
    if removed := re.sub(
        r"\b(?:(do|does|did) not|(can)not|(is|are|was|were|has|have|had|could|would) not)\b",
        _kept_verb,
        sentence,
        count=1,
    ):
        changes.append(removed)
    changes.append(
        re.sub(
            _AUXILIARIES,
            lambda match: f"{match[0].split()[0]} not {' '.join(match[0].split()[1:])}".strip(),
            sentence,
            count=1,
        )
    )
    changes.append(re.sub(_AUXILIARIES, r"\1 never", sentence, count=1) if "been" not in sentence else sentence)
    changes.append(re.sub(r"\b(?:not|never) ", "", sentence, count=1))
    for word in picker.sample(sorted(_OPPOSITES), len(_OPPOSITES)):
        if re.search(rf"\b{word}\b", sentence):
            changes.append(re.sub(rf"\b{word}\b", _OPPOSITES[word], sentence, count=1))
            break
    changes = [change for change in changes if change != sentence]
    return picker.choice(changes) if changes else None


def _kept_verb(match: re.Match[str]) -> str:
    return next(group for group in match.groups() if group)


def _other_quote(document: Document, wanted: tuple[int, int, int], picker: random.Random) -> str | None:
    """Another sentence of the document: mostly a neighbour in the same passage, else one from anywhere."""
    near = [other for other in document.sentences if other[2] == wanted[2] and other != wanted]
    pool = near if near and picker.random() < 0.6 else [other for other in document.sentences if other != wanted]
    if not pool:
        return None
    start, end, _ = picker.choice(pool)
    return document.text[start:end]


def written(name: str, field: str) -> Iterator[Case]:
    """The cases of tests/data/NAME.jsonl, written by hand, whose documents are there; `field` holds the sentence."""
    known = {document.path: document for folder in FOLDERS for document in documents(folder)}
    for line in (DATA / f"{name}.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        document = known.get(row["path"])
        if document is None:
            continue
        start = document.text.index(row["quote"])
        passage = next(i for i, hit in enumerate(document.hits) if hit.passage.start <= start < hit.passage.end)
        yield Case(row.get("kind", "reworded"), row[field], (row["quote"],), _around(document, passage), document.path)
