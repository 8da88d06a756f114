"""One walk through a page of HTML: what a person sees of it, block by block, and what is left out."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from vademecum.retrieval.loaders._file import clean, flowing, one_line
from vademecum.retrieval.loaders._markup_tables import MarkupTable
from vademecum.retrieval.loaders._math import tex_of_page
from vademecum.retrieval.loaders._scripts import lowered, raised
from vademecum.retrieval.loaders._word_text import roman

if TYPE_CHECKING:
    from lxml.etree import _Element

_UNSHOWN = frozenset(
    "script style template noscript head svg object embed iframe canvas audio video datalist dialog rp".split()
)
_BLOCKS = frozenset(
    "address article aside blockquote body caption center dd details dialog div dl dt fieldset figcaption figure "
    "footer form h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main menu nav ol p pre section summary table "
    "tbody tfoot thead tr ul option".split()
)
_APART = frozenset({"a", "button"})
"""Side by side these are shown apart, without a space between them in the text."""

_REMOVED = frozenset({"del", "s", "strike"})
_HIDDEN = re.compile(r"(?:^|[;\s])(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)
_RULE = re.compile(r"([^{}@;]{1,300})\{([^{}]{0,2000})\}")
_SELECTOR = re.compile(r"\s*[a-z]{0,10}([.#][\w-]{1,80})\s*", re.IGNORECASE)
_CONDITIONAL = re.compile(r"@[^{};]{0,200}\{(?:[^{}]{0,2000}\{[^{}]{0,2000}\}){0,200}\s*\}")
_DRAWN = re.compile(r"\b(?:katex-html|MathJax_Preview|mjx-chtml|mwe-math-fallback-image\S*)", re.IGNORECASE)
"""Classes of what is drawn of a formula, beside the formula itself."""

_CONSENT = re.compile(r"(?:^|[\s_-])(?:cookies?|consent|gdpr|onetrust|cookiebar|cookiebanner)", re.IGNORECASE)
_LONGEST_CONSENT = 3000
"""Characters of what is taken for a bar that asks about cookies."""

_INTEGER = re.compile(r"-?\d{1,6}")
_MENUS = frozenset({"navigation", "menu", "menubar", "search"})


class MarkupBlock(NamedTuple):
    """A block of text; `level` above 0 makes it a heading, `tight` has it follow without a blank line before it.

    Of a table the text is empty. `foot`: it stands at the foot of the page.
    """

    text: str
    level: int = 0
    tight: bool = False
    table: MarkupTable | None = None
    foot: bool = False


class PageReader:
    """One reading of a page. It walks without recursion: a page may be nested as deep as it likes."""

    def __init__(self) -> None:
        self.left_out: list[str] = []
        self._words: list[str] = []
        self._level = 0
        self._lists: list[_Numbers | None] = []
        self._mark = ""
        self._tight = False
        self._pre = self._foot = 0
        self._tables: list[MarkupTable] = []
        self._scripts: list[int] = []
        self._hidden: frozenset[str] = frozenset()

    def read(self, root: "_Element") -> Iterator[MarkupBlock]:
        """The blocks, in order."""
        import lxml.etree as etree

        self._hidden = _hidden_by_style(root)
        walk = etree.iterwalk(root, events=("start", "end"))
        skipped = None
        for event, element in walk:
            if not isinstance(element.tag, str):
                continue
            if event == "start" and self._is_unshown(element):
                walk.skip_subtree()
                skipped = element
            elif event == "start":
                yield from self._enter(element)
            elif element is skipped:
                skipped = None
                yield from self._skip(element)
            else:
                yield from self._leave(element)
        yield from self._flush()

    def _is_unshown(self, element: Any) -> bool:
        """Whether what is in the element is not shown, or shown otherwise; what may matter is noted."""
        name = tag(element)
        if name in _UNSHOWN or name in ("math", "select") or _DRAWN.search(element.get("class") or ""):
            return True
        style = element.get("style")
        if (
            element.get("hidden") is not None
            or (style is not None and _HIDDEN.search(style) is not None)
            or (self._hidden and not self._hidden.isdisjoint(_selectors(element)))
            or name in _REMOVED
            or name == "nav"
            or element.get("role") in _MENUS
            or (_CONSENT.search(f"{element.get('id') or ''} {element.get('class') or ''}") and _is_short(element))
        ):
            if words := one_line(" ".join(element.itertext())[:1000]):
                self.left_out.append(words)
            return True
        return False

    def _skip(self, element: "_Element") -> Iterator[MarkupBlock]:
        """Go on behind what is not read as text: of a formula and a choice write what is shown of it."""
        name = tag(element)
        if name in _BLOCKS and not self._tables:
            yield from self._flush()
        elif name == "math":
            self._words.append(tex_of_page(element))
        elif name == "select":
            options = [option for option in element.iter() if isinstance(option.tag, str) and tag(option) == "option"]
            selection = [option for option in options if option.get("selected") is not None] or options[:1]
            self._words.append(" " + ", ".join(one_line("".join(option.itertext())) for option in selection) + " ")
        self._words.append(self._as_set(element.tail))

    def _enter(self, element: "_Element") -> Iterator[MarkupBlock]:
        name = tag(element)
        if name == "table":
            yield from self._flush()
            self._tables.append(MarkupTable())
        elif self._tables and name in ("tr", "td", "th", "caption", "thead"):
            self._words = self._tables[-1].enter(name, element, self._words)
        elif name in _BLOCKS and not self._tables:
            yield from self._flush()
            self._level = int(name[1]) if re.fullmatch("h[1-6]", name) else 0
            self._pre += name == "pre"
            self._foot += name == "footer" and not _is_inside(element, ("article", "main"))
        elif name in _BLOCKS or name == "br":
            self._words.append("\n")
        if name in ("ol", "ul"):
            self._lists.append(_Numbers(element) if name == "ol" else None)
        elif name == "li":
            numbers = self._lists[-1] if self._lists else None
            self._mark = f"{numbers.mark(element)}. " if numbers else "- "
        elif name in ("sup", "sub"):
            self._scripts.append(len(self._words))
        elif name == "input":
            self._words.append(_typed(element))
        self._words.append(self._as_set(element.text))

    def _leave(self, element: "_Element") -> Iterator[MarkupBlock]:
        name = tag(element)
        if name in ("ol", "ul") and self._lists:
            self._lists.pop()
        if name in ("sup", "sub") and self._scripts:
            self._set_script(name, element)
        if name == "table" and self._tables:
            yield from self._end_table()
        elif self._tables and name in ("tr", "td", "th", "caption", "thead"):
            self._words = self._tables[-1].leave(name, self._words)
        elif name in _BLOCKS and not self._tables:
            yield from self._flush()
            self._pre -= name == "pre"
            self._foot -= name == "footer" and not _is_inside(element, ("article", "main"))
            self._tight = self._tight and name in ("li", "dt", "dd", "option", "p", "div")
            self._mark = ""
        elif name in _BLOCKS:
            self._words.append("\n")
        self._words.append(self._as_set(element.tail))
        following = element.getnext()
        if name in _APART and not element.tail and following is not None and tag(following) in _APART:
            self._words.append(" ")

    def _end_table(self) -> Iterator[MarkupBlock]:
        """The table; what is in one inside another goes to the cell around it."""
        table = self._tables.pop()
        if self._tables:
            self._words = [*table.outer, table.as_text()]
        else:
            self._words = []
            self._tight = False
            if table.caption:
                yield MarkupBlock(flowing(table.caption), foot=self._foot > 0)
            if table.grid:
                yield MarkupBlock("", table=table, foot=self._foot > 0)

    def _set_script(self, name: str, element: "_Element") -> None:
        start = min(self._scripts.pop(), len(self._words))
        text, before = "".join(self._words[start:]), "".join(self._words[:start])[-30:]
        note = next((a for a in element.iter("a") if (a.get("href") or "").startswith("#")), None)
        if name == "sub":
            text = lowered(text)
        elif note is not None and text.strip().isalnum():
            text = f"[{text.strip()}]"
        else:
            text = raised(before, text)
        self._words[start:] = [text]

    def _as_set(self, text: str | None) -> str:
        """Text with its line breaks where they are meant."""
        if not text:
            return ""
        return text if self._pre else re.sub(r"\s+", " ", text)

    def _flush(self) -> Iterator[MarkupBlock]:
        text = clean("".join(self._words))
        self._words, self._scripts = [], []
        text = text if self._pre else flowing(text)
        if text.strip():
            mark = "" if self._level else self._mark
            item = bool(mark)
            yield MarkupBlock(f"{mark}{text}", self._level, tight=item and self._tight, foot=self._foot > 0)
            self._tight, self._mark, self._level = item, "", 0


def tag(element: Any) -> str:
    """The name of the element, in lower case, without its namespace."""
    return str(element.tag).rpartition("}")[2].lower()


def _is_short(element: Any) -> bool:
    length = 0
    for text in element.itertext():
        length += len(text)
        if length > _LONGEST_CONSENT:
            return False
    return True


def _is_inside(element: Any, names: tuple[str, ...]) -> bool:
    return any(isinstance(parent.tag, str) and tag(parent) in names for parent in element.iterancestors())


def _hidden_by_style(root: Any) -> frozenset[str]:
    """Classes and ids that the page's own styles hide, whatever the width of its window."""
    hidden: set[str] = set()
    for style in root.iter("style"):
        for selectors, rules in _RULE.findall(_CONDITIONAL.sub("", (style.text or "")[:200_000])):
            if _HIDDEN.search(rules):
                hidden.update(match[1] for part in selectors.split(",") if (match := _SELECTOR.fullmatch(part)))
    return frozenset(hidden)


