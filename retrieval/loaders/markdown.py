"""Markdown, kept as it is written, but for comments, which no program shows; front matter may name the title."""

import re
from collections.abc import Iterator

from vademecum.retrieval.loaders import text as plain

SUFFIXES = (".md", ".markdown", ".mkd", ".mdown", ".qmd")
IN_PROCESS = True

_FRONT_MATTER = re.compile(r"\ufeff?---[ \t]*\r?\n(.*?)\r?\n(?:---|\.\.\.)[ \t]*(?:\r?\n|$)", re.DOTALL)
_TITLE = re.compile(r"^title:[ \t]*([\"']?)(.+?)\1[ \t]*$", re.MULTILINE)


_FENCE = re.compile(r"^[ \t]{0,3}(```+|~~~+).*$", re.MULTILINE)
_COMMENTS = {"%%": "%%", "<!--": "-->"}
"""Obsidian's comments, and those of HTML."""

_LONGEST_COMMENT = 20_000
"""Characters."""


class Loader(plain.Loader):
    """Reads one Markdown file; the text is the file decoded, comments taken out, newlines untouched."""

    marked = True

    def shown(self, text: str) -> tuple[str, list[tuple[str, str]]]:
        """The text without its comments, whose line breaks stay, and those comments, each with its line."""
        if not any(mark in text for mark in _COMMENTS):
            return text, []
        parts, comments, at, open_fence = [], [], 0, ""
        for fence in _FENCE.finditer(text):
            if not open_fence:
                parts += _without_comments(text, at, fence.start(), comments)
                at, open_fence = fence.start(), fence[1][:3]
            elif fence[1].startswith(open_fence):
                parts.append(text[at : fence.end()])
                at, open_fence = fence.end(), ""
        parts += [text[at:]] if open_fence else _without_comments(text, at, len(text), comments)
        return "".join(parts), comments

    def title(self, text: str) -> str | None:
        """The front matter's title, or else the first of the outermost headings."""
        matter = _FRONT_MATTER.match(text)
        match = _TITLE.search(matter.group(1)) if matter else None
        if match:
            return match.group(2).strip()
        return super().title(text[matter.end() :] if matter else text)


def _without_comments(text: str, start: int, end: int, comments: list[tuple[str, str]]) -> Iterator[str]:
    """The text between two places without its comments, which are added to `comments`."""
    following = {mark: text.find(mark, start, end) for mark in _COMMENTS}
    at, line, counted = start, text.count("\n", 0, start) + 1, start
    while marks := [(place, mark) for mark, place in following.items() if place >= 0]:
        begin, mark = min(marks)
        closing = _COMMENTS[mark]
        stop = text.find(closing, begin + len(mark), min(end, begin + _LONGEST_COMMENT))
        if stop < 0:
            following[mark] = text.find(mark, begin + _LONGEST_COMMENT, end)
            continue
        stop += len(closing)
        comment = text[begin:stop]
        line, counted = line + text.count("\n", counted, begin), begin
        comments.append((f"line {line}", " ".join(comment.split())))
        yield text[at:begin]
        yield re.sub(r"[^\r\n]", "", comment)
        at = stop
        following |= {other: text.find(other, stop, end) for other, place in following.items() if 0 <= place < stop}
    yield text[at:end]
