"""What a person says about themselves, and what they ask to have remembered: by rules, without a language model.

Only what the person wrote is looked at; what a document, a page or a tool says never becomes a fact about them.
"""

import re

from retrieval.sentences import sentence_spans

_REMEMBER = re.compile(
    r"""^\W*(?:(?:please|ok(?:ay)?|so|and|yes|also|now)\b[\s,]*)*
        (?: (?:remember|note|keep\ in\ mind|don['’]t\ forget|do\ not\ forget)
            (?: \s+(?:that|this|the\ following)\b\s*[:,]?\s* | \s*:\s* )
          | remember\s+(?=(?:my|i|i['’]m|our|we|we['’]re)\b) )
        (?P<what>\S.*)$""",
    re.IGNORECASE | re.DOTALL | re.VERBOSE,
)
_AGREED = re.compile(
    r"""^\W*(?:yes|yes\ please|ok(?:ay)?|sure|please\ do|do(?:\ so|\ that|\ it)?)?[\s,.!]*
        (?:(?:please\s+)?remember\s+(?:that|this|it|them|these))?(?:[\s,]*please)?\W*$""",
    re.IGNORECASE | re.VERBOSE,
)
_PASSING = (
    r"(?!(?:just|still|only|not|also|so|very|really|looking|trying|asking|wondering|sorry|sure|unsure|confused|curious|"
    r"going|here|done|ready|back|stuck|lost|interested|afraid|glad|happy|fine|good|well|ok|okay)\b)"
)
"""What "I am" says of the moment, and not of the person."""

_SELF = re.compile(
    rf"""^(?:(?:hi|hello|hey|and|also|well|so|by\ the\ way|for\ context|fyi)\b[\s,]*)*
        (?: (?:my|our)\s+[\w'’ -]{{2,60}}?\s(?:is|are|was|has|have|lives?|works?)\b
          | (?:i|we)\s+(?:(?:mostly|mainly|usually|always|never|really|also|currently|now)\s+)?
            (?:work|live|study|teach|prefer|like|love|hate|dislike|use|speak|come\ from|grew\ up|was\ born|own|run|lead|
               manage|build|maintain|research|write\ in)\b
          | (?:i['’]m|i\ am|we['’]re|we\ are)\s+(?:working\ (?:on|at|for|in|with)\b|{_PASSING}(?!\w+ing\b)\w)
          | (?:please\s+)?call\ me\s+\w )""",
    re.IGNORECASE | re.VERBOSE,
)
_ASKED_OF_SELF = re.compile(
    r"\b(?:what|which|where|when|who|whose|how|do|does|did|am|is|are|was|have|has|can|tell|remind)\b.*"
    r"\b(?:i|me|my|mine|we|us|our|ours)\b",
    re.IGNORECASE,
)
_FIRST_PERSON = re.compile(r"\b(?:i|me|my|mine|we|us|our|ours)\b", re.IGNORECASE)
_LEAD = re.compile(r"^(?:(?:hi|hello|hey|and|also|well|so|by the way|for context|fyi)\b[\s,]*)+", re.IGNORECASE)


def to_remember(message: str) -> str:
    """What the person asks to have remembered ("remember that I ..."), as a sentence; empty where they do not ask."""
    asked = _REMEMBER.match(message)
    return "" if asked is None or message.rstrip().endswith("?") else _as_sentence(asked["what"])


def agrees(message: str) -> bool:
    """True where the message is no more than a yes to what was proposed: "Yes", "Remember that, please"."""
    return bool(re.search(r"\w", message)) and bool(_AGREED.match(message))


def about_self(message: str) -> list[str]:
    """The sentences that state something lasting about the person or their work, in order."""
    return [_as_sentence(_LEAD.sub("", it)) for it in _sentences(message) if not it.endswith("?") and _SELF.match(it)]


def only_about_self(message: str) -> bool:
    """True where every sentence states something about the person: there is nothing to answer."""
    sentences = _sentences(message)
    return bool(sentences) and len(about_self(message)) == len(sentences)


def asks_about_self(message: str) -> bool:
    """True where a question may be about the person: it asks something, and says "I", "my" or "our"."""
    return bool(_ASKED_OF_SELF.search(message)) and not about_self(message)


def mentions_self(message: str) -> bool:
    """True where the person speaks of themselves at all, in a question or not."""
    return bool(_FIRST_PERSON.search(message))


def _sentences(message: str) -> list[str]:
    return [message[start:end].strip() for start, end in sentence_spans(message) if message[start:end].strip()]


def _as_sentence(text: str) -> str:
    clean = " ".join(text.split())
    return f"{clean[:1].upper()}{clean[1:]}{'' if clean.endswith(('.', '!', '”', '…')) else '.'}"
