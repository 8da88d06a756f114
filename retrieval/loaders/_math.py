r"""Formulas of Word (OMML) and of web pages (MathML) as TeX: "$\frac{a}{b}$"; a line of plain signs stays as it is."""

from collections.abc import Callable, Iterable
from typing import Any

_DEEPEST = 60
_ACCENTS = {"\u0302": "hat", "\u0304": "bar", "\u0305": "overline", "\u20d7": "vec", "\u0307": "dot", "\u0303": "tilde"}
_LARGE = {"∑": "\\sum", "∏": "\\prod", "∫": "\\int", "⋃": "\\bigcup", "⋂": "\\bigcap"}


def tex_of_word(element: Any) -> str:
    """An equation of Word."""
    return _dollars(_word(element, 0))


def tex_of_page(element: Any) -> str:
    """A formula of a web page, by what it is drawn from or, where there is one, its TeX source."""
    for note in element.iter():
        if isinstance(note.tag, str) and _name(note) == "annotation" and "tex" in (note.get("encoding") or "").lower():
            return _dollars((note.text or "").strip())
    return _dollars(_page(element, 0))


def _dollars(tex: str) -> str:
    tex = " ".join(tex.split())
    return f"${tex}$" if any(sign in tex for sign in "\\^_{") else tex


def _name(element: Any) -> str:
    return str(element.tag).rpartition("}")[2].lower()


def _group(tex: str) -> str:
    return f"{{{tex.strip()}}}"


def _script(base: str, sub: str, sup: str) -> str:
    return base + (f"_{_group(sub)}" if sub.strip() else "") + (f"^{_group(sup)}" if sup.strip() else "")


def _matrix(rows: Iterable[str]) -> str:
    return "\\begin{matrix} " + " \\\\ ".join(rows) + " \\end{matrix}"


def _word(element: Any, depth: int) -> str:
    """An element of OMML (ECMA-376 part 1, 22.1)."""
    if depth > _DEEPEST:
        return "".join(element.itertext())
    parts: dict[str, list[str]] = {}
    name = _name(element)
    if name in ("t", "delim"):
        return element.text or ""
    for child in element:
        if isinstance(child.tag, str) and not _name(child).endswith("pr"):
            parts.setdefault(_name(child), []).append(_word(child, depth + 1))
    part = lambda key: "".join(parts.get(key, ()))  # noqa: E731
    sign = next((child.get(key) for child in element.iter() if _name(child) == "chr" for key in child.keys()), "")  # noqa: SIM118
    product: dict[str, Callable[[], str]] = {
        "f": lambda: f"\\frac{_group(part('num'))}{_group(part('den'))}",
        "rad": lambda: f"\\sqrt[{part('deg')}]{_group(part('e'))}" if part("deg") else f"\\sqrt{_group(part('e'))}",
        "ssup": lambda: _script(part("e"), "", part("sup")),
        "ssub": lambda: _script(part("e"), part("sub"), ""),
        "ssubsup": lambda: _script(part("e"), part("sub"), part("sup")),
        "spre": lambda: _script("{}", part("sub"), part("sup")) + part("e"),
        "nary": lambda: f"{_script(_LARGE.get(sign or '∫', sign or ''), part('sub'), part('sup'))} {part('e')}",
        "d": lambda: f"({', '.join(parts.get('e', ()))})",
        "func": lambda: f"{part('fname')} {part('e')}",
        "limlow": lambda: _script(part("e"), part("lim"), ""),
        "limupp": lambda: _script(part("e"), "", part("lim")),
        "acc": lambda: f"\\{_ACCENTS.get(sign or '', 'hat')}{_group(part('e'))}",
        "bar": lambda: f"\\overline{_group(part('e'))}",
        "m": lambda: _matrix(parts.get("mr", ())),
        "mr": lambda: " & ".join(parts.get("e", ())),
        "eqarr": lambda: " \\\\ ".join(parts.get("e", ())),
    }
    if name in product:
        return product[name]()
    return "".join(_word(child, depth + 1) for child in element if isinstance(child.tag, str) and _is_word(child))


def _is_word(element: Any) -> bool:
    return not _name(element).endswith("pr")


def _page(element: Any, depth: int) -> str:
    """An element of MathML (MathML Core)."""
    if depth > _DEEPEST:
        return "".join(element.itertext())
    name = _name(element)
    children = [child for child in element if isinstance(child.tag, str) and not _name(child).startswith("annotation")]
    inner = [_page(child, depth + 1) for child in children]
    if name in ("mi", "mn", "mo", "mtext", "ms"):
        text = " ".join("".join(element.itertext()).split())
        return f" {text} " if name == "mo" and text in "=+−-<>≤≥≈≠±·×→" else _LARGE.get(text, text)
    first, second, third = [*inner, "", "", ""][:3]
    product = {
        "mfrac": f"\\frac{_group(first)}{_group(second)}",
        "msqrt": f"\\sqrt{_group(''.join(inner))}",
        "mroot": f"\\sqrt[{second}]{_group(first)}",
        "msup": _script(first, "", second),
        "mover": _script(first, "", second),
        "msub": _script(first, second, ""),
        "munder": _script(first, second, ""),
        "msubsup": _script(first, second, third),
        "munderover": _script(first, second, third),
        "mtable": _matrix(inner),
        "mtr": " & ".join(inner),
        "mphantom": "",
    }
    return product.get(name, "".join(inner))
