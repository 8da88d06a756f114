"""Tables on a page of a PDF: rows whose cells stand in columns, under names that say what they are.

Only what is certain is taken for one: three columns or more, in all rows, free spaces that go through, and words above
numbers or dates. Each row then carries the names; all other lines stay as they are.
"""

from collections.abc import Sequence

from vademecum.retrieval.loaders._grid import find_header, names_of
from vademecum.retrieval.loaders._layout import Line
from vademecum.retrieval.loaders._rows import sentence

_FEWEST_ROWS, _FEWEST_COLUMNS = 3, 3
_LONGEST_CELL = 60
"""Characters; longer cells are running text."""


def with_names(lines: Sequence[Line]) -> list[Line]:
    """The lines, those of tables with the names of their columns."""
    result: list[Line] = []
    at = 0
    while at < len(lines):
        last = _end_of_table(lines, at)
        grid = [_cells(line) for line in lines[at:last]]
        header = find_header(grid, words=False) if last - at >= _FEWEST_ROWS else ()
        if header and header[0] == 0:
            names = names_of([grid[row] for row in header])
            for line, cells in zip(lines[at + len(header) : last], grid[len(header) :], strict=True):
                result.append(line._replace(text=sentence(cells, names), gap=2.0 * line.size, gaps=()))
            at = last
        else:
            result.append(lines[at])
            at += 1
    return result


def _end_of_table(lines: Sequence[Line], first: int) -> int:
    """Behind the last of the rows from `first` on that have as many cells in the same columns."""
    gaps = [(gap.left, gap.right) for gap in lines[first].gaps]
    last = first + 1
    if len(gaps) + 1 < _FEWEST_COLUMNS:
        return last
    while last < len(lines):
        line, above = lines[last], lines[last - 1]
        near = line.angle == above.angle and 0.5 < (above.y - line.y) / line.size < 4
        if not near or len(line.gaps) != len(gaps) or max(map(len, _cells(line))) > _LONGEST_CELL:
            break
        inner = [(max(a, gap.left), min(b, gap.right)) for (a, b), gap in zip(gaps, line.gaps, strict=True)]
        if any(right - remaining < 0.3 * line.size for remaining, right in inner):
            break
        gaps = inner
        last += 1
    return last


def _cells(line: Line) -> list[str]:
    starts = [0, *(gap.offset for gap in line.gaps)]
    ends = [*(gap.offset - 1 for gap in line.gaps), len(line.text)]
    return [line.text[start:end].strip() for start, end in zip(starts, ends, strict=True)]
