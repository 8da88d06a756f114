"""What speaks for a span of words being a certain argument: likeness, form, the words around it, where it stands."""

import re

import numpy as np
from numpy.typing import NDArray

from vademecum.language.stop_words import CHUNK_ENDS
from vademecum.models.tool_calling.argument_matching import Argument, Features, Request, stem, stems
from vademecum.models.tool_calling.mentions import Span

_PLACE = re.compile(
    r"\b(?:locations?|city|cities|place|country|state|region|area|address|town|venue|destination|origin|county|zone|"
    r"jurisdiction|where)\b"
)
_NAME_WANTED = re.compile(
    r"\b(?:name|player|artist|team|company|brand|author|person|celebrity|museum|hotel|book|title|league|model|composer|"
    r"scientist|actor|director|organi[sz]ation|store|game|user|username|platform|website)\b"
)
_ORIGIN = re.compile(r"\b(?:from|origin|originating|start|starting|departure|depart|departing|source|first|1)\b")
_GOAL = re.compile(r"\b(?:to|destination|end|ending|arrival|target|second|2|flying to|heading)\b")
_DATED = re.compile(r"\b(?:date|day|time|when|month|year|season|period)\b")
_CODED = re.compile(
    r"\b(?:id|ids|number|code|docket|identifier|path|file|email|url|zip|size|case number|formula|symbol)\b"
)
_EXAMPLES = re.compile(r"(?:e\.g|\beg\b|like|such as|example).*|'[^']*'")
_VERBS = frozenset(
    "calculate compute determine find get show tell give search book generate create convert list retrieve look check "
    "estimate predict play order buy want need know like identify provide what who how when where which can could "
    "please".split()
)


def span_features(
    request: Request, span: Span, vector: NDArray[np.float32], argument: Argument, function: set[str]
) -> Features:
    """The features of a pair; `vector`: of the span by itself; `function`: stems of the function's name."""
    return {
        **_likeness(request, span, vector, argument),
        **_form(request, span, argument),
        **_words(span, argument, function),
        **_neighbours(request, span, argument),
        **_place(request, span, argument),
    }


def _likeness(request: Request, span: Span, vector: NDArray[np.float32], argument: Argument) -> Features:
    own = stems(span.text)
    examples = {example.lower() for example in argument.examples}
    nearest = float((argument.example_vectors @ vector).max()) if argument.examples else 0.0
    return {
        "like told": float(vector @ argument.vector),
        "like name": float(vector @ argument.name_vector),
        "in context": request.likeness(argument, span.start, span.end),
        "like example": nearest,
        "is example": float(
            span.text.lower() in examples or (bool(own) and own in [stems(example) for example in argument.examples])
        ),
    }


def _form(request: Request, span: Span, argument: Argument) -> Features:
    text, words = span.text, span.text.split()
    capital, opens = _capital(span), request.opens_sentence(span.start)
    digits = any(character.isdigit() for character in text)
    code = digits and len(words) == 1 and bool(re.search(r"[A-Za-z]", text))
    dated, coded = bool(_DATED.search(argument.text)), bool(_CODED.search(argument.text))
    year = bool(re.fullmatch(r"(?:1[0-9]|20)\d\d", text)) and bool(
        re.search(r"\b(?:year|season|date)\b", argument.text)
    )
    capitals = [example[0].isupper() for example in argument.examples]
    part = _part_of_a_name(request, span)
    return {
        "quoted": float(span.quoted),
        "within quotes": float(not span.quoted and _within_quotes(request.text, span)),
        "capital": float(capital == 1 and not opens),
        "whole name": float(capital > 0.5 and not part),
        "part of a name": float(part),
        "capital, unlike examples": float(bool(capitals) and not any(capitals) and capital > 0.5),
        "form of an example": float(any(_shape(example) == _shape(text) for example in argument.examples)),
        "words": min(len(words), 6) / 3,
        "one word": float(len(words) == 1),
        "date": float(span.date and dated),
        "date elsewhere": float(span.date and not dated),
        "year": float(year),
        "code": float(digits and coded),
        "form of a code": float(code and coded),
        "digits elsewhere": float(digits and not span.date and not coded),
        "opens a sentence": float(opens),
    }


