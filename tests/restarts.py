"""Ingestions in processes of their own, which can be killed. They fork from a server that has imported everything."""

import multiprocessing
from collections.abc import Callable
from contextlib import closing, suppress
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from vademecum.retrieval import retrievers
from vademecum.retrieval.library import Library

IMPORTED = [
    "chromadb",
    "vademecum.retrieval.ingestion.ingest",
    "vademecum.retrieval.evidence.score_baseline",
    "vademecum.retrieval.stores.chroma",
    "numpy.random",
]


def begin(work: Callable[..., Any], *given: Any) -> BaseProcess:
    """Start `work(*given)` in a process of its own."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(IMPORTED)
    process = context.Process(target=work, args=given, daemon=True)
    process.start()
    return process


def ingesting(home: Path, notes: Path) -> None:
    """Ingest `notes`; the index follows often, so that there are many moments between it and the catalogue."""
    from workspaces import open_with_tokens

    from vademecum.retrieval.ingestion import ingestion_run
    from vademecum.retrieval.ingestion.ingest import ingest

    ingestion_run.INDEX_EVERY = 25
    with closing(open_with_tokens(home)) as library:
        ingest(library, [notes])


def forgetting(home: Path, *sources: str) -> None:
    """Forget `sources`, one after the other; one that is gone already is no error."""
    from workspaces import open_with_tokens

    from vademecum.core.errors import UsageError
    from vademecum.retrieval.maintenance.forget import forget

    with closing(open_with_tokens(home)) as library:
        for source in sources:
            with suppress(UsageError):
                forget(library, source)


def found(library: Library, questions: list[str]) -> list[Any]:
    """What every mode finds for each question, and what the evidence comes to; numbers to five digits.

    An index that was filled in another order adds the products of two vectors in another order.
    """
    results: list[Any] = []
    for question in questions:
        for mode in retrievers.members.names():
            hits = library.search(question, k=8, mode=mode)
            assert hits, (mode, question)
            evidence = library.weigh(question, hits)
            told = [(round(it.score, 5), it.citation) for it in evidence.sentences]
            rounded = [hit.model_copy(update={"score": round(hit.score, 5)}) for hit in hits]
            results.append((mode, question, rounded, told, round(evidence.confidence, 4)))
    return results
