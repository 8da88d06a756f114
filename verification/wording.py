"""What belongs to the form of an answer and not to what it claims: markers of citations, "Yes,", "The text says that".

claim = bare("Yes, a cat sleeps up to sixteen hours a day [1].", ["A cat sleeps up to sixteen hours a day."])
claim.text    # "a cat sleeps up to sixteen hours a day."
claim.answer  # "yes"
"""

import re
from collections.abc import Iterable
from typing import Literal, NamedTuple

from vademecum.verification.negation import denials
from vademecum.verification.words import Parsed, parse

_MARKER = re.compile(
    r"[ \t]{0,3}(?:\[\s*\^?\s*(?:(?:source|doc|document|ref|passage)s?\.?\s*)?\d{1,3}(?:\s*[,;–-]\s*\^?\d{1,3})*\s*\]"
    r"|【[^】\n]{1,40}】|[⁰¹²³⁴-⁹]+(?=[\s.,;:!?]|$))",
    re.IGNORECASE,
)
_NAMES_A_NUMBER = re.compile(
    r"(?:[=:(<>+*/-]|\b(?:is|are|was|were|be|of|in|to|from|at|by|than|equals?|interval|range|list|array|vector))$", re.I
)
"""What stands before a bracket that holds a value: "in the interval [1, 5]"."""

_ANSWER = re.compile(
    r"^\s*[*_\"“]*(?P<word>yes|yeah|yep|no|nope)[*_\"”]*\s*(?:[,;:!]|\.(?!\s*\d)|\s[—–-]|—)\s*(?=\S)", re.IGNORECASE
)

_REPORT = re.compile(
    r"^\s*(?:(?:according to|as (?:stated|noted|described|explained|mentioned|said) (?:in|by)|based on|in)\s+"
    r"(?:the|this|these|your|my)\s+(?:\w+\s+){0,2}?"
    r"(?:documents?|texts?|passages?|sources?|notes?|quotes?|articles?|handbook|chapter|context|evidence|authors?)\s*,\s*"
    r"|(?:the|this|these|your|my)\s+(?:\w+\s+){0,2}?"
    r"(?:documents?|texts?|passages?|sources?|notes?|quotes?|articles?|handbook|chapter|context|evidence|authors?)\s+"
    r"(?:also\s+)?(?:say|state|note|explain|mention|tell|report|describe|show|indicate)s?\s+(?:us\s+)?that\s+"
    r"|it is (?:stated|said|noted|reported|mentioned) that\s+)",
    re.IGNORECASE,
)


class BareClaim(NamedTuple):
    """What a sentence claims; `answer` is the yes or no that it begins with, None without one."""

    text: str
    answer: Literal["yes", "no"] | None = None


def bare(sentence: str, texts: Iterable[str] = ()) -> BareClaim:
    """The claim of a sentence. What looks like a marker and stands so in one of `texts` is a part of the claim."""
    text = without_markers(sentence, texts).strip()
    answer = _ANSWER.match(text)
    if answer is None:
        return BareClaim(_REPORT.sub("", text).strip())
    rest = _REPORT.sub("", text[answer.end() :]).strip()
    return BareClaim(rest, "yes" if answer["word"][0] in "yY" else "no")


def without_markers(sentence: str, texts: Iterable[str] = ()) -> str:
    """The sentence without markers of citations ("[1]", "[2, 5]", "[^3]"); brackets that name a value stay."""
    texts = list(texts)
    if not _MARKER.sub("", f" {sentence}").strip(" .,;:"):
        return ""

    def kept(match: re.Match[str]) -> str:
        before = sentence[: match.start()].rstrip()
        mark, word = match.group().strip(), before.split()[-1] if before else ""
        if not before or _NAMES_A_NUMBER.search(before) or any(f"{word}{mark}" in text for text in texts):
            return match.group()
        return ""

    return _MARKER.sub(kept, sentence)


def contradicts_itself(claim: BareClaim) -> str | None:
    """Why "yes" does not go with the sentence behind it ("Yes, Pelle is not insured"); None where it does."""
    if claim.answer != "yes":
        return None
    parsed = parse(claim.text)
    cues = [denial.cue for denial in denials(parsed)]
    if cues and _is_main(parsed, cues[0]):
        return f"the sentence says 'yes' and then {parsed.words[cues[0]].text!r}"
    return None


def _is_main(parsed: Parsed, cue: int) -> bool:
    """Whether the cue denies the verb of the first clause ("is not", "does not", "cannot")."""
    if parsed.words[cue].lower != "not" or cue == 0 or parsed.words[cue - 1].kind != "function":
        return False
    return not re.search(r"[,;:]|\b(?:but|if|when|that|which|who)\b", parsed.text[: parsed.words[cue].start])
