"""The sentence that answers is the answer, with the words marked that do; a value belongs to its own subject."""

from collections.abc import Callable

import pytest

from vademecum.core.settings import load_settings
from vademecum.core.types import Answer
from vademecum.graphs import answer
from vademecum.language.answer_words import answer_words, strength
from vademecum.language.expected_answer import expected_answer
from vademecum.language.questions import with_topic
from vademecum.language.sentences import sentence_spans
from vademecum.retrieval.evidence.sentence_context import place_sentences
from vademecum.retrieval.ingestion.ingest import ingest
from vademecum.retrieval.library import Library
from vademecum.verification.verdict import Verifier

FILES = {
    "mooring.md": """# Mooring at Quay 3

## Term
The contract begins on 1 March 2024 and ends on 28 February 2029. It may be ended with two months' notice.

## Price
The mooring costs 310 euros a month, electricity not included. The contract was signed on 9 February 2024.

## Rules
Sleeping on board is allowed. Open fires are not allowed.
""",
    "crew.txt": """Crew

Mira Solano
Role: skipper
Phone: 555-2210

Ivo Brandt
Role: engineer
Phone: 555-8834

Lea Fontaine
Role: cook
Cabin: 4
""",
    "packing.md": """# Before we sail

Take with you:

- life jackets
- two anchors
- a storm lamp
- charts of the sound

| Buoy | Colour | Depth in m |
| --- | --- | --- |
| Otter | red | 12 |
| Heron | green | 31 |
""",
}

FILES |= {
    f"rules-{year}.md": f"# Rules of the slipway, 1 May {year}\n\nThe winter place in the shed costs {fee} euros.\n"
    for year, fee in ((2022, 140), (2025, 175))
}

Ask = Callable[[str], Answer]


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Ask:
    notes, home = tmp_path_factory.mktemp("notes"), tmp_path_factory.mktemp("workspace")
    for name, text in FILES.items():
        (notes / name).write_text(text, "utf-8")
    library = Library(home, load_settings(home=home))
    assert not ingest(library, [notes]).failed
    graph, context = answer.build(), answer.Context(library, Verifier(library.embeddings))
    return lambda question: graph.invoke({"question": question}, context=context)["answer"]


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("When does the lease end?", "day"),
        ("and what time does it open", "time"),
        ("How long may I stay?", "duration"),
        ("What does a ticket cost?", "amount"),
        ("How many cabins are there?", "count"),
        ("How deep is the harbour?", "quantity"),
        ("Rosa Klein phone", "phone"),
        ("What did they do to their phone?", "thing"),
        ("What is the booking number of the hotel?", "identifier"),
        ("Who is the skipper?", "person"),
        ("Where do we meet?", "place"),
        ("Is it open on Sunday?", "yes-or-no"),
        ("What do I need for the soup?", "list"),
        ("Why was it sold?", "reason"),
        ("How do I reset the alarm?", "steps"),
        ("Compare the fees of guests and members.", "comparison"),
        ("Summarise the lease", "summary"),
        ("What does LC stand for?", "definition"),
        ("please tell me when it ends", "day"),
    ],
)
def test_what_is_asked_for_is_read_from_the_question(question: str, kind: str) -> None:
    assert expected_answer(question).kind == kind


@pytest.mark.parametrize(
    ("question", "text", "words"),
    [
        ("When does it end?", "It begins on 1 April 2025 and costs 3 euros.", "1 April 2025"),
        ("How much is it?", "From 1 May 2026 it is 1,200 euros a month.", "1,200 euros"),
        ("What is her phone number?", "Call 905 51 207 before 2026-05-01.", "905 51 207"),
        ("How many people came?", "On 3 May 2021 some 40 people came.", "40"),
        ("Who is Jakob's teacher?", "Jakob is taught by Anders Kolberg.", "Anders Kolberg"),
    ],
)
def test_the_words_of_that_kind_are_found(question: str, text: str, words: str) -> None:
    found = max(answer_words(text, expected_answer(question), question), key=lambda one: one.strength)
    assert text[found.start : found.end] == words


def test_a_sentence_without_what_is_asked_for_holds_nothing_of_it() -> None:
    assert strength("The landlord maintains the stove.", expected_answer("What is the landlord's phone number?")) == 0
    assert strength("The rent is due on 2026-05-01.", expected_answer("What is the phone number?")) == 0


