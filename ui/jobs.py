"""Background jobs: each runs on a thread of its own, goes on when the page is redrawn or closed, and can be followed.

    jobs: Jobs[Job[str, int]] = Jobs(keep=20)
    job = jobs.start("count", lambda: Job(count))    # def count(job): job.report("half"); return 2
    for event in job.follow(): ...                   # (seconds since the start, "half"), or None without news
    job.result()                                     # 2, or raises what `count` raised

Each `Jobs` object is kept in `st.cache_resource`, one of each kind for the process, so that every session sees the same
jobs.
"""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import Any, Generic, TypeVar

Event = TypeVar("Event")
Result = TypeVar("Result")

TICK_SECONDS = 0.1
"""How often `Job.follow` yields None without news: Streamlit can stop a page only where the page draws something."""


class Job(Generic[Event, Result]):
    """A function that runs in the background.

    `events` are its reports so far, each with the seconds since the start. `Job.__init__` starts the thread, so a
    subclass must set its attributes first.
    """

    def __init__(self, run: "Callable[[Any], Result]", executor: Executor | None = None) -> None:
        """Start `run(self)` in `executor`, or at once on a thread of its own."""
        self.events: list[tuple[float, Event]] = []
        self.cancel_requested = threading.Event()
        self._changed = threading.Condition()
        self._started = time.perf_counter()
        threads = executor or ThreadPoolExecutor(1, "vade-job")
        self._future = threads.submit(run, self)
        self._future.add_done_callback(lambda _: self._notify())
        if threads is not executor:
            threads.shutdown(wait=False)

    @property
    def finished(self) -> bool:
        """Whether it has ended, with a result or an error."""
        return self._future.done()

    @property
    def active(self) -> bool:
        """While true, `Jobs.start` under the same key returns this job instead of starting another."""
        return not self.finished

    @property
    def error(self) -> BaseException | None:
        """The exception it ended with; None while it runs."""
        return self._future.exception() if self.finished else None

    @property
    def seconds(self) -> float:
        """Seconds since the start."""
        return time.perf_counter() - self._started

    @property
    def latest_event(self) -> Event | None:
        """Its latest report; None before the first."""
        return self.events[-1][1] if self.events else None

    def result(self) -> Result:
        """Wait for the end; what the function returned.

        Raises:
            Exception: what the function raised.
        """
        return self._future.result()

    def cancel(self) -> None:
        """Ask it to end early; the function looks at `cancel_requested` when it can, or passes it on."""
        self.cancel_requested.set()

    def report(self, event: Event) -> None:
        """Called by the function: add an event, and wake those who follow."""
        self.events.append((self.seconds, event))
        self._notify()

    def follow(self) -> Iterator[tuple[float, Event] | None]:
        """All events from the start to the end, as they come; None every `TICK_SECONDS` without one."""
        position = 0
        while True:
            with self._changed:
                finished = self.finished
                if len(self.events) == position and not finished:
                    self._changed.wait(TICK_SECONDS)
            if position < len(self.events):
                yield self.events[position]
                position += 1
            elif finished:
                return
            else:
                yield None

    def _notify(self) -> None:
        with self._changed:
            self._changed.notify_all()


AnyJob = TypeVar("AnyJob", bound=Job[Any, Any])


class Jobs(Generic[AnyJob]):
    """The jobs of one kind in this process, by key: all active ones, and up to `keep` older ended ones.

    Ended means no longer `active`. A new job takes the place of the ended one under its key; each `start` drops the
    oldest ended ones beyond `keep`.
    """

    def __init__(self, keep: int) -> None:
        self.serial_executor = ThreadPoolExecutor(1, "vade-queue")
        """For jobs that take turns: they run one at a time, in the order in which they were started."""
        self._keep = keep
        self._jobs: dict[str, AnyJob] = {}
        self._lock = threading.Lock()

    def start(self, key: str, create: Callable[[], AnyJob]) -> AnyJob:
        """The active job under `key`; where there is none, the one that `create` starts."""
        with self._lock:
            job = self._jobs.pop(key, None)
            if job is None or not job.active:
                job = create()
            ended_keys = [old_key for old_key, old_job in self._jobs.items() if not old_job.active]
            for old_key in ended_keys[: max(0, len(ended_keys) - self._keep)]:
                del self._jobs[old_key]
            self._jobs[key] = job
            return job

    def get(self, key: str | None) -> AnyJob | None:
        """The latest job under `key`; None where there is none, or it has been dropped."""
        return self._jobs.get(key or "")

    def active_jobs(self) -> list[AnyJob]:
        """The jobs that are active, in the order in which `start` was last called for them.

        Called for an active job, `start` moves it to the end.
        """
        return [job for job in list(self._jobs.values()) if job.active]

    def drop(self, job: AnyJob) -> None:
        """Forget a job."""
        with self._lock:
            for key in [key for key, other_job in self._jobs.items() if other_job is job]:
                del self._jobs[key]
