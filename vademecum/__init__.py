"""Ask your own notes, and get answers in which every sentence cites the exact characters it rests on.

    import vademecum as vade

    with vade.open("notes/") as notes:
        answer = notes.ask("Why do LSTMs need a forget gate?")
        for sentence in answer.sentences:
            print(sentence.text, [citation.quote for citation in sentence.citations])
        notes.graph("answer").get_graph().draw_mermaid()
    vade.verify("Cats sleep all day.", ["A cat sleeps up to sixteen hours a day."]).verdict

Importing this, and opening a notebook, loads no model and no index. Importing a room (`vademecum.core.errors`) loads
no other room: `open`, `verify` and `Notebook` are imported when they are first used (PEP 562).
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vademecum.notebook import Notebook
    from vademecum.opening import open
    from vademecum.verifying import verify

__all__ = ["Notebook", "open", "verify"]

_LAZY = {"Notebook": "vademecum.notebook", "open": "vademecum.opening", "verify": "vademecum.verifying"}


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = getattr(importlib.import_module(_LAZY[name]), name)
    return globals()[name]


def __dir__() -> list[str]:
    return sorted({*globals(), *_LAZY})
