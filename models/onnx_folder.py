"""Sentence-transformers models from a folder on this machine, on onnxruntime: multilingual ones too, without torch.

The folder is one as Hugging Face's hub gives it: `tokenizer.json`, and the model exported to ONNX as `model.onnx`,
there or in `onnx/`. How tokens become a vector (mean or first token) and how much is read at once come from its own
files, `1_Pooling/config.json` and `sentence_bert_config.json`; without them, mean and 256 tokens.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
from langchain_core.embeddings import Embeddings
from numpy.typing import NDArray

from vademecum.core.errors import ModelError
from vademecum.core.settings import send_no_telemetry
from vademecum.models.cores import thread_count
from vademecum.models.token_encoder import well_formed

WEIGHTS = ("model.onnx", "onnx/model.onnx", "model_quantized.onnx", "onnx/model_quantized.onnx")
"""Where the exports of sentence-transformers, optimum and the hub's own converter lie, in this order."""

BATCH = 16
"""Texts in one forward pass, at most: sorted by length, so that little is padding."""

MOST_TOKENS = 512
"""Read of a text at most, where the folder says more or nothing sensible; passages are shorter."""


def is_onnx_folder(folder: Path) -> bool:
    """Whether this is a folder that can be served here."""
    return (folder / "tokenizer.json").is_file() and any((folder / name).is_file() for name in WEIGHTS)


class OnnxFolder(Embeddings):
    """Vectors of unit length of the model in `folder`. Safe to use from several threads."""

    def __init__(self, folder: Path, threads: int = 0) -> None:
        """Load the model.

        Raises:
            ModelError: the folder's files cannot be read, or the model gives no token vectors.
        """
        send_no_telemetry()
        import onnxruntime
        from tokenizers import Tokenizer

        self.folder = folder
        self._weights = next(folder / name for name in WEIGHTS if (folder / name).is_file())
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = thread_count(threads)
        options.log_severity_level = 4
        try:
            self._session = onnxruntime.InferenceSession(
                str(self._weights), options, providers=["CPUExecutionProvider"]
            )
            self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
            self._pooling = _pooling(folder)
            self._most = _most_tokens(folder)
        except Exception as error:  # of several kinds, the tokenizer's is a bare Exception
            raise ModelError(f"the embedding model {folder} cannot be loaded: {str(error).splitlines()[0]}") from error
        self._tokenizer.enable_truncation(self._most)
        self._tokenizer.no_padding()
        self._inputs = {graph_input.name for graph_input in self._session.get_inputs()}
        self._output = _output(self._session, folder)
        self.dimensions = len(self.embed_query("dimensions"))

    @property
    def fingerprint(self) -> str:
        """Changes whenever the vectors of the same texts may change; the folder's place is of no account."""
        with self._weights.open("rb") as file:
            weights = hashlib.file_digest(file, "sha256").hexdigest()
        tokenizer = hashlib.sha256((self.folder / "tokenizer.json").read_bytes()).hexdigest()
        return f"onnx-{weights[:12]}-{tokenizer[:8]}-{self._pooling}-{self._most}"

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Unit vectors, in the order given."""
        encodings = self._tokenizer.encode_batch([well_formed(text) for text in texts])
        order = sorted(range(len(texts)), key=lambda place: len(encodings[place].ids))
        vectors: dict[int, list[float]] = {}
        for begin in range(0, len(order), BATCH):
            places = order[begin : begin + BATCH]
            rows = self._pass([encodings[place].ids for place in places])
            vectors.update(zip(places, rows.tolist(), strict=True))
        return [vectors[place] for place in range(len(texts))]

    def embed_query(self, text: str) -> list[float]:
        """The same vector as `embed_documents` gives."""
        return self.embed_documents([text])[0]

    def _pass(self, ids: list[list[int]]) -> NDArray[np.float32]:
        tokens = np.zeros((len(ids), max(1, *map(len, ids))), np.int64)
        mask = np.zeros_like(tokens)
        for row, token_ids in enumerate(ids):
            tokens[row, : len(token_ids)] = token_ids
            mask[row, : len(token_ids)] = 1
        feed = {"input_ids": tokens, "attention_mask": mask, "token_type_ids": np.zeros_like(tokens)}
        fed = {name: value for name, value in feed.items() if name in self._inputs}
        hidden = np.asarray(self._session.run([self._output], fed)[0], np.float32)
        weights = mask[..., None].astype(np.float32)
        if self._pooling == "cls":
            pooled = hidden[:, 0]
        else:
            pooled = (hidden * weights).sum(axis=1) / np.maximum(weights.sum(axis=1), 1)
        return pooled / np.maximum(np.linalg.norm(pooled, axis=1, keepdims=True), 1e-12)


def _output(session: Any, folder: Path) -> str:
    """The name of the output that holds a vector for each token."""
    outputs = session.get_outputs()
    named_outputs = [output.name for output in outputs if output.name in ("last_hidden_state", "token_embeddings")]
    shaped = [output.name for output in outputs if len(output.shape) == 3]
    if not (named_outputs or shaped):
        raise ModelError(f"the model in {folder} gives no token vectors; export it with last_hidden_state as output")
    return (named_outputs or shaped)[0]


def _read_json(file: Path) -> dict[str, Any]:
    return json.loads(file.read_text("utf-8")) if file.is_file() else {}


def _pooling(folder: Path) -> str:
    config = _read_json(folder / "1_Pooling" / "config.json")
    if config.get("pooling_mode_cls_token"):
        return "cls"
    if config and not config.get("pooling_mode_mean_tokens", True):
        raise ModelError("it pools its tokens in a way that is not known here (known: mean, cls)")
    return "mean"


def _most_tokens(folder: Path) -> int:
    max_length = _read_json(folder / "sentence_bert_config.json").get("max_seq_length") or 256
    return max(8, min(int(max_length), MOST_TOKENS))
