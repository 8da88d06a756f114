"""Encoders of tokens on onnxruntime: a text's vector, and for free the vector of every token in it.

One forward pass gives both, with the tokens' places in the text, so that sentences can get vectors from the same pass
as their passage ("late chunking", Günther et al. 2024, arXiv:2409.04701). `minilm.py` and `multilingual.py` are such.
"""

import math
from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from langchain_core.embeddings import Embeddings
from numpy.typing import NDArray

from vademecum.models.cores import sums_exactly, thread_count

if TYPE_CHECKING:
    from tokenizers import Tokenizer

WINDOW_TOKENS = 256
"""Tokens read at once, [CLS] and [SEP] included: what the model was made for. A longer text is read in windows of equal
length. Measured on paragraphs of eval/wiki: where the evidence is in one of more than 256 tokens, MRR is .75; cut at
256 it is .62, read at once up to 512 tokens .63, in windows of 128 .69."""

MAX_WINDOWS = 8
"""Longer texts (some 8,000 characters) are cut here: passages are shorter, questions ought to be."""

_BATCH_TOKENS = 256
"""Tokens in one forward pass."""

_BATCH_WINDOWS = 16
"""Windows in one forward pass, at most."""


class Encoded(NamedTuple):
    """What the model says of a text.

    `vector`: float32 (384,), unit length. `tokens`: float32 (n, 384), the last hidden state of the n tokens of the text
    itself, without those that begin and end what is read. `offsets`: int32 (n, 2), where each token stands in the text,
    in characters.
    """

    vector: NDArray[np.float32]
    tokens: NDArray[np.float32]
    offsets: NDArray[np.int32]


