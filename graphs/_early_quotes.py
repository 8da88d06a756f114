"""What the documents say to a question, word for word and checked: streamed before a model writes, which takes longer.

Streamed as `{"quotes": [Sentence, ...]}`; those that come later replace those before.
"""

import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from langgraph.runtime import Runtime

from vademecum import prompts
from vademecum.core.types import Evidence, Hit
from vademecum.graphs import _answer_writer, _claims


def search_and_show(question: str, runtime: Runtime[Any]) -> None:
    """Stream the quotes for a question, if the documents seem to answer it, before a model is asked what it means."""
    context, library = runtime.context, runtime.context.library
    with suppress(sqlite3.OperationalError, ConnectionError):  # the search that counts comes later, and is tried again
        hits = library.search(question, k=context.k, mode=context.mode, scope=context.scope)
        evidence = library.weigh(question, hits)
        if evidence.confidence >= context.refuse_below:
            show(hits, evidence, runtime)


def show(hits: Sequence[Hit], evidence: Evidence, runtime: Runtime[Any]) -> None:
    """Stream the sentences that are the answer without a model; nothing where there is none."""
    context = runtime.context
    if context.model is None:
        return  # they are the answer, and streamed as that
    forbidden = prompts.load(f"answer/{context.technique}", embeddings=context.embeddings).front.forbid
    claims, text_of = _claims.quoted(_answer_writer.short_answer(evidence, forbidden)), context.library.catalogue.text
    checked = [_claims.check(claim, context.verifier, hits, text_of) for claim in claims]
    if sentences := [_claims.as_sentence(claim) for claim in checked if _claims.passed(claim)]:
        runtime.stream_writer({"quotes": sentences})
