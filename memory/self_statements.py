"""What a person says about themselves, and what they ask to have remembered: by rules, without a language model.

Only what the person wrote is looked at; what a document, a page or a tool says never becomes a fact about them.
"""

import re

from vademecum.language.sentences import sentence_spans

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

_THEIRS = (
    r"name|job|role|title|team|group|department|company|employer|office|project|thesis|research|studies|degree|course|"
    r"sister|brother|mother|father|wife|husband|partner|son|daughter|child|children|family|dog|cat|boss|manager|"
    r"supervisor|colleagues?|clients?|customers?|users|birthday|age|home|city|country|language|languages|background|"
    r"goal|aim|deadline|hobby|hobbies|favou?rite|preferred|native|first|last|full"
)
"""What a person tells of for its own sake. "My network does not converge" is a question in disguise, and not here."""

_SELF = re.compile(
    rf"""^(?:(?:hi|hello|hey|and|also|well|so|by\ the\ way|for\ context|fyi)\b[\s,]*)*
        (?: (?:my|our)\s+(?:{_THEIRS})\b[\w'’ -]{{0,60}}?\s(?:is|are|was|has|have|lives?|works?)\b
          | (?:i|we)\s+(?:(?:mostly|mainly|usually|always|never|really|also|currently|now)\s+)?
            (?:work|live|study|teach|prefer|like|love|hate|dislike|use|speak|come\ from|grew\ up|was\ born|own|run|lead|
               manage|build|maintain|research|write\ in)\b
          | (?:i['’]m|i\ am|we['’]re|we\ are)\s+
            (?: working\ (?:on|at|for|in|with)\b | (?:building|writing|developing|studying|learning|teaching)\b
              | {_PASSING}(?!\w+ing\b)\w )
          | (?:please\s+)?call\ me\s+\w )""",
    re.IGNORECASE | re.VERBOSE,
)
_SEAM = re.compile(r",?\s+(?:and|but|;)\s+(?=(?:i|i['’]m|my|we|our)\s)", re.IGNORECASE)
"""Where one sentence tells two things: "My name is Ada and I live in Lisbon"."""

_ONLY_OF_SELF = re.compile(
    r"""\b(?: who\ am\ i
        | (?:what|when)(?:['’]s|\ is|\ are|\ was)\ my\ (?:first\ |last\ |full\ |own\ )?
          (?:name|age|birthday|job|profession|occupation|role|address|nationality|hobby|hobbies|favou?rite)\b
        | where\ do\ i\ (?:live|work|come\ from|study)\b | what\ do\ i\ (?:do\ for|like|prefer|work\ on)\b
        | (?:which|what)\ \w+(?:\ \w+)?\ (?:do|am|are|did)\ (?:i|we)\ (?:work|use|study|build|lead|like|prefer|speak)
          (?:ing)?(?:\ (?:on|for|with|at|in))?\W*$
        | (?:what|when|where)\ (?:did|have)\ i\ (?:say|said|tell|told|ask|asked|mention|mentioned)\b
        | do\ you\ (?:know|remember)\ (?:my|me|who\ i|what\ i|where\ i)\b
        | what\ do\ you\ (?:know|remember)\ about\ me\b )""",
    re.IGNORECASE | re.VERBOSE,
)
_ASKED_OF_SELF = re.compile(
    r"\b(?:what|which|where|when|who|whose|how|do|does|did|am|is|are|was|have|has|can|tell|remind)\b.*"
    r"\b(?:i|me|my|mine|we|us|our|ours)\b",
    re.IGNORECASE,
)
_ADVICE = re.compile(r"\b(?:should|ought|how (?:do|can|could|would) (?:i|we))\b", re.IGNORECASE)
_FIRST_PERSON = re.compile(r"\b(?:i|me|my|mine|we|us|our|ours)\b", re.IGNORECASE)
_LEAD = re.compile(r"^(?:(?:hi|hello|hey|and|also|well|so|by the way|for context|fyi)\b[\s,]*)+", re.IGNORECASE)


def to_remember(message: str) -> str:
    """What the person asks to have remembered ("remember that I ..."), as a sentence; empty where they do not ask."""
    match = _REMEMBER.match(message)
    return "" if match is None or message.rstrip().endswith("?") else _as_sentence(match["what"])


def agrees(message: str) -> bool:
    """True where the message is no more than a yes to what was proposed: "Yes", "Remember that, please"."""
    return bool(re.search(r"\w", message)) and bool(_AGREED.match(message))


def about_self(message: str) -> list[str]:
    """The sentences that state something lasting about the person or their work, in order."""
    stated = [
        _LEAD.sub("", sentence)
        for sentence in _sentences(message)
        if not sentence.endswith("?") and _SELF.match(sentence)
    ]
    return [_as_sentence(part) for sentence in stated for part in _parts(sentence)]


def only_about_self(message: str) -> bool:
    """True where every sentence states something about the person: there is nothing to answer."""
    sentences = _sentences(message)
    return bool(sentences) and all(about_self(sentence) for sentence in sentences)


def asks_about_self(message: str) -> bool:
    """True where a question may be about the person: it asks something, and says "I", "my" or "our"."""
    return bool(_ASKED_OF_SELF.search(message)) and not _ADVICE.search(message) and not about_self(message)


def asks_only_about_self(message: str) -> bool:
    """True where no document can answer: "What is my name?", "What did I say about tea?"."""
    return bool(_ONLY_OF_SELF.search(message))


def mentions_self(message: str) -> bool:
    """True where the person speaks of themselves at all, in a question or not."""
    return bool(_FIRST_PERSON.search(message))


def _parts(sentence: str) -> list[str]:
    """What a sentence tells, one thing each, where every one of them is told of the person."""
    parts = _SEAM.split(sentence)
    return parts if all(_SELF.match(part) for part in parts) else [sentence]


def _sentences(message: str) -> list[str]:
    return [message[start:end].strip() for start, end in sentence_spans(message) if message[start:end].strip()]


def _as_sentence(text: str) -> str:
    clean = " ".join(text.split())
    return f"{clean[:1].upper()}{clean[1:]}{'' if clean.endswith(('.', '!', '”', '…')) else '.'}"