class TokenEncoder(Embeddings):
    """Mean-pooled vectors of 384 dimensions and unit length. Safe to use from several threads at once.

    The same text has the same vector, alone or among others, to the last digit. An empty text has one too.
    """

    dimensions = 384
    token_projection = "token_projection.npy"
    """The file of principal axes by which token vectors are kept small (`vademecum.retrieval.encode`)."""

    def __init__(self, tokenizer: "Tokenizer", *, passage: str = "", query: str = "", threads: int = 0) -> None:
        """`passage` and `query`: what the model was trained to find in front of a text that is kept, or asked.

        `threads`: forward passes that run at once; 0 means one a core.
        """
        self._tokenizer = tokenizer
        tokenizer.no_truncation()
        tokenizer.no_padding()
        first, *_, last = tokenizer.encode("").ids
        self._ends = (first, last)
        self._openings = {kind: tokenizer.encode(kind).ids[1:-1] for kind in (passage, query)}
        self._passage, self._query = passage, query
        self._threads = thread_count(threads)
        # One for all who call: more passes at once than there are cores would only be in each other's way.
        self._pool = ThreadPoolExecutor(self._threads, "encoder")

    @abstractmethod
    def _pass(self, windows: list[list[int]]) -> NDArray[np.float32]:
        """The last hidden state of windows of one length, float32 (windows, tokens, 384)."""

    def encode(self, texts: Sequence[str]) -> list[Encoded]:
        """Text vectors and token vectors, in the order given.

        Token vectors take 1.5 kB each: encode some hundred passages at a time.
        """
        return self._encode(texts, self._passage)

    def encode_query(self, text: str) -> Encoded:
        """The vector of a question and of its tokens."""
        return self._encode([text], self._query)[0]

    def _encode(self, texts: Sequence[str], opening: str) -> list[Encoded]:
        tokenised = [self._tokenise(text, opening) for text in texts]
        hidden = iter(self._forward([window for windows, _ in tokenised for window in windows]))
        skipped = 1 + len(self._openings[opening])
        encoded = []
        for text, (windows, offsets) in zip(texts, tokenised, strict=True):
            states = [next(hidden) for _ in windows]
            self._fill_in(text, windows, states, offsets)
            encoded.append(_encoded(states, offsets, skipped))
        return encoded

    def _fill_in(
        self,
        text: str,
        windows: list[list[int]],
        states: list[NDArray[np.float32]],
        offsets: list[tuple[int, int]],
    ) -> None:
        """Put something in `states` for tokens of which the model knows nothing; most models know something of all."""

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Unit vectors, in the order given."""
        portions = (texts[i : i + 256] for i in range(0, len(texts), 256))
        return [encoded.vector.tolist() for portion in portions for encoded in self.encode(portion)]

    def embed_query(self, text: str) -> list[float]:
        """The vector of a question; of a model that takes questions and passages alike, that of `embed_documents`."""
        return self.encode_query(text).vector.tolist()

    def token_offsets(self, text: str) -> NDArray[np.int32]:
        """Where each token of `text` stands in it, int32 (n, 2), in characters; however long it is."""
        return np.array(self._tokenizer.encode(well_formed(text)).offsets[1:-1], np.int32).reshape(-1, 2)

    def _tokenise(self, text: str, opening: str | None = None) -> tuple[list[list[int]], list[tuple[int, int]]]:
        """The token ids of each window of `text`, with those that begin and end one, and where its own stand in it."""
        encoding = self._tokenizer.encode(well_formed(text))
        ids = encoding.ids[1:-1]
        first, last = [self._ends[0], *self._openings[self._passage if opening is None else opening]], self._ends[1]
        most = WINDOW_TOKENS - len(first) - 1
        count = max(1, math.ceil(len(ids) / most))
        size = max(1, math.ceil(len(ids) / count)) if count <= MAX_WINDOWS else most
        starts = range(0, max(1, len(ids)), size)[:MAX_WINDOWS]
        windows = [[*first, *ids[start : start + size], last] for start in starts]
        return windows, encoding.offsets[1:-1][: size * MAX_WINDOWS]

    def _forward(self, windows: list[list[int]]) -> list[NDArray[np.float32]]:
        """The last hidden state of each window, float32 (tokens, 384), in the order given."""
        batches = list(_batches([len(window) for window in windows]))
        if len(batches) < 2 or self._threads == 1:
            batch_states = [self._pass([windows[i] for i in batch]) for batch in batches]
        else:
            passes = [self._pool.submit(self._pass, [windows[i] for i in batch]) for batch in batches]
            try:
                batch_states = [future.result() for future in passes]
            finally:
                for future in passes:
                    future.cancel()
        states = dict(
            zip((i for batch in batches for i in batch), (row for rows in batch_states for row in rows), strict=True)
        )
        return [states[i] for i in range(len(windows))]


def session(graph: bytes, configure: Callable[[Any], object]) -> Any:
    """A session of onnxruntime for a graph whose products are of bytes; `configure` is given its options.

    Raises:
        RuntimeError: onnxruntime refuses the graph.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # Passes run side by side, each on one thread: faster than one pass on all.
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.log_severity_level = 4
    if not sums_exactly():  # then weights are rewritten so that nothing overflows, by the extended optimisations
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
        options.add_session_config_entry("session.x64quantprecision", "1")
    configure(options)
    return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])


def _encoded(windows: list[NDArray[np.float32]], offsets: list[tuple[int, int]], skipped: int) -> Encoded:
    """`skipped`: tokens in front of a window that are not of the text."""
    mean = np.concatenate(windows).mean(axis=0)
    # `concatenate` copies, so that one text's tokens do not keep the whole batch alive.
    tokens = np.concatenate([window[skipped:-1] for window in windows])
    return Encoded(mean / np.linalg.norm(mean), tokens, np.array(offsets, np.int32).reshape(-1, 2))


def _batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Indices of windows of one length in batches, longest first, so that the last batches to end are the short ones.

    Nothing is padded: padding would cost time, and the last digits of a vector would depend on what is beside it.
    """
    order = sorted(range(len(lengths)), key=lambda i: -lengths[i])
    for length, group in groupby(order, key=lengths.__getitem__):
        same = list(group)
        most = max(1, min(_BATCH_WINDOWS, _BATCH_TOKENS // length))
        yield from (same[start : start + most] for start in range(0, len(same), most))


def well_formed(text: str) -> str:
    """`text` with lone surrogates, which the tokenizer refuses, replaced one for one by question marks."""
    return text.encode("utf-8", "replace").decode("utf-8")
