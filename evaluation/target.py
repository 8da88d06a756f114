"""The target of an evaluation: what searches and answers, with what is needed to check its answers independently."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vademecum.core.errors import UsageError
from vademecum.core.settings import Settings
from vademecum.core.types import Answer, Citation, Hit, Passage, Scope, Sentence
from vademecum.evaluation.cases import Case
from vademecum.evaluation.outcomes import Outcome, Ranked
from vademecum.evaluation.spending import Spending

if TYPE_CHECKING:
    from vademecum.retrieval.library import Library
    from vademecum.verification.verdict import Verifier

Ask = Callable[[str, Spending], Answer | None]
"""Answers a question, with the `Spending` as a callback of the run. None where the graph gives no answer."""

HITS = 10
"""Passages of a search that metrics look at."""


@dataclass(frozen=True)
class Target:
    """One variant, ready to be asked. `settings` are those it runs with, among them where its runs are traced."""

    library: "Library"
    verifier: "Verifier"
    settings: Settings
    ask: Ask
    collection: str | None = None

    def run(self, case: Case) -> Outcome:
        """Search and answer the question of a case.

        Raises:
            VademecumError: whatever the search or the graph raises.
        """
        hits = self.library.search(
            case.question, k=HITS, mode=self.settings.mode, scope=Scope(collection=self.collection)
        )
        spending = Spending()
        began = time.perf_counter()
        answer = self.ask(case.question, spending)
        seconds = time.perf_counter() - began
        if answer is None:
            raise UsageError("this graph gives no answer from the documents, so there is nothing to score")
        return Outcome(
            case_id=case.id,
            answer=answer,
            hits=tuple(ranked(hit) for hit in hits),
            usage=spending.usage(),
            seconds=seconds,
            run_id=answer.run_id,
        )

    def is_true(self, citation: Citation) -> bool:
        """True where the quote is the text of the source at its offsets."""
        text = self.library.catalogue.text(citation.source_id)
        return bool(citation.quote) and text[citation.start : citation.end] == citation.quote

    def supports(self, sentence: Sentence) -> bool:
        """True where the verifier judges the sentence supported by the text of the sources that it cites."""
        hits = [self._at(citation) for citation in sentence.citations]
        quotes = [citation.quote for citation in sentence.citations]
        return self.verifier.judge(sentence.text, quotes, hits).verdict == "supported"

    def _at(self, citation: Citation) -> Hit:
        """The cited characters as a passage, read from the source and not from the citation."""
        text = self.library.catalogue.text(citation.source_id)[citation.start : citation.end]
        passage = Passage(
            id="cited",
            source_id=citation.source_id,
            start=citation.start,
            end=citation.start + len(text),
            text=text,
            line=citation.line or 1,
        )
        return Hit(passage=passage, path=citation.path, root=citation.root, title=citation.title, score=0.0)


def ranked(hit: Hit) -> Ranked:
    """A hit as experiments store it."""
    passage = hit.passage
    return Ranked(id=passage.id, path=hit.path, start=passage.start, end=passage.end, score=round(hit.score, 6))
