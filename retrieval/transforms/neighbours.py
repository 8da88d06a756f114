"""Shows a passage with those before and after it: what was found in its context, with exact offsets."""

from vademecum.retrieval.retrievers import PassageRetriever
from vademecum.retrieval.transforms._widening import Widening

MOST_CHARACTERS = 8000
"""Shown of a hit with its neighbours."""


def build(inner: PassageRetriever) -> Widening:
    """The transform around `inner`, with as many neighbours as the settings say."""
    return Widening.around(inner, reach=inner.library.settings.neighbours, characters=MOST_CHARACTERS)
