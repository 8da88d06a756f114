"""The embedded model multiplies 8-bit integers; its vectors are nearly the float32 ones, alone or together."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from vademecum.models import cores, minilm_graph
from vademecum.models.minilm import MiniLM
from vademecum.models.weights import MINILM, verified_path

pytestmark = pytest.mark.slow

TEXTS = [
    "",
    "?",
    "Dropout sets each activation to zero with a probability of one half.",
    "Überraschung: 100 % of naïve 東京 façades — £5.20 (VAT incl.)",
    "def f(x):\n    return {k: v for k, v in x.items() if v is not None}",
    "THE OF AND TO IN " * 30,
    "The forget gate decides what is kept of the state. Its weights are learned with those of the other gates. " * 12,
    "word " * 3000,
]


@pytest.fixture(scope="module")
def model() -> MiniLM:
    return MiniLM()


def in_float32(model: MiniLM, text: str) -> np.ndarray[Any, np.dtype[np.float32]]:
    """The vector as the package's own graph computes it."""
    import onnxruntime

    session = onnxruntime.InferenceSession(str(verified_path(MINILM)), providers=["CPUExecutionProvider"])
    hidden = []
    for window in model._tokenise(text)[0]:
        ids = np.array([window], np.int64)
        fed = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        hidden.append(np.asarray(session.run(None, fed)[0])[0])
    mean = np.concatenate(hidden).mean(axis=0)
    return mean / np.linalg.norm(mean)


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_a_vector_is_that_of_the_float32_model_nearly(model: MiniLM, text: str) -> None:
    assert np.dot(model.embed_query(text), in_float32(model, text)) > 0.998


def test_a_text_has_the_same_vector_to_the_last_digit_alone_and_among_others(model: MiniLM) -> None:
    together = model.embed_documents([*TEXTS, *reversed(TEXTS), *(f"{text} more" for text in TEXTS)])
    for place, text in enumerate(TEXTS):
        assert model.embed_query(text) == together[place] == together[2 * len(TEXTS) - 1 - place]


def test_where_bytes_are_not_summed_exactly_slower_products_give_the_same(
    model: MiniLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(minilm_graph, "sums_exactly", lambda: False)
    careful = MiniLM()
    assert np.abs(np.array(careful.embed_documents(TEXTS)) - np.array(model.embed_documents(TEXTS))).max() < 1e-4


@pytest.mark.parametrize(
    ("machine", "flags", "exact"),
    [
        ("x86_64", "flags : fpu avx2 avx512f avx512_vnni", True),
        ("x86_64", "flags\t\t: fpu avx2 avx_vnni", True),
        ("x86_64", "flags : fpu avx2 avx512f", False),
        ("AMD64", None, False),
        ("x86_64", "processor : 0", False),
        ("arm64", None, True),
        ("aarch64", "Features : fp asimd", True),
    ],
)
def test_how_a_processor_sums_bytes_is_told_by_what_it_says_of_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, machine: str, flags: str | None, *, exact: bool
) -> None:
    described = tmp_path / "cpuinfo"
    if flags is not None:
        described.write_text(f"model name : some\n{flags}\n", "utf-8")
    monkeypatch.setattr(cores.platform, "machine", lambda: machine)
    assert cores.sums_exactly(described) is exact


def test_the_graph_is_the_one_that_its_script_builds() -> None:
    pytest.importorskip("onnx", reason="onnx, which builds the graph, is not installed")
    from benchmarks.build_minilm_graph import FILE, build

    assert FILE.read_bytes() == build().SerializeToString(deterministic=True)
