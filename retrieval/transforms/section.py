"""Shows a passage with its section, as LangChain's `ParentDocumentRetriever`, but with exact offsets.

Of a section that is too long, what is nearest to the passage is shown.
"""

from vademecum.retrieval.retrievers import PassageRetriever
from vademecum.retrieval.transforms._widening import Widening

MOST_CHARACTERS = 4000
"""About a page and a half, or a thousand tokens."""

MOST_PASSAGES = 50
"""On each side: passages are rarely shorter than 80 characters."""


def build(inner: PassageRetriever) -> Widening:
    """The transform around `inner`."""
    return Widening.around(inner, reach=MOST_PASSAGES, characters=MOST_CHARACTERS)
