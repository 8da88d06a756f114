"""Questions made to stand alone, and worded differently, without a language model that could be trusted with it."""

import re
from collections.abc import Sequence

from vademecum.core.errors import UsageError
from vademecum.core.types import Hit
from vademecum.language.expected_answer import expected_answer, split_topic
from vademecum.language.stop_words import FUNCTION_WORDS, WORDS_OF_ASKING

_WORD = re.compile(r"[^\W_]+(?:[-'’][^\W_]+)*")
_EMPTY_WORDS = FUNCTION_WORDS | WORDS_OF_ASKING

_OPENERS = re.compile(
    r"^(?:and|but|so|or|also|then|ok(?:ay)?|what about|how about|what if|why not|why so|how so|in what way|such as)\b",
    re.IGNORECASE,
)
_POINTERS = re.compile(
    r"\b(?:it|its|itself|they|them|their|theirs|he|him|his|she|her|hers|these|those|this|that one|the (?:former|latter|"
    r"same|first|second|last|other)(?: one)?)\b",
    re.IGNORECASE,
)

_NAME_WORDS = r"[^\W\d_a-z][^\W_]*(?:-[^\W_]+)*(?: [^\W\d_a-z][^\W_]*)*"
_AND_NAME = re.compile(
    r"(?:(?i:and|or|but|what about|how about) )+(?P<article>the )?"
    rf"(?P<name>{_NAME_WORDS})(?:['’]s?)?\s*[?.!]*"
)
_NAMES = re.compile(rf"\b{_NAME_WORDS}")
_OPENING = re.compile(
    r"""^(?:(?:and|but|so|well|ok(?:ay)?|oh|hm+|thanks?(?:\ you)?|i\ see|by\ the\ way|also|anyway|in\ other\ words
      | (?:changing|to\ change)\ [\w ]{0,16}(?:subject|topic)) [,.!;]+\s+
      | by\ the\ way\s+)+""",
    re.IGNORECASE | re.VERBOSE,
)
"""Words before a question that say nothing of it."""

_EXPLETIVE = re.compile(
    r"""\b(?: (?:is|was|would|will|if)\ it\ (?:be\ )?(?:\w+\ )?(?:a\ )?(?:ok|okay|true|worth|possible|necessary|better
        |best|legal|safe|normal|good|bad|common|important|hard|easy|wise|rains?|snows?|time)\b
      | it\ (?:is|was)\ (?:\w+\ )?\w+\ (?:to|that)\b
      | there\ (?:is|are|was|were|will|isn['’]t|aren['’]t|has|have)\b | (?:is|are|was|were)\ there\b )""",
    re.IGNORECASE | re.VERBOSE,
)
"""An "it" or "there" that points to nothing."""

_LEANING = re.compile(
    r"""\b(?: there | such | the\ same | (?:the\ )?others? | another | else | ones? | both
      | that (?=\s*(?:$|[.,;:?!]|['’]s) | \s+(?:is|was|are|were|does|did|do|has|have|will|would|can|could|mean)\b)
      | more\ (?:about|details?|on)\b | (?:first|second|third|last|former|latter)\ one )\b""",
    re.IGNORECASE | re.VERBOSE,
)
"""Further words that point back."""

_ASKS = re.compile(
    r"""^\W*(?: who|whom|whose|what|when|where|which|why|how|is|are|am|was|were|do|does|did|has|have|had|can|could|shall
      |should|will|would|may|might|must|tell|name|list|show|give|explain|describe|find|summari[sz]e|compare|please
      |i|i['’]m|we|if|in )\b""",
    re.IGNORECASE | re.VERBOSE,
)

_FRAGMENT = 4
"""Most words that say something of a fragment."""

_TOPIC_WORDS = 8
"""Words of the earlier question that are carried over; more would drown the new question's own."""

_LONG = 6
"""A question with this many words that say something stands alone even where it holds an 'it' or 'their'."""


