"""How well questions that have nothing to do with the documents fit them: what a score is measured against.

A workspace of everything finds something like every question, one of a single subject does not, so that no threshold
on raw scores holds for both. So a fixed cohort of questions about other things is asked of each workspace, and the
median of their scores is subtracted, and what is left is divided by their spread (test normalisation, as in speaker
verification: Auckenthaler, Carey and Lloyd-Thomas 2000, "Score normalization for text-independent speaker verification
systems"). Measured where 96% of the
questions on other subjects are refused on wiki: answerable ones refused on samples 34% without it, 4% with it; on
spans 14% and 5%. The median holds while most of the cohort is off the subject.
"""

from collections.abc import Callable
from contextlib import suppress
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from vademecum.core.errors import WorkspaceError
from vademecum.retrieval.evidence.weigh_sentences import BestSentence, ScoreBaseline, fitted

if TYPE_CHECKING:
    from vademecum.retrieval.catalogue.catalogue import Catalogue

REMEASURE_AT = 0.1
"""Share of passages that must have come or gone before the baseline is measured again."""


def score_baseline(
    catalogue: "Catalogue", fingerprint: str, best_sentence: Callable[[str], BestSentence]
) -> ScoreBaseline:
    """The baseline of the documents in `catalogue`, encoded by the embedding model called `fingerprint`.

    `best_sentence` asks them a question. It is measured where it is not known, where the documents have changed much
    since, or where sentences are ranked by other weights.
    """
    name = f"background:{fingerprint}:{fitted().name}"
    passages = catalogue.passage_count()
    fields = catalogue.noted(name).split()
    if len(fields) == 5 and abs(int(fields[0]) - passages) <= REMEASURE_AT * int(fields[0]):
        return ScoreBaseline(*map(float, fields[1:]))
    measured = _measure(best_sentence)
    # A workspace that can only be read is measured anew by each process.
    with suppress(WorkspaceError):
        catalogue.note(name, " ".join([str(passages), *(f"{value:.4f}" for value in measured)]))
    return measured


def _measure(best_sentence: Callable[[str], BestSentence]) -> ScoreBaseline:
    sentences = [best_sentence(probe) for probe in probes()]
    return ScoreBaseline.of([best.score for best in sentences], [best.cosine for best in sentences])


@cache
def probes() -> tuple[str, ...]:
    """The cohort: questions on many subjects, each of which few people's documents answer."""
    return tuple((files("vademecum.retrieval.evidence") / "probes.txt").read_text("utf-8").split("\n")[:-1])
