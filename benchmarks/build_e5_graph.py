"""Write `models/e5_graph.onnx`: the computation of multilingual-e5-small on int8 weights.

    python -m benchmarks.build_e5_graph      (needs onnx, which nothing else here does: pip install onnx)

Its layers are those of all-MiniLM-L6-v2, twice as many: so it is made of what `build_minilm_graph.py` has, and products
are of integers as there. It holds no weights and no table of words: `models/multilingual.py` gives both, under the
names that are written here.
"""

from pathlib import Path

import numpy as np
import onnx  # ty: ignore[import-not-found]
from onnx import helper  # ty: ignore[import-not-found]

from benchmarks.build_minilm_graph import WIDTH, Graph, layer

FILE = Path(__file__).resolve().parent.parent / "models" / "e5_graph.onnx"
LAYERS, INNER, PLACES = 12, 1536, 512
MATRICES = {"q": (WIDTH, WIDTH), "k": (WIDTH, WIDTH), "v": (WIDTH, WIDTH), "ao": (WIDTH, WIDTH), "fi": (WIDTH, INNER)}
MATRICES["fo"] = (INNER, WIDTH)


class E5Graph(Graph):
    """The graph as it grows; what it is given when it is loaded stands in it by name and shape alone."""

    def weights(self, name: str) -> str:
        """A tensor that the model gives by this name."""
        if name not in self.tensors:
            kind, shape = (onnx.TensorProto.INT8 if name.endswith("_q") else onnx.TensorProto.FLOAT), _shape(name)
            given = onnx.TensorProto(name=name, data_type=kind, dims=shape)
            given.data_location = onnx.TensorProto.EXTERNAL
            size = int(np.prod(shape)) * (1 if name.endswith("_q") else 4)
            places = {"location": "given", "offset": 0, "length": size}
            given.external_data.extend(
                onnx.StringStringEntryProto(key=key, value=str(value)) for key, value in places.items()
            )
            self.tensors[name] = given
        return name


def _shape(name: str) -> tuple[int, ...]:
    if name == "places":
        return (PLACES, WIDTH)
    part = name.partition(".")[2]
    if part.endswith("_q"):
        return MATRICES[part.removesuffix("_q")]
    if part.endswith("_scale"):
        return (1, MATRICES[part.removesuffix("_scale")][1])
    return (INNER,) if name.endswith("intermediate.dense.bias") else (WIDTH,)


def build() -> onnx.ModelProto:
    """The graph: from vectors of the tokens' words, float32 (texts, tokens, 384), to the last hidden state, the same.

    It knows of no padding: texts of one length only.
    """
    graph = E5Graph(onnx.ModelProto(), b"")
    length = graph.node("Shape", ["words"], "length", start=1, end=2)
    zero = graph.constant("at_0", [0], np.int64)
    places = graph.node("Slice", [graph.weights("places"), zero, length, zero], "places_used")
    rows = graph.node("Add", ["words", places], "words_placed")
    rows = graph.normalised(rows, "embeddings.LayerNorm", "embedded")
    for number in range(LAYERS):
        output = "last_hidden_state" if number == LAYERS - 1 else f"layer.{number}"
        rows = layer(graph, rows, number, [f"l{number}.{part}" for part in MATRICES], output)
    words = helper.make_tensor_value_info("words", onnx.TensorProto.FLOAT, ["texts", "tokens", WIDTH])
    hidden = helper.make_tensor_value_info(rows, onnx.TensorProto.FLOAT, ["texts", "tokens", WIDTH])
    body = helper.make_graph(graph.nodes, "e5", [words], [hidden], list(graph.tensors.values()))
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
    return helper.make_model(body, opset_imports=opsets, ir_version=9, producer_name="vademecum")


def main() -> None:
    FILE.write_bytes(build().SerializeToString(deterministic=True))
    print(f"{FILE.name}: {FILE.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
