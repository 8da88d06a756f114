"""What a request asks of a person's documents: its words without those that only say where to look.

    What do my notes say about forgetting?        forgetting
    According to the handbook, why do cells sum?  why do cells sum

A noun for documents says where to look if it says something ("my notes say"), is looked in ("in my files", "search the
docs for"), or is on a topic ("my notes on"). Elsewhere it is what is asked about: "How do I back up my files?" What
remains is kept as a clause, which finds more than its content words alone.
"""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from vademecum.language.stop_words import SPAN_EDGES

_NOUN = (
    r"(?:notes?|documents?|docs|documentation|files?|papers?|pdfs?|handbooks?|manuals?|guides?|guidebooks?|archives?|"
    r"folders?|workspace|corpus|knowledge base|wiki|notebooks?|journals?|diary|diaries|manuscripts?|slides|minutes|"
    r"transcripts?|reports?|textbooks?)"
)
_OWN_NOUN = rf"(?:{_NOUN}|library|collections?|records|texts?|books?|articles?|writings|materials?|sources)"
"""Behind "the", those after the first may well be something on the web or in the world."""

_MODIFIERS = rf"(?:(?!(?:{'|'.join(sorted(SPAN_EDGES))})\b)[^\W_][\w'’-]* ){{0,2}}?"
_OF_THEM = r"(?:(?:any|all|some|one|which|each) of )?"
_OWN = rf"{_OF_THEM}(?:my|our|your|any|which) {_MODIFIERS}{_OWN_NOUN}"
DOCUMENTS = (
    rf"(?:{_OWN}|{_OF_THEM}(?:the|this|that|these|those) {_MODIFIERS}{_NOUN})"
    rf"(?: (?:and|or) (?:my |the )?{_NOUN})*\b(?![-/]|\.\w)"
)
"""Documents as a person names them: "my lecture notes", "the handbook", "any of these files"."""

_SAYS = (
    r"(?:says?|said|mentions?|mentioned|covers?|contains?|states?|tells?(?: me| us)?|talks?|speaks?|discuss(?:es)?|"
    r"describes?|defines?|explains?|ha(?:ve|s)(?: to say)?|got|address(?:es)?|treats?|deals? with|refers? to|includes?)"
)
_ADVISES = r"(?:recommends?|suggests?|advises?|warns?|claims?|lists?|gives?|shows?|teach(?:es)?)"
_ABOUT = r"(?:about|on|regarding|concerning|re|as to|with regard to|in terms of)"
_THINGS = r"(?:(?:any|some|every)(?:thing|where)|much|a lot|more|all)"
_PASSAGE = (
    r"(?:(?:the|a|any|which|what|every|each|\d+) )?"
    r"(?:(?:main|key|short|brief) )?(?:passages?|parts?|sections?|chapters?|pages?|places?|paragraphs?|bits?|mentions?|"
    r"references?|points?|summary|gist|overview)"
)
_STATED = r"(?:written|said|stated|mentioned|noted|described|defined|discussed|recorded|covered|found)"
_POLITE = (
    r"(?:please|(?:can|could|would|will) you|i(?:['’]d| would) like(?: you)? to(?: know)?|i (?:want|need)(?: you)? to"
    r"(?: know)?|let me know|do you know|i wonder|remind me|tell me|show me|give me|also|and|then|so|hi|hello|hey|"
    r"thank you|thanks)"
)
_FINDS = (
    r"(?:find(?: out)?|(?:look|pull) up|look (?:for|at)|(?:search|check) for|get|locate|cite|summari[sz]e|sum up|"
    r"explain|compare|answer)"
)
_ALSO_NOUNS = r"(?:look|search|check|show|list|quote|see)"
"""Verbs of an order that may as well begin what is asked about: "search engines"."""


_SAYING = re.compile(
    rf"\s+(?:also |already |actually |ever |really )?(?:{_SAYS}\b|to say\b|(?={_ADVISES}\b))", re.IGNORECASE
)
"""Behind documents that say something; a verb of advice is a part of what is asked."""

