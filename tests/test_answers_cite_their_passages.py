"""The main job with all real parts but a language model: each sentence cites the very characters of the file."""

from pathlib import Path

import pytest

from vademecum.core.errors import EmptyWorkspaceError, UsageError
from vademecum.core.settings import load_settings
from vademecum.graphs import answer
from vademecum.retrieval.ingestion.ingest import ingest
from vademecum.retrieval.library import Library
from vademecum.verification.verdict import Verifier

BRIDGES = """# Bridges

## The Eads Bridge

The Eads Bridge was finished in 1874 after seven years of work. Its engineer was James Eads 👷🏽, who had never
built a bridge before. It was the first to be made of steel.

## Ferries

Before it opened, a ferry carried 400 people a day across the river. The ferry was sold in 1880.
"""
BREAD = (
    "Sourdough rises through wild yeast.\r\nA starter peaks after four to six hours at 26 °C.\r\n\r\n"
    "Cafe\u0301 loaves are dense.\r\n"
)
FILES = {"bridges.md": BRIDGES, "bread.txt": BREAD}


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    notes, home = tmp_path_factory.mktemp("notes"), tmp_path_factory.mktemp("workspace")
    for name, text in FILES.items():
        (notes / name).write_bytes(text.encode())
    library = Library(home, load_settings(home=home))
    assert not ingest(library, [notes]).failed
    return library


def ask(library: Library, question: str, **more: object):
    context = answer.Context(library, Verifier(library.embeddings), **more)  # ty: ignore[invalid-argument-type]
    return answer.build().invoke({"question": question}, context=context)["answer"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("question", "path", "words"),
    [
        ("When was the Eads Bridge finished?", "bridges.md", "1874"),
        ("Who was the engineer of the Eads Bridge?", "bridges.md", "James Eads 👷🏽"),
        ("How many people did the ferry carry?", "bridges.md", "400"),
        ("When does a sourdough starter peak?", "bread.txt", "four to six hours"),
        ("Which loaves are dense?", "bread.txt", "Cafe\u0301"),
    ],
)
def test_every_sentence_cites_the_very_characters_it_rests_on(
    library: Library, question: str, path: str, words: str
) -> None:
    found = ask(library, question)
    assert not found.abstained
    assert (found.citations[0].path, words in found.sentences[0].text) == (path, True)
    for sentence in found.sentences:
        assert sentence.citations
        assert sentence.verdict == "supported"
        for citation in sentence.citations:
            assert FILES[citation.path][citation.start : citation.end] == citation.quote
            assert FILES[citation.path][: citation.start].count("\n") + 1 == citation.line
    assert found.text == " ".join(sentence.text for sentence in found.sentences)
    assert 1 <= len(found.sentences) <= 4


@pytest.mark.slow
def test_a_question_that_the_documents_do_not_answer_is_not_answered(library: Library) -> None:
    found = ask(library, "Which enzyme unwinds DNA during replication in eukaryotes?")
    assert found.abstained
    assert found.sentences == ()
    assert all(FILES[near.path][near.start : near.end] == near.quote for near in found.nearest)


@pytest.mark.slow
def test_a_question_for_an_unknown_collection_is_an_error(library: Library) -> None:
    with pytest.raises(UsageError, match="default"):
        ask(library, "When?", collection="recipes")


def test_a_question_to_an_empty_workspace_says_how_to_add_documents(tmp_path: Path) -> None:
    with pytest.raises(EmptyWorkspaceError, match="vade ingest"):
        ask(Library(tmp_path, load_settings(home=tmp_path)), "Why?")