def _selectors(element: Any) -> list[str]:
    names = [f".{name}" for name in (element.get("class") or "").split()]
    return [*names, f"#{element.get('id')}"] if element.get("id") else names


def _typed(element: Any) -> str:
    """What a field of a form shows."""
    kind = (element.get("type") or "text").lower()
    if kind in ("checkbox", "radio"):
        return " ☒ " if element.get("checked") is not None else " ☐ "
    if kind in ("text", "number", "email", "tel", "url", "date", "time", "month", "week", "datetime-local", "search"):
        return f" {element.get('value')} " if element.get("value") else ""
    return ""


class _Numbers:
    """The numbers of an ordered list: the next one, and how they go on."""

    def __init__(self, element: Any) -> None:
        start, items = element.get("start") or "", 0
        self.step = -1 if element.get("reversed") is not None else 1
        if self.step < 0:
            items = sum(1 for child in element if isinstance(child.tag, str) and tag(child) == "li")
        self.next = int(start) if _INTEGER.fullmatch(start) else items or 1
        self.kind = element.get("type") or "1"

    def mark(self, item: Any) -> str:
        """The number of an item, which may have one of its own."""
        value = item.get("value") or ""
        number = int(value) if _INTEGER.fullmatch(value) else self.next
        self.next = number + self.step
        return _written(number, self.kind)


def _written(number: int, kind: str) -> str:
    if kind in ("i", "I") and 0 < number < 4000:
        return roman(number) if kind == "i" else roman(number).upper()
    if kind in ("a", "A") and 0 < number <= 26:
        return chr(ord(kind) + number - 1)
    return str(number)