_ASKING = re.compile(
    r"\b(?:(?:(?:what|where|how)(?: else)? )?(?P<aux>do|does|did|can|could|would|will|might|have|has)|"
    rf"what|where|how|that|{_THINGS})\s+$",
    re.IGNORECASE,
)
"""Before documents that say something: a question, or the end of an order ("tell me what my notes say")."""

_LOOKED_IN = re.compile(
    rf"\b(?:(?:is|are|was|were) )?(?:{_STATED} )?(?:{_THINGS} )?(?:{_PASSAGE} of|according to|based on|as per|per|"
    r"going by|in|inside|within|from|across|among|throughout|through|using|out of|search|check|scan|consult|browse|"
    r"query|skim)(?: only)?\s+$",
    re.IGNORECASE,
)
_NO_NOUN = re.compile(
    rf"(?<=s)\b|\W*$|['’]|\s*[,;:.?!–—-]|\s+(?:{_ABOUT}|{_SAYS}|for|and|or|to|if|that|whether|what|how|why|when|where|"
    r"which|who|is|are|was|were|do|does|did|can|should|must|will|the|a|an|i|my|please)\b",
    re.IGNORECASE,
)
"""What follows documents that are looked in, unlike those of "in the manual mode"."""

_DOCUMENTS_NAMED = re.compile(rf"\b{DOCUMENTS}", re.IGNORECASE)
_OF_A_TOPIC = re.compile(rf"\s+{_ABOUT}\b", re.IGNORECASE)
_AUTHORED = re.compile(
    r"^(?:(?:what|where|which \w+)(?: else)? )?(?:(?:did|have|had|do) (?:i|we) (?:ever |already )?(?:written|write|"
    r"noted?|jot(?:ted)?|record(?:ed)?|said|say|mention(?:ed)?|saved?|put|got|have|know)(?: down)?"
    rf"(?: (?:{_THINGS}|notes))? {_ABOUT}|(?<=where )(?:did|have|do) (?:i|we) (?:mention(?:ed)?|describe|discuss))\b",
    re.IGNORECASE,
)
"""Documents that are not named, but of one's own writing."""

_NO_CONTENT = re.compile(
    rf"\s*+(?:(?>(?:{_POLITE}|{_FINDS}|{_ALSO_NOUNS}|{_PASSAGE}|{_THINGS}|{_STATED}|{_ABOUT}|for|of|in|up|out|what['’]s|"
    r"where['’]s|what|where|how|is|are|was|were|there|do|does|did|has|have|had|i|we|me|you|it|got|say|write|wrote|down|go|to|if|"
    r"whether)\b)[\s,:;.?!]*+)*+",
    re.IGNORECASE,
)
"""Words that ask without saying for what. Nothing is tried twice, so that a long request takes no longer."""

_ORDERS = r"(?= (?:me|the|an?|all|any|every|my|if|whether|what|which|who|how|where|when)\b)"
_LEAD = re.compile(
    rf"^[\s,:;–—-]*(?:(?:{_POLITE}|{_FINDS}(?: me)?|{_ALSO_NOUNS}{_ORDERS}|as for|if|whether|{_ABOUT}|"
    rf"(?:(?:is|are) there |there (?:is|are) )?(?:{_THINGS}|{_PASSAGE}) (?:{_ABOUT}|of))\b[\s,:]*)*",
    re.IGNORECASE,
)
"""Words that begin a request, in front of what is asked."""

_TAIL = re.compile(
    rf"(?:[\s,:;.?!–—-]|\b(?:please|thanks|thank you|(?:{_ABOUT}|look|find|check|search for) "
    r"(?:it|this|that|them|these|those)(?: up)?)\b)+$",
    re.IGNORECASE,
)
_WORDS_BEHIND = re.compile(rf"^(?:['’]s?)?[\s,:;–—-]*(?:{_SAYS}\b\s*)?(?:{_THINGS}\b\s*)?", re.IGNORECASE)
"""Behind the documents: what goes with them in any case."""

