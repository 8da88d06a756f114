"""A run that a person stops: it ends at the next step of its graph, or within one at the model's next word.

    stop = threading.Event()
    for event in notes.stream("Why?", thread="t1", stop=stop): ...      # stop.set(), from any thread, ends it

What was stored is kept; `Notebook.go_on` goes on from there. A call of a model that does not stream ends when it ends.
"""

import threading
from typing import Any

from langchain_core.callbacks import BaseCallbackHandler


class Stopped(BaseException):
    """Ends a run from within. Not an Exception: nothing is to retry it, or to take it for the model's failure."""


class AtNextWord(BaseCallbackHandler):
    """Raises Stopped where a model writes on, or begins to, after `stop` was set."""

    raise_error = True
    run_inline = True

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop

    def on_llm_new_token(self, *_: Any, **__: Any) -> None:
        """Called for each word."""
        self._end()

    def on_chat_model_start(self, *_: Any, **__: Any) -> None:
        """Called before a model is."""
        self._end()

    def _end(self) -> None:
        if self._stop.is_set():
            raise Stopped
