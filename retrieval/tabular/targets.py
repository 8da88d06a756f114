"""Which column a question asks for, and how many rows of it."""

import re

from vademecum.language.numbers import COUNT_WORDS
from vademecum.retrieval.tabular import roles
from vademecum.retrieval.tabular.question_reading import LIGHT, Reading
from vademecum.retrieval.tabular.table import TypedTable

_ON_THE_WAY = frozenset("name names title titles last first top total final list listed".split())
_TIMES = frozenset("date day period time month season".split())


def target_of(reading: Reading, besides: int | None = None) -> int | None:
    """The column that is asked for: named behind "which" or "what", or by "who", "when", "where"; else None."""
    match = reading.find(r"which|what|whose|list|name|who|when|where|whom")
    column = _behind(reading, match, besides) if match else None
    if column is None and not match:
        mentions = [mention for mention in reading.asked.columns if mention.column != besides]
        column = mentions[0].column if len(mentions) == 1 else None
    if column is not None:
        reading.use_names_of(column)
    return column


def _behind(reading: Reading, match: "re.Match[str]", besides: int | None) -> int | None:
    place = reading.word_at(match.start())
    reading.use(place, place + 1)
    word = reading.words[place].text
    mentions = [mention for mention in reading.asked.columns if mention.column != besides]
    behind = [mention for mention in mentions if place < mention.first and _is_near(reading, place, mention.first)]
    if word in ("which", "what", "list", "name", "whose"):
        if behind:
            return min(behind, key=lambda mention: (mention.first, -mention.share)).column
        _doubt_noun(reading, place)
        following = {mention.text for mention in reading.words[place + 1 : place + 3]}
        dates = roles.date_columns(reading.table)
        if following & _TIMES and dates:
            reading.has("time period|period|date|day|time|season")
            return dates[0]
        return mentions[0].column if word in ("list", "name") and len(mentions) == 1 else None
    texts = [mention for mention in mentions if reading.table.columns[mention.column].kind == "text"]
    texts = [mention for mention in texts if place < mention.first <= place + 2][:1] or texts
    if len(texts) == 1 and word in ("who", "whom"):
        return texts[0].column
    return roles.column_for(reading.table, word.replace("whom", "who"))


def _is_near(reading: Reading, place: int, first: int) -> bool:
    """Whether nothing of weight, or little, stands between a word of asking and the name of a column."""
    between = reading.words[place + 1 : first]
    return first <= place + 4 or all(not word.is_content or word.text in _ON_THE_WAY for word in between)


def _doubt_noun(reading: Reading, place: int) -> None:
    """Doubt where what "which" asks for is no column: what is answered may be of another kind."""
    following = reading.words[place + 1 : place + 2]
    if following and following[0].is_content and following[0].text not in LIGHT:
        reading.doubts += 0.5


def how_many(reading: Reading, place: int) -> int:
    """How many are asked for beside this word: "the three cheapest", "the 5 largest"; 1 where it is not said."""
    for at in (place - 1, place + 1):
        if 0 <= at < len(reading.words):
            text = reading.words[at].text
            number = COUNT_WORDS.get(text) or (int(text) if text.isdigit() and len(text) < 3 else 0)
            if number:
                reading.use(at, at + 1)
                return number
    return 1


def repeats(table: TypedTable, column: int) -> bool:
    """Whether a column has the same cell in several rows, so that rows can be grouped by it."""
    cells = [cell.text for row in range(len(table.rows)) if (cell := table.cell(row, column))]
    return len(set(cells)) < 0.8 * len(cells)
