"""Shows what was found in capitals."""

from vademecum.core.types import Hit
from vademecum.retrieval.transforms import Transform


class Shouting(Transform):
    def shown(self, hits: list[Hit]) -> list[Hit]:
        return [
            hit.model_copy(update={"passage": hit.passage.model_copy(update={"text": hit.passage.text.upper()})})
            for hit in self.inner.shown(hits)
        ]


def build(inner) -> Shouting:
    return Shouting.around(inner)
