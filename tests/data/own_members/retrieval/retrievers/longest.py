"""The longest passages first, whatever is asked."""

from vademecum.core.types import Scope
from vademecum.retrieval.question import Question
from vademecum.retrieval.retrievers import PassageRetriever


class Longest(PassageRetriever):
    def rank(self, question: Question, k: int, scope: Scope) -> list[tuple[int, float]]:
        catalogue = self.library.catalogue
        stored = [row for source in catalogue.sources() for row in catalogue.passages_of(source.id)]
        lengths = {row.key: float(len(row.passage.text)) for row in stored}
        return sorted(lengths.items(), key=lambda pair: -pair[1])[:k]


def build(library, k: int, scope: Scope) -> Longest:
    return Longest(library=library, k=k, scope=scope)
