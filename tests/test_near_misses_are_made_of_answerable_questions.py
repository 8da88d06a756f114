"""What the reader learns not to answer is made from what it learns to answer, by rules that need no model."""

import random

import pytest

from benchmarks.near_misses import KINDS, near_miss, negated, opposed, swapped, taken_out

TEXT = "Norway beat Sweden in 1994. The match was played in Oslo. It was the first win since 1952."
SENTENCES = [[0, 27], [28, 57], [58, 90]]
OTHER = "Denmark drew with Finland in 1988. Nobody had expected it."


def example(question: str, gold: int, text: str = TEXT) -> dict:
    return {"q": question, "title": "Matches", "text": text, "sents": SENTENCES, "gold": [gold], "ans": [], "doc": "m"}


def test_a_question_is_negated_and_a_negation_taken_out() -> None:
    rng = random.Random(0)
    assert negated(example("Where was the match played?", 1), [], rng)["q"] in {
        "Where was not the match played?",
        "Where was never the match played?",
    }
    assert "did Norway n" in negated(example("When did Norway beat Sweden?", 0), [], rng)["q"]
    assert negated(example("Which team did not win?", 0), [], rng)["q"] == "Which team did win?"
    assert negated(example("Name the winner.", 0), [], rng) is None


def test_words_become_their_opposites_and_names_change_places() -> None:
    rng = random.Random(0)
    assert opposed(example("When was the first match?", 2), [], rng)["q"] == "When was the last match?"
    assert opposed(example("Where was the match played?", 1), [], rng) is None
    assert swapped(example("When did Norway beat Sweden?", 0), [], rng)["q"] == "When did Sweden beat Norway?"
    assert swapped(example("When did Norway beat Iceland?", 0), [], rng) is None


def test_the_sentence_that_answers_is_taken_out() -> None:
    made = taken_out(example("Where was the match played?", 1), [], random.Random(0))
    assert [made["text"][start:end] for start, end in made["sents"]] == [
        "Norway beat Sweden in 1994.",
        "It was the first win since 1952.",
    ]


@pytest.mark.parametrize("seed", range(40))
def test_every_near_miss_is_unanswerable_and_differs(seed: int) -> None:
    document = [example("When did Norway beat Sweden?", 0), example("Who drew?", 0, OTHER)]
    made = near_miss(document[0], document, random.Random(seed))
    assert made["made"] in KINDS
    assert (made["gold"], made["ans"], made["answerable"]) == ([], [], False)
    assert (made["q"], made["text"]) != (document[0]["q"], document[0]["text"])
