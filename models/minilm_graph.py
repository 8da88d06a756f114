"""The computation of all-MiniLM-L6-v2 on onnxruntime: from tokens to the last hidden state.

`minilm_graph.onnx` says what is computed, and names the stretches of the package's file that hold its weights; others
can take the place of some of them (`low_rank.py`). Forward passes run side by side, each on one thread: faster than one
pass on all.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vademecum.core.errors import ModelError
from vademecum.core.settings import send_no_telemetry
from vademecum.models.cores import thread_count
from vademecum.models.token_encoder import session
from vademecum.models.weights import MINILM, MINILM_TOKENIZER, verified_path

_GRAPH = "minilm_graph.onnx"
"""Made by `benchmarks/build_minilm_graph.py`, which says how. The weights are the package's."""

Tokens = dict[str, NDArray[np.int64]]
"""What goes into one forward pass: `input_ids` (texts, tokens), texts of one length; `kinds` (1, tokens) where some of
the tokens are of a second text."""


class MiniLMGraph:
    """Safe to use from several threads at once."""

    def __init__(self, threads: int = 0, weights: Mapping[str, NDArray] | None = None) -> None:
        """Load the model (0.05 s). `threads`: forward passes that run at once; 0 means one a core.

        `weights` stand in place of the package's, by the names that the graph gives them.

        Raises:
            WeightsError: the weights are missing or not the pinned ones.
            ModelError: onnxruntime refuses them.
        """
        send_no_telemetry()
        from onnxruntime import OrtValue
        from tokenizers import Tokenizer

        path = verified_path(MINILM)
        values = [OrtValue.ortvalue_from_numpy(value) for value in (weights or {}).values()]

        def configure(options: Any) -> None:
            options.add_session_config_entry("session.model_external_initializers_file_folder_path", str(path.parent))
            if values:
                options.add_external_initializers(list(weights or {}), values)

        try:
            self._session = session((files("vademecum.models") / _GRAPH).read_bytes(), configure)
        except RuntimeError as error:
            raise ModelError(f"the embedding model {path} cannot be loaded: {str(error).splitlines()[0]}") from error
        self.tokenizer = Tokenizer.from_file(str(verified_path(MINILM_TOKENIZER)))
        self.tokenizer.no_truncation()
        self.tokenizer.no_padding()
        self._threads = thread_count(threads)
        # One for all who call: more passes at once than there are cores would only be in each other's way.
        self._pool = ThreadPoolExecutor(self._threads, "minilm")

    def last_hidden_states(self, batches: Sequence[Tokens]) -> list[NDArray[np.float32]]:
        """Float32 (texts, tokens, 384) of each batch, in the order given."""
        if len(batches) < 2 or self._threads == 1:
            return [self.run(batch) for batch in batches]
        passes = [self._pool.submit(self.run, batch) for batch in batches]
        try:
            return [future.result() for future in passes]
        finally:
            for future in passes:
                future.cancel()

    def run(self, batch: Tokens) -> NDArray[np.float32]:
        """Float32 (texts, tokens, 384) of one batch, in the thread of the caller."""
        return np.asarray(self._session.run(None, batch)[0])
