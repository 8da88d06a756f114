"""Raised and lowered text in plain characters: a power stays a power ("10⁷", "x^n"), a note's mark one ("rent[2]")."""

import re
import unicodedata

_SUPER = str.maketrans("0123456789+-−=()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿⁱ")
_SUB = str.maketrans("0123456789+-−=()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎")
_DIGITS = re.compile(r"[-+−]?[0-9]+[-+−]?|[-+−]")
_MARKS = re.compile(r"[0-9]{1,3}(?:\s*[,;–-]\s*[0-9]{1,3})*|[a-z*†‡§]")
_BASE = re.compile(r"(?:[^\W\d_]+|[\d.,]*\d|[)\]])$")
_ENDING = re.compile(r"st|nd|rd|th|er|re|ère|ème|os|as|tm|sm|®|™|ter|te|de", re.IGNORECASE)
_LETTERS = str.maketrans("abcdefghijklmnoprstuvwxyz", "ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ")
_LONGEST_UNIT, _LONGEST_SCRIPT = 3, 12
"""Letters of a unit or a variable, of which a raised number is a power; characters of what is an exponent or index."""

_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")


def raised(before: str, text: str) -> str:
    """The raised `text` as it is written behind `before`: a power, the mark of a note, or an ending as in "1st"."""
    content = text.strip()
    if not content or _ENDING.fullmatch(content):
        return text
    base = _BASE.search(before)
    if _DIGITS.fullmatch(content) and base and _takes_power(base[0], content):
        return content.translate(_SUPER)
    if _MARKS.fullmatch(content) and (not base or not _is_variable(base[0])):
        return f"[{content}]"
    if len(content) == 1 and (letter := content.translate(_LETTERS)) != content:
        return letter
    return _with_sign("^", content, text)


def lowered(text: str) -> str:
    """The lowered `text` as it is written behind what it belongs to."""
    content = text.strip()
    if not content or _DIGITS.fullmatch(content):
        return content.translate(_SUB)
    return _with_sign("_", content, text)


def _takes_power(base: str, content: str) -> bool:
    """Whether a raised number behind it is a power: of a number, a bracket, a unit, a variable; or is signed."""
    return not base[-1].isalpha() or len(base) <= _LONGEST_UNIT or not content.isdigit()


def _is_variable(base: str) -> bool:
    return not base[-1].isalpha() or len(base) == 1


def _with_sign(sign: str, content: str, text: str) -> str:
    if len(content) > _LONGEST_SCRIPT or " " in content:
        return text  # words set small, rather than an exponent
    return f"{sign}{content}" if len(content) == 1 or content.isalnum() else f"{sign}({content})"


def is_right_to_left(text: str) -> bool:
    """Whether most of the text's letters are written from right to left."""
    if not _RIGHT_TO_LEFT.search(text):
        return False
    kinds = [unicodedata.bidirectional(character) for character in text]
    return sum(kind in ("R", "AL") for kind in kinds) > sum(kind == "L" for kind in kinds)
