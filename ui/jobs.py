"""Work on a thread of its own: it goes on when the page is drawn again, or closed, and can be followed from anywhere.

job = Job(lambda job: job.tell("half"))
for seconds, news in job.follow(): ...
job.result()                                  # raises what the work raised
"""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

News = TypeVar("News")

TICK_SECONDS = 0.1
"""How often a follower hears of a job that has no news: Streamlit can stop a page only where it draws something."""


class Job(Generic[News]):
    """Work that has begun. `told` is all it has told so far, each with the seconds since it began."""

    def __init__(self, work: "Callable[[Job[News]], None]") -> None:
        self.told: list[tuple[float, News]] = []
        self.stopping = threading.Event()
        self._news = threading.Condition()
        self._began = time.perf_counter()
        executor = ThreadPoolExecutor(1, "vade-job")
        self._future = executor.submit(work, self)
        self._future.add_done_callback(lambda _: self._wake())
        executor.shutdown(wait=False)

    @property
    def stopped(self) -> bool:
        """Whether it was asked to end early."""
        return self.stopping.is_set()

    @property
    def finished(self) -> bool:
        """Whether it is over, however it ended."""
        return self._future.done()

    @property
    def failed(self) -> bool:
        """Whether it is over, and raised something."""
        return self.finished and self._future.exception() is not None

    @property
    def seconds(self) -> float:
        """Seconds since it began."""
        return time.perf_counter() - self._began

    @property
    def latest(self) -> News | None:
        """What it told last."""
        return self.told[-1][1] if self.told else None

    def result(self) -> None:
        """Wait for the end, and raise what the work raised."""
        self._future.result()

    def stop(self) -> None:
        """Ask the work to end early; it looks at `stopped` when it can, or hands `stopping` to what can."""
        self.stopping.set()

    def tell(self, news: News) -> None:
        """Called by the work: let followers know."""
        self.told.append((self.seconds, news))
        self._wake()

    def follow(self) -> Iterator[tuple[float, News] | None]:
        """All it tells, from its beginning to its end, as it comes; None every `TICK_SECONDS` without news."""
        seen = 0
        while True:
            with self._news:
                finished = self.finished
                if len(self.told) == seen and not finished:
                    self._news.wait(TICK_SECONDS)
            if seen < len(self.told):
                yield self.told[seen]
                seen += 1
            elif finished:
                return
            else:
                yield None

    def _wake(self) -> None:
        with self._news:
            self._news.notify_all()
