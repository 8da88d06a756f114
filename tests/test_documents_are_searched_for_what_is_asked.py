"""What is asked of documents is searched for, without the words that say where to look; other requests stay whole."""

import time

import pytest
from document_requests import document_requests

from vademecum import tools
from vademecum.models.tool_calling.described import described
from vademecum.models.tool_calling.document_requests import asked_of_documents, document_request, query, query_argument
from vademecum.models.tool_calling.split_request import split_request


@pytest.mark.parametrize("row", document_requests(), ids=lambda row: row["request"])
def test_documents_are_asked_for_the_subject_alone(row: dict[str, str]) -> None:
    assert [asked for part in split_request(row["request"]) if (asked := asked_of_documents(part))] == [row["query"]]


@pytest.mark.parametrize(
    "request_",
    [
        "How do I back up my files?",
        "How long should meeting notes be?",
        "Which book should I read about Rome?",
        "What is exposure compensation in the manual mode of a camera?",
        "Who wrote the report?",
        "Delete my notes",
    ],
)
def test_documents_that_are_no_place_to_look_stay_in_the_request(request_: str) -> None:
    assert asked_of_documents(request_) is None
    assert query(request_) in {request_, request_.rstrip("?")}


@pytest.mark.parametrize(
    ("request_", "wanted"),
    [
        ("What do my notes say about search engines?", "search engines"),
        ("What do my notes say about list comprehensions?", "list comprehensions"),
        ("Search engines: what do my notes say?", "Search engines"),
        ("What do my notes say about how to show a graph?", "how to show a graph"),
        ("What do my notes say about searching the docs?", "searching the docs"),
        ('Find "early stopping" in my notes', "early stopping"),
    ],
)
def test_a_subject_may_begin_like_a_request_or_name_documents(request_: str, wanted: str) -> None:
    assert asked_of_documents(request_) == wanted


@pytest.mark.parametrize("request_", ["What do my notes say?", "Look it up in my documents", "Go through my files"])
def test_a_request_that_only_says_where_to_look_is_searched_for_as_it_stands(request_: str) -> None:
    assert asked_of_documents(request_) == ""
    assert query(request_)


def test_where_to_look_is_no_need_of_its_own() -> None:
    request = "Go through my files and tell me what time the train leaves"
    assert split_request(request) == [request]
    assert split_request("What do my notes say about it, and what is 2 + 2?") == [
        "What do my notes say about it",
        "what is 2 + 2?",
    ]


def test_an_order_for_another_tool_may_name_documents_too() -> None:
    assert document_request("Send Anna the minutes in my files by email") == ("Send Anna the minutes by email", False)
    assert document_request("What do my notes say about the weather in May?") == ("the weather in May", True)


def test_the_worked_calls_of_a_tool_show_which_argument_is_asked_of_documents() -> None:
    arguments = {tool.name: query_argument(described(tool)) for tool in tools.build(tools.Services())}
    assert {name: key for name, key in arguments.items() if key} == {"search_documents": "query"}


@pytest.mark.slow
def test_a_very_long_request_is_read_in_no_time() -> None:
    began = time.process_time()
    asked_of_documents("look up " * 20_000 + "it in my notes")
    asked_of_documents("what is the passage about " * 5_000 + "my notes say")
    assert time.process_time() - began < 5
