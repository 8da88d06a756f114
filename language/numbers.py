"""Numbers in running text, whichever way they are written: 1,000, a thousand, 5%, twentieth, 1970s, two thirds, XIV.

A number has several readings where its form is ambiguous ("third" is 3 or 1/3); two numbers agree where they share one.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

_UNITS = re.findall(
    r"\w+",
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen",
)
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_ORDINAL_UNITS = re.findall(
    r"\w+",
    "zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth "
    "fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth",
)
_ORDINAL_TENS = ["twentieth", "thirtieth", "fortieth", "fiftieth", "sixtieth", "seventieth", "eightieth", "ninetieth"]
CARDINALS = {
    **{word: value for value, word in enumerate(_UNITS)},
    **{word: 20 + 10 * place for place, word in enumerate(_TENS)},
}
COUNT_WORDS = {word: value for word, value in CARDINALS.items() if value} | {"hundred": 100, "dozen": 12}
"""Single words that count things."""

_ORDINALS = {
    **{word: value for value, word in enumerate(_ORDINAL_UNITS)},
    **{word: 20 + 10 * place for place, word in enumerate(_ORDINAL_TENS)},
}
SCALES = {"hundred": 100.0, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12}
_ORDINAL_SCALES = {f"{word}th": value for word, value in SCALES.items()}
LETTER_SCALES = {"k": 1e3, "m": 1e6, "mn": 1e6, "bn": 1e9, "b": 1e9, "tn": 1e12}
_PARTS = {
    "half": 2, "halves": 2, "third": 3, "thirds": 3, "quarter": 4, "quarters": 4, "fourths": 4, "fifths": 5,
    "sixths": 6, "sevenths": 7, "eighths": 8, "ninths": 9, "tenths": 10, "hundredths": 100, "thousandths": 1000,
}  # fmt: skip
_MULTIPLES = {
    "twice": 2, "thrice": 3, "double": 2, "doubles": 2, "doubled": 2, "doubling": 2, "twofold": 2, "triple": 3,
    "triples": 3, "tripled": 3, "tripling": 3, "threefold": 3, "fourfold": 4, "quadruple": 4, "quadrupled": 4,
    "tenfold": 10, "halve": 0.5, "halved": 0.5, "halves": 0.5, "halving": 0.5, "dozen": 12,
}  # fmt: skip
_VAGUE = frozenset(["dozens", "hundreds", "thousands", "millions", "billions", "trillions"])
_VULGAR = {"½": 0.5, "⅓": 1 / 3, "⅔": 2 / 3, "¼": 0.25, "¾": 0.75, "⅛": 0.125, "⅕": 0.2}
_ROMAN = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}

_TOKEN = re.compile(
    r"(?P<digits>(?<![^\W_])(?:(?<=[\s(=$,])|^)?[-−](?=\d)(?<![\w)][-−])|(?<![^\W_]))"
    r"(?P<value>\d{1,3}(?:[,\u00a0\u202f]\d{3})+(?:\.\d+)?(?!\d)|\d+(?:\.\d+)*)"
    r"(?P<tail>(?:st|nd|rd|th|['’]?s|k|mn|bn|tn|[mKMBb])(?![^\W_]))?"
    r"|(?P<vulgar>[½⅓⅔¼¾⅛⅕])|(?P<word>[^\W\d_]+)"
)
_PERCENT = re.compile(r"\s*(?:%|％|\\%|per\s?cent\b|percent(?:age points?)?\b|pct\b)", re.IGNORECASE)


class Number(NamedTuple):
    """One number: its readings, and where it stands in the text (characters)."""

    readings: frozenset[float | str]
    start: int
    end: int
    text: str


def numbers(text: str) -> list[Number]:
    """The numbers of `text`, in order."""
    tokens = [match for match in _TOKEN.finditer(text) if match.group()]
    numerals: list[Number] = []
    position = 0
    while position < len(tokens):
        number, used = _read(text, tokens, position)
        if number:
            numerals.append(_completed(text, numerals, number))
        position += max(used, 1)
    return numerals


def count_of(text: str) -> int:
    """A count in digits ("1,200") or in one word ("a", "twelve").

    Raises:
        ValueError: it is neither.
    """
    plain = text.strip().lower().replace(",", "")
    return 1 if plain in {"a", "an"} else COUNT_WORDS.get(plain) or int(plain)


def missing(needed: Sequence[Number], available: Sequence[Number]) -> list[Number]:
    """The numbers of `needed` that agree with none of `available`."""
    readings = {reading for number in available for reading in _all_readings(number)}
    return [number for number in needed if not any(_close(reading, readings) for reading in number.readings)]


def _all_readings(number: Number) -> Iterator[float | str]:
    yield from number.readings
    if re.fullmatch(r"\d\d00['’]?s", number.text):
        yield float(number.text[:2]) + 1  # the 1800s are the 19th century


def _close(reading: float | str, readings: set[float | str]) -> bool:
    if reading in readings or isinstance(reading, str):
        return reading in readings
    return any(
        abs(reading - candidate) <= 1e-9 * max(1.0, abs(reading))
        for candidate in readings
        if not isinstance(candidate, str)
    )


def _read(text: str, tokens: list[re.Match[str]], position: int) -> tuple[Number | None, int]:
    """The number that begins at this token, and how many tokens it takes."""
    token = tokens[position]
    if token["value"]:
        return _read_digits(text, tokens, position)
    if token["vulgar"]:
        return Number(frozenset([_VULGAR[token.group()]]), token.start(), token.end(), token.group()), 1
    return _read_words(text, tokens, position)


def _read_digits(text: str, tokens: list[re.Match[str]], position: int) -> tuple[Number, int]:
    token = tokens[position]
    plain = re.sub(r"[,\u00a0\u202f]", "", token["value"])
    end, used = token.end(), 1
    if plain.count(".") > 1:
        return Number(frozenset([plain]), token.start("value"), end, token["value"]), 1
    value = float(plain) * (-1 if token["digits"] else 1)
    readings = {value}
    letter = (token["tail"] or "").lower()
    if letter in LETTER_SCALES:
        readings.add(value * LETTER_SCALES[letter])
    while position + used < len(tokens) and (scale := SCALES.get(tokens[position + used].group().lower())):
        if text[end : tokens[position + used].start()].strip(" -\u00a0"):
            break
        value, end, used = value * scale, tokens[position + used].end(), used + 1
        readings = {value}
    if percent := _PERCENT.match(text, end):
        readings, end = {reading / 100 for reading in readings}, percent.end()
    return Number(frozenset(readings), token.start(), end, text[token.start() : end]), used


def _read_words(text: str, tokens: list[re.Match[str]], position: int) -> tuple[Number | None, int]:
    token = tokens[position]
    word = token.group().lower()
    if _is_roman(text, token):
        return Number(frozenset([float(_roman(token.group()))]), token.start(), token.end(), token.group()), 1
    if word in _VAGUE:
        return Number(frozenset([word]), token.start(), token.end(), token.group()), 1
    if word in _MULTIPLES or (word in _PARTS and word not in _ORDINALS):
        readings = {float(_MULTIPLES[word]) if word in _MULTIPLES else 1 / _PARTS[word]}
        return Number(frozenset(readings), token.start(), token.end(), token.group()), 1
    if word not in CARDINALS and word not in _ORDINALS and word not in SCALES and word not in _ORDINAL_SCALES:
        return None, 1
    return _read_run(text, tokens, position)


def _read_run(text: str, tokens: list[re.Match[str]], position: int) -> tuple[Number, int]:
    """A number in words ("two hundred and fifty-first"), as far as it goes."""
    total = current = 0.0
    used, ordinal, fraction = 0, False, 0
    end = tokens[position].start()
    while position + used < len(tokens) and not ordinal:
        token = tokens[position + used]
        word = token.group().lower()
        between = text[end : token.start()]
        if used and word == "and" and _goes_on(tokens, position + used, current):
            used += 1
            continue
        if used and (between.strip(" -‐‑–\u00a0\nand") or not _may_follow(current, word)):
            break
        if used and word in _PARTS and current:
            fraction, end, used = _PARTS[word], token.end(), used + 1
            break
        if word in CARDINALS:
            current += CARDINALS[word]
        elif word in _ORDINALS:
            current, ordinal = current + _ORDINALS[word], True
        elif word in SCALES or word in _ORDINAL_SCALES:
            scale, ordinal = SCALES.get(word) or _ORDINAL_SCALES[word], word in _ORDINAL_SCALES
            current = max(current, 1.0) * scale
            if scale > 100:
                total, current = total + current, 0.0
        else:
            break
        end, used = token.end(), used + 1
    return _run_number(text, tokens[position].start(), end, total + current, ordinal, fraction), max(used, 1)


def _run_number(text: str, start: int, end: int, value: float, ordinal: bool, fraction: int) -> Number:
    readings = {value / fraction} if fraction else {value}
    if ordinal and value >= 3:
        readings.add(1 / value)
    if percent := _PERCENT.match(text, end):
        readings, end = {value / 100}, percent.end()
    return Number(frozenset(readings), start, end, text[start:end])


def _goes_on(tokens: list[re.Match[str]], position: int, current: float) -> bool:
    following = tokens[position + 1].group().lower() if position + 1 < len(tokens) else ""
    return current >= 100 and (following in CARDINALS or following in _ORDINALS)


def _may_follow(current: float, word: str) -> bool:
    """Whether `word` can continue a number in words that has come to `current` since the last scale."""
    if word in SCALES or word in _ORDINAL_SCALES or word in _PARTS:
        return True
    value = CARDINALS.get(word, _ORDINALS.get(word))
    if value is None:
        return False
    return current % 100 == 0 if value >= 10 else current % 10 == 0 and current % 100 != 10


def _is_roman(text: str, token: re.Match[str]) -> bool:
    """Roman numerals of two letters or more follow a capitalised word: Louis XIV, Phase II."""
    word = token.group()
    if not re.fullmatch(r"(?=[IVXLCDM]{2})M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})", word):
        return False
    before = re.search(r"([^\W\d_]+)[\s\u00a0-]+$", text[max(0, token.start() - 30) : token.start()])
    return bool(before and before[1][0].isupper())


def _roman(word: str) -> int:
    digits = [_ROMAN[letter] for letter in word]
    following = [*digits[1:], 0]
    return sum(-digit if digit < next_digit else digit for digit, next_digit in zip(digits, following, strict=True))


def _completed(text: str, earlier: list[Number], number: Number) -> Number:
    """A number with the readings that the one before it adds: 1990-95 ends in 1995, 1/2 is a half."""
    if not earlier or not number.text.isdigit() or not earlier[-1].text.isdigit():
        return number
    before = earlier[-1]
    between = text[before.end : number.start].strip()
    if between in {"-", "–", "‐", "−"} and len(number.text) < len(before.text):
        return number._replace(readings=number.readings | {float(before.text[: -len(number.text)] + number.text)})
    if between == "/" and float(number.text):
        return number._replace(readings=number.readings | {float(before.text) / float(number.text)})
    return number
