"""Whatever splitter and loader: passages give the kept text exactly, in order, and leave out white space only."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from formats import SAMPLES
from hypothesis import example, given, settings
from hypothesis import strategies as st
from langchain_text_splitters import CharacterTextSplitter, RecursiveCharacterTextSplitter
from workspaces import HashEmbeddings

from vademecum.core.errors import SettingsError, UsageError
from vademecum.core.settings import Settings
from vademecum.retrieval import splitters
from vademecum.retrieval.layout import PLAIN, Layout
from vademecum.retrieval.loaders import LoadedText, load
from vademecum.retrieval.splitters import splitter

HANDBOOK = Path(__file__).parent.parent / "samples" / "handbook"
NAMES = splitters.members.names()
PARTS = [
    "# Title", "## Part", "Setext\n===", "- item one\n- item two", "```\ncode()\n```", "| a | b |\n|---|---|", "> ",
    "- ",
    "A sentence about cells. Another one!", "word " * 60, "aaaa" * 30, "Question?\n- answer", "", "é́ 😀 tail \x00",
    "\r\nshort\r\n", "Die Zelle teilt sich. Клетка делится.", "神经网络是一种模型，可以学习数据。" * 3, "x\ud800y",
]  # fmt: skip
TEXTS = st.lists(st.sampled_from(PARTS), max_size=10).map("\n\n".join) | st.text(max_size=120)


class LetterTokens(HashEmbeddings):
    """Takes every letter for a token; one is unknown to it."""

    def embed_documents(self, texts):
        return super().embed_documents([text.encode("utf-8", "replace").decode() for text in texts])

    def token_offsets(self, text: str):
        import numpy as np

        places = [(i, i + 1) for i, letter in enumerate(text) if not letter.isspace() and letter != "\x00"]
        return np.array(places, np.int32).reshape(-1, 2)


def cut(name: str, loaded: LoadedText, size: int = 0, overlap: int | None = None) -> list:
    chosen = Settings.model_construct(splitter=name, chunk_size=size, chunk_overlap=overlap)
    return list(splitter(chosen, LetterTokens)(loaded))


def check(loaded: LoadedText, spans: list) -> None:
    """What every passage promises, whoever made it."""
    text, position, before = loaded.text, 0, -1
    bounds = sorted({*(loaded.page_starts or ()), *(start for start, _ in loaded.layout.places), len(text)})
    for span in spans:
        assert before < span.start < span.end <= len(text)
        assert not text[position : span.start].strip()
        assert text[span.start : span.end].rstrip() == text[span.start : span.end]
        assert span.line == text.count("\n", 0, span.start) + 1
        assert span.body is None or span.start <= span.body < span.end
        assert not [bound for bound in bounds if span.start < bound < span.end]
        assert text[span.start : span.end].strip()
        before, position = span.start, max(position, span.end)
    assert not text[position:].strip()


def documents(text: str, kind: str, cuts: list[int], records: bool) -> Iterator[LoadedText]:
    places = sorted({0, *(cut for cut in cuts if cut < len(text))})
    yield LoadedText(text, "Title", kind, tuple(places) if kind == "pdf" else None)
    named = tuple((start, f"place {start}") for start in places)
    yield LoadedText(text, "Title", "x", None, Layout(named, ((0, 1),), guess=not records, records=records))


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
@settings(deadline=None, max_examples=25)
@given(
    TEXTS,
    st.sampled_from(["text", "markdown", "pdf"]),
    st.lists(st.integers(0, 300), max_size=3),
    st.booleans(),
    st.sampled_from([(0, None), (20, None), (60, None), (60, 30)]),
)
@example("a" * 30_000 + "\n\n" + "- " * 9000, "text", [], False, (0, None))
@example(" ab" * 200, "text", [], False, (60, 50))
def test_any_text(name, text, kind, cuts, records, sizes):
    if sizes[1] and name in ("structure", "semantic"):
        sizes = (sizes[0], None)
    for loaded in documents(text, kind, cuts, records):
        check(loaded, cut(name, loaded, *sizes))


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "sample",
    [
        *(pytest.param(name, marks=pytest.mark.extra("ocr") if name == "image" else []) for name in SAMPLES),
        "10-fine-tuning.pdf",
        "08-retrieval-augmented-generation.md",
    ],
)
def test_every_format(name, sample):
    if sample in SAMPLES:
        file, make = SAMPLES[sample]
        loaded = load(Path(file), make())
    else:
        loaded = load(HANDBOOK / sample)
    for size in (0, 60):
        spans = cut(name, loaded, size)
        check(loaded, spans)
        assert spans


@pytest.mark.parametrize("name", NAMES)
def test_passages_know_the_headings_above_their_own_words(name):
    text = "# Book\n\nIntro.\n\n## Cells\n\n" + "Cells divide. " * 12 + "\n\n### Mitosis\n\n" + "It has phases. " * 12
    for span in cut(name, LoadedText(text, "Book", "markdown", None), 60):
        wanted = ("Cells", "Mitosis") if span.start >= text.index("It has") else ("Cells",)
        if span.start > text.index("Cells divide") and "###" not in text[span.start : span.end]:
            assert span.headings == wanted


@pytest.mark.parametrize(
    ("name", "theirs", "size", "overlap"),
    [
        ("recursive", RecursiveCharacterTextSplitter, 1000, 200),
        ("recursive", RecursiveCharacterTextSplitter, 300, 0),
        ("recursive", RecursiveCharacterTextSplitter, 200, 150),
        ("character", CharacterTextSplitter, 1000, 200),
    ],
)
def test_where_langchain_cuts_the_passages_are_langchains(name, theirs, size, overlap):
    text = load(HANDBOOK / "08-retrieval-augmented-generation.md").text
    wanted = theirs(chunk_size=size, chunk_overlap=overlap).split_text(text)
    found = [text[span.start : span.end] for span in cut(name, LoadedText(text, "t", "text", None), size, overlap)]
    assert found == wanted


def test_a_section_is_a_passage_of_markdown():
    text = "# Book\n\nIntro.\n\nMore.\n\n## Cells\n\nThey divide.\n\n## Plants\n\n### Trees\n\nThey grow."
    spans = cut("markdown", LoadedText(text, "t", "markdown", None))
    assert [text[span.body : span.end] for span in spans] == ["Intro.\n\nMore.", "They divide.", "They grow."]
    assert [span.headings for span in spans] == [("Book",), ("Book", "Cells"), ("Book", "Plants", "Trees")]


def test_sentences_are_never_cut_by_sentence():
    text = "Cells divide quickly. They have walls. Plants grow slowly! Do trees sleep? They do not say."
    spans = cut("sentence", LoadedText(text, "t", "text", None), 45, 25)
    assert [text[span.start : span.end] for span in spans] == [
        "Cells divide quickly. They have walls.",
        "They have walls. Plants grow slowly!",
        "Plants grow slowly! Do trees sleep?",
        "Do trees sleep? They do not say.",
    ]


class TwoSubjects(HashEmbeddings):
    """Sentences about cats are near each other, and far from those about ships."""

    def embed_documents(self, texts):
        return [[text.count("cat") + 0.01, text.count("ship") + 0.01] for text in texts]


def test_semantic_cuts_where_the_subject_changes():
    text = "A cat sleeps. The cat eats. One cat purrs. No cat swims. A ship sails. The ship sinks. One ship rusts."
    made = splitter(Settings.model_construct(splitter="semantic", chunk_size=0, chunk_overlap=None), TwoSubjects)
    spans = list(made(LoadedText(text, "t", "text", None)))
    assert [text[span.start : span.end].count("cat") for span in spans] in ([4, 0], [3, 1], [4, 1])
    assert len(spans) == 2


@pytest.mark.slow
def test_windows_are_of_the_embedded_models_own_tokens_and_cut_no_word():
    from vademecum.core.settings import load_settings
    from vademecum.models import embedding_model

    chosen = load_settings(splitter="token", chunk_size=50, chunk_overlap=10)
    model = embedding_model("embedded", chosen)
    loaded = load(HANDBOOK / "08-retrieval-augmented-generation.md")
    spans = list(splitter(chosen, lambda: model)(loaded))
    check(loaded, spans)
    sizes = [len(model.token_offsets(loaded.text[span.start : span.end])) for span in spans]
    assert max(sizes) <= 50
    assert sum(sizes) / len(sizes) > 40
    assert all(one.start < two.start < one.end for one, two in itertools.pairwise(spans))
    words = [loaded.text[span.start - 1 : span.start + 1] for span in spans if span.start]
    assert not [pair for pair in words if pair.isalnum()]


def test_sizes_that_cannot_be_had_are_refused_in_one_line():
    loaded = LoadedText("Some text.", "t", "text", None)
    for name, size, overlap, told in (
        ("recursive", 5, None, "chunk_size is 5"),
        ("recursive", 100, 100, "chunk_overlap is 100"),
        ("structure", 0, 20, "do not overlap"),
        ("semantic", 0, 20, "do not overlap"),
    ):
        with pytest.raises(SettingsError, match=told):
            cut(name, loaded, size, overlap)
    with pytest.raises(UsageError, match=r"no retrieval.splitters named 'fixed'; there are: character, "):
        cut("fixed", loaded)
    with pytest.raises(SettingsError, match="tell their tokens"):
        splitter(Settings.model_construct(splitter="token", chunk_size=0, chunk_overlap=None), HashEmbeddings)


def test_a_table_row_stays_whole():
    loaded = LoadedText("name: Ann. city: Rome.\nname: Bo. city: Oslo.", "t", "csv", None, Layout(
        ((0, "row 1"), (23, "row 2")), guess=False, records=True
    ))  # fmt: skip
    for name in NAMES:
        assert [span.place for span in cut(name, loaded)] == ["row 1", "row 2"]
    assert PLAIN.records is False
