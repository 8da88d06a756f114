"""What the place of a sentence says of it, beside its words: it may stand aside, or be the clause that is asked for."""

import re

from vademecum.core.types import Hit

ASIDE = 3.0
"""Taken off the score of a sentence that stands aside: in a message that a later one quotes, at the foot of a page."""

NAMED = 12.0
"""Added to the score of a sentence that begins with the number of a clause that the question names ("2.2"): more than
words alone are worth, which those sentences share that refer to the clause."""

_PLACES_ASIDE = ("quoted message", "the foot of the page")
_NUMBER = r"\d{1,3}(?:\.\d{1,3}){0,4}"
_CLAUSE = re.compile(rf"(?:\b[^\W\d_]{{3,}}|§)\s+({_NUMBER})(?=[\s?.,;:!)]|$)")
_BEGINS = re.compile(rf"({_NUMBER})[.)]?\s")


def adjustment(question: str, hit: Hit, start: int) -> float:
    """What is added to the score of the sentence of the hit that begins at `start`, an offset into the document."""
    place = hit.passage.place
    aside = ASIDE if place is not None and place.endswith(_PLACES_ASIDE) else 0.0
    at = start - hit.passage.start
    begins = _BEGINS.match(hit.passage.text, at)
    names = begins is not None and "." in begins[1] and begins[1] in _CLAUSE.findall(question)
    return NAMED * names - aside
