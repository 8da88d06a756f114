"""A small model completes a question that leans on what was said; one that stands alone is left as it is."""

import pytest
from langchain_core.messages import AIMessage, HumanMessage
from scripted import Scripted

from vademecum.core.errors import ModelError
from vademecum.graphs import _standalone
from vademecum.language.questions import leans, without_opening

HISTORY = [HumanMessage("Who keeps the key of the hall?"), AIMessage("Tove Lind keeps the key, since 2019.")]


def completed(question: str, *script: object) -> tuple[str, Scripted]:
    model = Scripted(script=list(script))
    return _standalone.completed(question, HISTORY, model), model


@pytest.mark.parametrize(
    "question",
    [
        "When does the lease of the flat end?",
        "Is it possible to cancel the insurance early?",
        "Are there wolves in Norway?",
        "What happens when there is no quorum?",
        "Name two of the founders.",
    ],
)
def test_a_question_that_stands_alone_is_not_shown_to_the_model(question: str) -> None:
    assert completed(question) == (question, Scripted(script=[]))


@pytest.mark.parametrize(
    "question", ["Where does she live?", "And on Sundays?", "Value", "Is there another?", "Why that?", "Which one?"]
)
def test_one_that_leans_is(question: str) -> None:
    assert leans(question)


def test_what_the_model_writes_is_taken_where_it_is_the_same_question() -> None:
    text, model = completed("Where does she live?", {"question": "Where does Tove  Lind live?"})
    assert text == "Where does Tove Lind live?"
    shown = model.seen[0][-1].text
    assert "Person: Who keeps the key of the hall?\nAnswer: Tove Lind keeps the key, since 2019." in shown
    assert shown.endswith("Where does she live?")


@pytest.mark.parametrize(
    ("question", "wording"),
    [
        ("Where does she live in summer?", "Who keeps the key of the hall?"),  # the question's words are gone
        ("Why does she not pay?", "Why does Tove Lind pay?"),  # a denial is
        ("Does she pay 300 a year?", "Does Tove Lind pay for a year?"),  # a number is
        ("Where does she live?", "Does Mayor Olsen of Bergen own castles?"),  # names come from nowhere
        ("Where does she live?", "    "),
    ],
)
def test_any_other_is_not(question: str, wording: str) -> None:
    assert completed(question, {"question": wording})[0] == question


def test_an_unreadable_reply_leaves_the_question_and_a_failure_is_told() -> None:
    assert completed("Where does she live?", {"no": "question"})[0] == "Where does she live?"
    with pytest.raises(ModelError, match="--model"):
        completed("Where does she live?", ConnectionError("no"))


def test_words_before_a_question_that_say_nothing_are_left_out() -> None:
    assert without_opening("By the way, when does the lease end?") == "When does the lease end?"
    assert without_opening("Ok. So, when?") == "When?"
    assert without_opening("So long a lease?") == "So long a lease?"
    assert without_opening("Well") == "Well"


def test_nothing_is_done_without_a_conversation() -> None:
    assert _standalone.completed("Value", [], Scripted(script=[])) == "Value"
