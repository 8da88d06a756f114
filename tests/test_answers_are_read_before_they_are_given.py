"""The trained reader tells the sentence that answers from its neighbours, marks the words, and doubts near misses."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from workspaces import HashEmbeddings

from vademecum.core.errors import WeightsError
from vademecum.core.settings import load_settings
from vademecum.language.sentences import sentence_spans
from vademecum.models.low_rank import merged, whole_weights
from vademecum.models.reader import MAX_TOKENS, PassageText, Reader, SentenceReading, reader
from vademecum.retrieval.evidence import own_weights, read_passages
from vademecum.retrieval.ingestion.ingest import ingest
from vademecum.retrieval.library import Library

FERRY = (
    "Ferry to Holm. The Astrid was built in Bergen in 1962. She carries forty cars and two hundred passengers. "
    "Captain Nils Aas has commanded her since 2009. Bicycles travel free of charge in the winter months. "
    "The crossing takes about 35 minutes in calm weather."
)
ASKED = {
    "Who commands the Astrid?": "Captain Nils Aas",
    "How long does the crossing take?": "35 minutes",
    "Where was the Astrid built?": "Bergen",
    "How many passengers fit on board?": "two hundred",
}
NOT_SAID = ("Who built the harbour of Holm?", "What does a ticket for a dog cost?", "Who owned the Astrid in 1900?")


def passage(text: str = FERRY) -> PassageText:
    return PassageText(text, sentence_spans(text))


def best(said: list[SentenceReading | None]) -> SentenceReading:
    return max((reading for reading in said if reading), key=lambda reading: reading.answers)


def test_the_sentence_that_answers_is_first_and_its_words_are_marked() -> None:
    for question, words in ASKED.items():
        text = passage()
        (said,) = reader().read(question, [text])
        first = best(said)
        start, end = text.sentences[said.index(first)]
        assert words in FERRY[start:end]
        assert first.answers > 0
        marked = FERRY[first.start : first.end]
        assert marked in words or words in marked, (question, marked)


def test_what_is_not_said_is_doubted() -> None:
    asked = [best(reader().read(question, [passage()])[0]).answers for question in ASKED]
    others = [best(reader().read(question, [passage()])[0]).answers for question in NOT_SAID]
    assert min(asked) > max(others)


def test_a_passage_is_read_the_same_alone_and_among_others() -> None:
    other = passage("Lighthouse. The lamp was lit in 1871. It is seen from eleven miles away.")
    question = next(iter(ASKED))
    assert reader().read(question, [passage()])[0] == reader().read(question, [other, passage(), other])[1]


def test_what_is_behind_the_last_token_is_not_read() -> None:
    long = passage(FERRY + " It was a long and quiet day at sea." * 40)
    (said,) = reader().read("Who commands the Astrid?", [long])
    assert best(said) == max((reading for reading in said[:6] if reading), key=lambda reading: reading.answers)
    assert said[-1] is None
    (said,) = reader().read("Why? " * 2 * MAX_TOKENS, [passage()])  # a question takes no more than its share
    assert all(said)


@pytest.mark.parametrize("text", ["", " ", "\udc80 broken", "?"])
def test_strange_texts_are_read(text: str) -> None:
    (said,) = reader().read(text, [PassageText(f"{text} x", [(0, len(text) + 2)])])
    assert said[0] is None or math.isfinite(said[0].answers)


def test_the_merged_bytes_compute_what_the_adapter_does_in_float32() -> None:
    states = Reader(1)
    tokens, _ = states._input(states._graph.tokenizer.encode("Who commands the Astrid?").ids[:-1], passage())
    (bytes_state,) = states._graph.last_hidden_states([tokens])
    exact = in_float32(tokens["input_ids"][0], tokens["kinds"][0])
    cosines = (bytes_state[0] * exact).sum(1) / np.linalg.norm(bytes_state[0], axis=1) / np.linalg.norm(exact, axis=1)
    assert cosines.min() > 0.985
    assert cosines.mean() > 0.997


def test_what_an_adapter_of_nothing_merges_is_the_package() -> None:
    whole = whole_weights()
    nothing: dict[str, np.ndarray] = {"pos.weight": np.zeros((256, 384))}
    for name, value in whole.items():
        if name.startswith("layers.") and value.ndim == 2:
            nothing |= {f"{name}.u": np.zeros((value.shape[0], 1)), f"{name}.v": np.zeros((1, value.shape[1]))}
        elif name not in ("words", "pos.weight"):
            nothing[name] = value
    weights = merged(nothing)
    columns = [weights[f"val_{n}_q"] * weights[f"val_{n}_scale"] for n in (49, 57, 65)]
    assert np.abs(np.concatenate(columns, 1).T - whole["layers.0.qkv.weight"]).max() < 1e-6


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Library:
    """Documents in English and one in German, encoded by vectors that say nothing."""
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "ferry.md").write_text(f"# Ferry\n\n{FERRY.removeprefix('Ferry to Holm. ')}\n", "utf-8")
    (folder / "light.md").write_text("# Lighthouse\n\nThe lamp was lit in 1871. It is seen from far away.\n", "utf-8")
    (folder / "mole.md").write_text("# Mole\n\nThe mole is made of granite. It was mended after the storm.\n", "utf-8")
    german = (
        "Die Fähre fährt im Winter nicht. Der Kapitän heißt Nils und wohnt seit vielen Jahren in der Stadt am Hafen."
    )
    (folder / "faehre.md").write_text(f"# Fähre\n\n{german}\n", "utf-8")
    monkeypatch.setattr("vademecum.retrieval.library.embedding_model", lambda *_: HashEmbeddings())
    library = Library(tmp_path / "home", load_settings())
    ingest(library, [folder])
    own_weights.keep(library.home, read_passages.READ_WEIGHTS, 30)
    return library


def test_another_embedding_model_has_the_reader_too(library: Library) -> None:
    for question, words in ASKED.items():
        evidence = library.weigh(question, library.search(question))
        assert words in evidence.sentences[0].text


def test_two_passages_are_read_and_none_that_is_not_english(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []

    class Watched:
        def read(self, question: str, passages: list[PassageText]) -> list[Any]:
            read.extend(passage.text for passage in passages)
            return reader().read(question, passages)

    monkeypatch.setattr(read_passages, "reader", lambda _: Watched())
    hits = library.search("Who commands the Astrid?")
    assert not read  # search does without
    own_weights.reset(library.home)
    library.weigh("Who commands the Astrid?", hits)
    assert not read  # and so do answers, until somebody's labels say that it helps here
    own_weights.keep(library.home, read_passages.READ_WEIGHTS, 30)
    library.weigh("Who commands the Astrid?", hits)
    assert len(read) == read_passages.MAX_PASSAGES == 2
    assert not any("Fähre" in text for text in read)
    library.weigh("Wie heißt der Kapitän der Fähre und wo wohnt er?", hits)
    assert len(read) == 2


def test_of_a_long_passage_the_sentences_around_the_best_are_read() -> None:
    text = "".join(f"Sentence {i} is here to fill the page with words. " for i in range(60))
    sentences: list[Any] = [(None, start, end) for start, end in sentence_spans(text)]
    scores = np.zeros(60)
    scores[40] = 1
    stretch = read_passages._stretch(list(range(60)), sentences, scores)
    assert stretch == list(range(stretch[0], stretch[-1] + 1))
    assert abs((stretch[0] + stretch[-1]) / 2 - 40) <= 1
    assert (
        0.8 * read_passages.MAX_CHARS < sentences[stretch[-1]][2] - sentences[stretch[0]][1] <= read_passages.MAX_CHARS
    )
    assert read_passages._stretch([3, 1, 2], sentences, scores) == [1, 2, 3]


def test_without_its_weights_the_other_features_decide(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_: int) -> Reader:
        raise WeightsError("the weights are missing")

    monkeypatch.setattr(read_passages, "reader", missing)
    question = "Who commands the Astrid?"
    evidence = library.weigh(question, library.search(question))
    assert evidence.sentences


def in_float32(ids: np.ndarray, kinds: np.ndarray) -> np.ndarray:
    """The last hidden state (tokens, 384) by weights in float32 with the adapter added: BERT as its paper has it."""
    with np.load(Path(read_passages.__file__).parents[2] / "models" / "reader.npz") as stored:
        adapter = {name: stored[name].astype(np.float32) for name in stored.files}
    weights = whole_weights()
    for name in list(weights):
        if f"{name}.u" in adapter:
            weights[name] = weights[name] + adapter[f"{name}.u"] @ adapter[f"{name}.v"]
        elif name in adapter:
            weights[name] = weights[name][:256] + adapter[name] if name == "pos.weight" else adapter[name]

    def linear(rows: np.ndarray, name: str) -> np.ndarray:
        return rows @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]

    def normalised(rows: np.ndarray, name: str) -> np.ndarray:
        rows = (rows - rows.mean(1, keepdims=True)) / np.sqrt(rows.var(1, keepdims=True) + 1e-12)
        return rows * weights[f"{name}.weight"] + weights[f"{name}.bias"]

    rows = weights["words"][ids] + weights["pos.weight"][: len(ids)] + weights["typ.weight"][kinds]
    rows = normalised(rows, "ln")
    for layer in (f"layers.{number}" for number in range(6)):
        parts = linear(rows, f"{layer}.qkv").reshape(len(ids), 3, 12, 32).transpose(1, 2, 0, 3)
        shares = np.exp(parts[0] @ parts[1].transpose(0, 2, 1) / math.sqrt(32))
        means = shares / shares.sum(2, keepdims=True) @ parts[2]
        rows = normalised(rows + linear(means.transpose(1, 0, 2).reshape(len(ids), 384), f"{layer}.o"), f"{layer}.ln1")
        inner = linear(rows, f"{layer}.up")
        inner = inner * (1 + np.vectorize(math.erf)(inner / math.sqrt(2))) / 2
        rows = normalised(rows + linear(inner, f"{layer}.down"), f"{layer}.ln2")
    return rows
