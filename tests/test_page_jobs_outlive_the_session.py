"""Background jobs of the pages: shared by all sessions, one at a time for each conversation, ended ones dropped."""

import threading
from collections.abc import Iterator

import pytest

from vademecum.core.errors import ModelError
from vademecum.events import Event, Token
from vademecum.ui.jobs import Job, Jobs
from vademecum.ui.pending_questions import PendingQuestion, PendingQuestions

LONG = 60


def count(job: Job[int, str]) -> str:
    for number in range(3):
        job.report(number)
    return "three"


def test_a_follower_gets_every_event_however_late_it_comes() -> None:
    job: Job[int, str] = Job(count)
    assert job.result() == "three"
    assert [event[1] for event in job.follow() if event] == [0, 1, 2]
    assert [event[1] for event in job.follow() if event] == [0, 1, 2]
    assert (job.finished, job.error, job.latest_event) == (True, None, 2)


def test_a_running_job_is_joined_and_an_ended_one_replaced() -> None:
    jobs: Jobs[Job[int, str]] = Jobs(keep=2)
    go = threading.Event()

    def wait(job: Job[int, str]) -> str:
        assert go.wait(LONG)
        return count(job)

    first = jobs.start("talk", lambda: Job(wait))
    assert jobs.start("talk", lambda: Job(wait)) is first
    assert jobs.active_jobs() == [first]
    go.set()
    first.result()
    assert jobs.start("talk", lambda: Job(count)) is not first


def test_of_ended_jobs_the_latest_are_kept() -> None:
    jobs: Jobs[Job[int, str]] = Jobs(keep=2)
    for name in ("a", "b", "c"):
        jobs.start(name, lambda: Job(count)).result()
    jobs.start("d", lambda: Job(count)).result()
    assert [name for name in "abcd" if jobs.get(name)] == ["b", "c", "d"]
    jobs.drop(jobs.get("c") or pytest.fail("c is gone"))
    assert jobs.get("c") is None


def answer(pending: PendingQuestion) -> Iterator[Event]:
    yield Token("Because.")
    assert pending.cancel_requested.wait(LONG)


def fail(_: PendingQuestion) -> Iterator[Event]:
    yield Token("Well")
    raise ModelError("the model did not answer")


def test_a_conversation_waits_for_one_answer_until_its_end_was_seen() -> None:
    questions = PendingQuestions()
    question = questions.ask("Why?", "talk", 0, answer)
    assert questions.ask("And?", "talk", 1, answer) is question
    assert questions.pending("talk") is question
    question.cancel()
    question.result()
    assert questions.pending("talk") is question  # nobody has seen it yet
    questions.mark_seen(question)
    assert (questions.pending("talk"), questions.failed("talk")) == (None, None)


def test_a_question_whose_answer_failed_can_be_tried_again() -> None:
    questions = PendingQuestions()
    question = questions.ask("Why?", "talk", 0, fail)
    with pytest.raises(ModelError, match="did not answer"):
        question.result()
    assert questions.failed("talk") is None
    questions.mark_seen(question)
    assert questions.failed("talk") is question
    again = questions.ask("Why?", "talk", 0, answer)
    assert (questions.failed("talk"), questions.pending("talk")) == (None, again)
    again.cancel()
