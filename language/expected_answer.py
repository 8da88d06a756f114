"""What a question asks for: a day, an amount, a person, a list. Read from its own words, without a model.

A kind is `certain` where a sentence that holds nothing of it cannot answer ("how many", "what time", a phone number):
whoever has a table of such things would look for one. Of the others ("who", "where", "when") a sentence may answer in
words that no list knows, and the kind only makes it likelier.
"""

import re
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal, NamedTuple, cast

Kind = Literal[
    "day", "time", "duration", "amount", "count", "quantity", "percentage", "frequency", "phone", "email", "web",
    "address", "identifier", "person", "place", "yes-or-no", "list", "definition", "reason", "steps", "comparison",
    "summary", "thing",
]  # fmt: skip

SEVERAL = frozenset({"list", "steps", "comparison", "summary"})
"""Kinds of which one sentence may be a part of the answer only."""


class Expected(NamedTuple):
    """What is asked for. `noun` is what is counted, measured or named, in small letters; empty where none is said.

    `cues` are words that only say what is asked for ("how large", "cost", "a month"): an answer need not hold them.
    `edge`: which edge of a stretch of time is asked for; "past" where it is a day that has been.
    """

    kind: Kind
    certain: bool = False
    noun: str = ""
    cues: frozenset[str] = frozenset()
    edge: Literal["", "begin", "end", "past"] = ""


_OPENING = re.compile(
    r"^(?:(?:and|but|so|or|ok(?:ay)?|hi|hello|hey|please|well|also|then|now)[\s,]+|"
    r"(?:can|could|would|will) you (?:please )?(?:tell|show|give|find|remind|explain|list|let)\b"
    r"(?: to)?(?: me| us)?(?: know)?[\s,]*|"
    r"(?:do you know|tell me|show me|remind me|i (?:want|need|would like) to know|i wonder)[\s,]+|"
    r"(?:in|at|on|by|from|for|to|with|of|until|till|since|during|after|before|under|against|about|into)\s+"
    r"(?=wh?ich\b|what\b|whom\b|whose\b|how\b|when\b)|"
    r"(?:according to|in|for|at|on|during|after|before|of|since)\s[^,?]{2,60},\s*(?=(?:wh|how|is|are|was|did|do)))",
    re.IGNORECASE,
)
"""What people put before a question."""

_NOUN = re.compile(
    r"^how (?:many|much) (?P<counted>[^\W\d_]{2,}(?:[ -][^\W\d_]{3,})?)|^(?:what|wh?ich) (?P<named>[^\W\d_]{3,})",
    re.IGNORECASE,
)
_CUES = re.compile(
    r"^how (\w+)|\b(?:a|an|per|each|every) (month|year|week|day|hour|night|person|minute)\b", re.IGNORECASE
)
_CUES_OF: dict[Kind, str] = {
    "amount": "cost costs pay pays paid price much money spend spent charge",
    "day": "date day year when",
    "time": "time",
    "duration": "long time last lasts take takes period",
    "count": "many number",
    "quantity": "size width height length depth weight speed temperature distance maximum minimum max min",
    "person": "name person",
    "place": "located",
    "list": "list all",
    "summary": "summary summarise summarize sum overview short brief",
    "comparison": "compare compared difference differences between",
    "reason": "reason reasons why",
    "phone": "phone telephone number",
    "definition": "define definition meaning mean means stand",
    "frequency": "often",
    "steps": "steps way",
}
_ENDS = re.compile(
    r"\b(?:end(?:s|ed)?|expire[sd]?|finish\w*|runs? out|until|close[sd]?|over|stop\w*|terminat\w+)\b", re.I
)
_BEGINS = re.compile(r"\b(?:begins?|began|start(?:s|ed)?|opens?|since)\b", re.I)
_TOPIC = re.compile(r"(?P<own>.*[?.!]) \((?P<topic>[^()]+)\)", re.DOTALL)
_NO_NOUN = frozenset(
    "is are was were do does did the has have can will would should time day date kind type sort".split()
)


@lru_cache(maxsize=512)
def expected_answer(question: str) -> Expected:
    """What `question` asks for; `thing` where its words do not say."""
    request = bare(question)
    for kind, certain, pattern in _rules():
        if pattern.search(request):
            return Expected(kind, certain, _noun(request), _cues(request, kind), _edge(request))
    return Expected("thing", False, _noun(request))


@cache
def _rules() -> tuple[tuple[Kind, bool, re.Pattern[str]], ...]:
    """Kind, whether it is certain, and the pattern of a question for it; the first that fits counts."""
    rows = read_patterns("expected_answers.txt")
    return tuple((cast("Kind", name.rstrip("!")), name.endswith("!"), re.compile(rule, re.I)) for name, rule in rows)


def read_patterns(file: str, **more: str) -> list[tuple[str, str]]:
    """Name and regular expression of each line of a file of this folder, <NAME> replaced by what NAME = says."""
    names = dict(more)
    patterns: list[tuple[str, str]] = []
    for line in (Path(__file__).parent / file).read_text("utf-8").splitlines():
        if line.startswith("#") or not line:
            continue
        name, _, rule = line.partition(" = ") if line[0].isupper() else line.partition("\t")
        rule = re.sub(r"<([A-Z_]{2,})>", lambda match: names[match[1]], rule)
        if line[0].isupper():
            names[name] = rule
        else:
            patterns.append((name, rule))
    return patterns


def split_topic(question: str) -> tuple[str, str]:
    """A question and the words of an earlier one that were put behind it, in brackets; these may be empty."""
    match = _TOPIC.fullmatch(question.strip())
    return (match["own"], match["topic"]) if match else (question.strip(), "")


def bare(question: str) -> str:
    """The question without what people put before it ("and", "please tell me", "in"), and without an earlier topic."""
    request = re.sub(r"\s+", " ", split_topic(question)[0])
    while (shorter := _OPENING.sub("", request, count=1)) != request:
        request = shorter
    return request


def _cues(request: str, kind: Kind) -> frozenset[str]:
    """The words of the question that only say what is asked for."""
    cues = {(match.group(1) or match.group(2)).lower() for match in _CUES.finditer(request)}
    return frozenset(cues | set(re.findall(r"\w+", _CUES_OF.get(kind, ""))))


def _edge(request: str) -> Literal["", "begin", "end", "past"]:
    if _ENDS.search(request):
        return "end"
    if _BEGINS.search(request):
        return "begin"
    return "past" if re.match(r"when (?:was|were|did|had)\b", request, re.IGNORECASE) else ""


def _noun(request: str) -> str:
    match = _NOUN.match(request)
    noun = (match["counted"] or match["named"] or "").lower() if match else ""
    first = noun.split()[0] if noun else ""
    return "" if first in _NO_NOUN else first
