"""How well questions that have nothing to do with the documents fit them: what a score is measured against.

A workspace of everything finds something like every question, one of a single subject does not, so that no threshold
on raw scores holds for both. So a fixed cohort of questions about other things is asked of each workspace, and the
median of their scores is subtracted (test normalisation, as in speaker verification: Auckenthaler, Carey and
Lloyd-Thomas 2000, "Score normalization for text-independent speaker verification systems"). Measured where 96% of the
questions on other subjects are refused on wiki: answerable ones refused on samples 34% without it, 4% with it; on
spans 14% and 5%. The median holds while most of the cohort is off the subject.
"""

from contextlib import suppress
from functools import cache
from importlib.resources import files
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from vademecum.core.errors import WorkspaceError

if TYPE_CHECKING:
    from vademecum.retrieval.library import Library

REMEASURE_AT = 0.1
"""Share of passages that must have come or gone before the background is measured again."""


class Background(NamedTuple):
    """Medians over the cohort: of the best sentence's score, and of the best passage's cosine."""

    score: float
    cosine: float


def background(library: "Library") -> Background:
    """The workspace's background; measured where it is not known or the workspace has changed much since."""
    name = f"background:{library.fingerprint}"
    passages = library.catalogue.passage_count()
    known = library.catalogue.noted(name).split()
    if len(known) == 3 and abs(int(known[0]) - passages) <= REMEASURE_AT * int(known[0]):
        return Background(float(known[1]), float(known[2]))
    measured = _measure(library)
    # A workspace that can only be read is measured anew by each process.
    with suppress(WorkspaceError):
        library.catalogue.note(name, f"{passages} {measured.score:.4f} {measured.cosine:.4f}")
    return measured


def _measure(library: "Library") -> Background:
    from vademecum.retrieval.evidence import best_sentence

    found = [best_sentence(library, library.question(probe)) for probe in probes()]
    return Background(median(best.score for best in found), median(best.cosine for best in found))


@cache
def probes() -> tuple[str, ...]:
    """The cohort: questions on many subjects, each of which few people's documents answer."""
    return tuple((files("vademecum.retrieval") / "probes.txt").read_text("utf-8").split("\n")[:-1])
