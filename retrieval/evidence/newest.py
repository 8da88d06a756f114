"""Which of two sentences holds now: where several documents answer alike, the newest comes first.

A document's day is the one in its file's name, its title or the headings above the passage, else the one that its first
lines give as its date, as front matter and mail headers do. A document that says none is left where it is.
"""

import re
from collections.abc import Callable, Sequence
from datetime import date

from vademecum.core.types import Hit
from vademecum.language.dates import full_dates, month_number
from vademecum.retrieval.evidence.sentence_features import FEATURES, SentenceFeatures

LOOKED_AT = 4
"""Leading sentences among which the newest is sought."""

CLOSE = 2.0
"""Log-odds below the best within which a sentence answers alike."""

FRONT = 800
"""Characters at the beginning of a text in which its date is sought."""

_DATE_LINE = re.compile(
    r"^\W*(?:\w+ ){0,2}(?:date|dated|updated|up to date|modified|created|sent|written|revised|as of)\b[:.]?"
    r"(?P<day>.{6,80})$",
    re.I | re.M,
)
_MAIL_DAY = re.compile(r"(?P<d>\d{1,2}) (?P<m>[A-Z][a-z]{2}) (?P<y>\d{4})")
_NEAR = FEATURES.index("near")


def day_of(hit: Hit, text: str) -> date | None:
    """The day of the document, or of the section, that a passage is of; None where it says none."""
    names = " ".join([hit.path.rsplit("/", 1)[-1].replace("_", " "), hit.title, *hit.passage.headings])
    lines = " ".join(match["day"] for match in _DATE_LINE.finditer(text[:FRONT]))
    for stated in (names, lines):
        for matches in full_dates(stated):
            return _day(matches.year, matches.month, matches.day)
        if mail := _MAIL_DAY.search(stated):
            return _day(int(mail["y"]), month_number(mail["m"]), int(mail["d"]))
    return None


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def newest_first(
    order: Sequence[int], scores: Sequence[float], measured: SentenceFeatures, text_of: Callable[[str], str]
) -> tuple[list[int], dict[int, date]]:
    """`order`, best first, with the newest before those of other documents that say no more of what is asked.

    And the day of each that was compared; empty where there was nothing to compare.
    """
    best = order[0]
    alike = [
        i
        for i in order[:LOOKED_AT]
        if scores[i] >= scores[best] - CLOSE and measured.features[i][_NEAR] >= measured.features[best][_NEAR] - 1e-6
    ]
    sources = {measured.sentences[i][0].passage.source_id for i in alike}
    if len(sources) < 2:
        return list(order), {}
    days = {i: day_of(measured.sentences[i][0], text_of(measured.sentences[i][0].passage.source_id)) for i in alike}
    dated = {i: day for i, day in days.items() if day}
    if best not in dated or len(set(dated.values())) < 2:
        return list(order), {}
    newest = sorted(dated, key=lambda i: dated[i], reverse=True)
    return [*newest, *(i for i in order if i not in dated)], dated
