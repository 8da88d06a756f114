"""The encoder for many languages: how its file is read, what it puts in front of a text, and how it comes here."""

import struct
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from vademecum.core.errors import ModelError, UsageError, WeightsError
from vademecum.core.settings import load_settings
from vademecum.models import chat_model, embedding_model, local_models
from vademecum.models.downloads import pull
from vademecum.models.e5_weights import E5File
from vademecum.models.multilingual import given, tokenizer
from vademecum.models.token_encoder import WINDOW_TOKENS, TokenEncoder
from vademecum.privacy import flows

WIDTH, INNER = 32, 64
PIECES = {
    "<s>": 0.0, "<pad>": 0.0, "</s>": 0.0, "<unk>": 0.0, "▁passage": -2.0, "▁query": -2.0, ":": -1.0, "▁": -3.0,
    "ab": -2.0, "▁a": -2.5, "b": -4.0, "水": -5.0, "s": -6.0, "<": -6.0, ">": -6.0, "▁b": -3.0,
}  # fmt: skip


def blocks(matrix: NDArray[np.int8], scale: float) -> bytes:
    """Rows of numbers from -8 to 7 as the file has them."""
    numbers = (matrix.reshape(-1, 2, 16) + 8).astype(np.uint8)
    packed = np.zeros(len(numbers), [("scale", "<f2"), ("numbers", "u1", 16)])
    packed["scale"], packed["numbers"] = scale, numbers[:, 0] | numbers[:, 1] << 4
    return packed.tobytes()


def tiny_file(path: Path) -> Path:
    """A model of one layer, and vectors of 32 numbers."""
    numbers = np.random.default_rng(0)
    tensors: dict[str, tuple[int, int, bytes]] = {}

    def full(name: str, count: int) -> None:
        tensors[name] = (0, count, numbers.standard_normal(count).astype("<f4").tobytes())

    def matrix(name: str, rows: int, columns: int) -> None:
        drawn = numbers.integers(-8, 8, (rows, columns), np.int8)
        tensors[name] = (1, rows * columns, blocks(drawn, 0.5))

    matrix("emb.word", len(PIECES), WIDTH)
    full("emb.pos", 8 * WIDTH)
    full("emb.type", 2 * WIDTH)
    for name in ("emb.ln", "l0.aln", "l0.oln"):
        full(f"{name}.w", WIDTH)
        full(f"{name}.b", WIDTH)
    for part in ("q", "k", "v", "ao", "fi", "fo"):
        matrix(f"l0.{part}.w", INNER if part == "fi" else WIDTH, INNER if part == "fo" else WIDTH)
        full(f"l0.{part}.b", INNER if part == "fi" else WIDTH)
    text = [piece.encode() for piece in PIECES]
    offsets = np.cumsum([0, *map(len, text)]).astype("<u4").tobytes()
    head = b"E5S1" + struct.pack("<I7ifi", 1, WIDTH, 1, 4, INNER, len(PIECES), 8, 2, 1e-12, 32)
    head += struct.pack("<5iQ", len(PIECES), 0, 2, 1, 3, sum(map(len, text)))
    head += offsets + np.array(list(PIECES.values()), "<f4").tobytes() + b"".join(text)
    head += struct.pack("<iI", 1, 9) + struct.pack("<IBI", 0xFF21, 1, 0x21) + struct.pack("<i", len(tensors))
    at = len(head) + sum(2 + len(name) + 21 for name in tensors)
    body = b""
    for name, (kind, count, content) in tensors.items():
        place = struct.pack("<BIQQ", kind, count, at + len(body), len(content))
        head += struct.pack("<H", len(name)) + name.encode() + place
        body += content
    path.write_bytes(head + body)
    return path


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> E5File:
    return E5File(tiny_file(tmp_path_factory.mktemp("weights") / "e5-small-q4.bin"))


class Recording(TokenEncoder):
    """Keeps what it was given to read."""

    dimensions = WIDTH

    def __init__(self, file: E5File) -> None:
        super().__init__(tokenizer(file), passage="passage: ", query="query: ", threads=1)
        self.read: list[list[str]] = []

    def _pass(self, windows: list[list[int]]) -> NDArray[np.float32]:
        self.read += [[list(PIECES)[token] for token in window] for window in windows]
        return np.array([np.arange(1, len(window) + 1)[:, None] * np.ones(WIDTH) for window in windows], np.float32)


