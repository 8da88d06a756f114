"""Where the secrets of a text stand: keys, tokens, passwords. What is hidden from a model and from a trace is the same.

    secret_spans("the password: hunter22")       [(14, 22)]

Secrets are found by the shapes that their issuers give them (`core/secret_shapes.py`), and by the word before them
("password: ...", "Passwort lautet ..."). After such a word a document may also go on in prose ("Token: see page 5"):
a plain word that others follow is no secret.
"""

import re
from collections.abc import Iterator

from vademecum.core.secret_shapes import Span, shaped

_NAMES = (
    "pass key pwd kennwort contraseña contrasena senha wachtwoord hasło lösenord adgangskode salasana heslo jelszó "
    "parolă пароль 密码 密碼 口令 パスワード 暗証番号 비밀번호 كلمة·المرور كلمة·السر סיסמה पासवर्ड "
    "mật·khẩu şifre κωδικός token secret authorization x-auth"
).split()
"""Words that announce a secret, in small letters; "·" stands for a space."""

_ORDINARY = frozenset(
    "schlüssel schluessel geheim zugangscode clé clave llave chiave segreto chave segredo jeton sleutel klucz sekret "
    "nyckel nøgle nøkkel avain klíč ключ секрет токен parola sifre anahtar 密钥 密鑰 令牌 キー トークン "
    "シークレット 토큰 مفتاح pass pw pin mdp".split()
)
"""Words that also mean other things: what follows must look like no word at all."""

_ENDINGS = {
    "pass": re.compile(r"word|wd|phrase|code|wort|ord|(?<=mot de pass)e|(?<=palavra-pass)e|"),
    "key": re.compile(r"salt|(?<=keys)|"),
    "geheim": re.compile(r"nis|zahl|code|"),
    "secret": re.compile(r"o|"),
}
"""What some of the words go on with; together they are searched for once."""

_KEYS = re.compile(
    r"(?:api|private|access|license|account|master|auth|encryption|signing|ssh|functions|subscription)[ _-]?$"
)
"""What stands before "key" where it announces a secret."""

_PHRASES = ("passphrase", "mnemonic", "seed phrase", "recovery phrase")
"""Words that announce a secret of several words."""


_SAID = frozenset(
    "password passwort kennwort passcode passphrase passe pin key token contraseña senha wachtwoord".split()
)
"""Words behind which a person says what their secret is."""

_WORDS = [name.replace("·", " ") for name in sorted({*_NAMES, *_ORDINARY, *_PHRASES[1:]}, key=len, reverse=True)]
_LATIN = [word for word in _WORDS if word[0].isascii()]
_OTHERS = re.compile("|".join(word for word in _WORDS if word not in _LATIN))
"""Words of other scripts: their letters are rare, so one search for all of them is fast."""

_ASSIGNED = re.compile(
    r"""(?: (?![^\W_]) (?![_.-]?(?:count|type|usage|limit|length|len|ids|size|name|url|uri|policy|hint|expir\w{0,8})\b)
        (?:[_.-][A-Za-z0-9]{1,40}){0,4} [\\"'`*\])]{0,4}\s{0,8}
        (?P<mark>(?:[:=：]>?|=>|:=|\|) [*`]{0,3} \s{0,8}) [*`]{0,3}
      | [是为は은는]\s{0,2} )
    \\?(?P<quote>["'“„«]?)(?:(?:bearer|token|basic|bot)\s{1,8})?(?P<value>[^\s"']{4,200})""",
    re.IGNORECASE | re.VERBOSE,
)
"""Behind such a word: a colon or an equals sign, and the value."""

_STATED = re.compile(
    r"""\s{1,4}(?:is|was|ist|war|lautet|est|es|era|è|é|jest|är|er|on|to)\s{1,4}["'“„«]?
    (?P<value>(?=\S{0,60}?(?:\d[^\W\d_]|[^\W\d_]\d|[_@\#$%^&*+=!?]\w|[^\W\d]\d{3}|\w[!@\#$%^&*])|\d{4,}+(?!\w))[^\s"']{4,})""",
    re.IGNORECASE | re.VERBOSE,
)
"""Behind such a word in a sentence: a value that looks like none of the language's words."""

