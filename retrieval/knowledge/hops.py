"""From one passage to the next: what a question asks beyond what a passage already says.

A question of several hops ("the airport of the city where WILM is licensed") is answered by no single passage. One
holds WILM and names a city; another speaks of that city, which the question does not name, and holds the airport. So
a second passage is worth what it says of the question's words that the first leaves open, the more the rarer the
entity that joins them. Coverage is late interaction (ColBERT, Khattab and Zaharia 2020, eq. 3) over a set of
passages, which has diminishing returns and is therefore chosen from greedily (Lin and Bilmes 2011, ACL).
"""

from collections.abc import Mapping, Sequence

import numpy as np

from vademecum.retrieval.encode import Floats

BRIDGES = 5
"""Leading passages from which a second hop is looked for."""

COVER = 20.0
"""Worth of the share of the question that a passage adds to those chosen before it."""

LINK = 1.0
"""Worth of an entity that a passage shares with one chosen before, which the question does not name."""


def second_hops(
    leading: Sequence[int],
    covers: Mapping[int, Floats],
    links: Mapping[int, set[int]],
    rarity: Mapping[int, float],
) -> dict[int, float]:
    """By passage, what it adds to the best of those `leading` that it shares an entity with; in [0, 1].

    `covers`: by passage, how well it covers each of the question's tokens, float32 (n,), at most 1. `links`: by
    passage, its entities that the question does not name; `rarity`: of each entity, in [0, 1].
    """
    gains = dict.fromkeys(covers, 0.0)
    for place, first in enumerate(leading[:BRIDGES]):
        for second, covered in covers.items():
            joint = links[first] & links[second]
            if second != first and joint:
                added = float(np.maximum(0, covered - covers[first]).mean())
                strength = max(rarity[entity] for entity in joint)
                gains[second] = max(gains[second], added * strength / (1 + 0.3 * place))
    return gains


def choose_in_turn(
    scores: Mapping[int, float],
    covers: Mapping[int, Floats],
    links: Mapping[int, set[int]],
    rarity: Mapping[int, float],
    k: int,
) -> list[tuple[int, float]]:
    """`k` passages, each chosen for its score and for what it adds to those before it; with descending values."""
    candidates = sorted(covers, key=lambda key: (-scores[key], key))
    covered = np.zeros_like(next(iter(covers.values()))) if covers else np.zeros(0, np.float32)
    linked: set[int] = set()
    ranking: list[tuple[int, float]] = []

    def worth(key: int) -> float:
        added = float(np.maximum(0, covers[key] - covered).mean())
        link = max((rarity[entity] for entity in links[key] & linked), default=0.0)
        return scores[key] + COVER * added + LINK * link

    while candidates and len(ranking) < k:
        best = max(candidates, key=worth)
        value = worth(best)
        ranking.append((best, min(value, ranking[-1][1]) if ranking else value))
        candidates.remove(best)
        covered = np.maximum(covered, covers[best])
        linked |= links[best]
    return ranking
