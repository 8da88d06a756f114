"""The parts of a mail's text: what its sender wrote, the signature, and the older messages that it quotes below."""

import re
from typing import NamedTuple

_WROTE = r"(?:wrote|schrieb|a écrit|escribió|ha scritto|schreef|skrev|escreveu|написал)"
_ATTRIBUTION = re.compile(
    rf"^[ \t]*(?:On|Am|Le|El|Il|Op|Den|Em|W dniu)\b[^\n]{{5,200}}(?:\n[^\n]{{0,100}})?{_WROTE}[^\n]{{0,60}}:[ \t]*$"
    rf"|^[^\n>]{{2,100}}{_WROTE}:[ \t]*$",
    re.MULTILINE,
)
_ORIGINAL = re.compile(
    r"^[ \t]*(?:-{2,}|_{10,}|\*{3,})[ \t]*(?:Original[ -]?(?:Message|Nachricht)|Ursprüngliche Nachricht"
    r"|Message d.origine|Mensaje original|Messaggio originale|Oorspronkelijk bericht)[ \t]*(?:-{2,}|\*{3,})?[ \t]*$"
    r"|^[ \t]*\*?(?:From|Von|De|Da|Van):\*?[ \t][^\n]{1,300}\n(?:[^\n]{1,300}\n){0,2}?"
    r"\*?(?:Sent|Gesendet|Date|Datum|Envoyé|Enviado|Inviato|Verzonden):\*?[ \t]",
    re.MULTILINE,
)
_FORWARDED = re.compile(
    r"^[ \t]*-{2,}[ \t]*(?:Forwarded message|Weitergeleitete Nachricht|Message transféré|Mensaje reenviado)[ \t]*-{2,}",
    re.MULTILINE | re.IGNORECASE,
)
_SIGNATURE = re.compile(r"^-- ?$", re.MULTILINE)
_QUOTED_LINES = re.compile(r"(?:[ \t]*\n)*(?:[ \t]*>[^\n]*(?:\n|$)|[ \t]*\n(?=[ \t]*>))+")
_LONGEST_SIGNATURE = 1000


class MailPart(NamedTuple):
    """A part of a mail's text: "message", "signature", "quoted message" or "forwarded message"."""

    kind: str
    text: str


def parts_of(text: str) -> list[MailPart]:
    """The parts of a text that have any words, the sender's own ones first."""
    if forwarded := _FORWARDED.search(text):
        before = parts_of(text[: forwarded.start()]) if forwarded.start() else []
        return [*before, MailPart("forwarded message", text[forwarded.start() :])]
    own, quoted = _without_history(text)
    if not own.strip():  # passed on without a word
        return [MailPart("forwarded message", quoted)] if quoted.strip() else []
    own, signature = _without_signature(own)
    parts = [MailPart("message", own), MailPart("signature", signature), MailPart("quoted message", quoted)]
    return [part for part in parts if part.text.strip()]


def _without_history(text: str) -> tuple[str, str]:
    """The text without the messages that it quotes, and those."""
    matches = [match for pattern in (_ATTRIBUTION, _ORIGINAL) if (match := pattern.search(text))]
    if not matches:
        return text, ""
    first = min(matches, key=lambda match: match.start())
    lines = _QUOTED_LINES.match(text, first.end())
    if lines is None:
        return text[: first.start()], text[first.start() :]
    rest, more = _without_history(text[lines.end() :])
    return f"{text[: first.start()]}{rest}", f"{text[first.start() : lines.end()]}{more}"


def _without_signature(text: str) -> tuple[str, str]:
    marks = list(_SIGNATURE.finditer(text))
    if not marks or len(text) - marks[-1].end() > _LONGEST_SIGNATURE:
        return text, ""
    return text[: marks[-1].start()], text[marks[-1].end() :]