_LINK = re.compile(
    rf"^(?:(?P<link>{_ABOUT}|of|for|that|if|whether|to (?:see|find out|check))\b[\s:]*)?"
    rf"(?:(?:and )?{_POLITE}\b[\s,]*)*",
    re.IGNORECASE,
)
"""Behind that: what links them to what is asked, where nothing is asked before them."""

_PRONOUN = re.compile(r"^(?:it|this|that|them)\W*$", re.IGNORECASE)


class DocumentRequest(NamedTuple):
    """What a request asks of documents; `only`: and nothing else, unlike "Send Anna the report in my files"."""

    query: str
    only: bool


class _Seam(NamedTuple):
    """What stands before and behind the words that say where to look; `saying`: documents say something."""

    before: str
    behind: str
    saying: bool = False


def asked_of_documents(request: str) -> str | None:
    """What `request` asks of the person's documents; "" where it says no more than to look, None where it names none.

    "my notes" in "What do my notes say about taking notes?" is where to look, and "taking notes" what is asked.
    """
    parsed_request = document_request(request)
    return parsed_request.query if parsed_request else None


def document_request(request: str) -> DocumentRequest | None:
    """What `request` asks of the person's documents; None where it names none as the place to look."""
    seams = (_seam(request, match) for match in _DOCUMENTS_NAMED.finditer(request))
    seam = next((seam for seam in seams if seam), None)
    if seam is None:
        plain = _LEAD.sub("", request)
        authored = _AUTHORED.match(plain)
        return DocumentRequest(_trimmed(plain[authored.end() :]), only=True) if authored else None
    before = "" if _NO_CONTENT.fullmatch(seam.before) else _AUTHORED.sub("", _LEAD.sub("", _TAIL.sub("", seam.before)))
    behind = _WORDS_BEHIND.sub("", seam.behind)
    if not before and (link := _LINK.match(behind)):
        behind = behind[link.end() :] if link["link"] else _LEAD.sub("", behind[link.end() :])
    query_text = _trimmed(f"{before} {_PRONOUN.sub('', behind)}")
    query_text = re.sub(r"^(?:is|are|was|were) (?!it\b|there\b)", "", query_text, flags=re.IGNORECASE)
    return DocumentRequest(query_text, only=seam.saying or not before)


def query(request: str) -> str:
    """What to search documents for: what the request asks of them, or else the request without "Please look up"."""
    return asked_of_documents(request) or _trimmed(_LEAD.sub("", request)) or request.strip()


def query_argument(function: Mapping[str, Any]) -> str | None:
    """The argument of a function that is what is asked of documents, as one of its worked calls shows; None without."""
    examples = (example for example in function.get("examples", ()) if isinstance(example, dict) and "args" in example)
    queries = ((example["args"], asked_of_documents(example["request"])) for example in examples)
    return next((key for args, words in queries if words for key, value in args.items() if value == words), None)


def _trimmed(text: str) -> str:
    """The text without what ends a request, and without quotes around all of it."""
    return re.sub(r"^([\"'“])([^\"'“”]+)[\"'”]$", r"\2", _TAIL.sub("", text).strip())


def _seam(request: str, documents: re.Match[str]) -> _Seam | None:
    """The request around the documents named there and the words that go with them; None where they are no place."""
    before, behind = request[: documents.start()], request[documents.end() :]
    if saying := _SAYING.match(behind):
        asking = _ASKING.search(before)
        lead = before[: asking.start()] if asking else before
        whole = (asking and asking["aux"]) or _NO_CONTENT.fullmatch(lead) or lead.rstrip().endswith(tuple(",:;.?!–—"))
        return _Seam(lead, behind[saying.end() :], saying=True) if whole else None
    if re.match(r"['’]", behind) and _NO_CONTENT.fullmatch(before):  # "What is the handbook's advice on ...?"
        return _Seam(before, behind)
    looked_in = _LOOKED_IN.search(before)
    if looked_in and _NO_NOUN.match(request, documents.end()):
        return _Seam(before[: looked_in.start()], behind)
    if re.match(_OWN, documents[0], re.IGNORECASE) and _NO_CONTENT.fullmatch(before) and _OF_A_TOPIC.match(behind):
        return _Seam(before, behind)
    return None