_MARKED_UP = re.compile(
    r"""(?:\s[^<>\n]{0,80})?>\s{0,4}(?P<element>[^<>\n]{3,120})(?=</)
      | ["'](?: [^<>\n]{0,80}>\s{0,4}(?P<labelled>[^<>\n]{3,120})(?=</)
      | \s{1,4}value\s?=\s?["'](?P<attribute>[^"'<>\n]{3,120}) )""",
    re.IGNORECASE | re.VERBOSE,
)
"""The same in XML: `<password>...</password>`, `name="password" value="..."`."""

_OPTION = re.compile(
    r"""(?:-[a-z]{1,12})?(?P<mark>\s{1,3})(?P<quote>["']?)(?P<value>[^\s"'-][^\s"']{3,200})""", re.IGNORECASE
)
_SEVERAL = re.compile(
    r"\s{0,3}[:=]?\s{1,3}[\"']?(?P<value>(?:[a-z]{3,9}[ ,]{1,2}){3,24}[a-z]{3,9})(?=[\"'.]?\s*?(?:\n|$))"
)

_SPOKEN = re.compile(
    r"""(?:\s{1,4}(?:is|was|ist|lautet|est|es|é|è)\s{1,4}|\s{0,4}[:=]\s{0,4})["'“‘„«]?(?P<value>\S{4,200})(?P<on>\s+\w)?""",
    re.IGNORECASE,
)
"""A password in plain words, whatever it looks like."""

_OWN = re.compile(r"\b(?:my|our|mein|unser|mon|notre|mi|nuestra|mio|minha|mijn)\s{1,4}$", re.IGNORECASE)

_STOP = re.compile(r"[\s\"']")
_SAID_BEFORE = re.compile(r"(?:api|secret|access) $", re.IGNORECASE)
_DIGIT = re.compile(r"\d")
_PLAIN = re.compile(r"[^\W\d_]+(?:[-'’.][^\W\d_]+){0,3}[.,;:!?)\]…]{0,3}")
_PLACEHOLDER = re.compile(
    r"[\[<{(]*(?:secret|personal|redacted|your|hidden)\w*[\]>})]*[.,;]?$|\$\{|\$[A-Z_]+$|\{\{|<\w[\w -]*>?$|"
    r"\*{3}|x{4}|\.{3}|•{3}|\d{1,2}[-–]\d{1,3}\b|\{\w|[a-z_]+(?:\.\w+)*[(\[]",
    re.IGNORECASE,
)
_NO_VALUES = frozenset(
    "none null nil true false string required optional undefined empty needed wrong correct incorrect invalid expired "
    "stored forgotten missing unknown granted denied changed safe secret private public bearer basic encrypted hashed "
    "erforderlich vergessen falsch obligatoire requis requerida olvidada boolean integer number text field".split()
)

SHORTEST = 8
"""Texts of fewer characters hold no secret."""


def secret_spans(text: str, *, spoken: bool = False) -> list[Span]:
    """Where secrets stand, in order; none overlaps another. The time grows as the text does.

    `spoken`: also what follows "my password is", whatever it looks like; in documents that may be any word.
    """
    if len(text) < SHORTEST:
        return []
    small = _small(text)
    return _merged([*_announced(text, small, spoken), *shaped(text, small)])


def without_secrets(text: str, mark: str, *, spoken: bool = False) -> str:
    """The text with `mark` in the place of each secret; `spoken` as for `secret_spans`."""
    stretches, place = [], 0
    for start, end in secret_spans(text, spoken=spoken):
        stretches += [text[place:start], mark]
        place = end
    return "".join([*stretches, text[place:]])


def is_word(text: str) -> bool:
    """Whether it is written as a word of a language is: letters, in small or in capitals, or the first a capital."""
    letters = text.rstrip(".,;:!?)]…")
    alike = letters[1:].islower() or letters.isupper() or letters.lower() == letters.upper()
    return alike and _PLAIN.fullmatch(text) is not None


def _announced(text: str, small: str, spoken: bool) -> Iterator[Span]:
    """The values that a word such as "password" announces."""
    certain = _DIGIT.search(text) is None
    for word in _LATIN:
        if certain and word in _ORDINARY and word not in _ENDINGS:
            continue
        ending, start = _ENDINGS.get(word), small.find(word)
        while start >= 0:
            end = start + len(word)
            if ending and (match := ending.match(small, end)):
                end = match.end()
            span = _value(text, small[start:end], start, end)
            if spoken and not span:
                span = _said(text, small[start:end], start, end)
            if span:
                yield span
            start = small.find(word, span[1] if span else end)
    for match in () if small.isascii() else _OTHERS.finditer(small):
        if span := _value(text, match[0], *match.span()):
            yield span