def validated_question(question: str, most: int) -> str:
    """The question without white space around it.

    Raises:
        UsageError: it is empty, longer than `most` characters, or not text that can be written as UTF-8.
    """
    if not question.strip():
        raise UsageError("the question is empty; ask something")
    if any("\ud800" <= character <= "\udfff" for character in question):
        raise UsageError("the question is not valid UTF-8 text; write it anew")
    if len(question) > most:
        size = f"{len(question):,} characters; at most {most:,} are taken"
        raise UsageError(f"the question has {size}: shorten it, or ingest the text as a document")
    return question.strip()


def content_words(text: str) -> list[str]:
    """The words of `text` that are not function words, in order, each once, as written."""
    words: dict[str, str] = {}
    for word in _WORD.findall(text):
        if word.casefold() not in _EMPTY_WORDS:
            words.setdefault(word.casefold(), word)
    return list(words.values())


def is_follow_up(question: str) -> bool:
    """True where the question seems to lean on what was said before: a pronoun, an ellipsis ("And in German?")."""
    own = _subject_words(question)
    if len(own) >= _LONG:
        return False
    return not own or bool(_OPENERS.match(question.strip()) or _POINTERS.search(question))


def without_opening(question: str) -> str:
    """The question without words before it that say nothing: "By the way, ...", "Ok, ...", "So, ..."."""
    bare = _OPENING.sub("", question.strip())
    return f"{bare[0].upper()}{bare[1:]}" if bare and bare != question.strip() else question


def is_fragment(question: str) -> bool:
    """Whether it is a few words that ask nothing by themselves: "Value?", "15 or 30 years?"."""
    return len(content_words(question)) <= _FRAGMENT and not _ASKS.match(question)


def leans(question: str) -> bool:
    """True where anything in the question may lean on what was said before; `is_follow_up` is where it plainly does."""
    pointing = _EXPLETIVE.sub(" ", question)
    return bool(
        not content_words(question)
        or is_fragment(question)
        or _OPENERS.match(question.strip())
        or _POINTERS.search(pointing)
        or _LEANING.search(pointing)
    )


def with_topic(question: str, earlier: str) -> str:
    """The question so that it stands alone; unchanged where it brings its own topic.

    "And Ella's?" puts its name into the earlier question. Else the earlier one's topic stands behind it in brackets
    (`split_topic`): its own words, and those that it had from another before only where it brought none.
    """
    if not earlier or not is_follow_up(question):
        return question
    request, older = split_topic(earlier)
    if swapped := _swapped(question, request):
        return swapped
    own = {word.casefold() for word in content_words(question)}
    words = _subject_words(request)
    if not words or (older and points_back(question) and points_back(request)):
        words = content_words(older)
    topic = [word for word in words if word.casefold() not in own][:_TOPIC_WORDS]
    mark = "" if question.strip().endswith(("?", ".", "!")) else "?"
    return f"{question.strip()}{mark} ({' '.join(topic)})" if topic else question


def points_back(question: str) -> bool:
    """Whether a question speaks of "it" or "her"."""
    return bool(_POINTERS.search(question))


def _subject_words(question: str) -> list[str]:
    """The content words of a question that say more than what kind of answer is asked for."""
    cues = expected_answer(question).cues
    return [word for word in content_words(question) if word.casefold() not in cues]


def _swapped(question: str, earlier: str) -> str:
    """The earlier question with its name, or its "it", changed for that of "and NAME?"; empty where it is none such."""
    new = _AND_NAME.fullmatch(question.strip())
    names = [match for match in _NAMES.finditer(earlier) if match.start()]
    if not new or not (names or points_back(earlier)):
        return ""
    old = names[-1] if names else next(_POINTERS.finditer(earlier))
    name = new["name"] if names else f"{new['article'] or ''}{new['name']}"
    return f"{earlier[: old.start()]}{name}{earlier[old.end() :]}"


def reword(question: str, hits: Sequence[Hit], *, looked_at: int = 3) -> str:
    """The question's own words with those of the headings under which the nearest passages stand."""
    headings = [hit.passage.headings[-1] for hit in hits[:looked_at] if hit.passage.headings]
    words = content_words(question)
    more = [word for word in content_words(" ".join(headings)) if word.casefold() not in map(str.casefold, words)]
    return " ".join([*(words or [question]), *more])
