"""A small trained reader: whether a sentence of a passage answers the question, and which words of it do.

all-MiniLM-L6-v2 with a low-rank adapter (`reader.npz`) and four linear heads, fine-tuned to read question and passage
together (`benchmarks/train_reader.py`). Where a vector says what a text is about, this says whether *this* sentence
answers *this* question (a cross-encoder: Nogueira and Cho 2019, arXiv:1901.04085; null and spans as in Devlin et al.
2018, arXiv:1810.04805, section 4.3). `docs/reader.md` says how it was made and from what.
"""

from collections.abc import Sequence
from importlib.resources import files
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vademecum.models.low_rank import merged
from vademecum.models.minilm_graph import MiniLMGraph, Tokens
from vademecum.models.process_cache import once
from vademecum.models.token_encoder import well_formed

MAX_TOKENS = 256
"""Of question and passage together, as it was trained; what is behind them is not read."""

MAX_QUESTION_TOKENS = 64
"""Of a longer question only these are read, so that room is left for the passage."""

MAX_SPAN_TOKENS = 30
"""The longest answer that is looked for inside a sentence."""

LANGUAGES = ("en",)
"""What it was trained on."""

_ADAPTER = "reader.npz"

_HEADS = ("sent", "tokw", "null", "span")

Floats = NDArray[np.float32]


class PassageText(NamedTuple):
    """What is read: the passage with its title in front; `sentences` are its sentences as (start, end) in `text`."""

    text: str
    sentences: Sequence[tuple[int, int]]


class SentenceReading(NamedTuple):
    """What the reader says of one sentence.

    `answers`: log-odds of the sentence against that nothing in the passage answers. `span`: the same of the best words
    in it. `start` and `end`: where in the text these words stand, in characters.
    """

    answers: float
    span: float
    start: int
    end: int


def reader(threads: int = 0) -> "Reader":
    """The reader of this process, loaded once (0.2 s).

    Raises:
        WeightsError: the weights of the embedded model are missing or not the pinned ones.
        ModelError: onnxruntime refuses them.
    """
    return once(("reader", threads), lambda: Reader(threads))


class Reader:
    """Safe to use from several threads at once. English only."""

    def __init__(self, threads: int = 0) -> None:
        """Merge the adapter into the embedded model's weights; `threads` as those of the model."""
        with (files("vademecum.models") / _ADAPTER).open("rb") as file, np.load(file, allow_pickle=False) as stored:
            adapter = {name: stored[name].astype(np.float32) for name in stored.files}
        self._graph = MiniLMGraph(threads, merged(adapter))
        self._heads = {name: value for name, value in adapter.items() if name.split(".")[0] in _HEADS}

    def read(self, question: str, passages: Sequence[PassageText]) -> list[list[SentenceReading | None]]:
        """Of each passage what is said of each of its sentences; None for one that is behind the last token read."""
        question_ids = self._graph.tokenizer.encode(well_formed(question)).ids[:-1][: MAX_QUESTION_TOKENS + 1]
        inputs = [self._input(question_ids, passage) for passage in passages]
        states = self._graph.last_hidden_states([tokens for tokens, _ in inputs])
        return [
            self._readings(hidden[0], len(question_ids) + 1, offsets, passage.sentences)
            for hidden, (_, offsets), passage in zip(states, inputs, passages, strict=True)
        ]

    def _input(self, question_ids: list[int], passage: PassageText) -> tuple[Tokens, NDArray[np.int32]]:
        """`[CLS] question [SEP] passage [SEP]` as token ids, and where in its text each token of the passage stands."""
        encoding = self._graph.tokenizer.encode(well_formed(passage.text))
        separator, room = encoding.ids[-1], MAX_TOKENS - len(question_ids) - 2
        ids = [*question_ids, separator, *encoding.ids[1:-1][:room], separator]
        kinds = [0] * (len(question_ids) + 1) + [1] * (len(ids) - len(question_ids) - 1)
        offsets = np.array(encoding.offsets[1:-1][:room], np.int32).reshape(-1, 2)
        return {"input_ids": np.array([ids], np.int64), "kinds": np.array([kinds], np.int64)}, offsets

    def _readings(
        self, hidden: Floats, first: int, offsets: NDArray[np.int32], sentences: Sequence[tuple[int, int]]
    ) -> list[SentenceReading | None]:
        """`hidden` (tokens, 384) of the whole input, whose token `first` is the passage's first."""
        null, (null_start, null_end) = self._head("null", hidden[0])[0], self._head("span", hidden[0])
        passage = hidden[first : first + len(offsets)]
        words, edges = self._head("tokw", passage)[:, 0], self._head("span", passage)
        readings: list[SentenceReading | None] = []
        for start, end in sentences:
            inside = np.flatnonzero((offsets[:, 0] < end) & (offsets[:, 1] > start))
            if not len(inside):
                readings.append(None)
                continue
            a, b = int(inside[0]), int(inside[-1]) + 1
            answers = self._head("sent", passage[a:b].mean(axis=0))[0] + np.logaddexp.reduce(words[a:b])
            span, i, j = _best_span(edges[a:b, 0], edges[a:b, 1])
            begin, stop = int(offsets[a + i, 0]), int(offsets[a + j, 1])
            readings.append(SentenceReading(float(answers - null), float(span - null_start - null_end), begin, stop))
        return readings

    def _head(self, name: str, rows: Floats) -> Floats:
        return rows @ self._heads[f"{name}.weight"].T + self._heads[f"{name}.bias"]


def _best_span(starts: Floats, ends: Floats) -> tuple[float, int, int]:
    """The highest sum of a start and an end not before it and fewer than `MAX_SPAN_TOKENS` behind, and both places."""
    sums = starts[:, None] + ends[None, :]
    allowed = np.triu(np.ones(sums.shape, bool)) & ~np.triu(np.ones(sums.shape, bool), MAX_SPAN_TOKENS)
    best = int(np.argmax(np.where(allowed, sums, -np.inf)))
    i, j = divmod(best, len(ends))
    return float(sums[i, j]), i, j