def _value(text: str, name: str, start: int, end: int) -> Span | None:
    """Where the secret stands that the word `name` at these offsets announces."""
    before = text[max(0, start - 16) : start]
    if name.startswith("key") and not _KEYS.search(before.lower()):
        return None
    if name in _PHRASES and (phrase := _SEVERAL.match(text, end)):
        return phrase.span("value")
    if name in _ORDINARY and not before.endswith(("_", "-", ".")):
        return None if before[-1:].isalpha() and len(name) < 5 else _no_word(text, name, end)
    if (match := _ASSIGNED.match(text, end)) and (span := _whole(text, name, match)):
        return span
    if match := _STATED.match(text, end):
        return match.span("value")
    if match := _MARKED_UP.match(text, end):
        return None if is_word((match["labelled"] or "").strip()) else match.span(match.lastgroup or 0)
    option = text.rfind("--", max(0, start - 40), start)
    if option >= 0 and not re.search(r"\s", text[option:start]) and (match := _OPTION.match(text, end)):
        return _whole(text, name, match)
    return None


def _no_word(text: str, name: str, end: int) -> Span | None:
    """The value behind a word that also means other things: with letters and digits; behind "PIN" digits alone do."""
    match = _ASSIGNED.match(text, end) or _STATED.match(text, end)
    if match is None:
        return None
    value = match["value"].rstrip(".,;:!?)]}")
    if name in ("pin", "geheimzahl", "geheimcode"):
        return match.span("value") if re.fullmatch(r"\d{4,12}", value) else None
    return match.span("value") if _mixed(value) and len(value) >= (6 if len(name) < 5 else 8) else None


def _whole(text: str, name: str, match: re.Match[str]) -> Span | None:
    """The value without what quotes it; None where it is prose, or stands for one."""
    (start, end), value = match.span("value"), match["value"]
    bare = value.rstrip(".,;:!?)]}|*`")
    if len(bare) < 4 or _PLACEHOLDER.match(value) or bare.lower() in _NO_VALUES:
        return None
    if is_word(value) and (name == "token" or _goes_on(text, end) or bare.lower() == bare.upper()):
        return None
    if re.search(r"[\n|]", match["mark"] or "") and not _mixed(bare):
        return None
    if match["quote"] in ('"', "'"):
        close = text.find(match["quote"], end, end + 200)
        if close > 0 and "\n" not in text[end:close] and not is_word(value):
            return start, close
    return start, _end(text, end)


def _end(text: str, place: int) -> int:
    """Where the word ends that goes on at `place`."""
    stop = _STOP.search(text, place)
    return stop.start() if stop else len(text)


def _mixed(value: str) -> bool:
    """Whether it has letters and digits, and is no number with its unit."""
    unit = re.match(r"[\d.,]+[^\W\d_]{0,4}$", value)
    return not unit and re.search(r"\d", value) is not None and re.search(r"[^\W\d_]", value) is not None


def _goes_on(text: str, end: int) -> bool:
    """Whether another word follows in the same line."""
    return text[end : end + 1] in (" ", "\u00a0") and text[end + 1 : end + 2].isalnum()


def _said(text: str, name: str, start: int, end: int) -> Span | None:
    """What a person says their password is; a plain word that others follow, only where it is called theirs."""
    before = text[max(0, start - 16) : start]
    if name not in _SAID or (name in ("key", "token") and not _SAID_BEFORE.search(before)):
        return None
    if not (match := _SPOKEN.match(text, end)):
        return None
    bare = match["value"].rstrip("\"'”’»“.,;!?")
    prose = is_word(match["value"]) and (bare.lower() in _NO_VALUES or (match["on"] and not _OWN.search(before)))
    if len(bare) < 4 or prose or _PLACEHOLDER.match(bare):
        return None
    if len(match["value"]) < 200:
        return match.start("value"), match.start("value") + len(bare)
    return match.start("value"), _end(text, match.end("value"))


def _merged(spans: list[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _small(text: str) -> str:
    """The text in small letters, each in its place: a few letters have a longer small form, and stay as they are."""
    small = text.lower()
    if len(small) == len(text):
        return small
    return "".join(letter if len(letter.lower()) != 1 else letter.lower() for letter in text)