def test_the_file_gives_sizes_vocabulary_and_numbers(tiny: E5File) -> None:
    assert (tiny.sizes.width, tiny.sizes.layers, tiny.sizes.inner, tiny.sizes.places) == (WIDTH, 1, INNER, 8)
    assert tiny.pieces == list(PIECES)
    assert tiny.scores.tolist() == list(PIECES.values())
    drawn = np.random.default_rng(0).integers(-8, 8, (len(PIECES), WIDTH), np.int8)
    assert np.array_equal(tiny.matrix("emb.word", WIDTH), drawn * np.float32(0.5))
    assert np.array_equal(tiny.rows("emb.word", WIDTH, np.array([[3, 1]])), drawn[None, [3, 1]] * np.float32(0.5))


def test_what_the_graph_is_given_is_what_the_file_holds(tiny: E5File) -> None:
    tensors = given(tiny)
    assert tensors["places"].shape == (8, WIDTH)
    assert tensors["l0.fi_q"].shape == (WIDTH, INNER)
    again = (tensors["l0.fo_q"].astype(np.float32) * tensors["l0.fo_scale"]).T
    assert np.allclose(again, tiny.matrix("l0.fo.w", INNER), atol=0.5 * 8 / 127)
    assert tensors["inner.encoder.layer.0.intermediate.dense.bias"].shape == (INNER,)


@pytest.mark.parametrize("content", [b"", b"GGUF" + bytes(90), b"E5S1" + bytes(200), b"E5S1" + bytes([255]) * 200])
def test_another_file_is_refused_in_a_line(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "other.bin").write_bytes(content)
    with pytest.raises(WeightsError, match=r"not laid out as|lack"):
        given(E5File(tmp_path / "other.bin"))


def test_passages_and_questions_are_told_apart_and_only_the_text_has_tokens(tiny: E5File) -> None:
    model = Recording(tiny)
    (passage,) = model.encode(["ab  水"])
    query = model.encode_query("ab")
    assert model.read == [
        ["<s>", "▁passage", ":", "▁", "ab", "▁", "水", "</s>"],
        ["<s>", "▁query", ":", "▁", "ab", "</s>"],
    ]
    assert passage.offsets.tolist() == [[0, 1], [0, 2], [4, 5], [4, 5]] or passage.offsets[-1].tolist() == [4, 5]
    assert passage.tokens[:, 0].tolist() == [4, 5, 6, 7]
    assert query.tokens[:, 0].tolist() == [4, 5]
    assert model.embed_documents(["ab"]) == [model.encode(["ab"])[0].vector.tolist()]


def test_each_window_of_a_long_text_begins_as_a_passage(tiny: E5File) -> None:
    model = Recording(tiny)
    (encoded,) = model.encode(["ab " * 300])
    assert [window[:3] for window in model.read] == [["<s>", "▁passage", ":"]] * len(model.read)
    assert max(map(len, model.read)) <= WINDOW_TOKENS
    assert len(encoded.tokens) == len(encoded.offsets) == 600


def test_a_text_cannot_write_special_tokens(tiny: E5File) -> None:
    ids = tokenizer(tiny).encode("<s> ab </s>").ids
    assert ids[0] == 0
    assert ids[-1] == 2
    assert not {0, 1, 2} & set(ids[1:-1])


def test_the_name_says_in_a_line_what_to_do_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    with pytest.raises(
        ModelError, match=r"^the model multilingual is not installed; get it \(72 MB\): vade models pull"
    ):
        embedding_model("multilingual", load_settings(home=tmp_path / "home"))
    with pytest.raises(UsageError, match="no model named 'multilingual'"):
        chat_model("multilingual", load_settings(home=tmp_path / "home"))
    assert "multilingual" not in local_models.local_models()
    assert "multilingual" not in local_models.names_at_hand()
    assert local_models.local_model("multilingual").embeds


def test_it_is_said_to_send_nothing(tmp_path: Path) -> None:
    import vademecum

    with vademecum.open(home=tmp_path, embeddings="multilingual", tracing="off") as notes:
        (flow,) = [flow for flow in flows(notes) if flow.name == "Embeddings"]
    assert not flow.leaves


@pytest.mark.model
@pytest.mark.slow
def test_it_is_pulled_and_finds_across_languages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    pull("multilingual")
    model = embedding_model("multilingual", load_settings(home=tmp_path / "home"))
    texts = ["Die Miete beträgt 800 Euro im Monat.", "图书借期为三周。", "The pool is closed on Mondays."]
    vectors = np.array(model.embed_documents(texts))
    for number, question in enumerate(
        ["How much is the rent?", "How long may I keep a book?", "Wann ist das Schwimmbad geschlossen?"]
    ):
        assert int(np.argmax(vectors @ np.array(model.embed_query(question)))) == number