def _words(span: Span, argument: Argument, function: set[str]) -> Features:
    words, own = span.text.split(), stems(span.text)
    name = {stem(word) for word in argument.name.split()}
    description_stems = stems(_EXAMPLES.sub("", argument.description))
    first, last = stem(words[0].strip(",.'")), stem(words[-1].strip(",.'"))
    return {
        "is the argument's name": float(bool(own) and own <= name),
        "is told of the argument": len(own & description_stems) / max(1, len(own)),
        "is told of the function": len(own & function) / max(1, len(own)),
        "begins with its name": float(len(words) > 1 and first in name | description_stems),
        "ends with its name": float(len(words) > 1 and last in stems(argument.name) and words[-1][0].islower()),
        "verb": float(words[0].lower() in _VERBS),
    }


def _neighbours(request: Request, span: Span, argument: Argument) -> Features:
    name = stems(argument.name)
    before = request.before(span.start, 2)
    prior = before[0] if before else ""
    following = request.text[span.end :]
    preceding = re.search(r"(\S+)\s+$", request.text[: span.start])
    next_word = re.match(r"\s+(\S+)", following)
    after = stem(request.after(span.end, 1)[0]) if next_word and request.after(span.end, 1) else ""
    origin, goal = _ORIGIN.search(argument.name), _GOAL.search(argument.name)
    return {
        "named before": float(bool(name & {stem(word) for word in before})),
        "named after": float(after in name and bool(next_word) and next_word[1][0].islower()) if next_word else 0.0,
        "after of": float(prior in {"of", "for", "about", "on", "called", "named"}),
        "origin": float(prior in {"from", "between"} and bool(_ORIGIN.search(argument.text)))
        - float(prior in {"to", "into"} and bool(origin)),
        "goal": float(prior in {"to", "into"} and bool(_GOAL.search(argument.text)))
        - float(prior == "from" and bool(goal)),
        "behind a number": float(prior.isdigit() and bool(re.search(r"\b(?:from|source|unit)\b", argument.name))),
        "begins a chunk": float(not preceding or _ends_chunk(preceding[1])),
        "ends a chunk": float(not next_word or _ends_chunk(next_word[1]) or not following[:1].isspace()),
    }


def _place(request: Request, span: Span, argument: Argument) -> Features:
    prior = next(iter(request.before(span.start, 1)), "")
    opens = request.opens_sentence(span.start)
    wants_place = _wants_place(argument)
    capital = _capital(span)
    placed = capital > 0.5 and not opens
    wants_name = bool(_NAME_WANTED.search(argument.name))
    return {
        "place": float(wants_place and placed and prior in {"in", "at", "near", "from", "to", "around", "of", "for"}),
        "place in small letters": float(wants_place and capital <= 0.5),
        "place elsewhere": float(not wants_place and placed and prior in {"in", "at", "near"}),
        "capital of a named thing": float(wants_name and placed),
        "small of a named thing": float(wants_name and capital == 0 and not span.quoted),
    }


def _wants_place(argument: Argument) -> bool:
    return bool(_PLACE.search(argument.name) or (_PLACE.search(argument.text) and "name of" not in argument.text))


def _capital(span: Span) -> float:
    """The share of words with a capital."""
    words = span.text.split()
    return sum(word[0].isupper() for word in words) / max(1, len(words))


def _part_of_a_name(request: Request, span: Span) -> bool:
    """Whether the span stops short of a name: the words beside it have capitals too."""
    words = span.text.split()
    before = re.search(r"(\b[A-Z][\w'’&-]*)(?: of(?: the)?| the)? $", request.text[: span.start])
    if before and words[0][0].isupper() and not request.opens_sentence(before.start()):
        return True
    return words[-1][0].isupper() and bool(re.match(r" (?:of (?:the )?)?[A-Z]", request.text[span.end :]))


def _ends_chunk(word: str) -> bool:
    return word.lower().strip(",.'") in CHUNK_ENDS


def _within_quotes(text: str, span: Span) -> bool:
    """Whether the span is a part of something quoted."""
    return any(
        match.start() < span.start + 1 and span.end < match.end() and match[2] != span.text
        for match in re.finditer(r"(?<!\w)(['\"])([^'\"]{1,80})\1(?!\w)", text)
    )


def _shape(text: str) -> str:
    """Capitals, small letters, digits and marks, each run told once."""
    return re.sub(r"(.)\1+", r"\1", re.sub(r"\d", "9", re.sub(r"[a-z]", "x", re.sub(r"[A-Z]", "X", text))))
