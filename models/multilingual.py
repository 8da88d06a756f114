"""Embeddings for texts of many languages: multilingual-e5-small on onnxruntime, once its weights have been pulled.

A question finds what answers it in another language too. Its file holds 4-bit weights (`e5_weights.py`), which are
multiplied as bytes: `models/e5_graph.onnx`, made by `benchmarks/build_e5_graph.py`, says how. The table of words, three
quarters of the file, stays on the disk; of each text its rows are read.
Source: Wang et al. 2024, "Multilingual E5 Text Embeddings", arXiv:2402.05672.
"""

from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vademecum.core.errors import ModelError
from vademecum.core.settings import send_no_telemetry
from vademecum.models.e5_weights import E5File
from vademecum.models.token_encoder import MAX_WINDOWS, WINDOW_TOKENS, TokenEncoder, session

if TYPE_CHECKING:
    from tokenizers import Tokenizer

COMPUTATION = "w8a8-centred"
"""Part of the fingerprint: products of 8-bit integers. To be changed whenever the graph computes other vectors."""

_GRAPH = "e5_graph.onnx"
_MEAN = "e5_mean.npy"
"""What all its token vectors have in common, float16 (384,), made by `benchmarks/fit_e5.py`, which says why."""

_PASSAGE, _QUERY = "passage: ", "query: "
_MATRICES = ("q", "k", "v", "ao", "fi", "fo")
_IN_LAYER = {
    "q.b": "attention.self.query.bias",
    "k.b": "attention.self.key.bias",
    "v.b": "attention.self.value.bias",
    "ao.b": "attention.output.dense.bias",
    "aln.w": "attention.output.LayerNorm.weight",
    "aln.b": "attention.output.LayerNorm.bias",
    "fi.b": "intermediate.dense.bias",
    "fo.b": "output.dense.bias",
    "oln.w": "output.LayerNorm.weight",
    "oln.b": "output.LayerNorm.bias",
}
"""Small tensors of a layer by the names they have in the file: their names in the graph."""


class MultilingualE5(TokenEncoder):
    """Vectors of texts of about a hundred languages; a question is encoded as one, and a passage as one."""

    token_projection = "e5_token_projection.npy"

    def __init__(self, path: Path, sha256: str, threads: int = 0) -> None:
        """Load the model (a second) from the file at `path`, which has been checked to have the hash `sha256`.

        Raises:
            WeightsError: the file is not laid out as it should be.
            ModelError: onnxruntime refuses it.
        """
        send_no_telemetry()
        self._file = E5File(path)
        self._sha256 = sha256
        graph = (files("vademecum.models") / _GRAPH).read_bytes()
        try:
            self._session = session(graph, partial(_give, given(self._file)))
        except RuntimeError as error:
            raise ModelError(f"the embedding model {path} cannot be loaded: {str(error).splitlines()[0]}") from error
        self.mean = _mean()
        super().__init__(tokenizer(self._file), passage=_PASSAGE, query=_QUERY, threads=threads)

    @property
    def fingerprint(self) -> str:
        """Changes whenever the vectors of the same texts may change: indexes keep it."""
        return f"multilingual-e5-small-{self._sha256[:8]}-{WINDOW_TOKENS}x{MAX_WINDOWS}-{COMPUTATION}"

    def _pass(self, windows: list[list[int]]) -> NDArray[np.float32]:
        """The last hidden state of windows of one length without its mean, float32 (windows, tokens, 384)."""
        words = self._file.rows("emb.word", self._file.sizes.width, np.array(windows, np.int64))
        return np.asarray(self._session.run(None, {"words": words})[0]) - self.mean


def _mean() -> NDArray[np.float32]:
    with (files("vademecum.models") / _MEAN).open("rb") as file:
        return np.load(file, allow_pickle=False).astype(np.float32)


def tokenizer(file: E5File) -> "Tokenizer":
    """The tokenizer of XLM-RoBERTa (Conneau et al. 2020), as SentencePiece has it: NFKC, without control characters."""
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

    begin, _, end, unknown = file.specials
    # In a text "<s>" is no beginning: the names of special tokens have a character in front that no text has by then.
    names = {place: f"\0{file.pieces[place]}" for place in file.specials}
    pieces = [names.get(place, piece) for place, piece in enumerate(file.pieces)]
    vocabulary = list(zip(pieces, file.scores.tolist(), strict=True))
    result = Tokenizer(models.Unigram(vocabulary, unk_id=unknown, byte_fallback=False))
    result.normalizer = normalizers.Sequence(
        [
            normalizers.Replace(Regex(r"[\x00-\x08\x0b\x0e-\x1f\x7f\x8f\x9f]"), ""),
            normalizers.Replace(Regex("[\u200b-\u200f\u2028\u2029\u2581\ufeff\ufffd]"), " "),
            normalizers.NFKC(),
        ]
    )
    result.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()])
    result.post_processor = processors.TemplateProcessing(
        single=f"{names[begin]} $A {names[end]}", special_tokens=[(names[begin], begin), (names[end], end)]
    )
    return result


def given(file: E5File) -> dict[str, NDArray[Any]]:
    """What the graph leaves open, by name: matrices (n, m) as int8 with a scale for each column, the rest float32."""
    width, inner = file.sizes.width, file.sizes.inner
    places = file.numbers("emb.pos").reshape(-1, width) + file.numbers("emb.type")[:width]
    matches: dict[str, NDArray[Any]] = {"places": places}
    for short, long in (("w", "weight"), ("b", "bias")):
        matches[f"inner.embeddings.LayerNorm.{long}"] = file.numbers(f"emb.ln.{short}")
    for layer in range(file.sizes.layers):
        for part, name in _IN_LAYER.items():
            matches[f"inner.encoder.layer.{layer}.{name}"] = file.numbers(f"l{layer}.{part}")
        for part in _MATRICES:
            rows = file.matrix(f"l{layer}.{part}.w", inner if part == "fo" else width)
            scale = np.maximum(np.abs(rows).max(axis=1, keepdims=True), 1e-12) / 127
            matches[f"l{layer}.{part}_q"] = np.ascontiguousarray(np.round(rows / scale).astype(np.int8).T)
            matches[f"l{layer}.{part}_scale"] = np.ascontiguousarray(scale.T)
    return matches


def _give(tensors: dict[str, NDArray[Any]], options: Any) -> None:
    from onnxruntime import OrtValue

    values = [OrtValue.ortvalue_from_numpy(np.ascontiguousarray(tensor)) for tensor in tensors.values()]
    options.add_external_initializers(list(tensors), values)