def test_a_sentence_keeps_what_gives_it_its_meaning() -> None:
    text = FILES["crew.txt"] + "\n" + FILES["packing.md"]
    placed = place_sentences(text, 0, len(text), sentence_spans(text))
    needs = {text[one.start : one.end]: [text[a:b] for a, b in one.needs] for one in placed}
    roles = {text[one.start : one.end]: one.role for one in placed}
    assert needs["Phone: 555-8834"] == ["Ivo Brandt"]
    assert needs["| Heron | green | 31 |"] == ["| Buoy | Colour | Depth in m |"]
    assert needs["two anchors"] == ["Take with you:"]
    assert roles["Ivo Brandt"] == roles["Take with you:"] == roles["| Buoy | Colour | Depth in m |"] == "frame"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("When does the contract end?", "28 February 2029"),
        ("How much does the mooring cost?", "310 euros"),
        ("Ivo Brandt phone", "555-8834"),
        ("What is the phone number of Mira Solano?", "555-2210"),
        ("How deep is it at the buoy Heron?", "31"),
    ],
)
def test_one_sentence_answers_and_its_words_are_marked(ask: Ask, question: str, words: str) -> None:
    given = ask(question)
    assert len(given.sentences) == 1, given.text
    span = given.sentences[0].answer_span
    assert span
    assert words in given.text[slice(*span)]


@pytest.mark.slow
def test_a_value_belongs_to_its_own_record(ask: Ask) -> None:
    given = ask("ivo brandt phone")
    assert "Ivo Brandt" in [citation.quote for citation in given.citations]
    assert "555-2210" not in given.text
    assert "Lea Fontaine" in ask("Who has cabin 4?").text


@pytest.mark.slow
@pytest.mark.parametrize("question", ["What is the phone number of Lea Fontaine?", "When was Ivo Brandt born?"])
def test_what_is_not_said_of_somebody_is_refused(ask: Ask, question: str) -> None:
    assert ask(question).abstained


@pytest.mark.slow
def test_a_summary_gives_the_figures_of_the_document_in_its_order(ask: Ask) -> None:
    texts = [sentence.text for sentence in ask("Give me a summary of the mooring contract").sentences]
    assert len(texts) > 2
    joined = " ".join(texts)
    assert joined.index("28 February 2029") < joined.index("310 euros")
    assert "skipper" not in joined
    assert "anchors" not in joined


def test_a_list_is_whole_and_in_its_order(ask: Ask) -> None:
    given = ask("What do we take with us before we sail?")
    assert [sentence.text for sentence in given.sentences] == [
        "life jackets", "two anchors", "a storm lamp", "charts of the sound",
    ]  # fmt: skip


@pytest.mark.slow
def test_a_row_comes_with_the_header_of_its_table(ask: Ask) -> None:
    quotes = [citation.quote for citation in ask("How deep is it at the buoy Heron?").citations]
    assert quotes == ["| Heron | green | 31 |", "| Buoy | Colour | Depth in m |"]


@pytest.mark.slow
def test_the_newest_of_two_that_disagree_comes_first(ask: Ask) -> None:
    given = ask("How much does a winter place in the shed cost?")
    assert "175 euros" in given.sentences[0].text
    assert [str(sentence.dated) for sentence in given.sentences] == ["2025-05-01", "2022-05-01"]


@pytest.mark.parametrize(
    ("earlier", "question", "standalone"),
    [
        ("When was Miso born?", "and Pelle?", "When was Pelle born?"),
        ("Who is Jakob's teacher?", "And Ella's?", "Who is Ella's teacher?"),
        ("And how fast is it? (Skylark)", "What about the Corrigan?", "And how fast is the Corrigan?"),
        ("When was the Skylark built?", "Who is her captain?", "Who is her captain? (Skylark built)"),
        ("Who is her captain? (Skylark built)", "And how fast is it?", "And how fast is it? (Skylark built)"),
        ("By how much do the charges go up?", "From when?", "From when? (charges go)"),
        ("Who is the skipper?", "When does the lease end?", "When does the lease end?"),
    ],
)
def test_a_follow_up_stands_alone_and_old_words_do_not_pile_up(earlier: str, question: str, standalone: str) -> None:
    assert with_topic(question, earlier) == standalone
